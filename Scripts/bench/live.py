"""One line of figures for each run's directory, for Docs/Benchmarks.md."""
import csv
import json
import pathlib
import sys

COLUMNS = ("seed valid tasks upload_p50_ms upload_p99_ms edge_p50_ms edge_p99_ms granted in_time_% completed_% "
           "station_%_of_frame steal_%").split()


def figures(run: pathlib.Path) -> list[str]:
    summary = json.loads((run / "summary.json").read_text())
    verdict = json.loads((run / "verdict.json").read_text())
    with open(run / "tables/tasks.csv", newline="") as file:
        granted = [row for row in csv.DictReader(file) if row["granted_frame"]]
    in_time = [row for row in granted if row["batch_start_ns"]]
    completed = [row for row in in_time if row["outcome"] == "completed"]
    duration = summary["duration_s"]
    upload, edge = summary["uplink_error_ms"], summary["frame_edge_lateness_ms"]
    return [str(summary["seed"]), "VALID" if verdict["valid"] else "INVALID: " + "; ".join(verdict["reasons"]),
            str(summary["tasks"]["generated"]), *(f"{value:.2f}" for value in
            (upload["p50"], upload["p99"], edge["p50"], edge["p99"])), str(len(granted)),
            f"{100 * len(in_time) / max(1, len(granted)):.2f}", f"{100 * len(completed) / max(1, len(in_time)):.2f}",
            f"{100 * busy(run, 'base-station') / duration:.2f}", f"{100 * (summary['steal'] or 0):.1f}"]


def busy(run: pathlib.Path, node: str) -> float:
    """Seconds that the loop's thread of a node spent on events."""
    for line in (run / f"traces/{node}.jsonl").read_text().splitlines():
        if '"event":"loopStatistics"' in line:
            return json.loads(line)["busy_ns"] * 1e-9
    return float("nan")


def main() -> None:
    rows = [COLUMNS] + [figures(pathlib.Path(name)) for name in sys.argv[1:]]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    for row in rows:
        print("  ".join(cell.rjust(width) for cell, width in zip(row, widths)))


main()
