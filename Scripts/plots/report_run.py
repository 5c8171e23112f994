"""A run's report.html: verdict, summary, topology, figures, and what its tables hold."""

import statistics

import figures
import html_page as html
from csv_file import read_rows
from plot_error import PlotError
from promises import DIFFERENCE_HEADS, difference_rows, kept_rows, promises_of
from run_tables import load_verdict, read_json

MOST_ROWS = 300
OUTCOMES = ["generated", "completed", "late", "refused", "expired", "lost"]
CAPTIONS = {
    "anatomy": "Frames near by. Bars are uploads, from the grant's start; upright strokes what was promised, the end of the "
    "upload and the answer; dots the answers. Below, the workers' blocks as expected and as they ran.",
    "latency": "Latency of the tasks of each group. A curve ends at the share that was answered.",
    "outcomes": "How tasks ended, and the exits of those answered.",
    "batches": "Offers of each frame, and the size of its batch at each block.",
    "promises": "Planned against achieved: distributions of actual less planned, from p0.5 to p99.5.",
}


def page(run, first, count):
    verdict = load_verdict(run.path)
    description = read_json(run.path / "run.json")
    name = f"{run.summary['topology']} · {run.summary['policy']} · seed {run.summary['seed']}"
    parts = [f"<h1>{html.escape(name)}</h1>", html.paragraph(about(run, description), "soft")]
    parts += [html.verdict(verdict["valid"]), *reasons(verdict)]
    parts += [html.heading("Summary"), groups_table(run.summary), exits_table(run.summary), figures_table(run.summary)]
    parts += [html.heading("Planned against achieved"), *promise_tables(run)]
    parts += [html.heading("Figures"), *drawn(run, first, count)]
    parts += [html.heading("Frames"), frames_table(run), html.heading("Batches"), batches_table(run)]
    parts += [html.heading("Tasks"), tasks_table(run), html.heading("Topology"), topology(run)]
    return html.page(name, parts)


def about(run, description):
    how = "simulated" if description["simulated"] else "live"
    machine = description.get("machine", {})
    return (
        f"{how}, {run.summary['duration_s']:g} s, {run.summary['devices']} devices; started {description['started_at']} "
        f"with version {description['version']} on {machine.get('cpu', '?')}, {machine.get('cores', '?')} cores; "
        f"run {run.summary['run']}"
    )


def reasons(verdict):
    counts = [f"violations of {kind}: {count}" for kind, count in verdict.get("violations", {}).items()]
    notes = [f"note: {note}" for note in verdict.get("notes", [])]
    return [html.items([*verdict["reasons"], *counts, *notes])]


# -- Summary ---------------------------------------------------------------------------------------------------------


def groups_table(summary):
    heads = ["group", "devices", *OUTCOMES, "per s", "met %", "accuracy %", "p50 ms", "p90 ms", "p99 ms", "max ms", "fairness",
             "energy J"]
    return html.table(heads, [group_row(group["name"], group) for group in summary["groups"]] + [group_row("all", summary)])


def group_row(name, figures_of_it):
    latency = figures_of_it["latency_ms"]
    return [
        name,
        figures_of_it["devices"],
        *(figures_of_it["tasks"][outcome] for outcome in OUTCOMES),
        shown(figures_of_it["throughput_per_s"], 1),
        shown(figures_of_it["deadline_met"], 1, 100),
        shown(figures_of_it["accuracy"], 1, 100),
        *(shown(latency[quantile], 1) for quantile in ("p50", "p90", "p99", "max")),
        shown(figures_of_it["fairness_jain"], 3),
        shown(figures_of_it["device_energy_j"], 3),
    ]


def exits_table(summary):
    rows = [
        [
            entry["exit"],
            entry["tasks"],
            shown(share, 1, 100),
            shown(entry["live"], 1, 100),
            entry["assigned_tasks"],
            shown(entry["assigned_live"], 1, 100),
            shown(entry["manifest"], 1, 100),
            shown(entry["tolerance"], 1, 100),
            {True: "agrees", False: "differs", None: ""}[entry["agrees"]],
        ]
        for entry, share in zip(summary["accuracy_per_exit"], summary["exit_share"])
    ]
    heads = ["exit", "tasks", "share %", "accuracy %", "assigned", "accuracy %", "manifest %", "± %", ""]
    return html.table(heads, rows)


