"""A run's tables, as the figures need them. Times in seconds on the base station's run clock, empty fields as None."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path

FORMAT = 1


class PlotError(Exception):
    """One line: what, where; what to do."""


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
    tasks = read_csv(path / "tables" / "tasks.csv", text={"outcome", "cause"})
    return RunTables(
        path=path,
        summary=summary,
        tasks=tasks,
        blocks=read_csv(path / "tables" / "batches.csv"),
        frames=read_csv(path / "tables" / "frames.csv", text={"policy", "status", "fallback"}),
        groups=group_tasks(summary, tasks),
    )


def read_json(path):
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PlotError(f"missing, {path}; write it with offramp report {path.parent}") from None
    except (OSError, ValueError) as reason:
        raise PlotError(f"cannot be read ({reason}), {path}; write it anew with offramp report") from None
    if document.get("format") != FORMAT:
        raise PlotError(f"format {document.get('format')} where {FORMAT} is known, {path}; use the matching version")
    return document


def read_csv(path, text=frozenset()):
    """One dict a row. Columns ending in _ns become _s."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            return [{rename(column): value_of(column, value, text) for column, value in row.items()} for row in reader]
    except FileNotFoundError:
        raise PlotError(f"missing, {path}; write it with offramp report {path.parent.parent}") from None
    except (OSError, ValueError, TypeError, AttributeError) as reason:
        raise PlotError(f"cannot be read ({reason}), {path}; write it anew with offramp report") from None


def rename(column):
    return column[:-3] + "_s" if column.endswith("_ns") else column


def value_of(column, value, text):
    if column in text:
        return value
    if value == "":
        return None
    return float(value) * (1e-9 if column.endswith("_ns") else 1)


def group_tasks(summary, tasks):
    """The summary lists groups in the order of their devices' numbers."""
    groups, first = [], 0
    for entry in summary["groups"]:
        devices = range(first, first + entry["devices"])
        groups.append(Group(entry["name"], first, len(devices), [task for task in tasks if task["device"] in devices]))
        first = devices.stop
    return groups
