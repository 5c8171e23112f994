"""Made-up sweeps and runs for the tests, from a seed: nothing here was measured."""

import csv
import io
import json
import random

METRICS = """generated completed late refused expired lost throughput_per_s deadline_met accuracy latency_p50_ms
    latency_p90_ms latency_p99_ms latency_max_ms mean_batch device_energy_j fairness_jain uplink_error_p50_ms
    uplink_error_p99_ms solve_p50_us solve_p99_us exit_share_1 exit_share_2""".split()
HEAD = ["key", "mode", "policy", "seed", "cell.bandwidth", "cell.bandwidth [Hz]", "load", "valid", *METRICS, "reasons"]
POLICIES = {"conventional": 1.0, "tree-search": 2.0, "dynamic-batching": 1.5}


def sweep_rows(seed=1, seeds=4, modes=("simulated",), megahertz=(1, 2, 4, 8), loads=(1, 3)):
    """Throughput is the policy's factor times megahertz times load times the seed's own factor: gains paired by seed are the
    factors."""
    draw = random.Random(seed)
    luck = [draw.uniform(0.8, 1.2) for _ in range(seeds)]
    rows = []
    for mode in modes:
        for mhz in megahertz:
            for load in loads:
                for policy, factor in POLICIES.items():
                    for number in range(seeds):
                        rows.append(row(len(rows), mode, policy, number + 1, mhz, load, factor * mhz * load * luck[number]))
    return rows


def row(index, mode, policy, seed, mhz, load, throughput):
    values = dict.fromkeys(METRICS, 1) | {"throughput_per_s": throughput, "completed": 20, "device_energy_j": 0.5}
    values["deadline_met"] = throughput / 100
    fixed = {"key": f"{index:016x}", "mode": mode, "policy": policy, "seed": seed, "load": load, "valid": "true", "reasons": ""}
    return fixed | {"cell.bandwidth": f"{mhz} MHz", "cell.bandwidth [Hz]": f"{mhz}e6"} | values


def write_sweep(folder, rows, head=HEAD):
    text = io.StringIO()
    writer = csv.DictWriter(text, head, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    (folder / "sweep.csv").write_text(text.getvalue(), encoding="utf-8")
    return folder


# -- Runs ------------------------------------------------------------------------------------------------------------

TASK_HEAD = """device,task,generated_ns,deadline_ns,required_accuracy,offered_frame,granted_frame,worker,batch,entry_block,
planned_exit,taken_exit,feature_bits,bandwidth_hz,upload_start_ns,upload_planned_end_ns,upload_end_ns,batch_planned_start_ns,
batch_start_ns,planned_completion_ns,result_ns,latency_ms,energy_mj,label,predicted,confidence,outcome,cause,group"""
BATCH_HEAD = "batch,frame,worker,instance,block,size,planned_start_ns,start_ns,expected_ms,actual_ms,computed_ms"
FRAME_HEAD = "frame,policy,offers,granted,deferred,refused,bandwidth_hz,bandwidth_granted_hz,solve_us,search_nodes,status,fallback"


def write_run(folder, frames=6, late_ms=0.25, name="sample", text="name: sample\n", verdict=None):
    """One device and two blocks; each frame has one task, uploaded and answered `late_ms` after its plan."""
    late = int(late_ms * 1e6)
    tasks, batches, table = [], [], []
    for frame in range(1, frames + 1):
        edge = frame * 100_000_000
        tasks.append([0, frame - 1, edge - 50_000_000, edge + 250_000_000, 0.9, frame, frame, 0, frame - 1, 1, 2, 2, 1e5, 1e6,
                      edge, edge + 60_000_000, edge + 60_000_000 + late, edge + 65_000_000, edge + 65_000_000,
                      edge + 75_000_000, edge + 75_000_000 + late, 125 + late_ms, 1.5, 3, 3, 0.9, "completed", "", "cameras"])
        for block in (1, 2):
            start = edge + 65_000_000 + 5_000_000 * (block - 1)
            batches.append([frame - 1, frame, 0, 0, block, 1, start, start, 5.0, 5.0, 1.0])
        table.append([frame, "tree-search", 1, 1, 0, 0, 3e6, 1e6, 40, 0, "optimal", "false"])
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    for file, head, rows in [("tasks", TASK_HEAD, tasks), ("batches", BATCH_HEAD, batches), ("frames", FRAME_HEAD, table)]:
        lines = [head.replace("\n", ""), *(",".join(map(str, row)) for row in rows)]
        (folder / "tables" / f"{file}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    documents = {
        "summary": summary(name, frames),
        "verdict": verdict or {"format": 1, "valid": True, "reasons": [], "notes": [], "violations": {}},
        "run": {"format": 1, "simulated": True, "started_at": "2026-01-01T00:00:00Z", "version": "0.1.0", "machine": {}},
    }
    for file, document in documents.items():
        (folder / f"{file}.json").write_text(json.dumps(document), encoding="utf-8")
    (folder / "topology.yaml").write_text(text, encoding="utf-8")
    return folder


def summary(name, frames):
    common = {
        "devices": 1,
        "tasks": {"generated": frames, "completed": frames, "late": 0, "refused": 0, "expired": 0, "lost": 0},
        "throughput_per_s": 10.0, "deadline_met": 1.0, "accuracy": 1.0, "fairness_jain": 1.0, "device_energy_j": 0.01,
        "latency_ms": {"p50": 125, "p90": 125, "p99": 125, "max": 125},
        "exit_share": [0.0, 1.0],
    }
    exits = [{"exit": n, "tasks": 0, "live": None, "assigned_tasks": 0, "assigned_live": None, "manifest": 0.9,
              "tolerance": None, "agrees": None} for n in (1, 2)]
    return common | {
        "format": 1, "run": f"{name}-tree-search-1-simulated", "topology": name, "policy": "tree-search", "seed": 1,
        "duration_s": frames / 10, "mean_batch": 1.0, "accuracy_per_exit": exits, "frames": frames, "fallback_frames": 0,
        "uplink_error_ms": {"p50": 0.1, "p99": 0.1}, "groups": [common | {"name": "cameras"}],
    }
