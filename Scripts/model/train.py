"""Trains the digits model and writes everything under Topologies/Models/digits except the latency tables.

Run it through Scripts/model/train, which installs the pinned packages first. Docs/Model.md explains the choices.
"""

import argparse
import json
import os
import time
from pathlib import Path

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
# One thread: the sums are then always added in the same order, so a second run gives the same bytes.
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import numpy as np
import onnx
import onnxruntime
import sklearn
from onnx_parts import Graph, described, session, with_shape
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

SEED = 20231
DATE = "2026-11-21"  # A constant, so that the manifest is the same bytes every time.
CLASSES = 10
SIDE = 16  # Width and height of the canvas.
SCALE = 0.00392156862745098  # uint8 to [0, 1].
STEM_CHANNELS = (8, 16)  # Two 3x3 convolutions; the second gives 16 x 16 x 16 = 4096 values.
WIDTH = 256  # Values that flow from block to block.
HIDDEN = 2048  # Inner width of blocks 2, 3, 4.
BLOCKS = 4
HEAD_RANKS = (2, 2, 2, 32)  # Inner width of each exit head.
HEAD_WEIGHTS = (0.3, 0.1, 0.05, 1.0)  # Share of each exit in the loss.
STEPS = 1600
BATCH = 128
PEAK_RATE = 1e-3
WEIGHT_DECAY = 1e-2
HELD_OUT_DIGITS = 450  # Of scikit-learn's 1797; never trained on.
HELD_OUT_IMAGES = 2000


# -- Images ----------------------------------------------------------------------------------------------------------


def corrupt(digits, rng, *, warp):
  """Digits of 8x8 in [0, 1] become canvases of 16x16 in uint8.

  Each image draws three strengths in [0, 1]: of noise, occlusion and shift. Most are mild and a few are severe.
  `warp` adds small rotations and changes of size, used only to make more of the training digits.
  """
  n = len(digits)
  noise, occlusion, shift = rng.random((3, n)) ** 2.5
  angle = rng.uniform(-0.2, 0.2, n) if warp else np.zeros(n)
  zoom = rng.uniform(0.9, 1.1, (2, n)) if warp else np.ones((2, n))
  direction = rng.uniform(-1, 1, (2, n))
  offset = 2.5 * shift * direction

  # Bilinear sampling: the digit covers 12x12 of the canvas, its centre moved by `offset`.
  ys, xs = np.mgrid[0:SIDE, 0:SIDE] - (SIDE - 1) / 2
  y = ys[None] - offset[0][:, None, None]
  x = xs[None] - offset[1][:, None, None]
  c, s = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
  v = (c * y - s * x) * zoom[0][:, None, None] * 8 / 12 + 3.5
  u = (s * y + c * x) * zoom[1][:, None, None] * 8 / 12 + 3.5
  padded = np.pad(digits, ((0, 0), (1, 2), (1, 2)))
  v, u = np.clip(v + 1, 0, 9), np.clip(u + 1, 0, 9)
  v0, u0 = v.astype(int), u.astype(int)
  fv, fu = v - v0, u - u0
  i = np.arange(n)[:, None, None]
  image = (
    padded[i, v0, u0] * (1 - fv) * (1 - fu)
    + padded[i, v0, u0 + 1] * (1 - fv) * fu
    + padded[i, v0 + 1, u0] * fv * (1 - fu)
    + padded[i, v0 + 1, u0 + 1] * fv * fu
  )

  # A grey rectangle of up to 5x5 somewhere near the middle.
  size = np.rint(4.5 * occlusion[None] * rng.uniform(0.6, 1.0, (2, n))).astype(int)
  top = rng.integers(2, SIDE - 6, (2, n))
  rows, columns = np.arange(SIDE)[None, :, None], np.arange(SIDE)[None, None, :]
  covered = (rows >= top[0][:, None, None]) & (rows < (top[0] + size[0])[:, None, None])
  covered = covered & (columns >= top[1][:, None, None]) & (columns < (top[1] + size[1])[:, None, None])
  image = np.where(covered, rng.random(n)[:, None, None], image)

  image = image + 0.3 * noise[:, None, None] * rng.standard_normal(image.shape)
  return np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)


def as_input(images):
  return images.reshape(len(images), -1).astype(np.float32) * np.float32(SCALE)


# -- The network -----------------------------------------------------------------------------------------------------


def initial_parameters(rng):
  def dense(inputs, outputs, gain=2.0):
    w = rng.standard_normal((inputs, outputs)) * np.sqrt(gain / inputs)
    return {"w": jnp.asarray(w, jnp.float32), "b": jnp.zeros(outputs, jnp.float32)}

  first, second = STEM_CHANNELS
  return {
    "stem": [dense(9, first), dense(9 * first, second)],
    "blocks": [[dense(SIDE * SIDE * second, WIDTH)]]
    + [[dense(WIDTH, HIDDEN), dense(HIDDEN, WIDTH, gain=0.2)] for _ in range(1, BLOCKS)],
    "heads": [[dense(WIDTH, rank, gain=1.0), dense(rank, CLASSES, gain=1.0)] for rank in HEAD_RANKS],
  }


