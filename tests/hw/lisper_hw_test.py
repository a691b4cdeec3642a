"""lisper_hw_test.py BIN: lisper-hw from the command line: its doctor, what it refuses and how, start and stop."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

BIN = pathlib.Path(sys.argv.pop(1)).resolve()
SCENARIO = "scenarios/simple.json"
NOBODY = 65534


def run(*arguments, **options):
    return subprocess.run([BIN / "lisper-hw", *arguments], text=True, capture_output=True, timeout=120, **options)


class Doctor(unittest.TestCase):
    def test_tells_what_this_machine_has(self):
        people = run("doctor")
        print(people.stdout)
        self.assertIn(people.returncode, (0, 3), people.stderr)
        machine = json.loads(run("doctor", "--json").stdout)
        findings = machine["checks"] if isinstance(machine, dict) else machine
        self.assertGreater(len(findings), 10)
        for finding in findings:
            with self.subTest(finding["id"]):
                self.assertIn(finding["status"], ("ok", "warn", "fail"))
                self.assertTrue(finding["found"])

    def test_of_a_node(self):
        answer = run("doctor", SCENARIO, "--node", "lisper")
        self.assertIn(answer.returncode, (0, 3), answer.stderr)
        self.assertEqual(run("doctor", SCENARIO, "--node", "nobody").returncode, 2)


class Refusals(unittest.TestCase):
    def refuse(self, code, words, *arguments):
        answer = run(*arguments)
        self.assertEqual(answer.returncode, code, answer.stderr)
        self.assertIn(words, answer.stderr)

    def test_bad_input(self):
        self.refuse(2, "--node is required", SCENARIO)
        self.refuse(2, '"nobody" is no LISPER', SCENARIO, "--node", "nobody")
        self.refuse(2, "no pci address", SCENARIO, "--node", "lisper")
        self.refuse(2, "it has e0", SCENARIO, "--node", "lisper", "--bind", "e9=net_null0")
        self.refuse(2, "missing.json", "missing.json", "--node", "lisper")
        self.refuse(2, "workers", SCENARIO, "--node", "lisper", "--workers", "0")

    def test_what_the_machine_lacks(self):
        self.refuse(3, "net_nothing0", SCENARIO, "--node", "lisper", "--no-huge", "--bind", "e0=net_nothing0")


class StartAndStop(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        os.chmod(self.folder, 0o777)

    def start(self, **options):
        self.socket = self.folder / "ctl"
        program = subprocess.Popen([BIN / "lisper-hw", SCENARIO, "--node", "lisper", "--bind", "e0=net_null0,no-rx=1", "--no-huge",
                                    "--idle", "sleep", "--log-format", "json", "--ctl", self.socket],
                                   text=True, stderr=subprocess.PIPE, **options)
        self.addCleanup(program.kill)
        self.addCleanup(program.stderr.close)
        for line in program.stderr:
            if json.loads(line)["event"] == "ready":
                return program
        self.fail("it never got ready")

    def stop(self, program, number):
        program.send_signal(number)
        self.assertEqual(program.wait(timeout=30), 0)
        self.assertFalse(self.socket.exists(), "no socket is left behind")

    def test_signals_end_it(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            self.stop(self.start(), number)

    def test_a_second_one_leaves_the_first_alone(self):
        first = self.start()
        second = run(SCENARIO, "--node", "lisper", "--bind", "e0=net_null0,no-rx=1", "--no-huge", "--ctl", str(self.socket))
        self.assertEqual(second.returncode, 3, second.stderr)
        self.assertIn(str(self.socket), second.stderr)
        self.assertTrue(self.socket.exists())
        self.stop(first, signal.SIGTERM)

    def test_without_privileges(self):
        if os.geteuid() != 0:
            self.skipTest("the other tests have none either")
        reachable = subprocess.run([BIN / "lisper-hw", "--version"], user=NOBODY, group=NOBODY, extra_groups=[], capture_output=True)
        if reachable.returncode != 0:
            self.skipTest("only root may execute what was built here")
        program = self.start(user=NOBODY, group=NOBODY, extra_groups=[])
        shown = subprocess.run([BIN / "lisper-ctl", "--socket", self.socket, "show", "ports", "--json"], text=True,
                               capture_output=True)
        self.assertEqual(json.loads(shown.stdout)[0]["name"], "e0", shown.stderr)
        self.stop(program, signal.SIGTERM)


if __name__ == "__main__":
    unittest.main(verbosity=2)
