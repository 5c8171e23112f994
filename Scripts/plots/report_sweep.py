"""A sweep's report.html: its grid, figures, and means with intervals."""

import html_page as html
import sweep_figure
from plot_error import PlotError
from scale import label_of
from sweep_view import means

METRICS = ["throughput", "deadline", "accuracy", "p99", "energy", "batch"]
MOST_ROWS = 300


def page(table, views, metrics, base, labels, width):
    title = f"Sweep {table.path.resolve().parent.name}"
    parts = [f"<h1>{html.escape(title)}</h1>", html.paragraph(about(table), "soft"), grid_table(table, labels)]
    parts += [html.heading("Figures"), html.side_by_side(drawn(table, views, metrics, None, labels, width))]
    if base:
        parts.append(html.heading(f"Gains over {labels.get(base, base)}"))
        parts.append(html.side_by_side(drawn(table, views, metrics, base, labels, width)))
    parts += [html.heading("Means"), *means_tables(table, views, metrics, labels), *invalid_runs(table)]
    return html.page(title, parts)


def about(table):
    modes = {mode: sum(run.mode == mode for run in table.runs) for mode in ("simulated", "live")}
    counted = ", ".join(f"{count} {mode}" for mode, count in modes.items() if count)
    return f"{len(table.runs)} runs ({counted}), {len(table.valid)} of them VALID; all are in sweep.csv"


def grid_table(table, labels):
    rows = [["policy", ", ".join(labels.get(policy, policy) for policy in table.policies)]]
    rows += [[axis.name, ", ".join(text for _, text in axis.points)] for axis in table.axes]
    rows.append(["seed", ", ".join(dict.fromkeys(run.seed for run in table.runs))])
    return html.table(["axis", "values"], rows, "left")


def drawn(table, views, metrics, base, labels, width):
    """A metric that no run has is passed over, with a word."""
    parts = []
    for metric in metrics:
        for view in views:
            words = "".join(f", {label_of(axis, labels)} {axis.text(value)}" for axis, value in view.fixed)
            caption = f"{metric.label} over {label_of(view.x, labels, table.axes)}{words}"
            try:
                parts.append(html.figure(sweep_figure.draw(table, view, metric, base, width, labels), caption))
            except PlotError as reason:
                parts.append(html.paragraph(f"No {metric.label.lower()}: {reason}", "soft"))
    return parts


def means_tables(table, views, metrics, labels):
    """A row for each point, mode and policy."""
    shown = [(view, {metric.name: means(view, metric).points for metric in metrics}) for view in views]
    panels = views[0].panels
    axes = [*(axis for axis, _ in views[0].fixed), *([panels] if panels else []), views[0].x]
    heads = ["policy", "mode", *(label_of(axis, labels, table.axes) for axis in axes), "n", *(m.title for m in metrics)]
    rows = [row for view, found in shown for row in means_rows(table, view, found, metrics, labels)]
    note = "Mean ± half the 95 % confidence interval (Student's t) over n seeds."
    if len(rows) > MOST_ROWS:
        note += f" The first {MOST_ROWS} of {len(rows)} rows."
    return [html.table(heads, rows[:MOST_ROWS]), html.paragraph(note, "soft")]


def means_rows(table, view, found, metrics, labels):
    keys = {key for points in found.values() for key in points}
    order = {policy: place for place, policy in enumerate(table.policies)}
    for mode, policy, panel, x in sorted(keys, key=lambda key: place_of(view, order, key)):
        texts = [axis.text(value) for axis, value in view.fixed]
        texts += [view.panels.text(panel)] if view.panels else []
        points = [found[metric.name].get((mode, policy, panel, x)) for metric in metrics]
        count = max(point.count for point in points if point)
        yield [labels.get(policy, policy), mode, *texts, view.x.text(x), count, *map(cell, points)]


def place_of(view, order, key):
    mode, policy, panel, x = key
    row = view.panels.values.index(panel) if view.panels else 0
    return row, view.x.values.index(x), order[policy], mode != "simulated"


def cell(point):
    if point is None:
        return "–"
    return f"{point.mean:,.4g}" if point.half is None else f"{point.mean:,.4g} ± {point.half:.2g}"


def invalid_runs(table):
    rows = [
        [run.policy, run.mode, run.seed, *(axis.text(run.point[axis.name]) for axis in table.axes), run.reasons]
        for run in table.runs
        if not run.is_valid
    ]
    if not rows:
        return []
    heads = ["policy", "mode", "seed", *(axis.name for axis in table.axes), "reasons"]
    note = html.paragraph(f"{len(rows)} runs are INVALID and in no figure or mean.", "soft")
    return [html.heading("INVALID runs"), note, html.table(heads, rows[:MOST_ROWS], "left")]
