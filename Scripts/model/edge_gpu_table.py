"""Writes edge-gpu.json and half-speed-gpu.json: latency tables of edge GPUs that are emulated, not measured.

The numbers are chosen, and Docs/Model.md says how. Needs nothing but Python.
"""

import argparse
import json
from pathlib import Path

MAX_BATCH = 64
BLOCKS = 4
FIXED_TO_MARGINAL = 8  # beta / alpha: what a call costs at all, over what each further row costs.
BODY_US = 288  # alpha of a block's body, in whole microseconds.
HEAD_US = 24  # alpha of an exit head.


TABLES = {"edge-gpu": 1, "half-speed-gpu": 2}  # Every time is so many times edge-gpu's.


def main():
  root = Path(__file__).resolve().parents[2]
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument("--output", type=Path, default=root / "Topologies/Models/digits", help="directory")
  folder = parser.parse_args().output
  for name, times in TABLES.items():
    (folder / f"{name}.json").write_text(table(name, times) + "\n")


def table(name, times):
  # alpha * b + beta, in microseconds, the same for every block.
  rows = [b + FIXED_TO_MARGINAL for b in range(1, MAX_BATCH + 1)]
  body, head = times * BODY_US, times * HEAD_US
  block = {
    "latency_s": [body * b / 1e6 for b in rows],
    "head_latency_s": [head * b / 1e6 for b in rows],
  }
  alpha = body + head
  table = {
    "format": 1,
    "name": name,
    "model": "digits",
    "kind": "chosen",
    "description": f"Chosen, not measured. Block and head together take alpha*b + beta for b rows, alpha = {alpha} us "
    f"({head} us of it the head), beta = {FIXED_TO_MARGINAL} alpha: all {BLOCKS} blocks with their heads take "
    f"{BLOCKS * alpha * rows[15] / 1e3:.0f} ms at batch 16. Docs/Model.md says why.",
    "max_batch": MAX_BATCH,
    "blocks": [block] * BLOCKS,
  }
  text = json.dumps(table, indent=1)
  for values in block.values():  # One line for each list of numbers.
    text = text.replace(json.dumps(values, indent=1).replace("\n", "\n   "), json.dumps(values))
  return text


if __name__ == "__main__":
  main()
