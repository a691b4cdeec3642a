"""nic_test.py LISPER-LAB FOLDER: mesh.json's ten pairs of machines talk through lisper-hw on modelled 82599 ports, which is
started as docs/hardware.md says to start it on real ones."""

import json
import pathlib
import shlex
import subprocess
import sys
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[1:1] = [str(TESTS), str(TESTS / "nic")]
import leftovers
import machine
import testpmd

PROGRAM, OUT = (pathlib.Path(argument).resolve() for argument in (sys.argv.pop(1), sys.argv.pop(1)))
ROOT = TESTS.parent
SCENARIO = ROOT / "scenarios/mesh.json"
LAB = "ctest-nic"


def lab(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], text=True, capture_output=True, timeout=300)


def documented_command():
    """As an engineer types it for the real card."""
    lines = [line.strip() for line in (ROOT / "docs/hardware.md").read_text().splitlines()]
    (command,) = [line for line in lines if line.startswith("lisper-hw scenarios/mesh.json --node site04 --bind ")]
    return shlex.split(command)


class OnModelledCards(unittest.TestCase):
    def setUp(self):
        self.watch = leftovers.Watch(LAB, SCENARIO)
        if self.watch.folder.exists():  # a run that had to be killed
            lab("down", LAB)
        self.addCleanup(self.check_nothing_left)

    def check_nothing_left(self):
        if left := self.watch.all():
            lab("down", LAB)
        self.assertEqual(left, [])

    def test_same_command_line_as_on_the_card(self):
        up = lab("up", SCENARIO, "--nic", "82599", "--name", LAB)
        self.assertEqual(up.returncode, 0, up.stderr)
        commands = [pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")[:-1]
                    for pid in self.watch.processes()]
        (model,) = [c for c in commands if pathlib.Path(c[0]).name == "nic82599" and "site04" in c]
        program = model[model.index("--") + 1:]
        self.assertIn(program, commands)  # it runs
        # What a machine with several LISPERs and few processors takes comes behind it.
        self.assertEqual(program[-4:], ["--idle", "sleep", "--ctl", str(self.watch.folder / "site04.ctl")])
        self.assertEqual(pathlib.Path(program[0]).name, "lisper-hw")
        self.assertEqual(pathlib.Path(program[1]), SCENARIO)
        self.assertEqual(["lisper-hw", "scenarios/mesh.json", *program[2:-4]], documented_command())
        show = subprocess.run([PROGRAM.parent / "lisper-ctl", "--socket", program[-1], "show", "ports", "--json"], text=True,
                              capture_output=True)
        ports = json.loads(show.stdout)
        self.assertEqual([port["driver"] for port in ports], ["net_ixgbe"] * 3)
        self.assertEqual([port["speed_mbps"] for port in ports], [10000] * 3)
        down = lab("down", LAB)
        self.assertEqual(down.returncode, 0, down.stderr)

    def test_ten_pairs(self):
        run = lab("run", SCENARIO, "--nic", "82599", "--name", LAB, "--out", OUT, "--json", "--set", "end=20s")
        self.assertEqual(run.returncode, 0, run.stdout[-2000:] + run.stderr)
        result = json.loads(run.stdout)
        self.assertEqual([(f["sent"], f["received"]) for f in result["flows"][:10]], [(2000, 2000)] * 10)
        self.assertTrue(all(e["passed"] for e in result["expectations"]))

    def test_too_few_huge_pages(self):
        run = lab("up", ROOT / "scenarios/clos.json", "--nic", "82599", "--name", LAB)
        self.assertEqual(run.returncode, 3, run.stderr)
        self.assertIn("/proc/sys/vm/nr_hugepages", run.stderr)


if __name__ == "__main__":
    OUT.parent.mkdir(parents=True, exist_ok=True)
    testpmd.run_tests(machine.missing("ip", "tc", "bridge", "ping"))
