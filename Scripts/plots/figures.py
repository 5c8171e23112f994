"""One function per figure; each takes a run's tables and gives a matplotlib figure."""

import matplotlib.pyplot as plt
from matplotlib.ticker import MaxNLocator, PercentFormatter

import anatomy
import style
from promise_figure import figure_promises


def figures_of(run, first, count):
    """A function for each figure's name; `count` frames from `first` on are shown near by."""
    return {
        "overview": lambda: figure_overview(run, first, count),
        "anatomy": lambda: figure_anatomy(run, first, count),
        "latency": lambda: figure_latency(run),
        "outcomes": lambda: figure_outcomes(run),
        "batches": lambda: figure_batches(run),
        "promises": lambda: figure_promises([run]),
    }


def figure_anatomy(run, first, count):
    frames = anatomy.choose_frames(run, first, count)
    batches = sorted({block["batch"] for block in run.blocks if block["frame"] in frames})[:count]
    devices = sum(group.count for group in run.groups)
    figure = plt.figure(figsize=(12, 3.6 + min(9, 0.24 * devices)))
    grid = figure.add_gridspec(2, max(1, len(batches)), height_ratios=[max(3, 0.28 * devices), 1])
    axes = figure.add_subplot(grid[0, :])
    anatomy.draw(axes, run, frames)
    for place, batch in enumerate(batches):
        anatomy.draw_batch(figure.add_subplot(grid[1, place]), run, batch)
    return figure


def figure_latency(run):
    figure, axes = plt.subplots(figsize=(7, 4.2))
    draw_latency(axes, run)
    return figure


def figure_outcomes(run):
    height = 1.6 + 0.45 * (len(run.groups) + 1)
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, height))
    draw_outcomes(left, run)
    draw_exits(right, run)
    return figure


def figure_batches(run):
    if not run.frames:
        raise anatomy.nothing_allocated(run)
    figure, axes = plt.subplots(
        2, 2, figsize=(12, 6), sharey="row", sharex="col", gridspec_kw={"width_ratios": [4, 1]}, squeeze=False
    )
    axes[0, 1].axis("off")
    draw_frames(axes[0, 0], run)
    axes[0, 1].legend(*axes[0, 0].get_legend_handles_labels(), loc="upper left")
    draw_batch_sizes(axes[1, 0], run)
    draw_batch_means(axes[1, 1], run)
    axes[0, 0].tick_params(labelbottom=False)
    return figure


def figure_overview(run, first, count):
    """Anatomy, latencies, outcomes and exits in one."""
    frames = anatomy.choose_frames(run, first, count)
    figure = plt.figure(figsize=(12, 9))
    grid = figure.add_gridspec(3, 2, height_ratios=[5, 1.6, 1.6], width_ratios=[1, 1])
    anatomy.draw(figure.add_subplot(grid[0, :]), run, frames)
    draw_latency(figure.add_subplot(grid[1:, 0]), run)
    draw_outcomes(figure.add_subplot(grid[1, 1]), run)
    draw_exits(figure.add_subplot(grid[2, 1]), run)
    return figure


# -- Parts -----------------------------------------------------------------------------------------------------------


def draw_latency(axes, run):
    """Of all tasks generated, so that a curve ends at the share that was answered."""
    for index, group in enumerate(run.groups):
        color, dashes = style.group_color(index), style.group_dashes(index)
        latencies = sorted(task["latency_ms"] for task in group.tasks if task["latency_ms"] is not None)
        total = max(1, len(group.tasks))
        shares = [100 * (place + 1) / total for place in range(len(latencies))]
        axes.plot([0, *latencies], [0, *shares], drawstyle="steps-post", color=color, linestyle=dashes, linewidth=1.8)
        axes.plot([], [], color=color, linestyle=dashes, linewidth=1.8, label=group.name)
        for deadline in deadlines(group):
            axes.axvline(deadline, color=color, linestyle=dashes, linewidth=0.8)
    axes.plot([], [], color="0.3", linewidth=0.8, label="deadline, thin and upright")
    axes.set_title("Latency")
    axes.set_xlabel("from generation to result at the device [ms]")
    axes.set_ylabel("answered, of all generated")
    axes.yaxis.set_major_formatter(PercentFormatter(decimals=0))
    axes.set_xlim(0)
    axes.set_ylim(0, 102)
    axes.grid(axis="y", color="0.9")
    # No curve is there: nobody's latency is less than the frame's lead and upload.
    axes.legend(loc="upper left")


def deadlines(group):
    """Relative deadlines in ms, at most a few: a group's tasks have the same one."""
    known = {
        round((task["deadline_s"] - task["generated_s"]) * 1e3, 3)
        for task in group.tasks
        if task["deadline_s"] is not None and task["generated_s"] is not None
    }
    return sorted(known)[:3]


