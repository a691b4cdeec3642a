"""lab_test.py PROGRAM: labs are built, used and removed, whatever happens meanwhile."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import leftovers
import machine

PROGRAM = str(pathlib.Path(sys.argv.pop(1)).resolve())
MESH = pathlib.Path(__file__).resolve().parents[2] / "scenarios/mesh.json"
if reason := machine.missing("ip", "tc", "bridge", "ping", "iperf3", "tcpreplay"):
    print(f"SKIPPED: {reason}")
    sys.exit(77)


def lab(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], text=True, capture_output=True, timeout=120)


class Lab(unittest.TestCase):
    """The mesh, whose sites have a controller, with sockets of its own and a few pings only."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        mesh = json.loads(MESH.read_text())
        for name, node in mesh["nodes"].items():
            for socket in ("control_sock", "punt_sock"):
                if socket in node:
                    node[socket] = str(self.folder / f"{name}.{socket}")
        mesh["traffic"] = [{"type": "ping", "name": "ping", "from": "node01", "to": "node05", "start": "1s", "count": 5}]
        mesh["expect"] = [{"flow": "ping", "received": 5}]
        mesh["end"] = "7s"
        self.scenario = self.write(mesh)
        self.name = f"t{os.getpid()}"
        self.watch = leftovers.Watch(self.name, self.scenario)
        self.addCleanup(self.clean)

    def clean(self):
        if self.watch.all():
            lab("down", self.name)

    def write(self, content):
        path = self.folder / "mesh.json"
        path.write_text(json.dumps(content))
        return path

    def state(self):
        labs = {entry["name"]: entry for entry in json.loads(lab("list", "--json").stdout)}
        return labs.get(self.name)

    def assert_nothing_left(self):
        self.assertEqual(self.watch.all(), [])
        self.assertEqual([path for path in self.folder.iterdir() if path.is_socket()], [])

    def start_run(self, until):
        """A run, stopped short where `until` is true."""
        run = subprocess.Popen([PROGRAM, "run", self.scenario, "--name", self.name, "--out", self.folder / "run"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(run.communicate)
        self.addCleanup(run.kill)
        machine.wait_until(lambda: until() or run.poll() is not None, 60)
        self.assertIsNone(run.poll(), "the run has ended too soon")
        return run

    def running(self, program):
        return [pid for pid, line in self.watch.processes().items() if program in line]

    def test_up_exec_list_down(self):
        result = lab("up", self.scenario, "--name", self.name)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.state()["state"], "up")
        self.assertTrue(self.running("lisper-hw") and self.running("lisper-controller") and self.running("lisper-endpoint"))

        ping = lab("exec", self.name, "node01", "--", "ping", "-n", "-c", 3, "-i", 0.1, "-w", 10, "10.0.0.5")
        self.assertEqual(ping.returncode, 0, ping.stdout + ping.stderr)
        self.assertEqual(lab("exec", self.scenario, "node01", "--", "sh", "-c", "exit 7").returncode, 7)
        self.assertEqual(lab("exec", self.name, "node99", "--", "true").returncode, 2)
        self.assertEqual(lab("exec", self.name, "node01", "--", "no-such-program").returncode, 2)
        self.assertIn("exists already", lab("up", self.scenario, "--name", self.name).stderr)
        self.assertEqual(self.state()["state"], "up")

        result = lab("down", self.name)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIsNone(self.state())
        self.assert_nothing_left()
        self.assertEqual(lab("down", self.name).returncode, 2)

    def test_run(self):
        result = lab("run", self.scenario, "--name", self.name, "--out", self.folder / "run", "--json")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        run = json.loads(result.stdout)
        self.assertEqual(run["body"], "lab")
        self.assertEqual(run, json.loads((self.folder / "run/result.json").read_text()))
        self.assertTrue((self.folder / "run/report.html").is_file())
        self.assert_nothing_left()

    def test_failed_expectation(self):
        result = lab("run", self.scenario, "--name", self.name, "--out", self.folder / "run", "--set",
                     'nodes.site04.local_networks[0].cookie="1"')
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn("bad_cookie", result.stdout)
        self.assert_nothing_left()

    def test_bad_scenario(self):
        self.write({"name": "x", "nodes": {"a": {"type": "hots"}}})
        for command in ("up", "run"):
            result = lab(command, self.scenario, "--name", self.name)
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertIn("mesh.json:1:", result.stderr)
            self.assertEqual(lab(command, self.folder / "absent.json").returncode, 2)
        self.assertEqual(lab("run", self.scenario, "--name", "a b").returncode, 2)
        self.assertEqual(lab("down", "no-such-lab").returncode, 2)
        self.assertEqual(lab().returncode, 2)
        self.assert_nothing_left()

    def test_killed_run_is_removed_by_down(self):
        run = self.start_run(lambda: self.running("ping"))
        run.kill()
        run.wait()
        self.assertTrue(self.running("lisper-hw"))
        self.assertNotEqual(self.state()["state"], "running")
        result = lab("down", self.scenario)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assert_nothing_left()

    def test_down_ends_a_run(self):
        run = self.start_run(lambda: self.running("ping"))
        self.assertEqual(self.state()["state"], "running")
        self.assertEqual(lab("down", self.name).returncode, 0)
        self.assertNotEqual(run.wait(timeout=30), 0)
        self.assert_nothing_left()

    def test_interrupted(self):
        """At some moments of building, and while traffic runs."""
        for moment in (lambda: self.watch.namespaces(), lambda: self.running("lisper-hw"),
                       lambda: self.running("lisper-controller"), lambda: self.running("ping")):
            run = self.start_run(moment)
            run.send_signal(signal.SIGINT)
            self.assertEqual(run.wait(timeout=60), 130)
            self.assert_nothing_left()

    def test_a_program_that_dies_ends_the_run(self):
        run = self.start_run(lambda: self.running("ping"))
        os.kill(self.running("site04")[0], signal.SIGKILL)
        self.assertEqual(run.wait(timeout=60), 3)
        self.assertIn("site04 ended", run.stderr.read())
        self.assert_nothing_left()


if __name__ == "__main__":
    unittest.main()
