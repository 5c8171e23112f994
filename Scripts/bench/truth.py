"""Runs topologies at several loads on both stages and compares their summaries (see Scripts/bench/truth)."""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

OFFRAMP = ".build/release/offramp"
TOPOLOGIES = ["quickstart", "saturated", "two-workers", "many-devices", "every-exit", "one-device"]
LOADS = [0.5, 1.0, 1.5]
# The stated tolerance: relative, percentage points, relative, relative.
TOLERANCE = {"throughput": 0.02, "deadline": 2.0, "p50": 0.05, "p99": 0.10}


def scaled(topology: pathlib.Path, load: float, place: pathlib.Path) -> pathlib.Path:
    """The topology with `load` times the devices in each group, at least one, and a run of 20 s at most."""
    text = re.sub(r"count: (\d+)", lambda match: f"count: {max(1, round(int(match[1]) * load))}", topology.read_text())
    text = re.sub(r"^duration: 60 s", "duration: 20 s", text, flags=re.MULTILINE)
    models = place / "Models"
    if not models.exists():
        models.symlink_to((topology.parent / "Models").resolve())
    file = place / f"{topology.stem}-{load}.yaml"
    file.write_text(text)
    return file


def run(command: str, topology: pathlib.Path, seed: int, out: pathlib.Path) -> bool:
    """Whether the run in `out` is VALID; runs it where it is not there yet."""
    verdict = out / "verdict.json"
    if not verdict.exists():
        if out.exists():
            subprocess.run(["rm", "-rf", str(out)], check=True)
        ended = subprocess.run([OFFRAMP, command, str(topology), "--seed", str(seed), "--output", str(out)],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if ended.returncode not in (0, 3):
            sys.exit(f"error: {command} failed, {topology}; {ended.stderr.strip()}")
    return json.loads(verdict.read_text())["valid"]


def live(topology: pathlib.Path, seed: int, out: pathlib.Path) -> tuple[pathlib.Path, int]:
    """The first valid of three runs, else the last; and how many were not valid."""
    for attempt in range(3):
        at = out.with_name(f"{out.name}-{attempt}")
        if run("run", topology, seed, at):
            return at, attempt
    return at, 3


def summary(run: pathlib.Path) -> dict:
    return json.loads((run / "summary.json").read_text())


def compare(simulated: dict, lived: dict) -> dict[str, float]:
    return {"throughput": lived["throughput_per_s"] / simulated["throughput_per_s"] - 1,
            "deadline": 100 * (lived["deadline_met"] - simulated["deadline_met"]),
            "p50": lived["latency_ms"]["p50"] / simulated["latency_ms"]["p50"] - 1,
            "p99": lived["latency_ms"]["p99"] / simulated["latency_ms"]["p99"] - 1}


def cells(difference: dict[str, float]) -> list[str]:
    def cell(name: str, text: str) -> str:
        return text + ("*" if abs(difference[name]) > TOLERANCE[name] else "")
    return [cell("throughput", f"{100 * difference['throughput']:+.2f} %"), cell("deadline", f"{difference['deadline']:+.2f}"),
            cell("p50", f"{100 * difference['p50']:+.2f} %"), cell("p99", f"{100 * difference['p99']:+.2f} %")]


def main() -> None:
    parser = argparse.ArgumentParser(usage="Scripts/bench/truth [--seeds N] [--keep DIR] [TOPOLOGY…]")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("topologies", nargs="*", type=pathlib.Path,
                        default=[pathlib.Path(f"Topologies/{name}.yaml") for name in TOPOLOGIES])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        place = options.keep or pathlib.Path(scratch)
        place.mkdir(parents=True, exist_ok=True)
        print("| topology | load | seed | tasks | simulated /s | live /s | throughput | deadline met, points | median | p99 | live |")
        print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |")
        outside = 0
        for topology in options.topologies:
            for load in LOADS:
                file = scaled(topology, load, place)
                for seed in range(1, options.seeds + 1):
                    name = f"{topology.stem}-{load}-{seed}"
                    run("simulate", file, seed, place / f"simulated-{name}")
                    simulated = summary(place / f"simulated-{name}")
                    lived, invalid = live(file, seed, place / f"live-{name}")
                    row = cells(compare(simulated, summary(lived)))
                    outside += sum(cell.endswith("*") for cell in row)
                    state = ["VALID", "VALID at the 2nd try", "VALID at the 3rd try", "INVALID"][invalid]
                    print(f"| {topology.stem} | {load} | {seed} | {simulated['tasks']['generated']} | "
                          f"{simulated['throughput_per_s']:.1f} | {summary(lived)['throughput_per_s']:.1f} | "
                          + " | ".join(row) + f" | {state} |", flush=True)
        print(f"\n{outside} figures outside the tolerance")


main()
