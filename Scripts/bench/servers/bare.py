"""Rows per second of the bare engine at the largest batch, for a second or so: at full depth, and block by block with exits.

    bare.py FOLDER BATCH SECONDS EXIT…      one exit for each of the batch's rows, in turn

Prints JSON; medians over calls."""

import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np

import model


def main():
    folder, batch, seconds = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    wanted = [int(word) for word in sys.argv[4:]]
    exits = np.array([wanted[place % len(wanted)] for place in range(batch)], np.int32)
    print(json.dumps({name: batch / median_call(model.load(folder, with_exits), folder, exits, seconds / 2)
                      for name, with_exits in (("full_depth", False), ("with_exits", True))}))


def median_call(loaded, folder, exits, seconds):
    features = np.fromfile(folder / "features.f32", np.float32).reshape(-1, loaded.values)
    batches = [np.ascontiguousarray(features[first : first + len(exits)])
               for first in range(0, len(features) - len(exits) + 1, len(exits))]
    for rows in batches:
        loaded.classes(rows, exits)
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        begin = time.perf_counter()
        loaded.classes(batches[len(times) % len(batches)], exits)
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


main()
