"""Draws policies beside each other from the runs that Scripts/bench/policies keeps: DIR/POLICY/SEED."""

import json
import statistics
import sys
from pathlib import Path

import matplotlib.pyplot as plt

import style


def main():
    kept, file = map(Path, sys.argv[1:3])
    style.apply()
    rows = sorted(
        ((folder.name, [json.loads(file.read_text()) for file in sorted(folder.glob("*/summary.json"))])
         for folder in kept.iterdir()),
        key=lambda row: statistics.mean(summary["throughput_per_s"] for summary in row[1]),
    )
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 0.9 + 0.4 * len(rows)), sharey=True,
                                         gridspec_kw={"width_ratios": [3, 2]})
    draw_throughput(left, rows)
    draw_outcomes(right, rows)
    figure.savefig(file, dpi=110)


def draw_throughput(axes, rows):
    base = next((mean_rate(summaries) for policy, summaries in rows if policy == "conventional"), None)
    for place, (policy, summaries) in enumerate(rows):
        rate = mean_rate(summaries)
        axes.barh(place, rate, color=style.GROUPS[0], alpha=0.35, height=0.7)
        axes.plot([s["throughput_per_s"] for s in summaries], [place] * len(summaries), "|", color=style.GROUPS[0],
                  markersize=12)
        note = f" {rate:.0f}" + (f", {rate / base:.2f} ×" if base else "")
        axes.text(max(s["throughput_per_s"] for s in summaries), place, note, va="center", fontsize=9)
    axes.set_yticks(range(len(rows)), [policy for policy, _ in rows])
    axes.set_xlim(0, 1.22 * max(mean_rate(summaries) for _, summaries in rows))
    axes.set_xlabel("tasks completed per second; a mark for each seed")
    axes.set_title("Throughput")


def mean_rate(summaries):
    return statistics.mean(summary["throughput_per_s"] for summary in summaries)


def draw_outcomes(axes, rows):
    for place, (_, summaries) in enumerate(rows):
        generated = sum(summary["tasks"]["generated"] for summary in summaries)
        left = 0
        for outcome, color in style.OUTCOMES.items():
            share = 100 * sum(summary["tasks"][outcome] for summary in summaries) / generated
            axes.barh(place, share, left=left, color=color, height=0.7, label=outcome if place == 0 else None)
            left += share
    axes.set_xlim(0, 100)
    axes.set_xlabel("share of tasks, %")
    axes.set_title("Outcomes")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=5)


main()
