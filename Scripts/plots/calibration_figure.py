"""What the exit rule confidence(threshold) is worth: accuracy and mean depth over the threshold, where images leave, and how
far each exit's confidence is from its accuracy. Drawn from what offramp calibrate --json prints."""

import json
import sys
from pathlib import Path

import matplotlib.pyplot as plt

import style
from plot_error import PlotError


def load(path):
    """`-` is standard input."""
    try:
        data = json.loads(sys.stdin.read() if str(path) == "-" else Path(path).read_text(encoding="utf-8"))
    except ValueError as reason:
        raise PlotError(f"no JSON ({reason}), {path}; give it what offramp calibrate --json prints") from None
    if not isinstance(data, dict) or data.get("format") != 1 or not data.get("thresholds") or not data.get("exits"):
        raise PlotError(f"not what offramp calibrate --json prints, {path}; make it anew")
    return data


def draw(data):
    figure, (worth, leaving, trust) = plt.subplots(1, 3, figsize=(13, 3.9), width_ratios=[1.1, 1, 0.95])
    points, exits = data["thresholds"], data["exits"]
    colors = style.steps(len(exits))
    thresholds = [point["threshold"] for point in points]
    draw_worth(worth, points, exits, colors)
    draw_leaving(leaving, thresholds, points, colors)
    draw_trust(trust, exits, colors)
    return figure


def draw_worth(axes, points, exits, colors):
    """Accuracy over mean depth, a point for each threshold: the curve that a threshold chooses from."""
    depth, accuracy = [p["mean_depth"] for p in points], [100 * p["accuracy"] for p in points]
    axes.plot(depth, accuracy, color=style.GROUPS[0], label="confidence(threshold)")
    for index, (exit, color) in enumerate(zip(exits, colors), 1):
        axes.plot(index, 100 * exit["accuracy"], "o", color=color, markeredgecolor="black", markeredgewidth=0.5,
                  label="everyone at one exit" if index == 1 else None)
    for threshold in (0.7, 0.9, 0.95, 0.99):
        point = min(points, key=lambda p: abs(p["threshold"] - threshold))
        axes.plot(point["mean_depth"], 100 * point["accuracy"], "|", color="black", markersize=9)
        axes.annotate(f"{point['threshold']:g}", (point["mean_depth"], 100 * point["accuracy"]),
                      textcoords="offset points", xytext=(0, 7), fontsize=8, ha="center")
    axes.margins(y=0.1)
    axes.set_xlabel("mean depth, blocks")
    axes.set_ylabel("accuracy, %")
    axes.set_title("What a threshold buys")
    axes.legend(loc="lower right")


def draw_leaving(axes, thresholds, points, colors):
    shares = [[100 * point["exit_share"][exit] for point in points] for exit in range(len(colors))]
    axes.stackplot(thresholds, shares, colors=colors, labels=[f"exit {index + 1}" for index in range(len(colors))])
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 100)
    axes.set_xlabel("threshold")
    axes.set_ylabel("share of images, %")
    axes.set_title("Where images leave")
    axes.legend(loc="lower left", frameon=True, framealpha=1)


def draw_trust(axes, exits, colors):
    axes.plot([0, 100], [0, 100], color=style.DEFERRED, lw=1)
    for exit, color in zip(exits, colors):
        # A handful of images has no accuracy to speak of.
        bins = [one for one in exit["bins"] if one["images"] >= 10]
        error = 100 * exit["expected_calibration_error"]
        axes.plot([100 * one["mean_confidence"] for one in bins], [100 * one["accuracy"] for one in bins], ".-",
                  color=color, label=f"exit {exit['exit']}: ECE {error:.1f} %")
    axes.set_xlabel("confidence, %")
    axes.set_ylabel("accuracy, %")
    axes.set_title("Is an exit as sure as it is right?")
    axes.legend(loc="upper left")
