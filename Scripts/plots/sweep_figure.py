"""One metric of a sweep over one axis: a line for each policy, simulated as lines with bands, live as open points with
bars, both 95 % intervals over seeds; further axes as panels."""

import math
import textwrap

import matplotlib.pyplot as plt
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

import style
from plot_error import PlotError
from policy_style import styles_of
from scale import exponent_of, is_geometric, label_of, title_of
from sweep_view import gains, means

PANEL_WIDTH = 1.5
MOST_TICKS = 7


def draw(table, view, metric, base=None, width=3.4, labels=None):
    """With `base`, each policy's gain over that one, paired by seed. `width` in inches."""
    labels = labels or {}
    found = gains(view, metric, base) if base else means(view, metric)
    if not found.points:
        raise PlotError(f"no VALID run has {metric.label.lower()}, {table.path}; see its column reasons")
    with style.for_paper():
        figure, cells = panel_grid(view, width, legend_lines(found))
        for cell, panel in zip(cells, view.panel_values):
            draw_panel(cell, table, view, found, panel)
            if view.panels is not None:
                cell.set_title(f"{label_of(view.panels, labels, table.axes)} {view.panels.text(panel)}")
        scale_x(cells, view)
        scale_y(cells, metric, base)
        title = f"{metric.label} / {labels.get(base, base)}'s" if base else metric.title
        label_axes(figure, cells, title_of(view.x, labels, table.axes), title)
        add_legend(figure, table, found, labels, width)
        add_note(figure, note_of(found, view, base, labels), width)
        return figure


def legend_lines(found):
    return math.ceil((len({key[1] for key in found.points}) + 2) / 2)


def panel_grid(view, width, legend_rows):
    count = len(view.panel_values)
    columns = max(1, min(count, int(width / PANEL_WIDTH)))
    rows = math.ceil(count / columns)
    height = (width * 0.56 if columns == 1 else 1.45 * width / columns * 0.72) * rows + 0.45 + 0.14 * legend_rows
    figure, grid = plt.subplots(rows, columns, figsize=(width, height), sharex=True, sharey=True, squeeze=False)
    cells = list(grid.flat)
    for spare in cells[count:]:
        spare.set_visible(False)
    for above in cells[max(0, count - columns) : count]:
        above.tick_params(labelbottom=True)
    return figure, cells[:count]


# -- Lines and points ------------------------------------------------------------------------------------------------


def draw_panel(axes, table, view, found, panel):
    chosen = styles_of(table.policies)
    only_live = all(mode == "live" for mode, *_ in found.points)
    for policy in table.policies:
        color, dashes, marker = chosen[policy]
        simulated = placed(view, found.series("simulated", policy, panel))
        if simulated:
            xs, points = zip(*simulated)
            # Dashes lie over solid lines, so that equal ones both show.
            order = 2.4 if dashes == "-" else 2.6
            axes.plot(xs, [point.mean for point in points], color=color, linestyle=dashes, marker=marker, zorder=order)
            draw_band(axes, simulated, color)
        live = placed(view, found.series("live", policy, panel))
        if live:
            draw_points(axes, live, color, marker, dashes if only_live else "none")
    axes.grid(color="0.92", linewidth=0.5)
    axes.set_axisbelow(True)


def placed(view, series):
    """(place across, interval) from left to right: numbers under their prefix, texts one beside the other."""
    if view.x.is_numeric:
        return sorted((value / 10.0 ** exponent_of(view.x), point) for value, point in series.items())
    return sorted((view.x.values.index(value), point) for value, point in series.items())


def draw_band(axes, points, color):
    """A place alone, or one that has a single seed, has no band; where it would be a dot there are bars."""
    known = [(x, point) for x, point in points if point.half is not None]
    if len(known) == 1:
        draw_bars(axes, known, color)
    elif known:
        xs, intervals = zip(*known)
        lows, highs = [point.low for point in intervals], [point.high for point in intervals]
        axes.fill_between(xs, lows, highs, color=color, alpha=0.18, linewidth=0, zorder=1.5)


def draw_points(axes, points, color, marker, dashes):
    xs, intervals = zip(*points)
    draw_bars(axes, [(x, point) for x, point in points if point.half is not None], color)
    axes.plot(
        xs,
        [point.mean for point in intervals],
        color=color,
        linestyle=dashes,
        linewidth=0.7,
        marker=marker,
        markersize=5,
        markerfacecolor="white",
        markeredgewidth=1,
        zorder=3.5,
    )


def draw_bars(axes, points, color):
    for x, point in points:
        axes.errorbar(x, point.mean, point.half, color=color, capsize=2, linewidth=0.8, capthick=0.8, zorder=3)


# -- Axes ------------------------------------------------------------------------------------------------------------


