"""The family's networks are the published ones: parameters, multiply-adds and shapes. Needs nothing but Python.

Run: python3 -m unittest discover --start-directory Scripts/model --pattern '*_test.py'
"""

import unittest

from networks import COLOURS, FAMILY, SIDE, Conv, MaxPool, Residual, multiply_adds, parameters

# Trainable parameters and multiply-adds [10^9] with 1,000 classes, as torchvision states them for its own networks.
PUBLISHED = {"resnet-18": (11_689_512, 1.814), "resnet-50": (25_557_032, 4.089), "mobilenet-v2": (3_504_872, 0.301)}
CLASSES = 1000


def convolutions(layers):
  for layer in layers:
    if isinstance(layer, Conv):
      yield layer
    elif isinstance(layer, Residual):
      yield from convolutions(layer.body)
      yield from convolutions((layer.shortcut,) if layer.shortcut else ())


class NetworksTest(unittest.TestCase):
  def test_parameters_are_the_published_ones(self):
    for name, (published, _) in PUBLISHED.items():
      layers = sum(FAMILY[name].blocks, ())
      # A batch normalisation has a factor and a shift for each channel; folded, the convolution has one bias for both.
      folded = sum(conv.outputs for conv in convolutions(layers))
      channels = FAMILY[name].shapes[-1][0]
      self.assertEqual(parameters(layers) + folded + (channels + 1) * CLASSES, published, name)

  def test_multiply_adds_are_the_published_ones(self):
    for name, (_, published) in PUBLISHED.items():
      network = FAMILY[name]
      total = sum(multiply_adds(block, shape) for block, shape in zip(network.blocks, network.shapes))
      self.assertAlmostEqual((total + network.shapes[-1][0] * CLASSES) / 1e9, published, delta=0.001, msg=name)

  def test_shapes_at_the_cuts(self):
    self.assertEqual(
      FAMILY["resnet-18"].shapes, [(COLOURS, SIDE, SIDE), (64, 56, 56), (128, 28, 28), (256, 14, 14), (512, 7, 7)]
    )
    self.assertEqual(
      FAMILY["resnet-50"].shapes, [(COLOURS, SIDE, SIDE), (256, 56, 56), (512, 28, 28), (1024, 14, 14), (2048, 7, 7)]
    )
    channels = [shape[0] for shape in FAMILY["mobilenet-v2"].shapes]
    self.assertEqual(channels, [COLOURS, 16, 24, 32, 64, 96, 160, 320, 1280])

  def test_every_exit_has_an_accuracy_and_deeper_ones_more(self):
    for network in FAMILY.values():
      self.assertEqual(len(network.accuracies), len(network.blocks), network.name)
      self.assertEqual(list(network.accuracies), sorted(set(network.accuracies)), network.name)

  def test_what_does_not_fit_is_refused(self):
    with self.assertRaises(AssertionError):
      Conv(4, 8, 3).shape_after((3, 8, 8))
    with self.assertRaises(AssertionError):  # The identity cannot change the shape.
      Residual((Conv(3, 8, 3),)).shape_after((3, 8, 8))

  def test_odd_sides_round_up(self):
    self.assertEqual(MaxPool().shape_after((2, 7, 7)), (2, 4, 4))
    self.assertEqual(Conv(2, 2, 3, stride=2).shape_after((2, 7, 7)), (2, 4, 4))


if __name__ == "__main__":
  unittest.main()
