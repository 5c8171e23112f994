"""What became of a run's arrivals, in one row: goodput, latency, batches, accuracy."""

import csv
import math

OUTCOMES = ("in_time", "late", "rejected", "unsent", "lost")


def read(path):
    """serving-bench's records as dictionaries, numbers as numbers; None for what never was."""
    with open(path, encoding="ascii", newline="") as file:
        return [{name: value if name in ("outcome", "status") else int(value) if value else None for name, value in row.items()}
                for row in csv.DictReader(file)]


def tally(records, arrivals, labels, deadline, seconds, counts_sizes):
    """One row. `deadline` and latencies from the arrival's instant; `counts_sizes`: records tell a batch's size, else its
    number."""
    counts = dict.fromkeys(OUTCOMES, 0)
    right, latencies, batches = 0, [], []
    for record, (_, sample, _) in zip(records, arrivals, strict=True):
        outcome = record["outcome"]
        if outcome == "answered":
            latency = (record["answered_ns"] - record["due_ns"]) * 1e-9
            latencies.append(latency)
            batches.append(record["batch"])
            outcome = "in_time" if latency <= deadline else "late"
            right += outcome == "in_time" and record["predicted"] == labels[sample]
        counts[outcome] += 1
    lags = [(record["sent_ns"] - record["due_ns"]) * 1e-6 for record in records if record["sent_ns"] is not None]
    return {
        "offered": len(arrivals), **counts, "goodput_per_s": counts["in_time"] / seconds,
        "p50_ms": 1e3 * quantile(latencies, 0.5), "p99_ms": 1e3 * quantile(latencies, 0.99),
        "mean_batch": mean_batch(batches, counts_sizes),
        "accuracy": right / counts["in_time"] if counts["in_time"] else math.nan,
        "send_lag_p99_ms": quantile(lags, 0.99),
    }


def quantile(values, share):
    """The smallest value that at least `share` of all do not exceed; nan of none."""
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def mean_batch(batches, counts_sizes):
    """Mean size over batches, from one entry per answer."""
    if not batches:
        return math.nan
    number = sum(1 / size for size in batches) if counts_sizes else len(set(batches))
    return len(batches) / number
