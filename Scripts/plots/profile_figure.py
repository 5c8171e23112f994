"""Figures of profiles: one with its p99 bands and lines, several of one model beside each other, several models."""

import matplotlib.pyplot as plt
from matplotlib.ticker import MaxNLocator

import style
from plot_error import PlotError
from profile_table import fit_text

MARKERS = "os^Dv<>"


def figures_of(profiles):
    """{name: function that draws}."""
    models = list(dict.fromkeys(profile.model for profile in profiles))
    if len(models) > 1:
        return {"profiles": lambda: draw_models(profiles)}
    for profile in profiles:
        if len(profile.blocks) != len(profiles[0].blocks):
            raise PlotError(f"other blocks than {profiles[0].name}, {profile.name}; draw profiles of one model's files")
    return {"profile": lambda: draw_blocks(profiles)}


# -- One model -------------------------------------------------------------------------------------------------------


def draw_blocks(profiles):
    """A panel for each block with its exit head, and one for the whole."""
    blocks = len(profiles[0].blocks)
    columns = min(4, blocks)
    rows = -(-blocks // columns)
    figure = plt.figure(figsize=(3.1 * columns + 3.4, 2.9 * rows + 0.7))
    grid = figure.add_gridspec(rows, columns + 1, width_ratios=[1] * columns + [1.25])
    logarithmic = spread(profiles) > 8
    first = None
    for place in range(blocks):
        axes = figure.add_subplot(grid[place // columns, place % columns], sharey=first)
        first = first or axes
        for number, profile in enumerate(profiles):
            draw_part(axes, profile.blocks[place], number, profile.name, len(profiles) == 1)
            axes.plot(sizes(profile.heads[place]), ms(profile.heads[place].median), ":", color=style.group_color(number), lw=1.2)
        axes.set_title(f"block {place + 1}, exit {place + 1}")
        axes.set_xlabel("batch size")
        if place % columns == 0:
            axes.set_ylabel("latency, ms")
    limit(first, [part for profile in profiles for part in profile.blocks], logarithmic)
    axes = figure.add_subplot(grid[:, columns])
    for number, profile in enumerate(profiles):
        draw_part(axes, profile.whole, number, profile.name, len(profiles) == 1)
    axes.plot([], [], ":", color=style.group_color(0) if len(profiles) == 1 else "0.4", label="exit head alone")
    limit(axes, [profile.whole for profile in profiles], logarithmic)
    axes.set_title("all blocks and exits")
    axes.set_xlabel("batch size")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    figure.suptitle("\n".join(f"{profile.name}: {profile.about}" for profile in profiles), fontsize=9, x=0.01, ha="left")
    return figure


def draw_part(axes, part, number, name, is_alone):
    color = style.group_color(number)
    if is_alone and part.p99:
        axes.fill_between(sizes(part), ms(part.median), ms(part.p99), color=color, alpha=0.2, lw=0, label="up to p99")
    axes.plot(sizes(part), ms(part.median), MARKERS[number % len(MARKERS)], color=color, markersize=2.5,
              label="median" if is_alone else name)
    if part.fit:
        line = [1e3 * (part.fit["alpha_s"] * size + part.fit["beta_s"]) for size in sizes(part)]
        axes.plot(sizes(part), line, color="black" if is_alone else color, lw=0.9, label="α·b + β" if is_alone else None)
        if is_alone:
            axes.text(0.04, 0.98, fit_text(part), transform=axes.transAxes, fontsize=8, va="top")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))


def limit(axes, parts, logarithmic):
    """Room for the text above; a band's top may be one interruption, and what is drawn is what most runs are like."""
    if logarithmic:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(plain)
        return
    medians, tops = (max(max(ms(part.median)) for part in parts), max(max(ms(part.p99 or part.median)) for part in parts))
    axes.set_ylim(0, 1.45 * medians if tops > 2 * medians else 1.3 * tops)


def spread(profiles):
    """How many times slower the slowest is than the fastest, as a whole and alone."""
    alone = [profile.whole.median[0] for profile in profiles if profile.whole.median[0] > 0]
    return max(alone) / min(alone) if alone else 1


# -- Several models --------------------------------------------------------------------------------------------------


def draw_models(profiles):
    """What an image costs, how much of it batching saves, and where the fixed cost is: β/α of each block."""
    figure, (cost, gain, ratios) = plt.subplots(1, 3, figsize=(13, 4.2))
    names = labels(profiles)
    for number, profile in enumerate(profiles):
        look = {"color": style.group_color(number), "ls": style.group_dashes(number), "marker": MARKERS[number % len(MARKERS)],
                "markersize": 3.5, "lw": 1.5, "label": names[number]}
        cost.plot(sizes(profile.whole), ms(profile.whole.per_image), **look)
        gain.plot(sizes(profile.whole), profile.whole.gain, **look)
        found = [(place, part.ratio) for place, part in enumerate(profile.blocks, 1) if part.ratio is not None]
        if found:
            ratios.plot(*zip(*found), **look)
    cost.set_yscale("log")
    cost.yaxis.set_major_formatter(plain)
    cost.set_title("What an image costs")
    cost.set_ylabel("latency of all blocks and exits per image, ms")
    gain.axhline(1, color="0.7", lw=0.8)
    gain.set_ylim(0)
    gain.set_title("What batching saves")
    gain.set_ylabel("times cheaper than alone")
    ratios.axhline(0, color="0.7", lw=0.8)
    ratios.set_title("Fixed cost of a block, in images")
    ratios.set_ylabel("β/α")
    ratios.set_xlabel("block")
    ratios.xaxis.set_major_locator(MaxNLocator(integer=True))
    for axes in (cost, gain):
        axes.set_xlabel("batch size")
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_formatter(plain)
    figure.legend(*cost.get_legend_handles_labels(), loc="outside lower center", ncols=min(4, len(profiles)))
    return figure


def labels(profiles):
    """The model alone where that tells them apart."""
    models = [profile.model for profile in profiles]
    return [profile.model if models.count(profile.model) == 1 else profile.name for profile in profiles]


def plain(value, _):
    return f"{value:g}"


def sizes(part):
    return range(1, len(part.median) + 1)


def ms(seconds):
    return [1e3 * value for value in seconds]
