"""Holds the optima of all programs against each other, and prints times and ratios as Markdown.

See Scripts/bench/allocation. Exit status 1 where two optima differ or an answer is infeasible; the instance is written
into the working directory."""

import json
import sys
from pathlib import Path
from statistics import median

from frame import read
from program import FORMULATIONS
from solving import SECONDS_ALLOWED

SOLVERS = {"highs": "HiGHS", "cpsat": "CP-SAT"}


def main():
    folder = Path(sys.argv[1])
    cases = load(folder)
    complaints = [line for case in cases for line in check(case)]
    for line in complaints[:10]:
        print(f"error: {line}", file=sys.stderr)
    if complaints:
        sys.exit(1)
    print(f"{len(cases)} instances: the same optimum from tree-search, HiGHS and CP-SAT, each answer feasible.\n")
    print_times(cases)
    print_ratios(cases, "the `direct` program", lambda case, solver: case["answers"][solver, "direct"]["ms"])
    print_ratios(cases, "whichever program was faster for the solver", fastest)


def load(folder):
    """Every case with the answers: ours, and of each solver by formulation."""
    cases = json.loads((folder / "cases.json").read_text())
    sittings = [json.loads(file.read_text()) for file in sorted(folder.glob("ours-*.json"))]
    for case, *answers in zip(cases, *sittings, strict=True):
        case["ours"], case["answers"] = answers[0], {}
        case["ours"]["solve_us"] = median(answer["solve_us"] for answer in answers)
    for solver in SOLVERS:
        for result in json.loads((folder / f"{solver}.json").read_text()):
            cases[result["case"]]["answers"][solver, result["formulation"]] = result
    return cases


def check(case):
    frame, ours = read(case["instance"]), case["ours"]
    name = "{kind} {tasks} {blocks} {seed}".format(**case)
    lines = []
    if ours["status"] != "optimal":
        lines.append(f"tree-search answers {ours['status']}")
    if not frame.is_feasible(ours["scheduled"]):
        lines.append("tree-search's set is infeasible")
    for (solver, formulation), result in case["answers"].items():
        who = f"{SOLVERS[solver]} ({formulation})"
        size, best = len(result["scheduled"]), len(ours["scheduled"])
        if not frame.is_feasible(result["scheduled"]):
            lines.append(f"{who}'s set is infeasible")
        if size > best or (result["proven"] and size < best):
            lines.append(f"{who} schedules {size}, tree-search {best}")
    if lines:
        file = Path(f"disagreement-{name.replace(' ', '-')}.json")
        file.write_text(json.dumps(case["instance"], indent=1))
    return [f"{line}, instance {name}; see {file}" for line in lines]


# Tables


def rows(cases):
    """The cases by class, K and N, in their order."""
    grouped = {}
    for case in cases:
        grouped.setdefault((case["kind"], case["tasks"], case["blocks"]), []).append(case)
    return grouped.items()


def print_times(cases):
    print("CPU time [ms], median and worst:\n")
    titles = [f"{SOLVERS[solver]} {formulation}" for formulation in FORMULATIONS for solver in SOLVERS]
    print_row("instances", "K", "N", "count", "optimum", "tree-search", *titles)
    print_row("---", *["---:"] * (5 + len(titles)))
    for (kind, tasks, blocks), group in rows(cases):
        optimum = sum(len(case["ours"]["scheduled"]) for case in group) / len(group)
        ours = [own(case) for case in group]
        figures = [f"{median(ours):.3f}, {max(ours):.3f}"]
        for formulation in FORMULATIONS:
            for solver in SOLVERS:
                times = [case["answers"][solver, formulation]["ms"] for case in group]
                figures.append(f"{median(times):.1f}, {max(times):.1f}{unproven(group, solver, formulation)}")
        print_row(kind, tasks, blocks, len(group), f"{optimum:.1f}", *figures)
    print()


def print_ratios(cases, program, time):
    print(f"How many times faster, {program}: ratio of medians; median and least of the instances' ratios:\n")
    print_row("instances", "K", "N", *[title for solver in SOLVERS.values() for title in (solver, "median, least")])
    print_row("---", *["---:"] * 6)
    for (kind, tasks, blocks), group in rows(cases):
        figures = []
        for solver in SOLVERS:
            times = [time(case, solver) for case in group]
            ratios = [theirs / own(case) for theirs, case in zip(times, group)]
            figures.append(f"{median(times) / median(own(case) for case in group):,.0f}")
            figures.append(f"{median(ratios):,.0f}, {min(ratios):,.0f}")
        print_row(kind, tasks, blocks, *figures)
    print()


def own(case):
    return case["ours"]["solve_us"] / 1e3


def fastest(case, solver):
    return min(case["answers"][solver, formulation]["ms"] for formulation in FORMULATIONS)


def unproven(group, solver, formulation):
    """Where a limit was hit the time is a lower bound, and so is a ratio made of it."""
    count = sum(not case["answers"][solver, formulation]["proven"] for case in group)
    return f" ({count} not proven in {SECONDS_ALLOWED} s)" if count else ""


def print_row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |")


main()