def draw_outcomes(axes, run):
    present = [outcome for outcome in style.OUTCOMES if any(task["outcome"] == outcome for task in run.tasks)]
    rows = [
        (f"{name} ({len(tasks):,})", [sum(task["outcome"] == outcome for task in tasks) for outcome in present])
        for name, tasks in named_tasks(run)
    ]
    draw_shares(axes, rows, present, [style.OUTCOMES[outcome] for outcome in present])
    axes.set_title("Outcome of generated tasks", pad=22)


def draw_exits(axes, run):
    exits = list(range(1, run.exits + 1))
    rows = []
    for name, tasks in named_tasks(run):
        answered = [task["taken_exit"] for task in tasks if task["outcome"] in ("completed", "late")]
        rows.append((f"{name} ({len(answered):,})", [answered.count(number) for number in exits]))
    draw_shares(axes, rows, [f"exit {number}" for number in exits], style.steps(run.exits))
    axes.set_title("Exit of answered tasks", pad=22)


def named_tasks(run):
    if len(run.groups) == 1:
        return [(run.groups[0].name, run.groups[0].tasks)]
    return [*((group.name, group.tasks) for group in run.groups), ("all", run.tasks)]


def draw_shares(axes, rows, names, colors):
    """Stacked bars to 100 %, the first row at the top; shares of 4 % and more have their number."""
    for row, (_, counts) in enumerate(rows):
        left, total = 0.0, max(1, sum(counts))
        for count, color in zip(counts, colors):
            share = 100 * count / total
            axes.barh(row, share, 0.72, left, color=color)
            if share >= 4:
                axes.text(
                    left + share / 2, row, f"{share:.0f}", ha="center", va="center", fontsize=8, color=style.text_on(color)
                )
            left += share
    axes.set_yticks(range(len(rows)), [name for name, _ in rows])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(0, 100)
    axes.xaxis.set_major_formatter(PercentFormatter(decimals=0))
    handles = [plt.Rectangle((0, 0), 1, 1, color=color) for color in colors]
    axes.legend(
        handles, names, loc="lower left", bbox_to_anchor=(-0.01, 0.98), ncols=len(names), columnspacing=1, handlelength=1
    )


def draw_frames(axes, run):
    """What the allocator did with the offers of each frame."""
    numbers = [frame["frame"] for frame in run.frames]
    parts = ["granted", "deferred", "refused"]
    colors = [style.OUTCOMES["completed"], style.DEFERRED, style.OUTCOMES["refused"]]
    axes.stackplot(
        numbers, [[frame[part] for frame in run.frames] for part in parts], labels=parts, colors=colors, step="mid"
    )
    axes.set_title("Offers in each frame, and what became of them")
    axes.set_ylabel("tasks")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))


def draw_batch_sizes(axes, run):
    """Areas in front of each other: what shows of a block's area left at its exit, where all enter at block 1."""
    numbers = sorted({int(frame["frame"]) for frame in run.frames})
    for block, color in enumerate(style.steps(run.exits), start=1):
        sizes = mean_sizes(run, block)
        axes.fill_between(
            numbers, [sizes.get(number, 0) for number in numbers], step="mid", color=color, label=f"block {block}", lw=0
        )
    axes.set_title("Batch size at each block")
    axes.set_xlabel("frame")
    axes.set_ylabel("tasks in the batch")
    axes.set_ylim(0)
    if numbers:
        axes.set_xlim(numbers[0], numbers[-1])
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="lower left", bbox_to_anchor=(0.45, 0.98), ncols=run.exits, columnspacing=1)


def mean_sizes(run, block):
    """Mean over the frame's batches."""
    sizes = {}
    for row in run.blocks:
        if row["block"] == block and row["frame"] is not None:
            sizes.setdefault(int(row["frame"]), []).append(row["size"])
    return {frame: sum(values) / len(values) for frame, values in sizes.items()}


def draw_batch_means(axes, run):
    """Mean and 5th to 95th percentile over all batches that ran the block."""
    for block, color in enumerate(style.steps(run.exits), start=1):
        sizes = sorted(row["size"] for row in run.blocks if row["block"] == block)
        if not sizes:
            continue
        mean = sum(sizes) / len(sizes)
        low, high = (sizes[round(share * (len(sizes) - 1))] for share in (0.05, 0.95))
        axes.bar(block, mean, 0.7, color=color)
        axes.errorbar(block, mean, [[max(0, mean - low)], [max(0, high - mean)]], color="0.3", capsize=3, linewidth=1)
        axes.text(block, 0.2, f"{mean:.1f}", ha="center", va="bottom", fontsize=8, color=style.text_on(color))
    axes.set_title("Mean, p5 to p95")
    axes.set_xlabel("block")
    axes.set_xticks(range(1, run.exits + 1))
