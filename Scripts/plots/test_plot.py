"""Scripts/plot as a user calls it: files, equal bytes, reports, and one line for each mistake. Needs matplotlib."""

import contextlib
import io
import re
import subprocess
import sys
import tempfile
import unittest
import warnings
from html.parser import HTMLParser
from pathlib import Path
from unittest import mock

import plot
import sample_profiles
import sample_tables


class PlotTestCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def plot(self, *arguments, status=0):
        """In this process, which has matplotlib already; the two outputs as the shell would have them."""
        said, complaint = io.StringIO(), io.StringIO()
        with mock.patch.object(sys, "argv", ["plot.py", *map(str, arguments)]), contextlib.chdir(self.folder):
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complaint), warnings.catch_warnings():
                warnings.simplefilter("error")
                try:
                    plot.main()
                    found = 0
                except SystemExit as end:
                    print(end.code, file=sys.stderr)
                    found = 1
        self.assertEqual(found, status, complaint.getvalue())
        if status:
            self.assertRegex(complaint.getvalue(), r"^error: [^\n]+, [^\n]+; [^\n]+\n$")
        else:
            self.assertEqual(complaint.getvalue(), "")
        return complaint.getvalue() if status else said.getvalue()

    def sweep(self, **named):
        (self.folder / "sweep").mkdir(exist_ok=True)
        return sample_tables.write_sweep(self.folder / "sweep", sample_tables.sweep_rows(**named))

    def sample_run(self, name="run", **named):
        return sample_tables.write_run(self.folder / name, **named)


