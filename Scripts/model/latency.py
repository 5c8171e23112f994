"""Measures each block and exit head on one thread of ONNX Runtime and prints the table of Docs/Model.md.

Usage: latency.py [FOLDER]. A batch's number is the median of many calls; the machine should be quiet.
"""

import os
import sys
import time
from pathlib import Path

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnxruntime

BATCHES = (1, 2, 4, 8, 16, 32)
ROUNDS = 15  # The batch sizes take turns, so that a slow spell of the machine does not fall on one of them.
CALLS = 40


def main():
  folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2] / "Topologies/Models/digits"
  options = onnxruntime.SessionOptions()
  options.intra_op_num_threads = 1
  options.inter_op_num_threads = 1
  options.add_session_config_entry("session.intra_op.allow_spinning", "0")
  names = ["stem"] + [f"{kind}_{k}" for kind in ("block", "exit") for k in range(1, 5)]
  print("| file | " + " | ".join(f"b = {b}" for b in BATCHES) + " | 16 : 1 |")
  print("| --- |" + " ---: |" * (len(BATCHES) + 1))
  for name in names:
    session = onnxruntime.InferenceSession(str(folder / f"{name}.onnx"), options, providers=["CPUExecutionProvider"])
    values = session.get_inputs()[0].shape[1]
    inputs = np.random.default_rng(0).random((max(BATCHES), values), np.float32)
    times = {b: [] for b in BATCHES}
    for _ in range(ROUNDS):
      for b in BATCHES:
        x = inputs[:b].copy()
        for call in range(CALLS + 5):
          began = time.perf_counter_ns()
          session.run(None, {"x": x})
          if call >= 5:  # The first ones warm the caches up.
            times[b].append(time.perf_counter_ns() - began)
    median = {b: np.median(times[b]) / 1e3 for b in BATCHES}
    row = " | ".join(f"{median[b]:.0f}" for b in BATCHES)
    print(f"| `{name}` | {row} | {median[16] / median[1]:.1f} |", flush=True)


if __name__ == "__main__":
  main()
