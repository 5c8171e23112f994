"""Which runs of a sweep a figure shows: what is across, what goes to panels, what is fixed; and means of them."""

import itertools
from dataclasses import dataclass

from plot_error import PlotError
from student import interval

MOST_FIGURES = 12
MOST_PANELS = 12


@dataclass
class View:
    """One figure's share of a sweep."""

    x: object
    # None: one panel.
    panels: object
    # Axis and value that all its runs have, in the table's order; only those axes that vary.
    fixed: list
    runs: list

    @property
    def panel_values(self):
        """Those that a run of this view has."""
        if self.panels is None:
            return [None]
        return [value for value in self.panels.values if any(run.point[self.panels.name] == value for run in self.runs)]

    @property
    def suffix(self):
        """For the file's name."""
        words = [f"-{axis.name}-{axis.text(value)}" for axis, value in self.fixed]
        return "".join(letter if letter.isalnum() or letter in "-." else "_" for letter in "".join(words))

    def panel_of(self, run):
        return None if self.panels is None else run.point[self.panels.name]


def views(table, x=None, panels=None, fixed=()):
    """The figures that show all runs of `table` where `fixed`, pairs of axis and value, holds: axes beyond x and panels
    that still vary get a figure for each of their points."""
    chosen = [choose(table, name, text) for name, text in fixed]
    runs = [run for run in table.runs if all(run.point[axis.name] == value for axis, value in chosen)]
    if not runs:
        words = ", ".join(f"{axis.name}={axis.text(value)}" for axis, value in chosen)
        raise PlotError(f"no run has {words} in {table.path}, --fix; fix fewer axes")
    taken = [axis.name for axis, _ in chosen]
    free = [axis for axis in table.axes if axis.name not in taken]
    across = choose_across(table, free, x)
    panel_axis = choose_panels(table, free, across, panels, runs)
    rest = [axis for axis in free if axis not in (across, panel_axis) and len(points_of(axis, runs)) > 1]
    grid = list(itertools.product(*(points_of(axis, runs) for axis in rest)))
    if len(grid) > MOST_FIGURES:
        raise PlotError(
            f"{len(grid)} figures, one for each point of {' and '.join(axis.name for axis in rest)}, in {table.path}; "
            f"name what to show, as with --fix '{rest[0].name}={rest[0].points[0][1]}'"
        )
    made = (one_view(across, panel_axis, list(zip(rest, point)), chosen, runs) for point in grid)
    return [view for view in made if view.runs]


def choose(table, name, text):
    axis = table.axis(name, "--fix")
    for value, written in axis.points:
        if text == written or (isinstance(value, float) and is_number(text, value)):
            return axis, value
    written = ", ".join(written for _, written in axis.points)
    raise PlotError(f"{name} is never '{text}' in {table.path}, --fix; it is {written}")


def is_number(text, value):
    try:
        return float(text) == value
    except ValueError:
        return False


def choose_across(table, free, name):
    if name is not None:
        axis = table.axis(name, "--x")
        if axis not in free:
            raise PlotError(f"{name} is fixed, --x; fix another axis")
        return axis
    if not table.axes:
        raise PlotError(f"only policies and seeds, nothing to draw over, {table.path}; give the sweep an axis")
    if not free:
        raise PlotError(f"no axis is left to draw over, {table.path}; sweep over one, or fix fewer")
    return max(free, key=lambda axis: len(axis.points))


def choose_panels(table, free, across, name, runs):
    if name is not None:
        axis = table.axis(name, "--panels")
        if axis is across or axis not in free:
            raise PlotError(f"{name} is across or fixed already, --panels; name another axis")
        if len(points_of(axis, runs)) > MOST_PANELS:
            raise PlotError(f"{name} has {len(axis.points)} points, --panels; {MOST_PANELS} panels are the most")
        return axis
    others = [axis for axis in free if axis is not across and 1 < len(points_of(axis, runs)) <= MOST_PANELS]
    return max(others, key=lambda axis: len(axis.points), default=None)


def points_of(axis, runs):
    return [value for value in axis.values if any(run.point[axis.name] == value for run in runs)]


def one_view(across, panels, point, chosen, runs):
    mine = [run for run in runs if all(run.point[axis.name] == value for axis, value in point)]
    return View(across, panels, [*((axis, value) for axis, value in chosen if len(axis.points) > 1), *point], mine)


# -- Means -----------------------------------------------------------------------------------------------------------


@dataclass
class Means:
    """(mode, policy, panel, x) to the interval over seeds; and how many runs are not in it, and why."""

    points: dict
    invalid: int
    without: int

    @property
    def counts(self):
        return sorted({point.count for point in self.points.values()})

    def series(self, mode, policy, panel):
        return {x: point for (*key, x), point in self.points.items() if key == [mode, policy, panel]}


def means(view, metric):
    return collect(view, [(run, metric.value(run)) for run in view.runs if run.is_valid])


def gains(view, metric, base):
    """As `means`, of each run's value over that of policy `base` with the same mode, point and seed."""
    below = {
        (run.mode, run.seed, *run.point.values()): metric.value(run)
        for run in view.runs
        if run.is_valid and run.policy == base
    }
    pairs = []
    for run in view.runs:
        if run.is_valid and run.policy != base:
            divisor, value = below.get((run.mode, run.seed, *run.point.values())), metric.value(run)
            pairs.append((run, value / divisor if divisor and value is not None else None))
    return collect(view, pairs)


def collect(view, pairs):
    values = {}
    for run, value in pairs:
        if value is not None:
            values.setdefault((run.mode, run.policy, view.panel_of(run), run.point[view.x.name]), []).append(value)
    return Means(
        {key: interval(found) for key, found in values.items()},
        invalid=sum(not run.is_valid for run in view.runs),
        without=sum(value is None for _, value in pairs),
    )
