"""What a run's plans promised against what happened: differences, and how much was kept."""

import math
from dataclasses import dataclass


@dataclass
class Difference:
    """Actual less planned, in ms, sorted: positive is late, or slower than expected."""

    name: str
    values: list

    def quantile(self, share):
        """Nearest rank, a value that occurred; None where there are none."""
        if not self.values:
            return None
        return self.values[max(0, math.ceil(share * len(self.values)) - 1)]

    def share_within(self, limit):
        """Of those at most `limit` ms late; None where there are none."""
        return sum(value <= limit + 1e-9 for value in self.values) / len(self.values) if self.values else None


@dataclass
class Promises:
    granted: int
    # Outcome to count, of those granted.
    outcomes: dict
    # Of the answered ones whose exit was planned: those that left at it, and those that left before.
    at_exit: int
    earlier: int
    differences: list

    @property
    def completed_share(self):
        return self.outcomes.get("completed", 0) / self.granted if self.granted else None


def promises_of(run):
    """Batches that a worker formed itself have no planned start, and their tasks no planned completion: their plan says
    until when an answer is of use."""
    granted = [task for task in run.tasks if task["granted_frame"] is not None]
    answered = [task for task in granted if task["taken_exit"] is not None and task["planned_exit"] is not None]
    at_exit = [task for task in answered if task["taken_exit"] == task["planned_exit"]]
    planned = [task for task in at_exit if task["batch_planned_start_s"] is not None]
    first_blocks = {}
    for block in sorted(run.blocks, key=lambda block: block["block"]):
        first_blocks.setdefault(block["batch"], block)
    outcomes = {}
    for task in granted:
        outcomes[task["outcome"]] = outcomes.get(task["outcome"], 0) + 1
    return Promises(
        len(granted),
        outcomes,
        len(at_exit),
        len(answered) - len(at_exit),
        [
            difference("upload's end", granted, "upload_end_s", "upload_planned_end_s", 1e3),
            difference("batch's start", first_blocks.values(), "start_s", "planned_start_s", 1e3),
            difference("block's time", run.blocks, "actual_ms", "expected_ms", 1),
            difference("answer", planned, "result_s", "planned_completion_s", 1e3),
        ],
    )


def difference(name, rows, actual, planned, scale):
    """Rounded to a nanosecond, which sums of floats are not."""
    found = [
        round((row[actual] - row[planned]) * scale, 6)
        for row in rows
        if row[actual] is not None and row[planned] is not None
    ]
    return Difference(name, sorted(found))


# -- Tables ----------------------------------------------------------------------------------------------------------

DIFFERENCE_HEADS = ["actual less planned", "n", "p1 ms", "p50 ms", "p99 ms", "max ms", "≤ 0 ms %", "≤ 1 ms %", "≤ 5 ms %"]
RUN_HEADS = ["run", "granted", "completed %", "p50 ms", "p99 ms", "max ms", "≤ 0 ms %", "≤ 1 ms %", "≤ 5 ms %"]


def kept_rows(promises):
    """(what, count, share of granted)."""
    rows = [("granted", promises.granted), *promises.outcomes.items()]
    rows += [("left at the planned exit", promises.at_exit), ("left at an earlier exit", promises.earlier)]
    return [(what, f"{count}", percent(count / promises.granted if promises.granted else None)) for what, count in rows]


def difference_rows(promises):
    rows = []
    for one in promises.differences:
        quantiles = [milliseconds(one.quantile(share)) for share in (0.01, 0.5, 0.99, 1)]
        rows.append([one.name, f"{len(one.values)}", *quantiles, *within(one)])
    return rows


def run_rows(labels, many):
    """A row a run: of its answers, and how late they came."""
    rows = []
    for label, promises in zip(labels, many):
        answer = promises.differences[-1]
        late = [milliseconds(answer.quantile(share)) for share in (0.5, 0.99, 1)]
        rows.append([label, f"{promises.granted}", percent(promises.completed_share), *late, *within(answer)])
    return rows


def within(one):
    return [percent(one.share_within(limit)) for limit in (0, 1, 5)]


def percent(share):
    return "–" if share is None else f"{100 * share:.1f}"


def milliseconds(value):
    return "–" if value is None else f"{value:.3f}"


def as_text(promises):
    outcome = aligned([["of tasks granted", "tasks", "%"], *kept_rows(promises)])
    return f"{outcome}\n\n{aligned([DIFFERENCE_HEADS, *difference_rows(promises)])}"


def aligned(rows):
    """The first column to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.rjust(width) if place else cell.ljust(width) for place, (cell, width) in enumerate(zip(row, widths)))
        for row in rows
    )
