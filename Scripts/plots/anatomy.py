"""The anatomy of a few frames on one time axis: grants, uploads and answers per device, and batch blocks; promised or
expected, and happened."""

from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.transforms import ScaledTranslation

import style
from plot_error import PlotError


def choose_frames(run, first, count):
    """`count` frames from `first` on, or from the run's middle."""
    numbers = [int(frame["frame"]) for frame in run.frames]
    if not numbers:
        raise nothing_allocated(run)
    if first is None:
        first = numbers[max(0, (len(numbers) - count) // 2)]
    chosen = [number for number in numbers if first <= number < first + count]
    if not chosen:
        raise PlotError(f"no frame {first}, {run.path}; it has {numbers[0]} to {numbers[-1]}")
    return chosen


def nothing_allocated(run):
    return PlotError(f"no frame was allocated, {run.path}; there is nothing to draw")


def draw(axes, run, frames):
    """Device 0 is at the top, the workers' instances are at the bottom."""
    tasks = [task for task in run.tasks if task["granted_frame"] in frames and task["upload_start_s"] is not None]
    blocks = [block for block in run.blocks if block["frame"] in frames]
    instances = sorted({(int(block["worker"] or 0), int(block["instance"])) for block in run.blocks})
    devices = sum(group.count for group in run.groups)
    origin = min((task["upload_start_s"] for task in tasks), default=0)
    for index, group in enumerate(run.groups):
        mine = [task for task in tasks if group.first <= task["device"] < group.first + group.count]
        draw_uploads(axes, mine, origin, style.group_color(index), style.steps(run.exits))
    for row, instance in enumerate(instances):
        mine = [block for block in blocks if (int(block["worker"] or 0), int(block["instance"])) == instance]
        draw_blocks(axes, mine, origin, devices + 0.7 + 2.6 * row, run.exits)
    label_rows(axes, run, instances, devices)
    axes.set_xlabel(f"time since frame {frames[0]} began to upload [ms]")
    axes.set_title("Frames: uploads and answers per device, and their batch block by block", pad=38)
    add_legends(axes, run, any(task["upload_end_s"] is None for task in tasks))


def draw_uploads(axes, tasks, origin, color, exits):
    """Uploads of one device that overlap share its row's height; each has its answer to the right in the same height."""
    rows = {}
    for task in tasks:
        rows.setdefault((task["device"], task["granted_frame"]), []).append(task)
    for (device, _), members in rows.items():
        height, fill = 0.8 / len(members), 0.8 if len(members) > 1 else 1
        for place, task in enumerate(members):
            top = device + 0.1 + place * height
            start, promised = task["upload_start_s"], task["upload_planned_end_s"]
            end = task["upload_end_s"]
            axes.barh(
                top,
                ((promised if end is None else end) - start) * 1e3,
                height * fill,
                (start - origin) * 1e3,
                align="edge",
                color="none" if end is None else color,
                edgecolor=color,
                linewidth=0 if end is not None else 0.6,
                hatch="////" if end is None else None,
            )
            axes.vlines((promised - origin) * 1e3, top, top + height * fill, color=style.PROMISED, linewidth=1)
            draw_answer(axes, task, origin, top, height * fill, exits)


def draw_answer(axes, task, origin, top, height, exits):
    """When its exit was planned to be done, and the answer at the device. Only a planned batch has such a plan."""
    if task["planned_completion_s"] is not None and task["batch_planned_start_s"] is not None:
        planned = (task["planned_completion_s"] - origin) * 1e3
        axes.vlines(planned, top, top + height, color=style.PROMISED, linewidth=1)
    if task["result_s"] is not None and task["taken_exit"] is not None:
        axes.plot(
            (task["result_s"] - origin) * 1e3,
            top + height / 2,
            marker="o",
            markersize=4.5,
            markerfacecolor=exits[int(task["taken_exit"]) - 1],
            markeredgecolor=style.PROMISED,
            markeredgewidth=0.5,
            zorder=3,
        )


def draw_blocks(axes, blocks, origin, top, exits, labels=True):
    """Above, as outlines, what the planned start and the table promise for these sizes; below, what ran."""
    colors = style.steps(exits)
    for block in blocks:
        number, size = int(block["block"]), int(block["size"])
        color = colors[number - 1]
        if block["planned_start_s"] is not None:
            left = (block["planned_start_s"] - origin) * 1e3
            axes.barh(
                top, block["expected_ms"], 0.9, left, align="edge", color="white", edgecolor=style.PROMISED, linewidth=0.7
            )
        left = (block["start_s"] - origin) * 1e3
        axes.barh(top + 1.05, block["actual_ms"], 0.9, left, align="edge", color=color)
        if labels:
            middle = left + block["actual_ms"] / 2
            axes.text(
                middle, top + 1.5, size, ha="center", va="center", fontsize=7, color=style.text_on(color), clip_on=True
            )


def label_rows(axes, run, instances, devices):
    ticks, labels = [], []
    stride = 1 + devices // 32
    for group in run.groups:
        for device in range(group.first, group.first + group.count, stride):
            ticks.append(device + 0.5)
            labels.append(f"{group.name} {device}" if device == group.first else str(device))
    for row, (worker, instance) in enumerate(instances):
        top = devices + 0.7 + 2.6 * row
        several = len({other for other in instances if other[0] == worker}) > 1
        name = f"worker {worker}" + (f".{instance}" if several else "")
        ticks += [top + 0.45, top + 1.5]
        labels += [f"{name} expected", "happened"]
    axes.set_yticks(ticks, labels)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(devices + 0.7 + 2.6 * len(instances), -0.2)
    axes.axhline(devices + 0.3, color="0.8", linewidth=0.8)


def add_legends(axes, run, some_missing):
    uploads = [Patch(color=style.group_color(index), label=group.name) for index, group in enumerate(run.groups)]
    uploads.append(
        Line2D([], [], color=style.PROMISED, marker="|", markersize=10, linestyle="none",
               label="promised: upload's end, answer")
    )
    uploads.append(
        Line2D([], [], color=style.PROMISED, marker="o", markersize=5, markerfacecolor="white", linestyle="none",
               label="answer, filled as the block of its exit")
    )
    if some_missing:
        uploads.append(Patch(facecolor="none", edgecolor="0.4", hatch="////", label="not in time for its batch"))
    blocks = [Patch(color=color, label=f"block {index}") for index, color in enumerate(style.steps(run.exits), start=1)]
    blocks[-1].set_label(blocks[-1].get_label() + "   (numbers: batch sizes)")
    axes.add_artist(legend_above(axes, uploads, 15))
    legend_above(axes, blocks, -3)


def legend_above(axes, handles, points):
    """A row of entries so many points above the axes, whatever their height."""
    shift = ScaledTranslation(0, points / 72, axes.figure.dpi_scale_trans)
    return axes.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(-0.01, 1),
        bbox_transform=axes.transAxes + shift,
        ncols=len(handles),
        borderaxespad=0.2,
    )


def draw_batch(axes, run, batch):
    """One batch near by: its blocks around its planned start."""
    blocks = [block for block in run.blocks if block["batch"] == batch]
    planned = blocks[0]["planned_start_s"]
    origin = blocks[0]["start_s"] if planned is None else planned
    draw_blocks(axes, blocks, origin, 0, run.exits)
    axes.set_yticks([0.45, 1.5], ["expected", "happened"])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(2.1, -0.15)
    axes.set_title(f"batch {int(batch)} of frame {int(blocks[0]['frame'] or 0)}")
    axes.set_xlabel("time since planned start [ms]")
