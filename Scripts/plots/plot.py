"""Draws the figures of one or several runs: see Scripts/plot. Reads tables/*.csv and summary.json only."""

import argparse
import sys
from pathlib import Path

import figures
import style
from run_tables import PlotError, load


def main():
    options = parse()
    style.apply()
    try:
        for run in options.runs:
            draw_run(run, folder_of(run, options), options)
    except PlotError as error:
        sys.exit(f"error: {error}")
    except OSError as error:
        sys.exit(f"error: {error.strerror}, {error.filename}; check the path and its permissions")


def parse():
    parser = Parser(prog="Scripts/plot", description="Draws a run's figures from its tables.")
    parser.add_argument("runs", nargs="+", metavar="RUN", help="a run's directory")
    parser.add_argument("--output", metavar="DIR", help="where the figures go (RUN/figures)")
    parser.add_argument("--format", choices=["png", "pdf", "svg"], default="png", help="of the files (png)")
    parser.add_argument("--frame", type=int, metavar="N", help="first frame of the anatomy (the run's middle)")
    parser.add_argument("--frames", type=int, default=3, metavar="N", help="how many frames the anatomy shows (3)")
    options = parser.parse_args()
    if not 1 <= options.frames <= 20:
        parser.error("--frames is from 1 to 20")
    return options


class Parser(argparse.ArgumentParser):
    def error(self, message):
        sys.exit(f"error: {message}, Scripts/plot; see Scripts/plot --help")


def folder_of(run, options):
    if options.output is None:
        return Path(run) / "figures"
    return Path(options.output) / Path(run).resolve().name if len(options.runs) > 1 else Path(options.output)


def draw_run(path, folder, options):
    try:
        drawn = draw(load(path), options)
    except KeyError as missing:
        raise PlotError(f"{missing} is missing, the tables or summary of {path}; write them anew with offramp report")
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in drawn.items():
        file = folder / f"{name}.{options.format}"
        figure.savefig(file, dpi=110, metadata=reproducible(options.format))
        figures.plt.close(figure)
        print(file)


def draw(run, options):
    return {
        "overview": figures.figure_overview(run, options.frame, options.frames),
        "anatomy": figures.figure_anatomy(run, options.frame, options.frames),
        "latency": figures.figure_latency(run),
        "outcomes": figures.figure_outcomes(run),
        "batches": figures.figure_batches(run),
    }


def reproducible(form):
    """No dates in the files: the same tables give the same bytes."""
    return {"png": {"Software": None}, "pdf": {"CreationDate": None}, "svg": {"Date": None}}[form]


main()
