"""What Scripts/model/family does without a network: images, thresholds, heads. Needs its packages; skipped without them.

Run: .venv/bin/python -m unittest discover --start-directory Scripts/model --pattern '*_test.py'
"""

import unittest

try:
  import family
  import numpy as np
except ModuleNotFoundError as missing:
  raise unittest.SkipTest(f"{missing.name} is not installed; Scripts/model/family installs it") from missing


class FamilyTest(unittest.TestCase):
  def test_mosaics_are_all_different_and_always_the_same(self):
    images = family.mosaics()
    self.assertEqual(images.shape, (family.IMAGES, family.COLOURS, family.SIDE, family.SIDE))
    self.assertEqual(len({image.tobytes() for image in images}), family.IMAGES)
    self.assertTrue((family.mosaics() == images).all())

  def test_roundest_lies_well_inside_and_ignores_the_last_digits(self):
    rng = np.random.default_rng(1)
    for _ in range(2000):
      low = rng.normal() * 10.0 ** rng.integers(-6, 7)
      high = low + abs(low) * 10.0 ** rng.uniform(-3, 1)
      value = family.roundest(low, high)
      third = (high - low) / 3
      self.assertTrue(low + third <= value <= high - third)
    self.assertEqual(family.roundest(0.1234, 0.5678), family.roundest(0.1234 + 1e-9, 0.5678 - 1e-9))

  def test_a_head_says_class_0_to_the_share_asked_for(self):
    rng = np.random.default_rng(2)
    for accuracy in (0.025, 0.5, 0.6, 0.9, 0.975):
      pooled = rng.uniform(0, 3, (family.IMAGES, 64)) * rng.uniform(0.2, 1, (family.IMAGES, 1))
      weights, bias = family.head(pooled, accuracy, np.random.default_rng(3))
      answers = (pooled.astype(np.float32) @ weights.T + bias).argmax(axis=1)
      self.assertEqual(np.mean(answers == 0), accuracy)
      self.assertTrue(np.isin(answers, (0, 1)).all())

  def test_streams_of_blocks_do_not_depend_on_each_other(self):
    network = family.FAMILY["resnet-18"]

    def weights(numbers):
      graph = family.Graph()
      for number in numbers:
        family.emit_block(graph, network, number)
      return {tensor.name: tensor.raw_data for tensor in graph.initializers}

    alone, after_another = weights([2]), weights([1, 2])
    self.assertTrue(alone)
    self.assertEqual({name: after_another[name] for name in alone}, alone)


if __name__ == "__main__":
  unittest.main()