class FigureTests(PlotTestCase):
    def test_a_run_has_its_figures_and_its_table(self):
        said = self.plot(self.sample_run())
        for name in ("overview", "anatomy", "latency", "outcomes", "batches", "promises"):
            self.assertGreater((self.folder / "run" / "figures" / f"{name}.png").stat().st_size, 5000)
        self.assertRegex(said, r"answer +6 +0\.250")

    def test_the_same_tables_give_the_same_bytes(self):
        sweep, run = self.sweep(modes=("simulated", "live")), self.sample_run()
        for form, magic in [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xml")]:
            self.plot(sweep, "--format", form, "--output", "a")
            self.plot_elsewhere(sweep, "--format", form, "--output", "b")
            files = sorted((self.folder / "a").glob(f"*.{form}"))
            self.assertEqual([file.stem for file in files], ["deadline", "throughput"])
            for file in files:
                content = file.read_bytes()
                self.assertTrue(content.startswith(magic))
                self.assertEqual(content, (self.folder / "b" / file.name).read_bytes())
                self.assertNotRegex(content, rb"CreationDate|<dc:date>|<text")
        self.plot(run, "--html", "--output", "a")
        self.plot_elsewhere(run, "--html", "--output", "b")
        self.assertEqual(*((self.folder / out / "report.html").read_bytes() for out in ("a", "b")))

    def plot_elsewhere(self, *arguments):
        """In a process of its own, with hashes of its own."""
        subprocess.run([sys.executable, plot.__file__, *arguments], check=True, cwd=self.folder, stdout=subprocess.DEVNULL)

    def test_fonts_are_in_the_pdf(self):
        self.plot(self.sweep(), "--format", "pdf", "--y", "throughput", "--output", "a")
        self.assertIn(b"/FontFile2", (self.folder / "a" / "throughput.pdf").read_bytes())

    def test_sweeps_of_every_shape(self):
        for named in [{"seeds": 1}, {"loads": (1,), "megahertz": (1,), "seeds": 2}, {"modes": ("live",)}, {"megahertz": (3, 1, 2)}]:
            self.plot(self.sweep(**named), "--y", "throughput,energy", "--relative", "conventional")
            self.plot(self.sweep(**named), "--html", "--relative", "conventional")

    def test_runs_beside_each_other(self):
        said = self.plot(self.sample_run(), "--compare", self.sample_run("other", late_ms=2), "--output", "a")
        self.assertEqual(sorted(file.stem for file in (self.folder / "a").iterdir()), ["compare-latency", "compare-promises"])
        self.assertRegex(said, r"(?m)^run +6 +100\.0 +0\.250.*\nother +6 +100\.0 +2\.000")


class FileTests(PlotTestCase):
    def profile(self, name, model="digits", scale=1.0, measured=True):
        path = self.folder / f"{name}.json"
        sample_profiles.write_profile(path, model, scale=scale, measured=measured)
        return path

    def test_profiles_of_one_model_and_of_several(self):
        one, other = self.profile("one"), self.profile("other", model="resnet-18", scale=40)
        table = self.profile("table", scale=30, measured=False)
        for files, name in [([one], "profile"), ([one, table], "profile"), ([table], "profile"), ([one, other, table], "profiles")]:
            for out in ("a", "b"):
                self.assertEqual(self.plot("--profile", *files, "--output", out), f"{out}/{name}.png\n")
            content = (self.folder / "a" / f"{name}.png").read_bytes()
            self.assertGreater(len(content), 5000)
            self.assertEqual(content, (self.folder / "b" / f"{name}.png").read_bytes())

    def test_a_calibration(self):
        path = self.folder / "calibration.json"
        sample_profiles.write_calibration(path)
        self.plot("--calibration", path, "--output", "a", "--format", "svg")
        self.assertGreater((self.folder / "a" / "calibration.svg").stat().st_size, 5000)

    def test_each_mistake_is_one_line(self):
        profile, other = self.profile("one"), self.folder / "other.json"
        sample_profiles.write_profile(other, "digits", blocks=2)
        odd = self.folder / "odd.json"
        odd.write_text('{"format": 1, "exits": [{"accuracy": 1}], "thresholds": [{}]}', encoding="utf-8")
        for arguments, words in [
            (["--profile", "nowhere.json"], "nowhere.json"),
            (["--profile", odd], "no profile of format 1"),
            (["--profile", profile, other], "other blocks"),
            (["--profile", profile, "--x", "load"], "--x is of runs and sweeps"),
            (["--profile", profile, "--html"], "without --compare or --html"),
            (["--profile", "--calibration", profile], "different files"),
            (["--calibration", profile], "not what offramp calibrate --json prints"),
            (["--calibration", odd], "fields are missing or odd"),
            (["--calibration", odd, odd], "takes one file"),
        ]:
            self.assertIn(words, self.plot(*arguments, status=1))


class ReportTests(PlotTestCase):
    hostile = '<script>alert("&")</script>'

    def check_page(self, text):
        """One document of closed elements that fetches nothing and runs nothing."""
        stack, parser = [], HTMLParser()
        parser.handle_starttag = lambda tag, _: None if tag in ("meta", "img") else stack.append(tag)
        parser.handle_endtag = lambda tag: self.assertEqual(stack.pop(), tag)
        parser.feed(text)
        self.assertEqual(stack, [])
        self.assertNotIn("<script", text)
        self.assertEqual(re.findall(r'(?:src|href)="(?!data:image/svg\+xml;base64,)', text), [])
        self.assertNotRegex(text, r"@import|url\(|https?://")

    def test_a_run_of_hostile_names(self):
        verdict = {"format": 1, "valid": False, "reasons": [f"group {self.hostile} is late"], "notes": [], "violations": {"order": 2}}
        run = sample_tables.write_run(self.folder / "run", name=self.hostile, verdict=verdict, text=f"name: {self.hostile}\n")
        self.plot(run, "--html")
        text = (run / "report.html").read_text(encoding="utf-8")
        self.check_page(text)
        self.assertIn("INVALID", text)
        self.assertEqual(text.count("&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;"), 5)
        self.assertEqual(text.count("<figure>"), 5)

    def test_long_tables_are_cut_and_say_so(self):
        run = self.sample_run(frames=310)
        self.plot(run, "--html")
        text = (run / "report.html").read_text(encoding="utf-8")
        self.check_page(text)
        self.assertIn("The first 300 of 310 tasks; all are in tables/tasks.csv", text)
        self.assertEqual(text.count("<td>cameras</td>"), 301)

    def test_a_run_without_tasks_still_has_a_report(self):
        run = self.sample_run(frames=0)
        self.plot(run, "--html")
        text = (run / "report.html").read_text(encoding="utf-8")
        self.check_page(text)
        self.assertIn("No anatomy: no frame was allocated", text)

    def test_a_sweep(self):
        rows = sample_tables.sweep_rows()
        rows[5] |= {"valid": "false", "reasons": self.hostile}
        (self.folder / "sweep").mkdir()
        sweep = sample_tables.write_sweep(self.folder / "sweep", rows)
        self.plot(sweep, "--html")
        text = (sweep / "report.html").read_text(encoding="utf-8")
        self.check_page(text)
        self.assertIn("1 runs are INVALID", text)
        self.assertEqual(text.count("<figure>"), 6)


class MistakeTests(PlotTestCase):
    def test_each_mistake_is_one_line(self):
        run, sweep = self.sample_run(), self.sweep()
        (self.folder / "empty").mkdir()
        for arguments, words in [
            ([], "required: PATH"),
            (["nowhere"], "no such directory"),
            (["empty"], "neither a run nor a sweep"),
            ([sweep, "--x", "nope"], "no axis 'nope'"),
            ([sweep, "--y", "nope"], "no such figure"),
            ([sweep, "--fix", "load"], "not NAME=TEXT"),
            ([sweep, "--relative", "nope"], "no policy 'nope'"),
            ([sweep, "--frame", "3"], "--frame is of runs"),
            ([sweep, "--width", "100"], "--width"),
            ([run, "--x", "load"], "--x is of sweeps"),
            ([run, "--compare"], "two runs"),
            ([run, sweep, "--compare"], "a sweep where a run is needed"),
            ([run, "--frame", "99"], "no frame 99"),
            ([run, "--format", "gif"], "gif"),
            ([run, "--output", run / "run.json"], "run.json"),
        ]:
            self.assertIn(words, self.plot(*arguments, status=1))

    def test_what_is_all_invalid_is_said(self):
        rows = sample_tables.sweep_rows()
        for row in rows:
            row["valid"] = "false"
        (self.folder / "sweep").mkdir()
        self.assertIn("no VALID run", self.plot(sample_tables.write_sweep(self.folder / "sweep", rows), status=1))

    def test_fields_of_another_type_are_said(self):
        run = self.sample_run()
        for text in ('{"format":1}', '{"format":1,"groups":3}', '{"format":1,"groups":[],"exit_share":null}'):
            (run / "summary.json").write_text(text, encoding="utf-8")
            self.assertIn("fields are missing or odd", self.plot(run, status=1))


if __name__ == "__main__":
    unittest.main()
