"""The benchmark's arithmetic; needs no package."""

import math
import random
import unittest

import arrivals
import summary
import tally


class ArrivalTests(unittest.TestCase):
    def test_they_are_poisson_in_order_and_seeded(self):
        for seed in range(20):
            found = arrivals.poisson(1000, 4, 64, {1: 3, 4: 1}, seed)
            self.assertEqual(found, arrivals.poisson(1000, 4, 64, {1: 3, 4: 1}, seed))
            self.assertEqual(found, sorted(found, key=lambda arrival: arrival[0]))
            # Five standard deviations.
            self.assertLess(abs(len(found) - 4000), 5 * 4000**0.5)
            self.assertLess(abs(sum(exit == 1 for *_, exit in found) / len(found) - 0.75), 5 * (0.1875 / len(found)) ** 0.5)
            gaps = [after[0] - before[0] for before, after in zip(found, found[1:])]
            share = sum(gap > 1e6 for gap in gaps) / len(gaps)
            self.assertLess(abs(share - math.exp(-1)), 5 * (0.2325 / len(gaps)) ** 0.5)
            self.assertTrue(all(0 <= sample < 64 and 0 <= instant < 4e9 for instant, sample, _ in found))

    def test_a_seed_gives_the_same_tasks_at_every_rate(self):
        slow, fast = (arrivals.poisson(rate, 1, 64, {1: 1, 2: 1}, 7) for rate in (100, 300))
        self.assertEqual([task[1:] for task in slow], [task[1:] for task in fast[: len(slow)]])


class TallyTests(unittest.TestCase):
    def records(self, seed, count=200):
        """Random ends of tasks that arrive each millisecond, and their arrivals."""
        stream = random.Random(seed)
        records, tasks = [], []
        for place in range(count):
            due = place * 1_000_000
            outcome = stream.choice(["answered", "answered", "answered", "rejected", "unsent", "lost"])
            answered = due + stream.randrange(1, 80_000_000) if outcome in ("answered", "rejected") else None
            records.append({"due_ns": due, "sent_ns": None if outcome == "unsent" else due + 1000, "answered_ns": answered,
                            "outcome": outcome, "predicted": stream.randrange(3), "batch": stream.randrange(1, 9), "status": ""})
            tasks.append((due, stream.randrange(5), 1))
        return records, tasks

    def test_every_arrival_ends_once_and_goodput_counts_those_in_time(self):
        for seed in range(200):
            records, tasks = self.records(seed)
            found = tally.tally(records, tasks, [0, 1, 2, 0, 1], 0.05, 0.2, True)
            self.assertEqual(sum(found[name] for name in tally.OUTCOMES), found["offered"])
            in_time = [r for r in records if r["outcome"] == "answered" and r["answered_ns"] - r["due_ns"] <= 50_000_000]
            self.assertAlmostEqual(found["goodput_per_s"], len(in_time) / 0.2)
            self.assertLessEqual(found["p50_ms"], found["p99_ms"])
            self.assertAlmostEqual(found["send_lag_p99_ms"], 0.001)

    def test_no_longer_deadline_lowers_goodput(self):
        for seed in range(50):
            records, tasks = self.records(seed)
            rates = [tally.tally(records, tasks, [0] * 5, deadline, 0.2, True)["goodput_per_s"]
                     for deadline in (0.001, 0.01, 0.03, 0.08)]
            self.assertEqual(rates, sorted(rates))

    def test_the_mean_batch_is_the_same_by_sizes_and_by_numbers(self):
        for seed in range(100):
            stream = random.Random(seed)
            sizes = [stream.randrange(1, 17) for _ in range(30)]
            by_size = [size for size in sizes for _ in range(size)]
            by_number = [number for number, size in enumerate(sizes) for _ in range(size)]
            self.assertAlmostEqual(tally.mean_batch(by_size, True), sum(sizes) / 30)
            self.assertAlmostEqual(tally.mean_batch(by_number, False), sum(sizes) / 30)

    def test_quantiles(self):
        self.assertEqual([tally.quantile(list(range(1, 101)), share) for share in (0.5, 0.99, 1)], [50, 99, 100])
        self.assertTrue(math.isnan(tally.quantile([], 0.5)))

    def test_nobody_answered(self):
        record = {"due_ns": 0, "sent_ns": None, "answered_ns": None, "outcome": "unsent", "predicted": -1, "batch": -1, "status": ""}
        found = tally.tally([record], [(0, 0, 1)], [0], 0.05, 1, True)
        self.assertEqual((found["goodput_per_s"], found["unsent"]), (0, 1))
        self.assertTrue(math.isnan(found["mean_batch"]) and math.isnan(found["accuracy"]))


class SummaryTests(unittest.TestCase):
    def rows(self, capacities, bares=(1000, 2000)):
        """Contenders that answer what is offered up to their capacity, over the bare engine's throughput of each round."""
        return [{"contender": name, "load": load, "bare_per_s": bare, "goodput_per_s": bare * min(load, capacity),
                 "mean_batch": 4.0, "accuracy": 0.9, "p99_ms": 9.0, "in_time": 300, "late": 100, "server_cpu_s": 0.08}
                for bare in bares for name, capacity in capacities.items() for load in (0.5, 1.0, 2.0)]

    def test_goodput_is_relative_to_each_rounds_own_engine(self):
        found = summary.relative(self.rows({"offramp": 0.75}))
        self.assertEqual(found, {"offramp": {0.5: 0.5, 1.0: 0.75, 2.0: 0.75}})

    def test_the_first_load_of_the_greatest_goodput_is_where_it_saturates(self):
        self.assertEqual(summary.peaks(self.rows({"a": 0.75, "b": 3})), {"a": (1.0, 0.75), "b": (2.0, 2.0)})

    def test_ours_is_held_against_the_best_of_its_kind(self):
        rows = self.rows({"offramp": 0.8, "offramp-exits": 1.6, "triton": 0.2, "mosec": 0.4, "triton-exits": 0.3, "mosec-exits": 0.5})
        text = summary.summary_table(rows)
        self.assertIn("at full depth: offramp 0.800 at its best, mosec 0.400: 2.00 ×", text)
        self.assertIn("with exits on both sides: offramp-exits 1.600 at its best, mosec-exits 0.500: 3.20 ×", text)
        self.assertIn("what a user would do: offramp-exits 1.600 at its best, mosec 0.400: 4.00 ×", text)

    def test_the_servers_cost_is_per_answer_in_time_or_late(self):
        rows = self.rows({"a": 1})
        self.assertEqual(summary.costs(rows), {"a": dict.fromkeys((0.5, 1.0, 2.0), 200.0)})
        silent = [row | {"in_time": 0, "late": 0} for row in rows]
        self.assertEqual(summary.costs(silent), {})
        self.assertIn("| nan |", summary.summary_table(silent))

    def test_who_is_left_out_is_left_out(self):
        self.assertNotIn("×", summary.summary_table(self.rows({"offramp": 1})).split("\n\n")[-1])


if __name__ == "__main__":
    unittest.main()
