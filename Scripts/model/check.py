"""Checks a model folder against its manifest: sizes, checksums, shapes, and what the exported network really answers.

Usage: check.py [FOLDER]. Exits 0, or 1 with one line for each mistake.
"""

import hashlib
import json
import os
import sys
from pathlib import Path

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnx
import onnxruntime

CLOSE = 1e-4  # Another CPU may add in another order; an answer this near to a tie may flip.
ROWS = 1e-5  # A row alone and the same row in a batch agree to this.
SHIPPED = Path(__file__).resolve().parents[2] / "Topologies/Models/digits"

errors = []


def expect(condition, message):
  if not condition:
    errors.append(message)
  return condition


def file_matches(folder, entry):
  path = folder / entry["file"]
  if not expect(path.is_file(), f"{entry['file']}: missing"):
    return False
  data = path.read_bytes()
  same_size = expect(len(data) == entry["bytes"], f"{entry['file']}: {len(data)} bytes, manifest says {entry['bytes']}")
  checksum = hashlib.sha256(data).hexdigest()
  return expect(checksum == entry["sha256"], f"{entry['file']}: sha256 {checksum} differs") and same_size


def shape_matches(folder, entry, output, outputs):
  model = onnx.load(folder / entry["file"])
  onnx.checker.check_model(model, full_check=True)
  name = entry["file"]
  opsets = [(o.domain, o.version) for o in model.opset_import]
  expect(model.ir_version == 8 and opsets == [("", 17)], f"{name}: IR {model.ir_version}, opsets {opsets}, not 8 and 17")
  for ports, want, values in ((model.graph.input, "x", entry["input_values"]), (model.graph.output, output, outputs)):
    if not expect(len(ports) == 1, f"{name}: {len(ports)} ports beside {want}"):
      continue
    tensor = ports[0].type.tensor_type
    shape = [d.dim_param or d.dim_value for d in tensor.shape.dim]
    expect(ports[0].name == want, f"{name}: port {ports[0].name}, not {want}")
    expect(tensor.elem_type == onnx.TensorProto.FLOAT, f"{name}: {want} is not float32")
    expect(shape == ["batch", values], f"{name}: {want} has shape {shape}, manifest says [batch, {values}]")


def run(session, x, batch=64):
  return np.concatenate([session.run(None, {"x": x[i : i + batch]})[0] for i in range(0, len(x), batch)])


