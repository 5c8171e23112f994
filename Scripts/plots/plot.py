"""Draws figures and reports of runs and sweeps, profiles and calibrations: see Scripts/plot. Reads their tables alone."""

import argparse
import os
import sys
from pathlib import Path

import calibration_figure
import compare
import figures
import profile_figure
import profile_table
import report_run
import report_sweep
import run_tables
import style
import sweep_figure
import sweep_table
from metrics import metric_named
from plot_error import PlotError
from promises import RUN_HEADS, aligned, as_text, promises_of, run_rows
from sweep_view import views

RUN_OPTIONS = ["frame", "frames"]
SWEEP_OPTIONS = ["x", "y", "panels", "fix", "relative"]
# What a field that is missing, or of another type, raises where it is used.
INCOMPLETE = (KeyError, TypeError, AttributeError)


def main():
    options = parse()
    style.apply()
    try:
        draw_all(options)
        sys.stdout.flush()
    except PlotError as error:
        sys.exit(f"error: {error}")
    except BrokenPipeError:
        # Who read the names has enough of them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        sys.exit(f"error: {error.strerror or error}, {error.filename}; check the path, its permissions and the disk")


def parse():
    parser = Parser(prog="Scripts/plot", description="Draws figures of runs and sweeps, from their tables.")
    add = parser.add_argument
    add("paths", nargs="+", metavar="PATH", help="a run's directory, or a sweep's; with --profile or --calibration a file")
    add("--output", metavar="DIR", help="where the files go (PATH/figures; with --compare, --profile, --calibration figures)")
    add("--format", choices=["png", "pdf", "svg"], default="png", help="of the figures (png)")
    add("--html", action="store_true", help="write one self-contained report.html, no figures")
    add("--label", type=pair, action="append", default=[], metavar="NAME=TEXT", help="say TEXT for an axis, policy or run")
    add("--width", type=float, default=3.4, metavar="INCHES", help="of a sweep's and --compare's figures (3.4)")
    add("--profile", action="store_true", help="the files are profiles or latency tables, of one model or several")
    add("--calibration", action="store_true", help="the file is what offramp calibrate --json printed; - is standard input")
    runs = parser.add_argument_group("of runs")
    runs.add_argument("--frame", type=int, metavar="N", help="first frame of the anatomy (the run's middle)")
    runs.add_argument("--frames", type=int, metavar="N", help="how many frames the anatomy shows (3)")
    runs.add_argument("--compare", action="store_true", help="all runs in the same figures")
    sweeps = parser.add_argument_group("of sweeps")
    sweeps.add_argument("--y", metavar="NAME,…", help="throughput, deadline, accuracy, p50, p90, p99, energy, fairness, "
                        "batch, upload, solve, or a column (throughput,deadline)")
    sweeps.add_argument("--x", metavar="AXIS", help="the axis across (the one with most points)")
    sweeps.add_argument("--panels", metavar="AXIS", help="the axis with a panel for each of its points")
    sweeps.add_argument("--fix", type=pair, action="append", metavar="AXIS=VALUE", help="only runs with this value")
    sweeps.add_argument("--relative", metavar="POLICY", help="draw gains over this policy, paired by seed")
    options = parser.parse_intermixed_args()
    if options.frames is not None and not 1 <= options.frames <= 20:
        parser.error("--frames is from 1 to 20")
    if not 2 <= options.width <= 20:
        parser.error("--width is from 2 to 20 inches")
    if options.compare and (options.html or len(options.paths) < 2):
        parser.error("--compare needs two runs or more, and no --html")
    if options.profile and options.calibration:
        parser.error("--profile and --calibration are of different files")
    if options.calibration and len(options.paths) > 1:
        parser.error("--calibration takes one file")
    if (options.profile or options.calibration) and (options.compare or options.html):
        parser.error("--profile and --calibration draw figures only, without --compare or --html")
    return options


class Parser(argparse.ArgumentParser):
    def error(self, message):
        sys.exit(f"error: {message}, Scripts/plot; see Scripts/plot --help")


def pair(text):
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"'{text}' is not NAME=TEXT")
    return name, value


def draw_all(options):
    if options.profile or options.calibration:
        draw_files(options)
        return
    if options.compare:
        draw_compared([load_run(path) for path in options.paths], options)
        return
    for path in options.paths:
        folder = folder_of(path, options)
        if is_sweep(path):
            draw_sweep(sweep_table.load(path), folder, options)
        else:
            draw_run(load_run(path), folder, options)


