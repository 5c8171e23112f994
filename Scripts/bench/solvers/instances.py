"""Random instances of `offramp allocate`, in the contract's JSON, on a grid that makes "the same optimum" exact.

Every latency, deadline, guard, frame and free worker is a whole number of nanoseconds, and so is every task's upload
time over the whole cell, a_k / B: the spectral efficiency is chosen for that. A set that is infeasible is so by 1 ns at
least, far above the tolerances of all three programs (see frame.py), and one that is feasible is so without rounding.
"""

import math
import random

# What each class changes of the base: deadlines U[20, 80] ms, L U[100, 400] kbit, SNR U[0, 25] dB times Rayleigh, exits
# uniform, 100 MHz, alpha 0.3 ms, beta 1 ms.
CLASSES = ("base", "narrow", "busy", "guard", "batch-limit", "short-frame", "tables", "equal-deadlines", "met-exactly")
NANOSECONDS = 1e9


def draw(kind, tasks, blocks, seed):
    """One instance of a class in CLASSES, the same for the same arguments."""
    draws = random.Random(f"{kind} {tasks} {blocks} {seed}")
    bandwidth = 20e6 if kind == "narrow" else 100e6
    instance = {
        "format": 1,
        "bandwidth_hz": bandwidth,
        "worker_free_s": on_grid(draws.uniform(0.005, 0.035)) if kind == "busy" else 0.0,
        "blocks": [block(kind, tasks, draws) for _ in range(blocks)],
        "tasks": [task(number, kind, bandwidth, blocks, draws) for number in range(tasks)],
    }
    if kind == "guard":
        instance["guard_s"] = 0.005
    if kind == "batch-limit":
        instance["max_batch"] = max(1, tasks * 2 // 5)
    if kind == "short-frame":
        instance["frame_s"] = on_grid(draws.uniform(0.01, 0.02))
    if kind == "met-exactly":
        meet_deadlines_exactly(instance, draws)
    return instance


def block(kind, tasks, draws):
    return {"latency_s": measured_shape(tasks, draws)} if kind == "tables" else {"alpha_s": 0.0003, "beta_s": 0.001}


def measured_shape(sizes, draws):
    """What engines show: flat up to a tile's size, then a step, with noise on all of it."""
    base, step, tile = draws.uniform(0.001, 0.003), draws.uniform(0.0005, 0.003), draws.randint(2, 6)
    return [on_grid(base + step * (size // tile) + draws.uniform(-0.0002, 0.0002)) for size in range(sizes)]


def task(number, kind, bandwidth, blocks, draws):
    bits = draws.randint(100_000, 400_000)
    efficiency = math.log2(1 + 10 ** draws.uniform(0, 2.5) * draws.expovariate(1))
    upload = max(1, round(bits / efficiency / bandwidth * NANOSECONDS))
    return {
        "id": number,
        "feature_bits": bits,
        "spectral_efficiency": bits / (upload / NANOSECONDS * bandwidth),
        "deadline_s": 0.05 if kind == "equal-deadlines" else on_grid(draws.uniform(0.02, 0.08)),
        "exit": draws.randint(1, blocks),
    }


def meet_deadlines_exactly(instance, draws):
    """Gives the tasks with the best channels exactly the deadline that they have in a batch of them all."""
    tasks = sorted(instance["tasks"], key=lambda task: task["feature_bits"] / task["spectral_efficiency"])
    batch = tasks[: max(1, len(tasks) * 2 // 5)]
    moment = sum(task["feature_bits"] / task["spectral_efficiency"] for task in batch) / instance["bandwidth_hz"]
    for number, latency in enumerate(instance["blocks"], start=1):
        entering = sum(task["exit"] >= number for task in batch)
        moment += latency["alpha_s"] * entering + latency["beta_s"] if entering else 0
        for member in batch:
            if member["exit"] == number:
                member["deadline_s"] = on_grid(moment)


def on_grid(seconds):
    return round(seconds * NANOSECONDS) / NANOSECONDS
