"""Means with 95 % confidence intervals by Student's t."""

import math
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class Interval:
    """`half` is half the 95 % interval's width; None where one value alone says nothing of its spread."""

    mean: float
    half: float | None
    count: int

    @property
    def low(self):
        return self.mean - (self.half or 0)

    @property
    def high(self):
        return self.mean + (self.half or 0)


def interval(values):
    """The values' mean, with its interval from two values on."""
    count = len(values)
    mean = math.fsum(values) / count
    if count == 1:
        return Interval(mean, None, 1)
    variance = math.fsum((value - mean) ** 2 for value in values) / (count - 1)
    return Interval(mean, t_quantile(count - 1) * math.sqrt(variance / count), count)


@lru_cache(maxsize=None)
def t_quantile(freedom, share=0.95):
    """The t that |T| stays below with probability `share`, for `freedom` degrees of freedom ≥ 1."""
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if within(middle, freedom) < share else (low, middle)
    return math.sqrt(freedom) * math.tan((low + high) / 2)


def within(angle, freedom):
    """P(|T| < √freedom · tan angle); Abramowitz and Stegun 26.7.3 and 26.7.4."""
    sine, cosine = math.sin(angle), math.cos(angle)
    term = cosine if freedom % 2 else 1.0
    total = term if freedom > 1 else 0.0
    for step in range(3 if freedom % 2 else 2, freedom - 1, 2):
        term *= cosine**2 * (step - 1) / step
        total += term
    return 2 / math.pi * (angle + sine * total) if freedom % 2 else sine * total