def affine(layer, x):
  return x @ layer["w"] + layer["b"]


def neighbourhoods(x):
  """[n, side, side, c] to [n, side, side, 9c]: what a 3x3 convolution with zero padding sees."""
  padded = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
  return jnp.concatenate([padded[:, r : r + SIDE, c : c + SIDE] for r in range(3) for c in range(3)], axis=-1)


def stem(layers, x):
  x = x.reshape(-1, SIDE, SIDE, 1)
  for layer in layers:
    x = jax.nn.relu(affine(layer, neighbourhoods(x)))
  return x.transpose(0, 3, 1, 2).reshape(len(x), -1)  # Channels first, as ONNX lays them out.


def block(layers, x):
  if len(layers) == 1:
    return jax.nn.relu(affine(layers[0], x))
  return x + affine(layers[1], jax.nn.relu(affine(layers[0], x)))


def head(layers, x):
  return affine(layers[1], affine(layers[0], x))


def losses(parameters, x, labels):
  features = stem(parameters["stem"], x)
  result = []
  for k in range(BLOCKS):
    features = block(parameters["blocks"][k], features)
    logits = head(parameters["heads"][k], features)
    result.append(-jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], axis=1)))
  return jnp.stack(result)


@jax.jit
def step(state, x, labels, rate, count):
  """One step of AdamW."""
  parameters, first, second = state

  def weighted(p):
    each = losses(p, x, labels)
    return jnp.dot(each, jnp.asarray(HEAD_WEIGHTS)), each

  gradient, each = jax.grad(weighted, has_aux=True)(parameters)
  first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradient)
  second = jax.tree.map(lambda v, g: 0.99 * v + 0.01 * g * g, second, gradient)

  def update(p, m, v):
    move = (m / (1 - 0.9**count)) / (jnp.sqrt(v / (1 - 0.99**count)) + 1e-8)
    return p - rate * (move + (WEIGHT_DECAY * p if p.ndim == 2 else 0.0))

  return (jax.tree.map(update, parameters, first, second), first, second), each


def train(digits, labels, rng, steps):
  parameters = initial_parameters(rng)
  zeros = jax.tree.map(jnp.zeros_like, parameters)
  state = (parameters, zeros, zeros)
  began = time.monotonic()
  for count in range(1, steps + 1):
    warm, left = min(1.0, count / 100), 1 - count / steps
    rate = PEAK_RATE * warm * (0.5 - 0.5 * np.cos(np.pi * left))
    chosen = rng.integers(0, len(digits), BATCH)
    x = as_input(corrupt(digits[chosen], rng, warp=True))
    state, each = step(state, x, labels[chosen], np.float32(rate), np.float32(count))
    if count % 250 == 0 or count == steps:
      shown = " ".join(f"{v:.3f}" for v in each)
      print(f"step {count}/{steps}  loss per exit {shown}  {time.monotonic() - began:.0f} s", flush=True)
  return jax.tree.map(np.asarray, state[0])


# -- Export ----------------------------------------------------------------------------------------------------------