def figures_table(summary):
    """Those that are of the run as a whole. What an older run lacks is left out."""
    rows = [("mean batch", shown(summary["mean_batch"], 2))]
    for name, label, unit in [
        ("uplink_error_ms", "upload error", "ms"),
        ("frame_edge_lateness_ms", "frame-edge lateness", "ms"),
        ("loop_lateness_ms", "loop lateness", "ms"),
        ("solve_us", "allocation", "µs"),
    ]:
        for quantile, value in summary.get(name, {}).items():
            rows.append((f"{label}, {quantile}", f"{shown(value, 3)} {unit}"))
    if "frames" in summary:
        rows.append(("frames that the fallback decided", f"{summary['fallback_frames']} of {summary['frames']}"))
    return html.table(["of the whole run", ""], rows)


def shown(value, digits, scale=1):
    return "–" if value is None else f"{value * scale:,.{digits}f}"


def promise_tables(run):
    promises = promises_of(run)
    return [
        html.table(["of tasks granted", "tasks", "%"], kept_rows(promises)),
        html.table(DIFFERENCE_HEADS, difference_rows(promises)),
        html.paragraph(
            "An answer's difference is that of tasks that left at their planned exit: its planned completion is at the worker, "
            "the answer at the device. Positive is late, or slower.", "soft"
        ),
    ]


# -- Figures ---------------------------------------------------------------------------------------------------------


def drawn(run, first, count):
    """A figure that has nothing to draw says why."""
    parts = []
    functions = figures.figures_of(run, first, count)
    for name, caption in CAPTIONS.items():
        try:
            parts.append(html.figure(functions[name](), caption))
        except PlotError as reason:
            parts.append(html.paragraph(f"No {name}: {reason}", "soft"))
    return parts


# -- Tables ----------------------------------------------------------------------------------------------------------


def frames_table(run):
    rows = []
    for name in ["offers", "granted", "deferred", "refused", "solve_us", "search_nodes"]:
        values = sorted(frame[name] for frame in run.frames if frame.get(name) is not None)
        if values:
            middle = statistics.median_low(values)
            rows.append([name, f"{sum(values):,.0f}", *(f"{value:,.6g}" for value in (values[0], middle, values[-1])),
                         f"{statistics.fmean(values):,.2f}"])
    note = html.paragraph(f"{len(run.frames)} frames; all are in tables/frames.csv.", "soft")
    return html.table(["per frame", "sum", "least", "median", "most", "mean"], rows) + note


def batches_table(run):
    rows = []
    for block in range(1, run.exits + 1):
        mine = [row for row in run.blocks if row["block"] == block]
        if mine:
            sizes = [row["size"] for row in mine]
            expected, actual = ([row[name] for row in mine if row[name] is not None] for name in ("expected_ms", "actual_ms"))
            rows.append([block, len(mine), f"{statistics.fmean(sizes):.2f}", f"{min(sizes):.0f}", f"{max(sizes):.0f}",
                         *(f"{statistics.fmean(times):.3f}" if times else "–" for times in (expected, actual))])
    batches = len({row["batch"] for row in run.blocks})
    note = html.paragraph(f"{batches} batches, {len(run.blocks)} blocks run; all are in tables/batches.csv.", "soft")
    return html.table(["block", "runs", "mean size", "least", "most", "expected, mean ms", "actual, mean ms"], rows) + note


def tasks_table(run):
    """As they stand in the file."""
    columns, rows = read_rows(run.path / "tables" / "tasks.csv", [], "write it anew with offramp report")
    first = [list(row.values()) for _, row in rows[:MOST_ROWS]]
    few = f"The first {MOST_ROWS} of {len(rows):,} tasks" if len(rows) > MOST_ROWS else f"All {len(rows)} tasks"
    return html.folded(f"{few}; all are in tables/tasks.csv", html.table(columns, first, "left"))


def topology(run):
    try:
        return html.preformatted((run.path / "topology.yaml").read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return html.paragraph("topology.yaml is not in the run's directory.", "soft")
