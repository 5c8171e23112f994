"""Several runs beside each other: latencies, and planned against achieved."""

import matplotlib.pyplot as plt
from matplotlib.ticker import PercentFormatter

import style
from promise_figure import figure_promises
from run_tables import load_verdict, read_json


def labels_of(runs, labels):
    """What the runs differ in: topology, policy, seed, live or simulated; else their folders. INVALID ones say so."""
    parts = [
        [run.summary["topology"], run.summary["policy"], f"seed {run.summary['seed']}", mode_of(run)] for run in runs
    ]
    differ = [len(set(column)) > 1 for column in zip(*parts)]
    named = [", ".join(part for part, shown in zip(row, differ) if shown) for row in parts]
    if len(set(named)) < len(runs):
        named = [run.path.resolve().name for run in runs]
    verdicts = [load_verdict(run.path)["valid"] for run in runs]
    return [labels.get(name, name) + ("" if is_valid else ", INVALID") for name, is_valid in zip(named, verdicts)]


def mode_of(run):
    return "simulated" if read_json(run.path / "run.json")["simulated"] else "live"


def figure_latencies(runs, labels, width):
    """Of all tasks generated, so that a curve ends at the share that was answered."""
    with style.for_paper():
        figure, axes = plt.subplots(figsize=(width, 0.66 * width + 0.14 * len(runs)))
        for place, (run, label) in enumerate(zip(runs, labels)):
            latencies = sorted(task["latency_ms"] for task in run.tasks if task["latency_ms"] is not None)
            shares = [100 * rank / max(1, len(run.tasks)) for rank in range(len(latencies) + 1)]
            axes.plot(
                [0, *latencies],
                shares,
                drawstyle="steps-post",
                color=style.group_color(place),
                linestyle=style.group_dashes(place),
                label=label,
            )
        axes.set_xlabel("Latency, generation to result [ms]")
        axes.set_ylabel("Answered, of all generated")
        axes.yaxis.set_major_formatter(PercentFormatter(decimals=0))
        axes.set_xlim(0)
        axes.set_ylim(0, 102)
        axes.grid(color="0.92", linewidth=0.5)
        columns = max(1, int(width / (0.5 + 0.058 * max(map(len, labels)))))
        figure.legend(loc="outside upper center", ncols=columns, handlelength=2.6, labelspacing=0.25, borderaxespad=0.1)
        return figure


def figure_kept(runs, labels, width):
    with style.for_paper():
        return figure_promises(runs, labels, (width, 0.95 * width + 0.14 * len(runs)))
