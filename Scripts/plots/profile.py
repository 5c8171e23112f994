"""Draws profiles and latency tables: latency over batch size, for each block with its exit head's beside it, and the whole.

    profile.py FILE… --output FIGURE

One file: medians, the band up to p99, and the line fitted through the medians. Several: their medians, and lines."""

import argparse
import json
import sys
from pathlib import Path

import matplotlib.pyplot as plt

import style


class ProfileError(Exception):
    """Why a file cannot be drawn: what, where; what to do."""


def main():
    parser = Parser(prog="profile.py", description="Draws profiles and latency tables.")
    parser.add_argument("files", nargs="+", metavar="FILE", help="a profile or a latency table")
    parser.add_argument("--output", required=True, metavar="FIGURE", help="a .png, .pdf or .svg file")
    options = parser.parse_args()
    style.apply()
    try:
        profiles = [read(path) for path in options.files]
        for profile, path in zip(profiles, options.files):
            if len(profile["parts"]) != len(profiles[0]["parts"]):
                raise ProfileError(f"other blocks than the first file's, {path}; draw profiles of one model")
        figure = draw(profiles)
        figure.savefig(options.output, dpi=100, metadata=style_metadata(options.output))
    except ProfileError as error:
        sys.exit(f"error: {error}")
    except (OSError, ValueError) as error:
        sys.exit(f"error: {error}; check the path and its ending")
    print(options.output)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        sys.exit(f"error: {message}, profile.py; see profile.py --help")


def read(path):
    """The file's parts: name, what is drawn by batch size [s], and p99 and fit where they are."""
    try:
        file = json.loads(Path(path).read_text())
    except json.JSONDecodeError as error:
        raise ProfileError(f"no JSON ({error}), {path}; name a profile or a latency table")
    if not isinstance(file, dict) or file.get("format") != 1 or "blocks" not in file:
        raise ProfileError(f"no profile of format 1, {path}; make one with offramp profile")
    try:
        parts = []
        for index, block in enumerate(file["blocks"], 1):
            parts.append((f"block {index}", part(block, "measured", "latency_s", file["max_batch"])))
            parts.append((f"exit {index}", part(block, "head_measured", "head_latency_s", file["max_batch"])))
        whole = file.get("whole") or {"median_s": [sum(sizes) for sizes in zip(*(p["median_s"] for _, p in parts))]}
        return {"name": Path(path).stem, "about": about(file), "parts": parts + [("all blocks and exits", whole)]}
    except (KeyError, TypeError) as missing:
        raise ProfileError(f"{missing} is missing or of another kind, {path}; make it anew with offramp profile")


def part(block, measured, table, max_batch):
    if measured in block:
        return block[measured]
    if table in block:
        return {"median_s": block[table][:max_batch]}
    alpha, beta = (block["alpha_s"], block["beta_s"]) if table == "latency_s" else (0, 0)
    return {"median_s": [alpha * b + beta for b in range(1, max_batch + 1)]}


def about(file):
    if "machine" not in file:
        return f"{file['name']}, {file.get('kind', 'a table')}"
    engine, machine = file["engine"], file["machine"]
    threads = f"{engine['threads']} thread" + ("s" if engine["threads"] > 1 else "")
    return f"{engine['name']} {engine['version']}, {threads}; {machine['cpu']}, {machine['cores']} cores; {file['date'][:10]}"


def draw(profiles):
    blocks = (len(profiles[0]["parts"]) - 1) // 2
    columns = min(4, blocks)
    rows = -(-blocks // columns)
    figure = plt.figure(figsize=(3.1 * columns + 3.4, 2.9 * rows + 0.5))
    grid = figure.add_gridspec(rows, columns + 1, width_ratios=[1] * columns + [1.25])
    shared = None
    for block in range(blocks):
        axes = figure.add_subplot(grid[block // columns, block % columns], sharey=shared)
        shared = shared or axes
        draw_part(axes, profiles, 2 * block, heads=True)
        axes.set_title(f"block {block + 1}")
        if block % columns == 0:
            axes.set_ylabel("latency, ms")
    axes = figure.add_subplot(grid[:, columns])
    draw_part(axes, profiles, 2 * blocks, heads=False)
    axes.set_title("all blocks and exits")
    axes.plot([], [], ":", color=style.group_color(0), label="exit head alone")
    axes.legend(loc="upper left")
    figure.suptitle("\n".join(p["about"] if len(profiles) == 1 else f"{p['name']}: {p['about']}" for p in profiles),
                    fontsize=9, x=0.01, ha="left")
    return figure


def draw_part(axes, profiles, index, heads):
    for number, profile in enumerate(profiles):
        color = style.group_color(number)
        values = profile["parts"][index][1]
        sizes = range(1, len(values["median_s"]) + 1)
        alone = len(profiles) == 1
        if alone and "p99_s" in values:
            axes.fill_between(sizes, ms(values["median_s"]), ms(values["p99_s"]), color=color, alpha=0.2, lw=0,
                              label="up to p99")
        axes.plot(sizes, ms(values["median_s"]), ".", color=color, markersize=3.5,
                  label="median" if alone else profile["name"])
        fit = values.get("fit")
        if fit:
            axes.plot(sizes, [1e3 * (fit["alpha_s"] * b + fit["beta_s"]) for b in sizes], color="black" if alone else color,
                      lw=0.9, label="α·b + β" if alone else None)
            if alone:
                axes.text(*((0.97, 0.03) if not heads else (0.04, 0.97)), text(fit), transform=axes.transAxes, fontsize=8,
                          ha="left" if heads else "right", va="top" if heads else "bottom")
        if heads:
            axes.plot(sizes, ms(profile["parts"][index + 1][1]["median_s"]), ":", color=color, lw=1.2)
    axes.set_xlabel("batch size")
    axes.set_ylim(bottom=0)
    # The band's top may be one interruption; what is drawn is what most runs are like.
    top = max(max(ms(profile["parts"][index][1]["median_s"])) for profile in profiles)
    axes.set_ylim(0, max(axes.get_ylim()[1] if axes.get_ylim()[1] < 4 * top else 0, 1.6 * top))


def text(fit):
    ratio = fit.get("beta_over_alpha")
    return (f"α {1e6 * fit['alpha_s']:.3g} µs, β {1e6 * fit['beta_s']:.3g} µs\n"
            + (f"β/α {ratio:.1f}, " if ratio is not None else "") + f"± {1e6 * fit['residual_s']:.3g} µs")


def ms(seconds):
    return [1e3 * value for value in seconds]


def style_metadata(path):
    """No dates in the files: the same profile gives the same bytes."""
    return {".png": {"Software": None}, ".pdf": {"CreationDate": None}, ".svg": {"Date": None}}.get(Path(path).suffix)


main()
