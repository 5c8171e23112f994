"""Planned against achieved: distributions of actual less planned, of one run or several."""

import matplotlib.pyplot as plt
from matplotlib.ticker import MaxNLocator, PercentFormatter

import style
from promises import promises_of

TITLES = ["Upload ends", "Batch starts", "Block takes", "Answer is there"]


def figure_promises(runs, labels=None, size=(7, 4.6)):
    """`labels` where there are several runs. Between p0.5 and p99.5; the curves go on beyond."""
    figure, cells = plt.subplots(2, 2, figsize=size, sharey=True)
    many = [promises_of(run).differences for run in runs]
    for cell, title, same in zip(cells.flat, TITLES, zip(*many)):
        draw_differences(cell, same)
        if len(runs) == 1:
            mark_quantiles(cell, same[0])
        cell.set_title(title)
    for cell in cells[1]:
        cell.set_xlabel("actual − planned [ms]")
    for cell in cells[:, 0]:
        cell.set_ylabel("cumulative share")
    if labels:
        lines = [
            plt.Line2D([], [], color=style.group_color(place), linestyle=style.group_dashes(place), label=label)
            for place, label in enumerate(labels)
        ]
        columns = max(1, int(size[0] / (0.6 + 0.06 * max(map(len, labels)))))
        figure.legend(handles=lines, loc="outside upper center", ncols=columns)
    return figure


def draw_differences(axes, same):
    """Each run's curve from 0 to 100 %."""
    for place, one in enumerate(same):
        shares = [100 * rank / max(1, len(one.values)) for rank in range(len(one.values) + 1)]
        axes.plot(
            [one.values[0], *one.values] if one.values else [],
            shares if one.values else [],
            drawstyle="steps-post",
            color=style.group_color(place),
            linestyle=style.group_dashes(place),
        )
    known = [one for one in same if one.values]
    if not known:
        axes.text(0.5, 0.5, "nothing was planned" if same else "", transform=axes.transAxes, ha="center", color="0.4")
        axes.set_xticks([])
    else:
        low = min(0, *(one.quantile(0.005) for one in known))
        high = max(0, *(one.quantile(0.995) for one in known))
        # Where all is as planned the axis still shows a range.
        margin = max(0.08 * (high - low), 0.05)
        axes.set_xlim(low - margin, high + margin)
        axes.axvline(0, color="0.6", linewidth=0.8, zorder=1)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=5))
    axes.set_ylim(0, 102)
    axes.yaxis.set_major_formatter(PercentFormatter(decimals=0))
    axes.grid(axis="y", color="0.92")


def mark_quantiles(axes, one):
    """p50 and p99 as points on the curve, their values in the corner."""
    if not one.values:
        return
    for share, marker in ((0.5, "o"), (0.99, "s")):
        value = one.quantile(share)
        axes.plot(value, 100 * share, marker, color="black", markersize=5, clip_on=False, zorder=4,
                  label=f"p{100 * share:.0f}  {value:+.3f} ms", linestyle="none")
    # The curve rises to the right: one of the corners is free of it.
    left, right = axes.get_xlim()
    is_left = one.quantile(0.5) > (left + right) / 2
    axes.legend(loc="center left" if is_left else "center right", handletextpad=0.2, borderpad=0.2)