def is_sweep(path):
    path = Path(path)
    if not path.is_dir():
        raise PlotError(f"no such directory, {path}; name a run's or a sweep's, as offramp wrote it")
    if (path / "sweep.csv").exists():
        return True
    if not (path / "summary.json").exists() and not (path / "tables").exists():
        raise PlotError(f"neither a run nor a sweep, {path}; a run has summary.json and tables, a sweep sweep.csv")
    return False


def load_run(path):
    if is_sweep(path):
        raise PlotError(f"a sweep where a run is needed, {path}; name runs' directories")
    try:
        return run_tables.load(path)
    except INCOMPLETE as reason:
        raise incomplete(reason, path)


def folder_of(path, options):
    """None where the user names none: then it is beside the tables."""
    if options.output is None:
        return None
    return Path(options.output) / Path(path).resolve().name if len(options.paths) > 1 else Path(options.output)


# -- Runs ------------------------------------------------------------------------------------------------------------


def draw_run(run, folder, options):
    refuse(options, SWEEP_OPTIONS, "of sweeps", run.path)
    frames = options.frame, options.frames or 3
    try:
        if options.html:
            write(folder or run.path, "report.html", report_run.page(run, *frames))
            return
        save(figures.figures_of(run, *frames), folder or run.path / "figures", options.format)
    except INCOMPLETE as reason:
        raise incomplete(reason, run.path)
    print(f"\n{as_text(promises_of(run))}")


def refuse(options, names, what, path):
    for name in names:
        if getattr(options, name) is not None:
            raise PlotError(f"--{name} is {what}, {path}; leave it out here")


def draw_compared(runs, options):
    refuse(options, SWEEP_OPTIONS + RUN_OPTIONS, "not of --compare", options.paths[0])
    folder = Path(options.output or "figures")
    try:
        labels = compare.labels_of(runs, dict(options.label))
        drawn = {
            "compare-latency": lambda: compare.figure_latencies(runs, labels, options.width),
            "compare-promises": lambda: compare.figure_kept(runs, labels, options.width),
        }
        save(drawn, folder, options.format)
    except INCOMPLETE as reason:
        raise incomplete(reason, ", ".join(str(run.path) for run in runs))
    print(f"\n{aligned([RUN_HEADS, *run_rows(labels, [promises_of(run) for run in runs])])}")


def incomplete(reason, path):
    return PlotError(f"fields are missing or odd ({reason}), summary or tables of {path}; write them anew with offramp report")


# -- Sweeps ----------------------------------------------------------------------------------------------------------


def draw_sweep(table, folder, options):
    refuse(options, RUN_OPTIONS, "of runs", table.path)
    folder = folder or (table.path.parent if options.html else table.path.parent / "figures")
    base = options.relative
    if base and base not in table.policies:
        raise PlotError(f"no policy '{base}' in {table.path}, --relative; it has {', '.join(table.policies)}")
    labels = dict(options.label)
    chosen = views(table, options.x, options.panels, options.fix or [])
    if options.html:
        names = options.y.split(",") if options.y else report_sweep.METRICS
        metrics = [metric_named(name, table.columns) for name in names]
        write(folder, "report.html", report_sweep.page(table, chosen, metrics, base, labels, options.width))
        return
    metrics = [metric_named(name, table.columns) for name in (options.y or "throughput,deadline").split(",")]
    for metric in metrics:
        for view in chosen:
            name = metric.name + ("-relative" if base else "") + view.suffix
            save({name: lambda: sweep_figure.draw(table, view, metric, base, options.width, labels)}, folder, options.format)


# -- Profiles and calibrations ---------------------------------------------------------------------------------------


def draw_files(options):
    refuse(options, SWEEP_OPTIONS + RUN_OPTIONS, "of runs and sweeps", options.paths[0])
    folder = Path(options.output or "figures")
    path = ", ".join(options.paths)
    if options.profile:
        drawn, program = profile_figure.figures_of([profile_table.load(file) for file in options.paths]), "offramp profile"
    else:
        data = calibration_figure.load(path)
        drawn, program = {"calibration": lambda: calibration_figure.draw(data)}, "offramp calibrate --json"
    try:
        save(drawn, folder, options.format)
    except (*INCOMPLETE, IndexError) as reason:
        raise PlotError(f"fields are missing or odd ({reason}), {path}; make it anew with {program}")


# -- Files -----------------------------------------------------------------------------------------------------------


def save(drawn, folder, form):
    """`drawn` has a function for each figure's name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in drawn.items():
        file = folder / f"{name}.{form}"
        style.save(draw(), file, form)
        print(file)


def write(folder, name, text):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    print(folder / name)


if __name__ == "__main__":
    main()
