"""Profiles and latency tables as offramp profile writes them: what is drawn of them, and its arithmetic."""

import json
import math
from dataclasses import dataclass
from pathlib import Path

from plot_error import PlotError

REMEDY = "make it anew with offramp profile"


@dataclass(frozen=True)
class Part:
    """A block, an exit head or the whole: medians by batch size from 1 [s], and p99 and the line fitted where they are."""

    name: str
    median: list
    p99: list | None = None
    fit: dict | None = None

    @property
    def per_image(self):
        """Latency over batch size [s]: what an image costs in a batch of 1, of 2, …"""
        return [latency / size for size, latency in enumerate(self.median, start=1)]

    @property
    def gain(self):
        """How many times cheaper an image is in a batch of 1, of 2, … than alone."""
        return [self.median[0] / share for share in self.per_image]

    @property
    def ratio(self):
        """β/α of the fitted line: how many images the batch's fixed cost is worth; None without a line that rises."""
        return self.fit["beta_s"] / self.fit["alpha_s"] if self.fit and self.fit["alpha_s"] > 0 else None


@dataclass(frozen=True)
class Profile:
    name: str
    model: str
    about: str
    blocks: list
    heads: list
    whole: Part


def load(path):
    path = Path(path)
    try:
        file = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as reason:
        raise PlotError(f"no JSON ({reason}), {path}; name a profile or a latency table") from None
    if not isinstance(file, dict) or file.get("format") != 1 or not file.get("blocks"):
        raise PlotError(f"no profile of format 1, {path}; {REMEDY}")
    try:
        size = file["max_batch"]
        blocks = [part(f"block {number}", block, "measured", "latency_s", size)
                  for number, block in enumerate(file["blocks"], 1)]
        heads = [part(f"exit {number}", block, "head_measured", "head_latency_s", size)
                 for number, block in enumerate(file["blocks"], 1)]
        whole = measured("whole", file["whole"]) if "whole" in file else summed("whole", blocks + heads)
        for one in [*blocks, *heads, whole]:
            check(one, size, path)
        return Profile(path.stem, file["model"], about(file), blocks, heads, whole)
    except (KeyError, TypeError, IndexError, AttributeError) as reason:
        raise PlotError(f"{reason} is missing or of another kind, {path}; {REMEDY}") from None


def check(part, size, path):
    if len(part.median) != size or not all(math.isfinite(value) and value >= 0 for value in part.median):
        raise PlotError(f"{part.name} has no {size} latencies, {path}; {REMEDY}")


def part(name, block, measured_key, table_key, size):
    if measured_key in block:
        return measured(name, block[measured_key])
    if table_key in block:
        return Part(name, block[table_key][:size])
    # A table may give a line in place of numbers, and leave heads out.
    alpha, beta = (block["alpha_s"], block["beta_s"]) if table_key == "latency_s" else (0, 0)
    return Part(name, [alpha * batch + beta for batch in range(1, size + 1)])


def measured(name, values):
    return Part(name, values["median_s"], values.get("p99_s"), values.get("fit"))


def summed(name, parts):
    return Part(name, [math.fsum(latencies) for latencies in zip(*(part.median for part in parts))])


def about(file):
    if "machine" not in file:
        return f"a latency table, {file['kind']}" if "kind" in file else "a latency table"
    engine, machine = file["engine"], file["machine"]
    threads = f"{engine['threads']} thread" + ("s" if engine["threads"] > 1 else "")
    return f"{engine['name']} {engine['version']}, {threads}; {machine['cpu']}, {machine['cores']} cores; {file['date'][:10]}"


def fit_text(part):
    """The fitted line in words for people, on two lines."""
    fit, ratio = part.fit, part.ratio
    return (f"α {duration(fit['alpha_s'])}, β {duration(fit['beta_s'])}\n"
            + (f"β/α {signed(f'{ratio:.1f}')}, " if ratio is not None else "") + f"± {duration(fit['residual_s'])}")


def duration(seconds):
    """In µs below a millisecond, else in ms; three digits."""
    if abs(seconds) < 0.9995e-3:
        return signed(f"{1e6 * seconds:.3g}") + " µs"
    return signed(f"{1e3 * seconds:.3g}") + " ms"


def signed(text):
    """With a minus, and none in front of zero."""
    return text.removeprefix("-") if not text.strip("-0.") else text.replace("-", "−", 1) if text.startswith("-") else text
