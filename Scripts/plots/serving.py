"""Draws what Scripts/bench/serving measured: goodput over load, and the mean batch, a line a contender.

    serving.py TABLE FIGURE

Both axes are multiples of the bare engine's full-depth throughput in the same round, so that rounds of a machine that is now
faster, now slower can be laid on each other. Lines are means over rounds, dots single rounds."""

import sys
from pathlib import Path
from statistics import mean

import matplotlib.pyplot as plt

import style
from csv_file import number, read_rows
from plot_error import PlotError
from policy_style import BLUE, DASHED, DOTTED, GREEN, ORANGE, RED, SOLID

REMEDY = "write it anew with Scripts/bench/serving"
NUMBERS = ("load", "bare_per_s", "bare_exits_per_s", "goodput_per_s", "mean_batch", "deadline_ms")
# Ours are solid; who leaves at exits has the darker of two colours.
STYLES = {
    "offramp-exits": (BLUE, SOLID, "o", "edge worker, exits"),
    "offramp": (BLUE, DASHED, "o", "edge worker, full depth"),
    "triton-exits": (RED, SOLID, "^", "Triton, exits in its model"),
    "triton": (RED, DASHED, "^", "Triton, full depth"),
    "triton-patient": (ORANGE, DOTTED, "v", "Triton, full depth, no timeout"),
    "mosec-exits": (GREEN, SOLID, "s", "mosec, exits in its model"),
    "mosec": (GREEN, DASHED, "s", "mosec, full depth"),
}


def main():
    if len(sys.argv) != 3 or Path(sys.argv[2]).suffix not in (".png", ".pdf", ".svg"):
        sys.exit("error: a table and a .png, .pdf or .svg are needed, serving.py; name both")
    style.apply()
    try:
        rows = load(Path(sys.argv[1]))
        figure = draw(rows)
        style.save(figure, sys.argv[2], Path(sys.argv[2]).suffix[1:])
    except PlotError as error:
        sys.exit(f"error: {error}")
    except OSError as error:
        sys.exit(f"error: {error.strerror}, {error.filename}; check the path")
    print(sys.argv[2])


def load(path):
    _, lines = read_rows(path, ("contender", "round", *NUMBERS), REMEDY)
    rows = []
    for line, fields in lines:
        # A contender that answered nothing has no mean batch.
        row = {name: None if fields[name] == "nan" else number(fields[name], path, line, name, REMEDY) for name in NUMBERS}
        rows.append(row | {"contender": fields["contender"]})
    if not rows:
        raise PlotError(f"no runs, {path}; {REMEDY}")
    return rows


def draw(rows):
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.6), gridspec_kw={"width_ratios": [3, 2]})
    loads = sorted({row["load"] for row in rows})
    exits = mean(row["bare_exits_per_s"] / row["bare_per_s"] for row in rows)
    top = 1.12 * max(exits, *(row["goodput_per_s"] / row["bare_per_s"] for row in rows))
    left.plot([0, loads[-1]], [0, loads[-1]], color="0.8", lw=1)
    place = 0.8 * min(top, loads[-1])
    left.text(place - 0.01 * loads[-1], place, "all in time", color="0.5", fontsize=8, ha="right")
    for value, text in [(1, "bare engine, full depth"), (exits, "bare engine, exits")]:
        left.axhline(value, color="0.6", lw=0.8, ls=(0, (6, 3)))
        left.text(loads[-1], value, text, color="0.4", fontsize=8, ha="right", va="bottom")
    names = [name for name in STYLES if any(row["contender"] == name for row in rows)]
    for name in names:
        own = [row for row in rows if row["contender"] == name]
        line(left, own, STYLES[name], lambda row: row["goodput_per_s"] / row["bare_per_s"])
        line(right, own, STYLES[name], lambda row: row["mean_batch"])
    left.set_title(f"Goodput: answers within {rows[0]['deadline_ms']:g} ms of their arrival")
    left.set_ylabel("× the bare engine's full-depth throughput")
    right.set_title("Mean batch")
    for axes in (left, right):
        axes.set_xlabel("load, × the bare engine's full-depth throughput")
        axes.set_xlim(0, loads[-1] * 1.02)
        axes.set_ylim(0)
    left.set_ylim(0, top)
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def line(axes, rows, look, value_of):
    color, dashes, marker, label = look
    by_load = {}
    for row in rows:
        value = value_of(row)
        if value is not None:
            by_load.setdefault(row["load"], []).append(value)
    loads = sorted(by_load)
    axes.plot(loads, [mean(by_load[load]) for load in loads], color=color, ls=dashes, marker=marker, markersize=5,
              markerfacecolor=color if dashes == SOLID else "white", lw=1.6, label=label)
    for load in loads:
        if len(by_load[load]) == 1:
            continue
        axes.plot([load] * len(by_load[load]), by_load[load], ".", color=color, markersize=3, alpha=0.6)


if __name__ == "__main__":
    main()
