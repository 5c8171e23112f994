"""What a sweep's figures may show up the page."""

from dataclasses import dataclass

from plot_error import PlotError


@dataclass(frozen=True)
class Metric:
    """A column of sweep.csv, or that column over another, times `scale`."""

    name: str
    column: str
    label: str
    unit: str = ""
    scale: float = 1
    over: str | None = None
    # Whether the axis begins at 0, and where it ends, if that is known.
    from_zero: bool = True
    top: float | None = None

    @property
    def title(self):
        return f"{self.label} [{self.unit}]" if self.unit else self.label

    def value(self, run):
        """None where the run has none: no task was answered, perhaps."""
        value = run.number(self.column)
        if value is None or self.over is None:
            return None if value is None else value * self.scale
        below = run.number(self.over)
        return value * self.scale / below if below else None


METRICS = {
    metric.name: metric
    for metric in [
        Metric("throughput", "throughput_per_s", "Throughput", "tasks/s"),
        Metric("deadline", "deadline_met", "Deadlines met", "%", 100, top=102),
        Metric("accuracy", "accuracy", "Accuracy", "%", 100, from_zero=False),
        Metric("p50", "latency_p50_ms", "Median latency", "ms"),
        Metric("p90", "latency_p90_ms", "p90 latency", "ms"),
        Metric("p99", "latency_p99_ms", "p99 latency", "ms"),
        Metric("energy", "device_energy_j", "Energy per completed task", "mJ", 1e3, over="completed"),
        Metric("fairness", "fairness_jain", "Jain's fairness index", top=1.02),
        Metric("batch", "mean_batch", "Mean batch size", "tasks"),
        Metric("upload", "uplink_error_p99_ms", "p99 upload error", "ms"),
        Metric("solve", "solve_p99_us", "p99 time to allocate", "µs"),
    ]
}


def metric_named(name, columns):
    """One of METRICS, or any column of the table."""
    if name in METRICS:
        return METRICS[name]
    if name in columns:
        return Metric(name, name, name.replace("_", " "), from_zero=False)
    raise PlotError(f"no such figure '{name}', --y; choose from {', '.join(METRICS)}, or name a column of sweep.csv")
