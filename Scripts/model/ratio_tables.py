"""Writes latency tables for experiments over beta / alpha: what a call costs at all, over what a further row costs.

A single task takes as long by every table as by edge-gpu (block and head together 2.808 ms), so schemes without batches
are the same under all of them, and what changes is what a batch saves. Needs nothing but Python.
"""

import argparse
import json
from pathlib import Path

MAX_BATCH = 64
BLOCKS = 4
SINGLE_US = 2808  # alpha + beta, as in edge-gpu.
RATIOS = (1, 2, 4, 8, 16, 32)


def main():
  root = Path(__file__).resolve().parents[2]
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument("--output", type=Path, default=root / "Topologies/experiments/tables", help="directory")
  folder = parser.parse_args().output
  folder.mkdir(parents=True, exist_ok=True)
  for ratio in RATIOS:
    (folder / f"beta-alpha-{ratio}.json").write_text(table(ratio) + "\n")


def table(ratio):
  alpha = SINGLE_US / (1 + ratio) / 1e6
  block = json.dumps({"alpha_s": round(alpha, 9), "beta_s": round(SINGLE_US / 1e6 - alpha, 9)})
  head = {
    "format": 1,
    "name": f"beta-alpha-{ratio}",
    "model": "digits",
    "kind": "chosen",
    "description": f"Chosen, not measured. Block and head together take alpha*b + beta for b rows, alpha + beta = "
    f"{SINGLE_US} us as in edge-gpu, beta = {ratio} alpha.",
    "max_batch": MAX_BATCH,
  }
  text = json.dumps(head, indent=1)
  return text[:-2] + ',\n "blocks": [\n  ' + ",\n  ".join([block] * BLOCKS) + "\n ]\n}"


if __name__ == "__main__":
  main()
