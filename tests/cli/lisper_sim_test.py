"""lisper_sim_test.py PROGRAM: what a user of lisper-sim meets on the command line."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = sys.argv.pop(1)
ROOT = pathlib.Path(__file__).resolve().parents[2]
SIMPLE = ROOT / "scenarios/simple.json"


def sim(*arguments, **options):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=300, **options)


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, text, name="scenario.json"):
        path = self.folder / name
        path.write_text(text)
        return path

    def assert_refused(self, result):
        """Bad input: exit code 2, nothing on stdout, a reason on stderr."""
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertEqual(result.stdout, "")
        self.assertNotEqual(result.stderr, "")


class Usage(Case):
    def test_help_goes_to_stdout_and_names_the_commands(self):
        for argument in ("--help", "-h"):
            result = sim(argument)
            self.assertEqual(result.returncode, 0)
            self.assertEqual(result.stderr, "")
            for command in ("run", "validate", "graph", "report"):
                self.assertIn(command, result.stdout)

    def test_each_command_has_help(self):
        for command in ("run", "validate", "graph", "report"):
            result = sim(command, "--help")
            self.assertEqual(result.returncode, 0, command)
            self.assertNotEqual(result.stdout, "")

    def test_nothing_given_is_bad_input(self):
        self.assert_refused(sim())

    def test_unknown_option_is_named(self):
        result = sim("run", SIMPLE, "--no-such-option")
        self.assert_refused(result)
        self.assertIn("--no-such-option", result.stderr)

    def test_missing_file_is_named(self):
        result = sim("run", self.folder / "absent.json")
        self.assert_refused(result)
        self.assertIn("absent.json", result.stderr)

    def test_folder_instead_of_scenario(self):
        self.assert_refused(sim("run", self.folder))


class BadScenarios(Case):
    def test_position_of_a_syntax_error(self):
        path = self.write('{\n  "name": "x",\n  "nodes": [,]\n}\n')
        result = sim("validate", path)
        self.assert_refused(result)
        self.assertIn(f"{path}:3:13: error: ", result.stderr)

    def test_every_problem_is_reported(self):
        path = self.write('{\n  "name": 7,\n  "no_such_field": 1,\n  "links": [{"endpoints": ["a:e0", "b:e0"]}]\n}\n')
        result = sim("validate", path)
        self.assert_refused(result)
        for line in (2, 3, 4):
            self.assertIn(f"{path}:{line}:", result.stderr)
        self.assertIn("/no_such_field", result.stderr)

    def test_wrong_texts_do_not_crash(self):
        good = SIMPLE.read_text()
        for name, text in {
            "empty": "",
            "null": "null",
            "array": "[]",
            "number": "1e999",
            "truncated": good[: len(good) // 2],
            "two values": good + good,
            "binary": "\0\1\2",
            "deep": "[" * 100000,
            "not unicode": '{"name": "\\ud800"}',
        }.items():
            with self.subTest(name):
                self.assert_refused(sim("validate", self.write(text)))

    def test_huge_file_is_refused_quickly(self):
        path = self.folder / "huge.json"
        with path.open("w") as file:
            file.write('{"name": "')
            for _ in range(100):
                file.write("x" * 1_000_000)
            file.write('"}')
        begin = time.monotonic()
        self.assert_refused(sim("validate", path))
        self.assertLess(time.monotonic() - begin, 10)


class Output(Case):
    def test_valid_scenario(self):
        result = sim("validate", SIMPLE)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_run_reports_on_stdout_and_fills_a_folder(self):
        result = sim("run", SIMPLE, "--out", self.folder / "run")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertNotEqual(result.stdout, "")
        run = json.loads((self.folder / "run/result.json").read_text())
        self.assertTrue(run["flows"])
        self.assertTrue(all(e["passed"] for e in run["expectations"]))
        self.assertTrue(list((self.folder / "run").rglob("*.pcap")))
        report = (self.folder / "run/report.html").read_text()
        for outside in ('src="http', 'href="http', "@import", "url(http"):
            self.assertNotIn(outside, report)

    def test_bare_scenario_means_run(self):
        result = sim(SIMPLE, "--out", self.folder / "run")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue((self.folder / "run/result.json").is_file())

    def test_json_is_all_that_is_on_stdout(self):
        result = sim("run", SIMPLE, "--json", "--out", self.folder / "run")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json.loads(result.stdout), json.loads((self.folder / "run/result.json").read_text()))

    def test_foreign_folder_is_left_alone(self):
        foreign = self.folder / "foreign"
        foreign.mkdir()
        (foreign / "thesis.txt").write_text("years of work")
        self.assert_refused(sim("run", SIMPLE, "--out", foreign))
        self.assertEqual([f.name for f in foreign.iterdir()], ["thesis.txt"])

    def test_own_folder_is_used_again(self):
        for _ in range(2):
            self.assertEqual(sim("run", SIMPLE, "--out", self.folder / "run").returncode, 0)

    def test_seed_is_recorded(self):
        result = sim("run", SIMPLE, "--seed", 7, "--json", "--out", self.folder / "run")
        self.assertEqual(json.loads(result.stdout)["seed"], 7)

    def test_unknown_place_to_set_is_named(self):
        result = sim("run", SIMPLE, "--set", "no.such.place=1", "--out", self.folder / "run")
        self.assert_refused(result)
        self.assertIn("no", result.stderr)

    def test_interrupt(self):
        scenario = json.loads((ROOT / "scenarios/mesh.json").read_text())
        for traffic in scenario["traffic"]:
            traffic["count"] = 2_000_000
        path = self.write(json.dumps(scenario))
        run = subprocess.Popen([PROGRAM, "run", path, "--set", "end=1000s", "--no-pcap", "--out", self.folder / "run"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(1)
        self.assertIsNone(run.poll(), "the run should have taken longer")
        run.send_signal(signal.SIGINT)
        run.communicate(timeout=60)
        self.assertEqual(run.returncode, 130)


if __name__ == "__main__":
    os.chdir(ROOT)
    unittest.main()
