"""controller_test.py BIN: a controller that is stopped, killed and started anew, and somebody who floods a site with
entries and garbage, while hosts of two sites ping each other. They notice nothing."""

import json
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import sys
import time
import unittest

BIN = pathlib.Path(sys.argv.pop(1)).resolve()
SCENARIO = "scenarios/mesh.json"
LAB = f"controller{os.getpid()}"
STATE = pathlib.Path("/run/lisper-lab") / LAB
RLOC = "fd80:8::2"  # of site08
ENTRIES = 1_000_000
PINGS = 40_000


def program(name, *arguments, **options):
    return subprocess.run([BIN / name, *map(str, arguments)], text=True, capture_output=True, **options)


def processes():
    """Of the lab, by name."""
    lines = (STATE / "processes").read_text().splitlines()
    return {line.split(maxsplit=2)[2]: int(line.split()[0]) for line in lines}


def site(question):
    answer = program("lisper-ctl", "--socket", STATE / "site04.ctl", "show", question, "--json")
    return json.loads(answer.stdout)


def entry(number):
    """As lispers.net says it: a MAC address of the other site."""
    mac = f"{0x0200_0000_0000 + number:012x}"
    return json.dumps({"type": "map-cache", "opcode": "add", "eid-prefix": f"{mac[:4]}-{mac[4:8]}-{mac[8:]}/48",
                       "instance-id": "1", "rlocs": [{"rloc": RLOC, "priority": "1", "weight": "100", "port": "4341"}]})


class Controller(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        up = program("lisper-lab", "up", SCENARIO, "--name", LAB)
        if up.returncode == 3:
            print(f"SKIPPED: {up.stderr.strip()}")
            os._exit(77)
        assert up.returncode == 0, up.stderr
        cls.control = json.loads(pathlib.Path(SCENARIO).read_text())["nodes"]["site04"]["control_sock"]

    @classmethod
    def tearDownClass(cls):
        down = program("lisper-lab", "down", LAB)
        assert down.returncode == 0, down.stderr

    def setUp(self):
        # From a tunnel of one site to a tunnel of the other. Small ones: ping's own buffer has room for the answers of a
        # second in which it does not get to run.
        self.pings = subprocess.Popen([BIN / "lisper-lab", "exec", LAB, "node01", "--", "ping", "-n", "-q", "-A", "-W", "5",
                                       "-c", str(PINGS), "-s", "100", "10.0.0.5"], text=True, stdout=subprocess.PIPE)
        self.addCleanup(self.pings.kill)
        # It is drained promptly, so that one may wait for room.
        self.control_socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.control_socket.close)
        self.control_socket.connect(self.control)

    def say(self, datagram):
        self.control_socket.send(datagram if isinstance(datagram, bytes) else datagram.encode())

    def assert_no_ping_is_lost(self, what):
        self.pings.send_signal(signal.SIGINT)
        out = self.pings.communicate(timeout=60)[0]
        sent, received = map(int, re.search(r"(\d+) packets transmitted, (\d+) received", out).groups())
        times = re.search(r"rtt .*", out).group()
        print(f"{what}: {sent} pings sent, {received} answered; {times}", flush=True)
        # The one that was under way when the end came has no answer.
        self.assertGreaterEqual(received, sent - 1)
        self.assertGreater(received, 500)

    def test_stopped_killed_and_started_anew(self):
        controller = processes()["controller"]
        time.sleep(0.5)
        os.kill(controller, signal.SIGSTOP)
        time.sleep(2)
        os.kill(controller, signal.SIGCONT)
        time.sleep(1)
        os.kill(controller, signal.SIGKILL)
        time.sleep(2)
        again = subprocess.Popen([BIN / "lisper-controller", SCENARIO], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(2)
        again.terminate()
        self.assertEqual(again.wait(timeout=20), 0)
        self.assert_no_ping_is_lost("controller stopped, killed, started anew")

    def test_a_million_entries(self):
        begin = time.monotonic()
        for first in range(ENTRIES):
            self.say(entry(first))
        took = time.monotonic() - begin
        time.sleep(1)
        print(f"{ENTRIES} entries said in {took:.1f} s: {site('control')['counters']}", flush=True)
        self.assertGreater(site("control")["counters"]["entries_set"], ENTRIES - 1000)
        self.assert_no_ping_is_lost("a million entries")

    def test_garbage_and_truncated_datagrams(self):
        chance = random.Random(1)
        for message in map(entry, range(20)):
            for length in range(len(message)):
                self.say(message[:length])
            for _ in range(200):
                spoilt = bytearray(message.encode())
                spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
                self.say(bytes(spoilt))
        for size in (1, 1000, 60_000, 200_000):
            self.say(chance.randbytes(size))
        time.sleep(1)
        counters = site("control")["counters"]
        print(counters, flush=True)
        self.assertGreater(counters["malformed"], 1000)
        self.assert_no_ping_is_lost("garbage")


if __name__ == "__main__":
    unittest.main()