def scale_x(cells, view):
    axis = view.x
    if not axis.is_numeric:
        words = [text if len(text) <= 14 else text[:13] + "…" for _, text in axis.points]
        turned = sum(map(len, words)) > 30
        for cell in cells:
            cell.set_xticks(range(len(words)), words, rotation=30 if turned else 0, ha="right" if turned else "center")
        return
    values = [value / 10.0 ** exponent_of(axis) for value in axis.values]
    for cell in cells:
        if is_geometric(values):
            cell.set_xscale("log")
            cell.xaxis.set_minor_locator(NullLocator())
        if is_geometric(values) or len(values) <= MOST_TICKS:
            cell.xaxis.set_major_locator(FixedLocator(thinned(values, len(cells))))
        cell.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))


def thinned(values, panels):
    """Every value, or every second, third, and so on, the first among them; values nearer than labels are wide go."""
    most = MOST_TICKS if panels == 1 else 4
    kept = values[:: -(-len(values) // most)]
    low, high = min(values), max(values)
    place = math.log if is_geometric(values) else float
    width = (place(high) - place(low)) / (14 if panels == 1 else 7) if high > low else 0
    result = []
    for value in kept:
        if not result or place(value) - place(result[-1]) >= width:
            result.append(value)
    return result


def scale_y(cells, metric, base):
    for cell in cells:
        cell.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    low, high = cells[0].get_ylim()
    # Where nothing comes near twice as much, a mark there would press the lines together.
    marks = (1, 2) if high > 1.5 else (1,)
    if base:
        for cell in cells:
            for gain in marks:
                cell.axhline(gain, color="0.35", linewidth=0.7, linestyle=(0, (2, 2)), zorder=1)
        span = max(high, marks[-1]) - min(low, 1)
        cells[0].set_ylim(max(0, min(low, 1) - 0.05 * span), max(high, marks[-1]) + 0.05 * span)
    elif metric.from_zero:
        cells[0].set_ylim(0, metric.top if metric.top and high <= 1.2 * metric.top else high)


def label_axes(figure, cells, across, upwards):
    """On the outer panels; on several lines what is longer than a panel is high."""
    grid = cells[0].get_gridspec()
    high = figure.get_figheight() - 0.6
    upwards = textwrap.fill(upwards, max(12, int(14 * high / grid.nrows)))
    for place, cell in enumerate(cells):
        if place % grid.ncols == 0:
            cell.set_ylabel(upwards)
        if place >= len(cells) - grid.ncols:
            cell.set_xlabel(across)


def add_legend(figure, table, found, labels, width):
    """Above the panels: policies, then what lines and points are where there are both."""
    chosen = styles_of(table.policies)
    drawn = {policy for _, policy, *_ in found.points}
    modes = sorted({mode for mode, *_ in found.points})
    handles = []
    for policy in (policy for policy in table.policies if policy in drawn):
        color, dashes, marker = chosen[policy]
        face = "white" if modes == ["live"] else color
        name = labels.get(policy, policy)
        handles.append(Line2D([], [], color=color, linestyle=dashes, marker=marker, markerfacecolor=face, label=name))
    if len(modes) > 1:
        handles.append(Line2D([], [], color="0.4", label="line and band: simulated"))
        handles.append(
            Line2D([], [], color="0.4", linestyle="none", marker="o", markerfacecolor="white", markersize=5,
                   label="open point and bar: live")
        )
    longest = max(len(handle.get_label()) for handle in handles)
    columns = max(1, min(len(handles), int(width / (0.4 + 0.052 * longest))))
    figure.legend(handles=handles, loc="outside upper center", ncols=columns, handlelength=2.2, columnspacing=1,
                  labelspacing=0.25, borderaxespad=0.1)


def add_note(figure, text, width):
    figure.supxlabel(textwrap.fill(text, int(width * 22)), fontsize=6, color="0.3")


def note_of(found, view, base, labels):
    """How many seeds the intervals are of, and what was left out."""
    low, high = found.counts[0], found.counts[-1]
    count = f"{low}" if low == high else f"{low} to {high}"
    if high == 1:
        parts = ["n = 1 seed, no interval"]
    else:
        parts = [f"95 % confidence (Student's t), n = {count} seeds" + (", where one no interval" if low == 1 else "")]
    if base:
        parts.append("ratios paired by seed")
    parts += [f"{label_of(axis, labels)} {axis.text(value)}" for axis, value in view.fixed]
    if found.invalid:
        parts.append(f"{found.invalid} INVALID run{'s' if found.invalid > 1 else ''} left out")
    if found.without:
        parts.append(f"{found.without} run{'s' if found.without > 1 else ''} without {'a pair' if base else 'a value'}")
    return "; ".join(parts)
