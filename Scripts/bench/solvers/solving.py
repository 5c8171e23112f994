"""What the two solvers' processes share: instances in, one result each out. See Scripts/bench/allocation."""

import argparse
import json
import sys
import time
from pathlib import Path

from frame import candidates, read
from program import FORMULATIONS, Program

SECONDS_ALLOWED = 60


def main(prepare):
    """`prepare(program)` gives a function that solves it and answers (is proven optimal, columns' values)."""
    options = argparse.ArgumentParser()
    options.add_argument("instances", type=Path)
    options.add_argument("--programs", type=Path, help="write the programs of HiGHS into this folder")
    options = options.parse_args()
    cases = json.loads(options.instances.read_text())
    solve(cases[0]["instance"], "strong", prepare)  # the first call loads and warms up
    results = []
    for number, case in enumerate(cases):
        for formulation in FORMULATIONS:
            file = options.programs and str(options.programs / f"{number}-{formulation}.lp")
            result = solve(case["instance"], formulation, prepare, file)
            results.append({"case": number, "formulation": formulation} | result)
        print(f"\r{sys.argv[0].rpartition('/')[2]}: {number + 1} of {len(cases)}", end="", file=sys.stderr)
    print(file=sys.stderr)
    json.dump(results, sys.stdout)


def solve(instance, formulation, prepare, file=None):
    """Times the solving alone, in CPU time of the process, whose only busy thread is the solver's."""
    frame = candidates(read(instance))
    if not frame.tasks:
        return {"scheduled": [], "proven": True, "ms": 0.0}
    program = Program(frame, formulation)
    run = prepare(program, file)
    begin = time.process_time()
    proven, values = run()
    milliseconds = (time.process_time() - begin) * 1e3
    return {"scheduled": [id for id, x in program.x.items() if values[x] > 0.5], "proven": proven, "ms": milliseconds}
