"""A Markdown table of policies from the runs that Scripts/bench/policies keeps: DIR/POLICY/SEED."""

import csv
import json
import pathlib
import statistics
import sys

# Two-sided 95 % points of Student's t for n - 1 degrees of freedom, n from 2.
STUDENT = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262]


def read(run):
    summary = json.loads((run / "summary.json").read_text())
    summary["valid"] = json.loads((run / "verdict.json").read_text())["valid"]
    summary["busy"] = worker_share(run, summary["duration_s"])
    return summary


def worker_share(run, duration):
    """Share of the run's time in which the worker's engine ran blocks."""
    with open(run / "tables/batches.csv", newline="") as file:
        return sum(float(row["actual_ms"]) for row in csv.DictReader(file)) / 1000 / duration


def mean(values):
    """Mean, and half the width of its 95 % confidence interval."""
    if len(values) < 2:
        return values[0], float("nan")
    width = STUDENT[min(len(values), 10) - 2] * statistics.stdev(values) / len(values) ** 0.5
    return statistics.mean(values), width


def ratio(table):
    """beta / alpha of a latency table: each block's least-squares line over its batch sizes, summed over the blocks."""
    alpha = beta = 0
    for block in json.loads(table.read_text())["blocks"]:
        times = [body + head for body, head in zip(block["latency_s"], block.get("head_latency_s", [0] * 9999))]
        sizes = range(1, len(times) + 1)
        slope, offset = statistics.linear_regression(sizes, times)
        alpha, beta = alpha + slope, beta + offset
    return beta / alpha


def tables_of(topology):
    """Latency tables that the topology's workers are paced by, found by their names' place in the model's directory."""
    text = topology.read_text()
    model = next(line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("model:"))
    names = [word.split(":")[1].strip(" ,}") for word in text.split("{") for word in word.split(",")
             if word.strip().startswith("latency_table:")]
    return [(name, topology.parent / model / f"{name}.json") for name in names]


def main():
    topology, kept = map(pathlib.Path, sys.argv[1:3])
    runs = {folder.name: [read(file.parent) for file in sorted(folder.glob("*/verdict.json"))] for folder in sorted(kept.iterdir())}
    base = statistics.mean(run["throughput_per_s"] for run in runs.get("conventional", next(iter(runs.values()))))
    for name, table in tables_of(topology):
        print(f"Latency table {name}: β/α = {ratio(table):.1f}\n")
    print("| policy | runs, VALID | completed per s | × conventional | deadlines met | accuracy | mean batch | "
          "worker busy | Jain | p99 latency ms |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for policy, each in sorted(runs.items(), key=lambda item: statistics.mean(r["throughput_per_s"] for r in item[1])):
        rate, width = mean([run["throughput_per_s"] for run in each])
        column = lambda pick: statistics.mean(map(pick, each))  # noqa: E731
        print(f"| `{policy}` | {len(each)}, {sum(run['valid'] for run in each)} | {rate:.1f} ± {width:.1f} | "
              f"{rate / base:.2f} | {100 * column(lambda r: r['deadline_met']):.1f} % | "
              f"{100 * column(lambda r: r['accuracy']):.1f} % | {column(lambda r: r['mean_batch']):.1f} | "
              f"{100 * column(lambda r: r['busy']):.0f} % | {column(lambda r: r['fairness_jain']):.3f} | "
              f"{column(lambda r: r['latency_ms']['p99']):.0f} |")


main()
