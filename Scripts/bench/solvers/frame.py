"""An instance in whole nanoseconds, as both solvers get it, and the check of any program's answer against it.

With the batch start less the guard t, upload times over the whole cell u_k = a_k / B and deadlines less the guard T_k,
a set S is feasible when b = |S| <= most, t = max(earliest, sum of u_k) <= latest, and for each k in S
t + sum over blocks n <= e_k of d_n(number of j in S with e_j >= n) <= T_k.

Ours compares with a tolerance of 0.001 ns, CP-SAT counts in whole nanoseconds, HiGHS has tolerances of 1e-6 ns on rows
and 1e-9 on binaries, which at 80 ms and 40 tasks come to less than 1 ns together.
"""

from dataclasses import dataclass


class InstanceError(Exception):
    """One line: what, where; what to do."""


@dataclass(frozen=True)
class Task:
    id: int
    upload: int
    deadline: int
    exit: int


@dataclass(frozen=True)
class Block:
    """d(b) at index b, and (alpha, beta) where it is linear."""

    latency: tuple
    line: tuple | None


@dataclass(frozen=True)
class Frame:
    earliest: int
    latest: int
    most: int
    blocks: tuple
    tasks: tuple

    @property
    def latest_deadline(self):
        return max((task.deadline for task in self.tasks), default=0)

    def entering(self, chosen):
        return [sum(task.exit > block for task in chosen) for block in range(len(self.blocks))]

    def is_feasible(self, ids):
        chosen = [task for task in self.tasks if task.id in set(ids)]
        moment = max(self.earliest, sum(task.upload for task in chosen))
        if len(chosen) != len(ids) or len(chosen) > self.most or moment > self.latest:
            return False
        for number, (block, size) in enumerate(zip(self.blocks, self.entering(chosen)), start=1):
            moment += block.latency[size]
            if any(task.exit == number and moment > task.deadline for task in chosen):
                return False
        return True


def read(instance):
    """The whole frame of a contract's instance with one worker."""
    guard = nanoseconds(instance.get("guard_s", 0), "guard_s")
    tasks = tuple(
        Task(
            id=task["id"],
            upload=nanoseconds(task["feature_bits"] / task["spectral_efficiency"] / instance["bandwidth_hz"], "upload"),
            deadline=nanoseconds(task["deadline_s"], "deadline_s") - guard,
            exit=task["exit"],
        )
        for task in instance["tasks"]
    )
    most = min(len(tasks), instance.get("max_batch", len(tasks)))
    latest = nanoseconds(instance["frame_s"], "frame_s") if "frame_s" in instance else None
    return Frame(
        earliest=max(0, nanoseconds(instance["worker_free_s"], "worker_free_s") - guard),
        latest=max((task.deadline for task in tasks), default=0) if latest is None else latest,
        most=most,
        blocks=tuple(read_block(block, most) for block in instance["blocks"]),
        tasks=tasks,
    )


def read_block(block, most):
    if "alpha_s" in block:
        line = (nanoseconds(block["alpha_s"], "alpha_s"), nanoseconds(block["beta_s"], "beta_s"))
        return Block(tuple([0] + [line[0] * size + line[1] for size in range(1, most + 1)]), line)
    table = [0]
    for seconds in block["latency_s"][:most]:
        table.append(max(table[-1], nanoseconds(seconds, "latency_s")))
    return Block(tuple(table), None)


def candidates(frame):
    """The frame with only the tasks that are feasible alone: by heredity no other is in a feasible set."""
    kept = tuple(task for task in frame.tasks if frame.is_feasible([task.id]))
    return Frame(frame.earliest, frame.latest, min(frame.most, len(kept)), frame.blocks, kept)


def nanoseconds(seconds, what):
    whole = round(seconds * 1e9)
    if abs(seconds * 1e9 - whole) > 1e-3:
        raise InstanceError(f"{seconds} s is no whole number of nanoseconds, {what}; use instances of instances.py")
    return whole
