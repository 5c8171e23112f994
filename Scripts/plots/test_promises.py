"""Planned against achieved, on runs whose lateness is known, and tables of runs with mistakes."""

import random
import tempfile
import unittest
from pathlib import Path

import run_tables
import sample_tables
from plot_error import PlotError
from promises import DIFFERENCE_HEADS, Difference, aligned, as_text, difference_rows, promises_of


class RunTestCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def run_tables(self, **named):
        return run_tables.load(sample_tables.write_run(self.folder, **named))


class PromisesTests(RunTestCase):
    def test_differences_are_the_planted_ones(self):
        for late in (-0.4, 0, 0.25, 1, 7.125):
            promises = promises_of(self.run_tables(late_ms=late))
            upload, batch, block, answer = promises.differences
            self.assertEqual((upload.values, answer.values), ([late] * 6, [late] * 6))
            self.assertEqual((batch.values, block.values), ([0] * 6, [0] * 12))
            self.assertEqual([answer.share_within(limit) for limit in (0, 1, 5)], [late <= 0, late <= 1, late <= 5])
            self.assertEqual((promises.granted, promises.completed_share, promises.at_exit), (6, 1.0, 6))

    def test_a_task_that_left_early_or_was_open_promised_no_moment(self):
        run = self.run_tables()
        run.tasks[0]["taken_exit"] = 1
        run.tasks[1]["batch_planned_start_s"] = None
        promises = promises_of(run)
        self.assertEqual((promises.at_exit, promises.earlier, len(promises.differences[-1].values)), (5, 1, 4))

    def test_quantiles_are_values_that_occurred(self):
        draw = random.Random(4)
        for _ in range(300):
            values = sorted(round(draw.gauss(0, 2), 6) for _ in range(draw.randint(1, 40)))
            one = Difference("any", values)
            for share in (0.01, 0.5, 0.99, 1):
                found = one.quantile(share)
                self.assertIn(found, values)
                # Nearest rank: at least this share is no greater, and less than it is smaller.
                self.assertGreaterEqual(sum(value <= found for value in values), share * len(values) - 1e-9)
                self.assertLess(sum(value < found for value in values), max(1, share * len(values)))
            self.assertEqual(one.quantile(1), values[-1])

    def test_a_run_without_tasks_has_dashes(self):
        promises = promises_of(self.run_tables(frames=0))
        self.assertEqual(promises.completed_share, None)
        for row in difference_rows(promises):
            self.assertEqual(row[1:], ["0", *["–"] * (len(DIFFERENCE_HEADS) - 2)])
        self.assertIn("granted", as_text(promises))

    def test_columns_are_aligned(self):
        lines = aligned([["a", "bb"], ["long name", "1"]]).split("\n")
        self.assertEqual(lines, ["a          bb", "long name   1"])


class MistakeTests(RunTestCase):
    def refused(self, words):
        with self.assertRaises(PlotError) as caught:
            run_tables.load(self.folder)
        self.assertIn(words, str(caught.exception))
        self.assertRegex(str(caught.exception), r"^[^\n]+, [^\n]+; [^\n]+$")

    def test_each_file_may_be_missing_empty_or_strange(self):
        for name, column in [("tasks", "device"), ("batches", "batch"), ("frames", "frame")]:
            for text, words in [(None, "missing"), ("", "is empty"), ("a,b\n", f"no column {column}"), ("a,a\n", f"no column {column}")]:
                sample_tables.write_run(self.folder)
                file = self.folder / "tables" / f"{name}.csv"
                file.unlink() if text is None else file.write_text(text, encoding="utf-8")
                self.refused(words)
        for text, words in [(None, "missing"), ("", "cannot be read"), ("[]", "format None"), ('{"format":2}', "format 2")]:
            sample_tables.write_run(self.folder)
            file = self.folder / "summary.json"
            file.unlink() if text is None else file.write_text(text, encoding="utf-8")
            self.refused(words)

    def test_numbers_that_are_none_have_line_and_column(self):
        for value in ("nan", "-inf", "1e999", "many", "0x10"):
            sample_tables.write_run(self.folder)
            file = self.folder / "tables" / "batches.csv"
            lines = file.read_text(encoding="utf-8").split("\n")
            lines[3] = lines[3].replace(",5.0,5.0,", f",{value},5.0,")
            file.write_text("\n".join(lines), encoding="utf-8")
            self.refused(f"'{value}' is no number")
            self.refused("line 4, column expected_ms")

    def test_mutated_tables_are_read_or_refused(self):
        draw = random.Random(9)
        sample_tables.write_run(self.folder)
        files = [self.folder / "tables" / f"{name}.csv" for name in ("tasks", "batches", "frames")]
        whole = {file: file.read_bytes() for file in files}
        refused = 0
        for _ in range(400):
            file = draw.choice(files)
            content = bytearray(whole[file])
            for _ in range(draw.randint(1, 6)):
                content[draw.randrange(len(content))] = draw.choice(b',\n"x\x00\xff-e9')
            file.write_bytes(bytes(content))
            try:
                run_tables.load(self.folder)
            except PlotError as error:
                refused += 1
                self.assertNotIn("\n", str(error))
            file.write_bytes(whole[file])
        self.assertGreater(refused, 100)


if __name__ == "__main__":
    unittest.main()
