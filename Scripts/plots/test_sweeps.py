"""Reading sweep.csv, choosing what a figure shows, and how axes are drawn."""

import tempfile
import unittest
from pathlib import Path

import sample_tables
import sweep_table
from metrics import metric_named
from plot_error import PlotError
from scale import exponent_of, is_geometric, label_of, title_of
from sweep_table import Axis
from sweep_view import views


class SweepTestCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def table(self, rows, head=sample_tables.HEAD):
        return sweep_table.load(sample_tables.write_sweep(self.folder, rows, head))

    def refused(self, words, act, *arguments, **named):
        with self.assertRaises(PlotError) as caught:
            act(*arguments, **named)
        text = str(caught.exception)
        self.assertIn(words, text)
        self.assertRegex(text, r"^[^\n]+, [^\n]+; [^\n]+$")


class TableTests(SweepTestCase):
    def test_axes_are_between_seed_and_valid(self):
        table = self.table(sample_tables.sweep_rows())
        self.assertEqual([(axis.name, axis.unit) for axis in table.axes], [("cell.bandwidth", "Hz"), ("load", "")])
        self.assertEqual(table.axes[0].points, [(1e6, "1 MHz"), (2e6, "2 MHz"), (4e6, "4 MHz"), (8e6, "8 MHz")])
        self.assertEqual(table.policies, list(sample_tables.POLICIES))

    def test_numbers_rise_and_texts_keep_their_order(self):
        rows = sample_tables.sweep_rows(megahertz=(8, 1, 2), loads=(1, 2))
        for row in rows:
            row["load"] = "[9 dB, 12 dB]" if row["load"] == 1 else "[1 dB, 2 dB]"
        table = self.table(rows)
        self.assertEqual(table.axes[0].values, [1e6, 2e6, 8e6])
        self.assertEqual(table.axes[1].values, ["[9 dB, 12 dB]", "[1 dB, 2 dB]"])
        self.assertFalse(table.axes[1].is_numeric)

    def test_mistakes_have_one_line_each(self):
        load = sweep_table.load
        self.refused("missing", load, self.folder)
        for text, words in [("", "is empty"), (",".join(sample_tables.HEAD) + "\n", "no runs"), ("key,mode\n1,2\n", "no column policy"),
                            ("\x00\x01", "no column"), ("mode,mode,policy,seed,valid,reasons\n", "two columns mode")]:
            (self.folder / "sweep.csv").write_text(text, encoding="utf-8")
            self.refused(words, load, self.folder)
        (self.folder / "sweep.csv").write_bytes(b"\xff\xfe\x00")
        self.refused("cannot be read", load, self.folder)
        for column, value, words in [("mode", "dreamt", "mode 'dreamt'"), ("valid", "yes", "valid 'yes'"),
                                     ("cell.bandwidth [Hz]", "nan", "'nan' is no number"),
                                     ("cell.bandwidth [Hz]", "much", "'much' is no number")]:
            rows = sample_tables.sweep_rows()
            rows[2][column] = value
            self.refused(words, self.table, rows)
            self.refused("line 4", self.table, rows)
        rows = sample_tables.sweep_rows()
        self.refused("as line 2", self.table, [*rows, rows[0]])
        path = sample_tables.write_sweep(self.folder, rows) / "sweep.csv"
        path.write_text(path.read_text(encoding="utf-8") + "half,a,row\n", encoding="utf-8")
        self.refused("other fields", load, self.folder)

    def test_numbers_are_looked_at_where_they_are_used(self):
        for value in ("nan", "inf", "x"):
            rows = sample_tables.sweep_rows()
            rows[0]["throughput_per_s"] = value
            table = self.table(rows)
            self.refused(f"'{value}' is no number", table.runs[0].number, "throughput_per_s")
        self.refused("no column magic", table.runs[0].number, "magic")
        self.refused("no such figure 'magic'", metric_named, "magic", table.columns)


class WithoutAxesTests(SweepTestCase):
    def test_it_is_said_in_one_line_that_there_is_nothing_to_draw_over(self):
        head = [name for name in sample_tables.HEAD if name not in ("cell.bandwidth", "cell.bandwidth [Hz]", "load")]
        rows = [{name: row[name] for name in head} for row in sample_tables.sweep_rows(megahertz=(1,), loads=(1,))]
        self.refused("only policies and seeds", views, self.table(rows, head))


