"""sweep.csv: one row a run, and the axes of its grid."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from csv_file import number, read_rows
from plot_error import PlotError

REMEDY = "write it anew with offramp sweep"
REQUIRED = ["mode", "policy", "seed", "valid", "reasons"]
MODES = ("simulated", "live")


@dataclass
class Axis:
    """An amount with a unit stands as it was written, and in its unit in a column of its own."""

    name: str
    unit: str
    # (value, as written) in the figure's order: numbers rise, texts stand as in the file.
    points: list = field(default_factory=list)

    @property
    def is_numeric(self):
        return all(isinstance(value, float) for value, _ in self.points)

    @property
    def values(self):
        return [value for value, _ in self.points]

    def text(self, value):
        return dict(self.points)[value]


@dataclass
class SweepRun:
    line: int
    path: Path
    fields: dict
    # Axis name to value: a number, or text.
    point: dict

    @property
    def mode(self):
        return self.fields["mode"]

    @property
    def policy(self):
        return self.fields["policy"]

    @property
    def seed(self):
        return self.fields["seed"]

    @property
    def is_valid(self):
        return self.fields["valid"] == "true"

    @property
    def reasons(self):
        return self.fields["reasons"]

    def number(self, column):
        if column not in self.fields:
            raise PlotError(f"no column {column}, {self.path}; {REMEDY}")
        return number(self.fields[column], self.path, self.line, column, REMEDY)


@dataclass
class SweepTable:
    path: Path
    columns: list
    axes: list
    runs: list

    @property
    def valid(self):
        return [run for run in self.runs if run.is_valid]

    @property
    def policies(self):
        """In the order of the file."""
        return list(dict.fromkeys(run.policy for run in self.runs))

    def axis(self, name, option):
        for axis in self.axes:
            if axis.name == name:
                return axis
        names = ", ".join(axis.name for axis in self.axes) or "none"
        raise PlotError(f"no axis '{name}' in {self.path}, {option}; its axes: {names}")


def load(folder):
    """Throws where a row is not whole, says the same as another, or has a number that is none."""
    path = Path(folder) / "sweep.csv"
    columns, rows = read_rows(path, REQUIRED, REMEDY)
    if not rows:
        raise PlotError(f"no runs, {path}; let offramp sweep finish one")
    names = axis_columns(columns, path)
    runs = [SweepRun(line, path, row, {}) for line, row in rows]
    for run in runs:
        check_words(run)
    axes = [read_axis(name, unit, runs) for name, unit in names.items()]
    check_distinct(runs)
    return SweepTable(path, columns, axes, runs)


def axis_columns(columns, path):
    """Name to unit of the columns between seed and valid; `NAME [UNIT]` belongs to NAME."""
    first, end = columns.index("seed") + 1, columns.index("valid")
    between = columns[first:end]
    units = {}
    for column in between:
        match = re.fullmatch(r"(.+) \[([^\]]*)\]", column)
        if match and match[1] in between:
            units[match[1]] = match[2]
        else:
            units.setdefault(column, None)
    return units


def check_words(run):
    if run.mode not in MODES:
        raise PlotError(f"mode '{run.mode}', {run.path} line {run.line}; simulated and live are known, {REMEDY}")
    if run.fields["valid"] not in ("true", "false"):
        raise PlotError(f"valid '{run.fields['valid']}', {run.path} line {run.line}; true and false are known, {REMEDY}")


def read_axis(name, unit, runs):
    """Numbers where every row has one, in the unit's column or as written; else texts."""
    column = name if unit is None else f"{name} [{unit}]"
    values = [numeric(run, column, is_amount=unit is not None) for run in runs]
    if None in values:
        values = [run.fields[name] for run in runs]
    written = {}
    for run, value in zip(runs, values):
        run.point[name] = value
        written.setdefault(value, run.fields[name])
    points = list(written.items())
    return Axis(name, unit or "", sorted(points) if isinstance(values[0], float) else points)


def numeric(run, column, is_amount):
    if is_amount:
        return run.number(column)
    try:
        return number(run.fields[column], run.path, run.line, column, REMEDY)
    except PlotError:
        return None


def check_distinct(runs):
    known = {}
    for run in runs:
        key = (run.mode, run.policy, run.seed, *run.point.values())
        if key in known:
            raise PlotError(
                f"the same policy, seed and point as line {known[key]}, {run.path} line {run.line}; keep one of the two"
            )
        known[key] = run.line
