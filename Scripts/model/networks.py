"""The networks of the convolutional family, as data: which layers each block has, and what follows from that. Needs
nothing but Python.

ResNets as in He et al. 2016 (arXiv 1512.03385), with the stride on the 3x3 convolution of a bottleneck, as everyone runs
them today; MobileNetV2 as in Sandler et al. 2018 (arXiv 1801.04381). Batch normalisation is folded into the convolutions
before it, as engines do at load: a convolution has a bias.
"""

import math
from dataclasses import dataclass

SIDE, COLOURS = 224, 3


@dataclass(frozen=True)
class Conv:
  """Same padding; `activation` is None, "relu" or "relu6"."""

  inputs: int
  outputs: int
  kernel: int
  stride: int = 1
  groups: int = 1
  activation: str | None = "relu"
  gain: float = 2.0  # Variance of the random weights, times the number of inputs of one output.

  def shape_after(self, shape):
    assert shape[0] == self.inputs, f"{self} after {shape}"
    return (self.outputs, *(-(-side // self.stride) for side in shape[1:]))

  @property
  def weights(self):
    return (self.outputs, self.inputs // self.groups, self.kernel, self.kernel)

  def parameters(self):
    return math.prod(self.weights) + self.outputs

  def multiply_adds(self, shape):
    _, height, width = self.shape_after(shape)
    return math.prod(self.weights) * height * width

  def emit(self, graph, name, rng):
    weights = rng.standard_normal(self.weights, "float32") * math.sqrt(self.gain / math.prod(self.weights[1:]))
    bias = rng.standard_normal(self.outputs, "float32") * 0.1
    inputs = [graph.whole(name + "_weight", weights), graph.whole(name + "_bias", bias)]
    around = {"kernel_shape": [self.kernel] * 2, "strides": [self.stride] * 2, "pads": [self.kernel // 2] * 4}
    graph.add("Conv", inputs, name, group=self.groups, **around)
    if self.activation == "relu":
      graph.add("Relu", [], name + "_relu")
    elif self.activation == "relu6":
      graph.add("Clip", [graph.scalar(name + "_low", 0), graph.scalar(name + "_high", 6)], name + "_relu6")


@dataclass(frozen=True)
class MaxPool:
  """3x3, stride 2."""

  def shape_after(self, shape):
    return (shape[0], *(-(-side // 2) for side in shape[1:]))

  def parameters(self):
    return 0

  def multiply_adds(self, shape):
    return 0

  def emit(self, graph, name, rng):
    graph.add("MaxPool", [], name, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])


@dataclass(frozen=True)
class Residual:
  """`body` beside `shortcut` (the identity where there is none), added."""

  body: tuple
  shortcut: Conv | None = None
  relu: bool = True  # After the sum.

  def shape_after(self, shape):
    after = shape_through(self.body, shape)
    beside = self.shortcut.shape_after(shape) if self.shortcut else shape
    assert beside == after, f"{self}: {beside} beside {after}"
    return after

  def parameters(self):
    return parameters(self.body) + (self.shortcut.parameters() if self.shortcut else 0)

  def multiply_adds(self, shape):
    return multiply_adds(self.body, shape) + (self.shortcut.multiply_adds(shape) if self.shortcut else 0)

  def emit(self, graph, name, rng):
    start = graph.last
    emit(self.body, graph, name, rng)
    result, graph.last = graph.last, start
    if self.shortcut:
      self.shortcut.emit(graph, name + "_shortcut", rng)
    beside, graph.last = graph.last, result
    graph.add("Add", [beside], name + "_sum")
    if self.relu:
      graph.add("Relu", [], name + "_relu")


def shape_through(layers, shape):
  for layer in layers:
    shape = layer.shape_after(shape)
  return shape


def parameters(layers):
  return sum(layer.parameters() for layer in layers)


def multiply_adds(layers, shape):
  total = 0
  for layer in layers:
    total += layer.multiply_adds(shape)
    shape = layer.shape_after(shape)
  return total


def emit(layers, graph, name, rng):
  for number, layer in enumerate(layers, 1):
    layer.emit(graph, f"{name}_{number}", rng)


@dataclass(frozen=True)
class Network:
  """Blocks one after the other, an exit behind each. Every network takes the same image, 3x224x224."""

  name: str
  title: str
  cut: str  # Where its blocks end, for people.
  blocks: tuple  # Of tuples of layers.
  accuracies: tuple  # What the exits are said to have: chosen, see family.py.

  @property
  def shapes(self):
    """What enters block 1, and what each block gives: (channels, height, width)."""
    shapes = [(COLOURS, SIDE, SIDE)]
    for block in self.blocks:
      shapes.append(shape_through(block, shapes[-1]))
    return shapes


# -- ResNets ---------------------------------------------------------------------------------------------------------


def resnet(name, title, depths, unit, expansion):
  blocks, inputs = [], 64
  for number, depth in enumerate(depths):
    width = 64 << number
    layers = [Conv(COLOURS, 64, 7, stride=2), MaxPool()] if number == 0 else []
    for index in range(depth):
      stride = 2 if index == 0 and number > 0 else 1
      changes = stride != 1 or inputs != width * expansion
      shortcut = Conv(inputs, width * expansion, 1, stride=stride, activation=None, gain=1.0) if changes else None
      layers.append(Residual(unit(inputs, width, stride), shortcut))
      inputs = width * expansion
    blocks.append(tuple(layers))
  return Network(name, title, "after each of its four stages", tuple(blocks), (0.6, 0.7, 0.8, 0.9))


def basic(inputs, width, stride):
  return (Conv(inputs, width, 3, stride=stride), Conv(width, width, 3, activation=None, gain=0.5))


def bottleneck(inputs, width, stride):
  return (
    Conv(inputs, width, 1),
    Conv(width, width, 3, stride=stride),
    Conv(width, 4 * width, 1, activation=None, gain=0.5),
  )


# -- MobileNetV2 -----------------------------------------------------------------------------------------------------


def mobilenet_v2():
  # Table 2 of Sandler et al.: expansion, channels, repeats, stride of the first.
  table = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
  blocks, inputs = [], 32
  for number, (expansion, outputs, repeats, stride) in enumerate(table):
    layers = [Conv(COLOURS, 32, 3, stride=2, activation="relu6")] if number == 0 else []
    for index in range(repeats):
      layers += inverted_residual(inputs, outputs, expansion, stride if index == 0 else 1)
      inputs = outputs
    blocks.append(tuple(layers))
  blocks.append((Conv(inputs, 1280, 1, activation="relu6"),))
  accuracies = tuple(round(0.55 + 0.05 * k, 2) for k in range(len(blocks)))
  cut = "after each of its seven groups of bottlenecks and after its last convolution"
  return Network("mobilenet-v2", "MobileNetV2", cut, tuple(blocks), accuracies)


def inverted_residual(inputs, outputs, expansion, stride):
  width = inputs * expansion
  expand = (Conv(inputs, width, 1, activation="relu6"),) if expansion > 1 else ()
  body = expand + (
    Conv(width, width, 3, stride=stride, groups=width, activation="relu6"),
    Conv(width, outputs, 1, activation=None, gain=1.0),
  )
  return [Residual(body, relu=False)] if stride == 1 and inputs == outputs else list(body)


FAMILY = {
  network.name: network
  for network in (
    resnet("resnet-18", "ResNet-18", (2, 2, 2, 2), basic, 1),
    resnet("resnet-50", "ResNet-50", (3, 4, 6, 3), bottleneck, 4),
    mobilenet_v2(),
  )
}