def check(folder):
  manifest = json.loads((folder / "manifest.json").read_text())
  if not expect(manifest["format"] == 1, f"manifest.json: format {manifest['format']}, not 1"):
    return
  stem, blocks, exits, held = (manifest[k] for k in ("stem", "blocks", "exits", "heldout"))
  parts = [held[k] for k in ("images", "labels", "answers", "confidence")]
  if not all([file_matches(folder, e) for e in [stem, *blocks, *exits, *parts]]):
    return

  pixels, classes, count = int(np.prod(manifest["input"]["shape"])), manifest["classes"], held["count"]
  expect(stem["input_values"] == pixels, f"stem takes {stem['input_values']} values, an image has {pixels}")
  flow = [stem, *blocks]
  for before, after in zip(flow, flow[1:]):
    expect(before["output_values"] == after["input_values"], f"{after['file']} does not take what {before['file']} gives")
  for entry in flow:
    expect(entry["feature_bits"] == 32 * entry["output_values"], f"{entry['file']}: feature_bits is not 32 x values")
    shape_matches(folder, entry, "features", entry["output_values"])
  expect(len(exits) == len(blocks), f"{len(exits)} exits for {len(blocks)} blocks")
  for number, entry in enumerate(exits, 1):
    expect(entry["after_block"] == number, f"{entry['file']}: after_block is not {number}")
    if not expect(number <= len(blocks), f"{entry['file']}: no block {number}"):
      return
    expect(entry["input_values"] == blocks[number - 1]["output_values"], f"{entry['file']}: input_values differ from its block's")
    shape_matches(folder, entry, "logits", classes)

  images = np.fromfile(folder / held["images"]["file"], np.uint8)
  labels = np.fromfile(folder / held["labels"]["file"], np.uint8)
  answers = np.fromfile(folder / held["answers"]["file"], np.uint8)
  confidence = np.fromfile(folder / held["confidence"]["file"], "<f4")
  expect(images.size == count * pixels, f"held-out images: {images.size} values, not {count} x {pixels}")
  expect(labels.size == count, f"held-out labels: {labels.size}, not {count}")
  expect(answers.size == count * len(exits), f"held-out answers: {answers.size}, not {count} x {len(exits)}")
  expect(confidence.size == count * len(exits), f"held-out confidence: {confidence.size}, not {count} x {len(exits)}")
  if errors:
    return
  images, answers, confidence = (a.reshape(count, -1) for a in (images, answers, confidence))

  options = onnxruntime.SessionOptions()
  options.intra_op_num_threads = 1
  options.add_session_config_entry("session.intra_op.allow_spinning", "0")

  def load(entry):
    return onnxruntime.InferenceSession(str(folder / entry["file"]), options, providers=["CPUExecutionProvider"])

  alone = 48  # Rows that are also run one by one.
  features = run(load(stem), images.astype(np.float32) * np.float32(manifest["input"]["scale"]))
  single = run(load(stem), images[:alone].astype(np.float32) * np.float32(manifest["input"]["scale"]), batch=1)
  worst = np.abs(single - features[:alone]).max()
  for k, (block, entry) in enumerate(zip(blocks, exits)):
    session, head = load(block), load(entry)
    features, single = run(session, features), run(session, single, batch=1)
    logits, single_logits = run(head, features), run(head, single, batch=1)
    worst = max(worst, np.abs(single - features[:alone]).max(), np.abs(single_logits - logits[:alone]).max())
    wide = logits.astype(np.float64)
    odds = np.exp(wide - wide.max(axis=1, keepdims=True))
    found = odds.max(axis=1) / odds.sum(axis=1)
    top = np.sort(wide, axis=1)
    flipped = (wide.argmax(axis=1) != answers[:, k]) & (top[:, -1] - top[:, -2] > CLOSE)
    name = entry["file"]
    expect(not flipped.any(), f"{name}: {flipped.sum()} answers differ from the file's")
    expect(np.abs(found - confidence[:, k]).max() <= CLOSE, f"{name}: confidence differs from the file's")
    accuracy = float(np.mean(answers[:, k] == labels))
    expect(abs(accuracy - entry["accuracy"]) < 1e-6, f"{name}: accuracy {accuracy:.6f}, manifest says {entry['accuracy']}")
    if "confusion" in entry:
      confusion = np.zeros((classes, classes), int)
      np.add.at(confusion, (labels, answers[:, k]), 1)
      expect(confusion.tolist() == entry["confusion"], f"{name}: confusion differs from the manifest's")
    print(f"exit {k + 1}: accuracy {accuracy:.4f}, mean confidence {found.mean():.4f}")
  expect(worst <= ROWS, f"a row alone and in a batch differ by {worst:.2e}")
  total = sum(p.stat().st_size for p in folder.iterdir())
  if folder == SHIPPED:
    expect(total <= 10_000_000, f"{total} bytes in all, over the 10 MB that the repository allows it")
  print(f"{count} held-out images, {total} bytes, a row alone and in a batch differ by at most {worst:.1e}")


def main():
  folder = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else SHIPPED
  try:
    check(folder)
  except FileNotFoundError as error:
    errors.append(f"{Path(error.filename).name}: missing")
  except KeyError as error:
    errors.append(f"manifest.json: no field {error}")
  except Exception as error:  # Whatever ONNX or ONNX Runtime raises for a file that it can't read.
    errors.append(f"{folder.name}: {type(error).__name__}: {error}".splitlines()[0])
  for line in errors:
    print(f"error: {line}", file=sys.stderr)
  return 1 if errors else 0


if __name__ == "__main__":
  sys.exit(main())