class ViewTests(SweepTestCase):
    def test_most_points_go_across_and_the_rest_to_panels(self):
        (view,) = views(self.table(sample_tables.sweep_rows()))
        self.assertEqual((view.x.name, view.panels.name, view.panel_values), ("cell.bandwidth", "load", [1.0, 3.0]))
        (view,) = views(self.table(sample_tables.sweep_rows()), x="load")
        self.assertEqual((view.x.name, view.panels.name), ("load", "cell.bandwidth"))

    def test_every_run_is_in_one_figure(self):
        rows = sample_tables.sweep_rows()
        for row in rows:
            row["frame.length"] = "100 ms" if row["seed"] % 2 else "50 ms"
        head = [*sample_tables.HEAD[:7], "frame.length", *sample_tables.HEAD[7:]]
        table = self.table(rows, head)
        found = views(table, panels="load")
        self.assertEqual(len(found), 2)
        self.assertEqual(sorted(run.line for view in found for run in view.runs), [run.line for run in table.runs])
        self.assertEqual({view.suffix for view in found}, {"-frame.length-100_ms", "-frame.length-50_ms"})

    def test_fixed_values_go_by_text_or_number(self):
        table = self.table(sample_tables.sweep_rows())
        for text in ("2 MHz", "2e6", "2000000"):
            (view,) = views(table, fixed=[("cell.bandwidth", text)])
            self.assertEqual((view.x.name, view.panels, len(view.runs)), ("load", None, len(table.runs) // 4))

    def test_mistakes_have_one_line_each(self):
        table = self.table(sample_tables.sweep_rows())
        for words, named in [
            ("no axis 'nope'", {"x": "nope"}),
            ("no axis 'nope'", {"panels": "nope"}),
            ("no axis 'nope'", {"fixed": [("nope", "1")]}),
            ("load is never '7'", {"fixed": [("load", "7")]}),
            ("load is across", {"x": "load", "panels": "load"}),
            ("load is fixed", {"x": "load", "fixed": [("load", "1")]}),
            ("no axis is left", {"fixed": [("load", "1"), ("cell.bandwidth", "1 MHz")]}),
        ]:
            self.refused(words, views, table, **named)

    def test_too_many_figures_are_refused(self):
        rows = sample_tables.sweep_rows(loads=range(1, 20), seeds=2)
        for row in rows:
            row["extra"] = row["seed"]
        head = [*sample_tables.HEAD[:7], "extra", *sample_tables.HEAD[7:]]
        self.refused("19 figures", views, self.table(rows, head), x="cell.bandwidth", panels="extra")


class ScaleTests(unittest.TestCase):
    def test_geometric_values_are_told_from_even_ones(self):
        for values in ([1, 2, 4], [10, 100, 1000], [1, 2, 3, 5, 10], [10, 20, 50, 100, 200, 500, 1000], [0.25, 0.5, 1, 2, 4]):
            self.assertTrue(is_geometric(values), values)
        for values in ([1, 2, 3], [1, 2, 3, 4, 5, 6], [0, 1, 10, 100], [100, 150, 200, 250], [5, 10], [-1, 1, 10]):
            self.assertFalse(is_geometric(values), values)

    def test_prefixes_read_well(self):
        for unit, values, power in [("Hz", [1e6, 8e6], 6), ("s", [0.05, 0.3], -3), ("s", [0.25, 1.0], 0), ("W", [0.1], -3),
                                    ("Hz", [1e6, 1e9], 6), ("", [1e6], 0), ("dBm", [1e4], 0), ("s", [0.0], 0),
                                    ("1", [0.75, 0.9], -2)]:
            self.assertEqual(exponent_of(Axis("a", unit, [(value, "") for value in values])), power, (unit, values))

    def test_labels_are_words_with_units(self):
        axis = Axis("cell.bandwidth", "Hz", [(1e6, "1 MHz")])
        self.assertEqual(title_of(axis, {}), "Bandwidth [MHz]")
        self.assertEqual(title_of(axis, {"cell.bandwidth": "B"}), "B [MHz]")
        self.assertEqual(title_of(Axis("devices.groups.*.accuracy", "1", [(0.75, "75 %")]), {}), "Accuracy [%]")
        one, other = (Axis(f"devices.groups.{group}.deadline", "s", [(0.1, "")]) for group in ("cameras", "robots"))
        self.assertEqual(label_of(one, {}, [one, other]), "devices.groups.cameras.deadline")


if __name__ == "__main__":
    unittest.main()
