"""How an axis of a sweep is drawn: its label, its SI prefix, and whether it is logarithmic."""

import math

PREFIXES = {-9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G"}
PREFIXED = {"Hz", "s", "W", "J", "bit", "bit/s", "m"}
# Of percentages, which sweep.csv has as numbers from 0 to 1; they are drawn as they were written.
SHARE = "1"
# The last word of an axis' name, in words; others stand as they are.
WORDS = {"count": "Number of devices", "snr": "SNR"}


def label_of(axis, labels, axes=()):
    """`labels`, from --label, comes first. Axes of equal last words keep their whole names."""
    if axis.name in labels:
        return labels[axis.name]
    last = axis.name.split(".")[-1]
    if any(other.name != axis.name and other.name.split(".")[-1] == last for other in axes):
        return axis.name
    return WORDS.get(last, last.replace("_", " ").capitalize())


def exponent_of(axis):
    """Values are drawn divided by 10 to this power: the prefix in which the least and the greatest read well."""
    if axis.unit == SHARE:
        return -2
    sizes = [abs(value) for value in axis.values if value] if axis.is_numeric else []
    if axis.unit not in PREFIXED or not sizes:
        return 0
    power = 3 * math.floor(math.log10(max(sizes)) / 3 + 1e-9)
    if min(sizes) < 10.0 ** (power - 2):
        power -= 3
    return min(9, max(-9, power))


def title_of(axis, labels, axes=()):
    unit = "%" if axis.unit == SHARE else axis.unit
    if unit in PREFIXED:
        unit = PREFIXES[exponent_of(axis)] + unit
    label = label_of(axis, labels, axes)
    return f"{label} [{unit}]" if unit else label


def is_geometric(values):
    """Whether steps between the values are more even as ratios than as differences."""
    values = sorted(set(values))
    if len(values) < 3 or values[0] <= 0:
        return False
    steps = [high - low for low, high in zip(values, values[1:])]
    ratios = [math.log(high / low) for low, high in zip(values, values[1:])]
    return unevenness(ratios) < 0.6 * unevenness(steps)


def unevenness(steps):
    """Standard deviation over mean."""
    mean = sum(steps) / len(steps)
    return math.sqrt(sum((step - mean) ** 2 for step in steps) / len(steps)) / mean
