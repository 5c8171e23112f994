"""Writes the cases that are compared into a folder: cases.json ([{kind, tasks, blocks, seed, instance}]) and the same
instances alone, instances.json, which `offramp allocate` reads. `count` of each row, five times as many of the base at
K = 40, N = 4."""

import json
import sys
from pathlib import Path

from instances import CLASSES, draw

SIZES = [(5, 1), (5, 4), (10, 2), (10, 4), (20, 1), (20, 4), (30, 3), (40, 1), (40, 2), (40, 4)]
LARGEST = SIZES[-1]


def drawn(count):
    for tasks, blocks in SIZES:
        for seed in range(count * (5 if (tasks, blocks) == LARGEST else 1)):
            yield "base", tasks, blocks, seed
    for kind in CLASSES[1:]:
        for tasks, blocks in [(20, 3), LARGEST]:
            for seed in range(count):
                yield kind, tasks, blocks, seed


def main():
    folder = Path(sys.argv[2])
    names = ("kind", "tasks", "blocks", "seed")
    cases = [dict(zip(names, case)) | {"instance": draw(*case)} for case in drawn(int(sys.argv[1]))]
    (folder / "cases.json").write_text(json.dumps(cases))
    (folder / "instances.json").write_text(json.dumps([case["instance"] for case in cases]))


main()
