"""A run's tables, as the figures need them. Times in seconds on the base station's run clock, empty fields as None."""

import json
from dataclasses import dataclass
from pathlib import Path

from csv_file import number, read_rows
from plot_error import PlotError

FORMAT = 1
TEXTS = {"outcome", "cause", "group", "policy", "status", "fallback"}
TASKS = """device task generated_ns deadline_ns granted_frame planned_exit taken_exit upload_start_ns upload_planned_end_ns
    upload_end_ns batch_planned_start_ns planned_completion_ns result_ns latency_ms outcome cause""".split()
BATCHES = "batch frame worker instance block size planned_start_ns start_ns expected_ms actual_ms".split()
FRAMES = "frame offers granted deferred refused".split()


@dataclass
class Group:
    name: str
    first: int
    count: int
    tasks: list


@dataclass
class RunTables:
    path: Path
    summary: dict
    tasks: list
    blocks: list
    frames: list
    groups: list

    @property
    def exits(self):
        return len(self.summary["exit_share"])


def load(path):
    path = Path(path)
    if not path.is_dir():
        raise PlotError(f"no such directory, {path}; name a run's directory, as offramp run --output made it")
    summary = read_json(path / "summary.json")
    tasks = read_table(path / "tables" / "tasks.csv", TASKS)
    return RunTables(
        path=path,
        summary=summary,
        tasks=tasks,
        blocks=read_table(path / "tables" / "batches.csv", BATCHES),
        frames=read_table(path / "tables" / "frames.csv", FRAMES),
        groups=group_tasks(summary, tasks),
    )


def read_json(path):
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PlotError(f"missing, {path}; write it with offramp report {path.parent}") from None
    except (OSError, ValueError) as reason:
        raise PlotError(f"cannot be read ({reason}), {path}; write it anew with offramp report") from None
    known = document.get("format") if isinstance(document, dict) else None
    if known != FORMAT:
        raise PlotError(f"format {known} where {FORMAT} is known, {path}; use the matching version")
    return document


def load_verdict(path):
    verdict = read_json(Path(path) / "verdict.json")
    if not isinstance(verdict.get("valid"), bool) or not isinstance(verdict.get("reasons"), list):
        raise PlotError(f"no verdict, {path}/verdict.json; write it anew with offramp report")
    return verdict


def read_table(path, required):
    """One dict a row. Columns ending in _ns become _s."""
    remedy = f"write it anew with offramp report {path.parent.parent}"
    _, rows = read_rows(path, required, remedy)
    return [
        {rename(column): value_of(column, text, path, line, remedy) for column, text in row.items()} for line, row in rows
    ]


def rename(column):
    return column[:-3] + "_s" if column.endswith("_ns") else column


def value_of(column, text, path, line, remedy):
    if column in TEXTS:
        return text
    value = number(text, path, line, column, remedy)
    return value * 1e-9 if value is not None and column.endswith("_ns") else value


def group_tasks(summary, tasks):
    """The summary lists groups in the order of their devices' numbers."""
    groups, first = [], 0
    for entry in summary["groups"]:
        devices = range(first, first + entry["devices"])
        groups.append(Group(entry["name"], first, len(devices), [task for task in tasks if task["device"] in devices]))
        first = devices.stop
    return groups
