"""replay_test.py LISPER-REPLAY: captures through the ixgbe driver on modelled ports, by each of its paths, give the same bytes
as through ns-3 and DPDK's rings."""

import json
import pathlib
import re
import subprocess
import sys
import unittest

sys.path[1:1] = [str(pathlib.Path(__file__).resolve().parents[1]), str(pathlib.Path(__file__).resolve().parents[1] / "replay")]
import machine
import testpmd
from captures import CAPTURE, CAPTURES, ENDS, MADE_UP, SCENARIOS

REPLAY = sys.argv.pop(1)

# Nodes with two places only, so that no copies are sent, and transmitting takes no offload.
TWO_PLACES = {"v6-1", "v6-2", "v6c-1", "v6c-2", "v4-1", "v4-2", "udp-1", "udp-2"}


def replay(vector, *arguments):
    """The summary, and what the driver said."""
    eal = f"--force-max-simd-bitwidth={128 if vector else 64} --log-level=pmd.net.ixgbe.init:debug"
    result = subprocess.run([REPLAY, *map(str, arguments), "--mode", "all", "--json", "--eal", eal], capture_output=True,
                            text=True, timeout=600)
    if result.returncode != 0:
        raise AssertionError(f"{arguments}: exit code {result.returncode}\n{result.stdout[-4000:]}{result.stderr[-2000:]}")
    return json.loads(result.stdout), result.stderr


class OnCard(unittest.TestCase):
    def check(self, vector, node, *arguments, workers=1):
        summary, said = replay(vector, *arguments, "--node", node, "--workers", workers)
        self.assertEqual([body["name"] for body in summary["bodies"]], ["sim", "hw", "nic"])
        self.assertEqual([c["same"] for c in summary["comparisons"]], [True, True])
        self.assertGreater(summary["frames"], 0)
        self.assertGreater(sum(summary["bodies"][2]["sent"].values()), 0)
        # The model has found nothing to complain of, and each frame has passed it.
        self.assertNotRegex(said, r"nic82599: .* x ")
        sent = sum(map(int, re.findall(r"nic82599: .*: (\d+) sent", said)))
        self.assertEqual(sent, sum(summary["bodies"][2]["sent"].values()))
        # The way that the driver went, in its own words.
        ports = len(summary["bodies"][2]["sent"])
        self.assertEqual(said.count("Vector rx enabled"), ports if vector else 0)
        self.assertEqual(said.count("doesn't meet Vector Rx preconditions"), 0 if vector else ports)
        # Of transmitting it tells for each queue.
        queues = ports * workers
        simple = node in TWO_PLACES
        self.assertEqual(said.count("Vector tx enabled"), queues if vector and simple else 0)
        if node in ("site04", *TWO_PLACES):
            self.assertEqual(said.count("Using simple tx code path"), queues if simple else 0)
            self.assertEqual(said.count("Using full-featured tx code path"), 0 if simple else queues)

    def test_every_capture_by_each_path(self):
        for name, ends in ENDS.items():
            for node, port in ends:
                for vector in (True, False):
                    with self.subTest(name, node=node, vector=vector):
                        self.check(vector, node, CAPTURE, "--in", f"{port}={CAPTURES / name}.pcap")

    def test_several_workers(self):
        self.check(True, "site04", CAPTURE, "--in", f"e03={CAPTURES / 'site04-lan.pcap'}", workers=2)

    def test_made_up_and_spoilt_frames(self):
        for number, (scenario, node) in enumerate(MADE_UP):
            with self.subTest(scenario, node=node):
                summary, said = replay(number % 2 == 0, SCENARIOS / f"{scenario}.json", "--node", node, "--generate", 1500,
                                       "--mutate", 0.2, "--seed", 7)
                self.assertEqual([c["same"] for c in summary["comparisons"]], [True, True])
                self.assertNotRegex(said, r"nic82599: .* x ")


class Refusals(unittest.TestCase):
    def test_without_root(self):
        result = subprocess.run([REPLAY, CAPTURE, "--node", "v6-1", "--generate", "1", "--mode", "nic"], user=65534,
                                capture_output=True, text=True)
        self.assertEqual(result.returncode, 3, result.stderr)
        self.assertIn("needs root", result.stderr)


if __name__ == "__main__":
    testpmd.run_tests(machine.missing())
