"""Student's t, and means of sweeps: against printed tables and against what the sample was made with."""

import math
import random
import tempfile
import unittest
from pathlib import Path

import sample_tables
import sweep_table
from metrics import METRICS
from student import interval, t_quantile
from sweep_view import gains, means, views


class StudentTests(unittest.TestCase):
    def test_quantiles_are_those_of_printed_tables(self):
        for freedom, known in [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (5, 2.571), (9, 2.262), (10, 2.228),
                               (30, 2.042), (100, 1.984)]:
            self.assertAlmostEqual(t_quantile(freedom), known, delta=0.0006)
        self.assertAlmostEqual(t_quantile(9, 0.99), 3.250, delta=0.0006)

    def test_quantiles_fall_to_the_normal_one(self):
        values = [t_quantile(freedom) for freedom in range(1, 400)]
        self.assertTrue(all(high > low for high, low in zip(values, values[1:])))
        self.assertAlmostEqual(t_quantile(20_000), 1.95996, delta=2e-4)

    def test_intervals_hold_the_mean_in_95_of_100(self):
        draw = random.Random(7)
        for count in (2, 3, 5, 10):
            held = 0
            for _ in range(4000):
                found = interval([draw.gauss(10, 3) for _ in range(count)])
                held += found.low <= 10 <= found.high
            # Five standard deviations of a binomial count.
            self.assertAlmostEqual(held / 4000, 0.95, delta=5 * math.sqrt(0.95 * 0.05 / 4000))

    def test_intervals_move_and_stretch_with_their_values(self):
        draw = random.Random(8)
        for _ in range(200):
            values = [draw.uniform(-5, 5) for _ in range(draw.randint(2, 9))]
            scale, shift = draw.uniform(0.1, 9), draw.uniform(-50, 50)
            plain, moved = interval(values), interval([scale * value + shift for value in values])
            self.assertAlmostEqual(moved.mean, scale * plain.mean + shift, places=9)
            self.assertAlmostEqual(moved.half, scale * plain.half, places=9)

    def test_one_value_has_no_interval(self):
        self.assertEqual((interval([3.0]).mean, interval([3.0]).half), (3.0, None))


class MeansTests(unittest.TestCase):
    def table(self, rows):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return sweep_table.load(sample_tables.write_sweep(Path(folder.name), rows))

    def test_gains_paired_by_seed_are_the_factors(self):
        for seed in range(20):
            table = self.table(sample_tables.sweep_rows(seed))
            for view in views(table):
                found = gains(view, METRICS["throughput"], "conventional")
                self.assertEqual({policy for _, policy, *_ in found.points}, {"tree-search", "dynamic-batching"})
                for (_, policy, *_), point in found.points.items():
                    self.assertAlmostEqual(point.mean, sample_tables.POLICIES[policy], places=9)
                    self.assertAlmostEqual(point.half, 0, places=9)
                    self.assertEqual(point.count, 4)

    def test_means_are_over_valid_seeds_of_one_point(self):
        draw = random.Random(3)
        rows = sample_tables.sweep_rows(modes=("simulated", "live"))
        for row in rows:
            row["valid"] = draw.choice(["true", "true", "false"])
        (view,) = views(self.table(rows), panels="load")
        found = means(view, METRICS["throughput"])
        self.assertEqual(found.invalid, sum(row["valid"] == "false" for row in rows))
        self.assertEqual(sum(point.count for point in found.points.values()), len(rows) - found.invalid)
        for (mode, policy, load, hertz), point in found.points.items():
            values = [row["throughput_per_s"] for row in rows
                      if (row["mode"], row["policy"], row["load"], row["valid"]) == (mode, policy, load, "true")
                      and float(row["cell.bandwidth [Hz]"]) == hertz]
            self.assertAlmostEqual(point.mean, sum(values) / len(values), places=9)

    def test_a_gain_needs_both_runs_of_its_seed(self):
        rows = sample_tables.sweep_rows(megahertz=(1, 2), loads=(1,))
        rows[0]["valid"] = "false"  # conventional, seed 1, 1 MHz
        (view,) = views(self.table(rows))
        found = gains(view, METRICS["throughput"], "conventional")
        self.assertEqual(found.without, 2)
        self.assertEqual(found.counts, [3, 4])

    def test_what_no_run_has_is_left_out_and_counted(self):
        rows = sample_tables.sweep_rows(megahertz=(1, 2), loads=(1,))
        rows[0]["accuracy"] = ""
        (view,) = views(self.table(rows))
        found = means(view, METRICS["accuracy"])
        self.assertEqual((found.without, found.invalid), (1, 0))

    def test_energy_is_per_completed_task(self):
        (view,) = views(self.table(sample_tables.sweep_rows(megahertz=(1, 2), loads=(1,))))
        for point in means(view, METRICS["energy"]).points.values():
            self.assertAlmostEqual(point.mean, 25.0)  # 0.5 J over 20 tasks, in mJ


if __name__ == "__main__":
    unittest.main()
