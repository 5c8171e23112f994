"""Reading profiles, and the arithmetic of their figures; needs no matplotlib."""

import json
import random
import tempfile
import unittest
from pathlib import Path

import sample_profiles
from plot_error import PlotError
from profile_table import Part, duration, fit_text, load


class ProfileTestCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "sample.json"


class ReadingTests(ProfileTestCase):
    def test_a_measured_profile_and_a_table(self):
        file = sample_profiles.write_profile(self.path)
        profile = load(self.path)
        self.assertEqual((profile.name, profile.model), ("sample", "digits"))
        self.assertEqual(profile.about, "onnxruntime 1.28.0, 1 thread; a processor, 2 cores; 2026-01-02")
        self.assertEqual(profile.blocks[0].median, file["blocks"][0]["measured"]["median_s"])
        self.assertEqual(profile.whole.median, file["whole"]["median_s"])
        file = sample_profiles.write_profile(self.path, measured=False)
        table = load(self.path)
        self.assertEqual(table.about, "a latency table")
        self.assertEqual(table.heads[1].median, file["blocks"][1]["head_latency_s"])
        # Without a measured whole it is the sum of its parts.
        for place, latency in enumerate(table.whole.median):
            parts = sum(block[key][place] for block in file["blocks"] for key in ("latency_s", "head_latency_s"))
            self.assertAlmostEqual(latency, parts)

    def test_a_table_may_be_longer_than_its_batches_and_give_lines(self):
        file = sample_profiles.write_profile(self.path, measured=False)
        file["max_batch"] = 3
        file["blocks"][1] = {"alpha_s": 2.0, "beta_s": 1.0}
        self.path.write_text(json.dumps(file), encoding="utf-8")
        profile = load(self.path)
        self.assertEqual([len(part.median) for part in [*profile.blocks, *profile.heads, profile.whole]], [3] * 7)
        self.assertEqual((profile.blocks[1].median, profile.heads[1].median), ([3.0, 5.0, 7.0], [0, 0, 0]))

    def test_whatever_is_taken_away_or_changed_is_one_line_or_nothing(self):
        """No member of a profile, missing or of another type, ends in anything but a PlotError or a profile."""
        file = sample_profiles.write_profile(self.path)
        refused = 0
        for seed in range(500):
            stream = random.Random(seed)
            broken = json.loads(json.dumps(file))
            place = broken
            for _ in range(stream.randrange(4)):
                keys = list(place) if isinstance(place, dict) else range(len(place))
                inner = place[stream.choice(list(keys))]
                if not isinstance(inner, (dict, list)) or not inner:
                    break
                place = inner
            key = stream.choice(list(place) if isinstance(place, dict) else list(range(len(place))))
            if stream.random() < 0.5:
                del place[key]
            else:
                place[key] = stream.choice([None, "x", -1.0, [], {}, float("nan")])
            self.path.write_text(json.dumps(broken), encoding="utf-8")
            try:
                load(self.path)
            except PlotError as error:
                refused += 1
                self.assertRegex(str(error), r"^[^\n]+, [^\n]+; [^\n]+$")
        self.assertGreater(refused, 75)

    def test_what_is_no_profile(self):
        for text in ("", "{", "[]", "3", '{"format": 2, "blocks": [{}]}', '{"format": 1, "blocks": []}', "\udcff"):
            self.path.write_bytes(text.encode("utf-8", "surrogateescape"))
            with self.assertRaises(PlotError):
                load(self.path)


class ArithmeticTests(ProfileTestCase):
    def test_an_images_cost_falls_towards_alpha_and_the_gain_rises_towards_one_and_the_ratio(self):
        for seed in range(200):
            stream = random.Random(seed)
            alpha, beta = stream.uniform(1e-6, 1e-3), stream.uniform(0, 1e-2)
            sample_profiles.write_profile(self.path, alpha=alpha, beta=beta, max_batch=stream.randrange(2, 65))
            for part in load(self.path).blocks:
                self.assertAlmostEqual(part.ratio, beta / alpha)
                self.assertEqual(part.gain[0], 1)
                for size, share in enumerate(part.per_image, 1):
                    self.assertAlmostEqual(share, alpha + beta / size)
                self.assertEqual(part.gain, sorted(part.gain))
                self.assertLess(part.gain[-1], 1 + beta / alpha + 1e-9)

    def test_no_ratio_where_nothing_rises(self):
        self.assertIsNone(Part("x", [1.0]).ratio)
        self.assertIsNone(Part("x", [1.0], fit={"alpha_s": 0.0, "beta_s": 1.0}).ratio)

    def test_durations_in_words(self):
        for seconds, text in [(0, "0 µs"), (24.31e-6, "24.3 µs"), (-68.5e-6, "−68.5 µs"), (998e-6, "998 µs"), (999.6e-6, "1 ms"),
                              (2.4e-3, "2.4 ms"), (0.0946, "94.6 ms"), (-1.5e-3, "−1.5 ms")]:
            self.assertEqual(duration(seconds), text)

    def test_a_line_in_words(self):
        fit = {"alpha_s": 9.6e-3, "beta_s": -0.334e-3, "residual_s": 0.279e-3}
        self.assertEqual(fit_text(Part("x", [1.0], fit=fit)), "α 9.6 ms, β −334 µs\nβ/α 0.0, ± 279 µs")


if __name__ == "__main__":
    unittest.main()
