"""A scheduler of your own for Offramp's policy `external`; Docs/Policies.md, "Your own scheduler", is its description.
    python3 -m pip install -r Scripts/examples/requirements.txt && python3 Scripts/examples/scheduler.py [ENDPOINT]
Least areas first, each if all stay in time; all uploads end together. One worker, the first that is free."""
import json
import sys

import zmq


def seconds(block, size):  # how long a block takes for a batch of this size, exit head included
    body = block["latency_s"][size - 1] if "latency_s" in block else block["alpha_s"] * size + block["beta_s"]
    return body + (block["head_latency_s"][size - 1] if "head_latency_s" in block else 0)


def first_good_exit(task, blocks):
    for n in range(task.get("exit", task.get("entry", 1)), len(blocks) + 1):
        if blocks[n - 1].get("accuracy", 0) >= task.get("required_accuracy", 0):
            return n


def upload_end(batch, frame, worker):  # when the uploads of these (area, exit, task) end; None where one would be late
    free = worker.get("free_s", worker.get("worker_free_s")) - frame.get("guard_s", 0)
    end = max(sum(area for area, _, _ in batch) / frame["bandwidth_hz"], free, 1e-6)
    done = [end + frame.get("guard_s", 0)]  # done[n]: when block n is done; the batch shrinks from exit to exit
    for n in range(1, max(exit for _, exit, _ in batch) + 1):
        done.append(done[-1] + seconds(worker["blocks"][n - 1], sum(exit >= n for _, exit, _ in batch)))
    is_in_time = all(done[exit] <= task["deadline_s"] for _, exit, task in batch)
    return end if is_in_time and end <= frame.get("frame_s", end) else None


def allocate(frame):
    worker = min(frame.get("workers", [frame]), key=lambda one: one.get("free_s", 0))
    exits = [(first_good_exit(task, worker["blocks"]), task) for task in frame["tasks"]]
    offers = [(task["feature_bits"] / task["spectral_efficiency"], exit, task) for exit, task in exits if exit]
    batch, end = [], 0
    for offer in sorted(offers, key=lambda offer: offer[0]):
        later = upload_end(batch + [offer], frame, worker) if len(batch) < worker.get("max_batch", 1024) else None
        batch, end = (batch + [offer], later) if later else (batch, end)
    grants = [{"id": t["id"], "bandwidth_hz": area / end, "upload_end_s": end, "exit": exit} for area, exit, t in batch]
    start, ids = end + frame.get("guard_s", 0), [grant["id"] for grant in grants]
    batches = [{"worker": worker.get("id"), "start_s": start, "scheduled": ids}]
    return {"frame": frame["frame"], "grants": grants, "batches": batches}


socket = zmq.Context().socket(zmq.REP)
socket.bind(sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:5700")
while True:
    socket.send(json.dumps(allocate(json.loads(socket.recv()))).encode())