def export(parameters, folder):
  first, second = STEM_CHANNELS
  g = Graph()
  g.add("Reshape", [g.whole("canvas", np.array([-1, 1, SIDE, SIDE], np.int64))], "image")
  for i, (inputs, outputs, layer) in enumerate(zip((1, first), (first, second), parameters["stem"]), 1):
    # Rows of w are (row, column, input channel).
    kernel = layer["w"].reshape(3, 3, inputs, outputs).transpose(3, 2, 0, 1)
    weights = [g.half(f"conv_{i}_weight", kernel), g.half(f"conv_{i}_bias", layer["b"])]
    g.add("Conv", weights, f"conv_{i}", kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    g.add("Relu", [], f"relu_{i}")
  values = SIDE * SIDE * second
  g.add("Reshape", [g.whole("flat", np.array([-1, values], np.int64))], "features")
  g.write(folder / "stem.onnx", "stem", SIDE * SIDE, "features", values)

  for k, layers in enumerate(parameters["blocks"], 1):
    g = Graph()
    if len(layers) == 1:
      g.dense("dense", layers[0])
      g.add("Relu", [], "features")
    else:
      g.dense("widen", layers[0])
      g.add("Relu", [], "relu")
      g.dense("narrow", layers[1])
      g.add("Add", ["x"], "features")
    g.write(folder / f"block_{k}.onnx", f"block_{k}", layers[0]["w"].shape[0], "features", WIDTH)

  for k, layers in enumerate(parameters["heads"], 1):
    g = Graph()
    g.dense("bottleneck", layers[0])
    g.dense("classify", layers[1], output="logits")
    g.write(folder / f"exit_{k}.onnx", f"exit_{k}", WIDTH, "logits", CLASSES)


# -- Measuring what was exported -------------------------------------------------------------------------------------


def answer(folder, images, exits=BLOCKS):
  """Logits of every image at every exit: [images, exits, classes]."""
  features = session(folder / "stem.onnx").run(None, {"x": as_input(images)})[0]
  logits = []
  for k in range(1, exits + 1):
    features = session(folder / f"block_{k}.onnx").run(None, {"x": features})[0]
    logits.append(session(folder / f"exit_{k}.onnx").run(None, {"x": features})[0])
  return np.stack(logits, axis=1)


def write_manifest(folder, images, labels):
  logits = answer(folder, images).astype(np.float64)
  answers = logits.argmax(axis=2)
  shifted = np.exp(logits - logits.max(axis=2, keepdims=True))
  confidence = (shifted.max(axis=2) / shifted.sum(axis=2)).astype("<f4")
  images.tofile(folder / "heldout.images.u8")
  labels.astype(np.uint8).tofile(folder / "heldout.labels.u8")
  answers.astype(np.uint8).tofile(folder / "heldout.answers.u8")
  confidence.tofile(folder / "heldout.confidence.f32")

  exits = []
  for k in range(BLOCKS):
    confusion = np.zeros((CLASSES, CLASSES), int)
    np.add.at(confusion, (labels, answers[:, k]), 1)
    accuracy = round(float(np.mean(answers[:, k] == labels)), 6)
    exits.append(
      described(
        folder,
        f"exit_{k + 1}.onnx",
        after_block=k + 1,
        input_values=WIDTH,
        accuracy=accuracy,
        confusion=confusion.tolist(),
      )
    )
  values = SIDE * SIDE * STEM_CHANNELS[-1]
  manifest = {
    "format": 1,
    "name": "digits",
    "description": "Handwritten digits on a 16x16 canvas with noise, occlusion and shift; "
    "a convolutional stem, then four dense blocks with an exit after each.",
    "license": "Apache-2.0",
    "provenance": {
      "data": "scikit-learn load_digits: the test part of the UCI Optical Recognition of Handwritten Digits data set "
      "(E. Alpaydin, C. Kaynak, 1998), 1797 images of 8x8",
      "data_license": "CC BY 4.0 (UCI Machine Learning Repository)",
      "script": "Scripts/model/train",
      "seed": SEED,
      "versions": {
        "jax": jax.__version__,
        "numpy": np.__version__,
        "onnx": onnx.__version__,
        "onnxruntime": onnxruntime.__version__,
        "scikit-learn": sklearn.__version__,
      },
      "date": DATE,
    },
    "classes": CLASSES,
    "input": {"shape": [SIDE, SIDE], "scale": SCALE},
    "stem": with_shape(folder, "stem.onnx", SIDE * SIDE, values),
    "blocks": [with_shape(folder, f"block_{k}.onnx", values if k == 1 else WIDTH, WIDTH) for k in range(1, BLOCKS + 1)],
    "exits": exits,
    "heldout": {
      "count": len(images),
      "images": described(folder, "heldout.images.u8"),
      "labels": described(folder, "heldout.labels.u8"),
      "answers": described(folder, "heldout.answers.u8"),
      "confidence": described(folder, "heldout.confidence.f32"),
    },
  }
  text = json.dumps(manifest, indent=1)
  for k in range(BLOCKS):  # One line for each row of a confusion matrix.
    for row in exits[k]["confusion"]:
      text = text.replace(json.dumps(row, indent=1).replace("\n", "\n     "), json.dumps(row))
  (folder / "manifest.json").write_text(text + "\n")
  return [e["accuracy"] for e in exits], confidence.mean(axis=0)


def main():
  root = Path(__file__).resolve().parents[2]
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument("--output", type=Path, default=root / "Topologies/Models/digits")
  parser.add_argument("--steps", type=int, default=STEPS, help="fewer for a quick try (default %(default)s)")
  arguments = parser.parse_args()
  folder = arguments.output
  folder.mkdir(parents=True, exist_ok=True)

  digits, labels = load_digits(return_X_y=True)
  digits = digits.reshape(-1, 8, 8) / 16
  train_x, held_x, train_y, held_y = train_test_split(
    digits, labels, test_size=HELD_OUT_DIGITS, stratify=labels, random_state=SEED
  )
  # As many held-out images of every class, in a mixed order; each draws its corruptions anew.
  rng = np.random.default_rng([SEED, 1])
  chosen = np.concatenate(
    [rng.choice(np.flatnonzero(held_y == c), HELD_OUT_IMAGES // CLASSES) for c in range(CLASSES)]
  )
  rng.shuffle(chosen)
  images, truth = corrupt(held_x[chosen], rng, warp=False), held_y[chosen]

  parameters = train(train_x, train_y, np.random.default_rng([SEED, 2]), arguments.steps)
  export(parameters, folder)
  accuracies, confidence = write_manifest(folder, images, truth)
  for k in range(BLOCKS):
    print(f"exit {k + 1}: accuracy {accuracies[k]:.4f}, mean confidence {confidence[k]:.4f}")
  print(f"total {sum(f.stat().st_size for f in folder.iterdir())} bytes")


if __name__ == "__main__":
  main()
