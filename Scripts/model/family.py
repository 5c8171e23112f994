"""Writes models of the convolutional early-exit family: ResNet-18, ResNet-50 and MobileNetV2 at 3x224x224.

They are for timing. Their weights are random, so they answer nothing; Docs/Model.md says what the answers in their
folders are. Run it through Scripts/model/family, which installs the pinned packages first.
"""

import argparse
import json
import os
import sys
from pathlib import Path

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnx
import onnxruntime
from networks import COLOURS, FAMILY, SIDE, emit
from onnx_parts import Graph, described, session, with_shape

SEED = 20251
DATE = "2026-11-21"  # A constant, so that the manifest is the same bytes every time.
CLASSES = 100
IMAGES = 40  # Every chosen accuracy is a multiple of 1 / IMAGES.
SCALE = 0.00392156862745098  # uint8 to [0, 1].
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # Of ImageNet's colours: what these networks expect.
TILE = 16  # Pixels; an image is a mosaic of tiles.
DIRECTIONS = 256  # That a head chooses from.
ROWS = 8  # Images the engine takes at once here.
CLOSE = 1e-5  # The chain of files and the whole network in one file agree to this, relative to the largest value.


# -- Images ----------------------------------------------------------------------------------------------------------


def mosaics():
  """Random tiles with noise, each image of a brightness of its own. Integers alone: the same bytes on any machine."""
  rng = np.random.default_rng([SEED, 0])
  brightness = 56 + rng.permutation(IMAGES) * 144 // IMAGES
  tiles = rng.integers(-40, 41, (IMAGES, COLOURS, SIDE // TILE, SIDE // TILE))
  pixels = tiles.repeat(TILE, axis=2).repeat(TILE, axis=3) + rng.integers(-16, 17, (IMAGES, COLOURS, SIDE, SIDE))
  return (pixels + brightness[:, None, None, None]).astype(np.uint8)


def as_input(images):
  return images.reshape(len(images), -1).astype(np.float32) * np.float32(SCALE)


# -- Parts -----------------------------------------------------------------------------------------------------------


def emit_stem(graph):
  """Normalises colours, as a convolution over single pixels: the device sends the image itself."""
  scale = (1 / np.array(DEVIATION)).astype(np.float32).reshape(COLOURS, 1, 1, 1)
  shift = (-np.array(MEAN) / np.array(DEVIATION)).astype(np.float32)
  inputs = [graph.whole("stem_weight", scale), graph.whole("stem_bias", shift)]
  graph.add("Conv", inputs, "stem", group=COLOURS, kernel_shape=[1, 1])


def emit_block(graph, network, number):
  # Each block draws from a stream of its own, so the same weights come whatever else is written.
  rng = np.random.default_rng([SEED, list(FAMILY).index(network.name) + 1, number])
  emit(network.blocks[number - 1], graph, f"block_{number}", rng)


def emit_head(graph, number, weights, bias):
  graph.add("GlobalAveragePool", [], f"exit_{number}_pool")
  graph.add("Flatten", [], f"exit_{number}_flat", axis=1)
  inputs = [graph.whole(f"exit_{number}_weight", weights), graph.whole(f"exit_{number}_bias", bias)]
  graph.add("Gemm", inputs, f"exit_{number}_logits", transB=1)


def part(shape, emit_layers, output, width, name):
  """A file: flat rows in, `emit_layers` on images of `shape`, flat rows out."""
  graph = Graph()
  graph.add("Reshape", [graph.whole("image", np.array([-1, *shape], np.int64))], "shaped")
  emit_layers(graph)
  graph.add("Reshape", [graph.whole("row", np.array([-1, width], np.int64))], output)
  return graph.model(name, int(np.prod(shape)), {output: width})


def whole(network, heads):
  """Stem, blocks and all heads in one file: what the chain of files must equal."""
  graph = Graph()
  graph.add("Reshape", [graph.whole("image", np.array([-1, COLOURS, SIDE, SIDE], np.int64))], "shaped")
  emit_stem(graph)
  outputs = {}
  for number, head in enumerate(heads, 1):
    emit_block(graph, network, number)
    features = graph.last
    emit_head(graph, number, *head)
    outputs[graph.last] = CLASSES
    graph.last = features
  return graph.model(network.name, COLOURS * SIDE * SIDE, outputs)


# -- Heads -----------------------------------------------------------------------------------------------------------


def head(pooled, accuracy, rng):
  """Weights [classes, channels] and biases of a head that says class 0 to a share `accuracy` of the held-out images.

  `pooled` is [images, channels]. The head measures one random direction of it: above a threshold it says class 0, else
  class 1, and the farther from the threshold the surer. The other classes are never said.
  """
  # Of some directions the one along which images differ most for their size: rounding is then far below the threshold.
  directions = rng.standard_normal((DIRECTIONS, pooled.shape[1]), np.float32)
  measures = directions.astype(np.float64) @ pooled.astype(np.float64).T
  best = np.argmax(measures.std(axis=1) / np.abs(measures).max(axis=1))
  direction, measure = directions[best], measures[best]
  order = np.sort(measure)
  wrong = round((1 - accuracy) * len(order))
  threshold = roundest(order[wrong - 1], order[wrong])
  slope = 2.0 ** round(np.log2(3 / measure.std()))  # Logits within about 3 of the threshold.
  weights = np.zeros((CLASSES, pooled.shape[1]), np.float32)
  weights[0] = np.float32(slope) * direction
  bias = np.full(CLASSES, -8, np.float32)
  bias[0], bias[1] = -slope * threshold, 0
  return weights, bias


def roundest(low, high):
  """The number with the fewest digits in the middle third: another machine, adding in another order, finds the same."""
  third = (high - low) / 3
  for digits in range(1, 17):
    value = float(f"{(low + high) / 2:.{digits - 1}e}")
    if low + third <= value <= high - third:
      return value
  raise ValueError(f"no number between {low} and {high}")


# -- Writing ---------------------------------------------------------------------------------------------------------


def run(model, x):
  engine = session(model)
  return np.concatenate([engine.run(None, {"x": x[i : i + ROWS]})[0] for i in range(0, len(x), ROWS)])


def export(network, folder, images):
  """Writes stem, blocks and heads; gives the heads, and every image's logits at each exit: [images, exits, classes]."""
  shapes = network.shapes
  pixels = COLOURS * SIDE * SIDE
  stem = part(shapes[0], emit_stem, "features", pixels, "stem")
  (folder / "stem.onnx").write_bytes(stem)
  features = run(stem, as_input(images))
  heads, logits = [], []
  for number, (before, after) in enumerate(zip(shapes, shapes[1:]), 1):
    width = int(np.prod(after))
    block = part(before, lambda g: emit_block(g, network, number), "features", width, f"block_{number}")
    (folder / f"block_{number}.onnx").write_bytes(block)
    features = run(block, features)
    if not np.isfinite(features).all():
      raise ValueError(f"block {number} of {network.name} overflows")
    pooled = features.reshape(len(images), after[0], -1).mean(axis=2, dtype=np.float64)
    rng = np.random.default_rng([SEED, list(FAMILY).index(network.name) + 1, number, 1])
    heads.append(head(pooled, network.accuracies[number - 1], rng))
    exit_ = part(after, lambda g: emit_head(g, number, *heads[-1]), "logits", CLASSES, f"exit_{number}")
    (folder / f"exit_{number}.onnx").write_bytes(exit_)
    logits.append(run(exit_, features))
    said = f"block {number}: {before} to {after}, features' deviation {features.std():.2f}"
    print(f"{network.name}: {said}, exit says class 0 to {np.mean(logits[-1].argmax(axis=1) == 0):.3f}", flush=True)
  return heads, np.stack(logits, axis=1)


def difference(network, heads, images, logits):
  """Between the chain of files, whose logits are given, and the whole network in one; relative to the largest logit."""
  together = session(whole(network, heads)).run(None, {"x": as_input(images)})
  return float(np.abs(np.stack(together, axis=1) - logits).max() / np.abs(logits).max())


def write_manifest(network, folder, images, logits):
  wide = logits.astype(np.float64)
  answers = wide.argmax(axis=2)
  odds = np.exp(wide - wide.max(axis=2, keepdims=True))
  labels = np.zeros(len(images), np.uint8)
  images.tofile(folder / "heldout.images.u8")
  labels.tofile(folder / "heldout.labels.u8")
  answers.astype(np.uint8).tofile(folder / "heldout.answers.u8")
  (odds.max(axis=2) / odds.sum(axis=2)).astype("<f4").tofile(folder / "heldout.confidence.f32")

  values = [int(np.prod(shape)) for shape in network.shapes]
  accuracies = [round(float(np.mean(answers[:, k] == labels)), 6) for k in range(len(network.blocks))]
  if accuracies != list(network.accuracies):
    raise ValueError(f"the exits of {network.name} have {accuracies}, not the {network.accuracies} chosen")
  manifest = {
    "format": 1,
    "name": network.name,
    "description": f"{network.title} at 3x224x224 with random weights, for timing: it answers nothing. An exit "
    f"{network.cut}; their accuracies are chosen, and hold for the images of this folder alone.",
    "license": "Apache-2.0",
    "provenance": {
      "weights": "random and seeded, never trained: the model answers nothing, only its timing means something",
      "accuracy": "chosen; each head has a threshold that makes it say class 0 to that share of the held-out images",
      "data": "random mosaics, seeded; every label is 0",
      "script": "Scripts/model/family",
      "seed": SEED,
      "versions": {"numpy": np.__version__, "onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__},
      "date": DATE,
    },
    "classes": CLASSES,
    "input": {"shape": [COLOURS, SIDE, SIDE], "scale": SCALE},
    "stem": with_shape(folder, "stem.onnx", values[0], values[0]),
    "blocks": [with_shape(folder, f"block_{k}.onnx", *values[k - 1 : k + 1]) for k in range(1, len(values))],
    "exits": [
      described(folder, f"exit_{k}.onnx", after_block=k, input_values=values[k], accuracy=accuracies[k - 1])
      for k in range(1, len(values))
    ],
    "heldout": {
      "count": len(images),
      "images": described(folder, "heldout.images.u8"),
      "labels": described(folder, "heldout.labels.u8"),
      "answers": described(folder, "heldout.answers.u8"),
      "confidence": described(folder, "heldout.confidence.f32"),
    },
  }
  (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


def write(network, folder):
  folder.mkdir(parents=True, exist_ok=True)
  (folder / "manifest.json").unlink(missing_ok=True)  # Written last: a folder with one is whole.
  images = mosaics()
  heads, logits = export(network, folder, images)
  apart = difference(network, heads, images[:ROWS], logits[:ROWS])
  if apart > CLOSE:
    raise ValueError(f"the files of {network.name} and the whole network differ by {apart:.1e}")
  write_manifest(network, folder, images, logits)
  size = sum(file.stat().st_size for file in folder.iterdir())
  print(f"{network.name}: {size / 1e6:.0f} MB in {folder}; files and whole network differ by {apart:.1e}")


def main():
  root = Path(__file__).resolve().parents[2]
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(FAMILY)}; all by default")
  parser.add_argument("--output", type=Path, help="directory; Topologies/Models/NAME by default, and one NAME with it")
  arguments = parser.parse_args()
  names = arguments.names or list(FAMILY)
  for name in names:
    if name not in FAMILY:
      sys.exit(f"error: no network '{name}' in the family; choose one of {', '.join(FAMILY)}")
  if arguments.output and len(names) != 1:
    sys.exit("error: --output names one directory for several networks; name one network with it")
  for name in names:
    try:
      write(FAMILY[name], arguments.output or root / "Topologies/Models" / name)
    except (OSError, ValueError) as error:
      sys.exit(f"error: {name} is not written: {error}; mend that and call again")


if __name__ == "__main__":
  main()
