"""lisper_ctl_test.py PROGRAM: lisper-ctl from outside, against a node that this test plays."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

PROGRAM = sys.argv.pop(1)

PORT = {"name": "e0", "device": "net_tap0", "driver": "net_tap", "mac": "02:00:00:00:04:00", "mtu": 1500, "up": True,
        "speed_mbps": 10000, "rx_queues": 1, "tx_queues": 1, "rx_mode": "", "tx_mode": "", "rx_packets": 50,
        "rx_bytes": 5000, "rx_missed": 0, "rx_errors": 0, "rx_no_buffer": 0, "tx_packets": 49, "tx_bytes": 4900,
        "tx_errors": 0}
STATUS = {"name": "site04", "scenario": "mesh.json", "version": "0.1.0", "uptime_s": 1.5, "ports": [PORT],
          "workers": [], "sessions": [], "neighbours": [], "map_cache": [], "groups": [], "bindings": [],
          "controller": {"control_sock": "", "punt_sock": "", "connected": False, "punts_lost": 0, "truncated": 0},
          "node": {"name": "site04", "kind": "lisper", "ports": {"e0": {"bad_cookie": 33}}, "networks": {},
                   "control": {}, "tables": {"fib": 0}, "associations": {}, "fib": []}}
PACKET = {"time_ns": 5, "worker": 0, "port": "e0", "len": 60, "outcome": "drop: bad_cookie",
          "steps": [{"stage": "decapsulate", "text": "the cookie differs", "clause": "RFC 3931 8.2"}],
          "bytes": "0200000000020200000000010806"}


class Node:
    """Answers a line with each of `answers`: an object, or bytes, or None to hang up; then waits for the client to."""

    def __init__(self, path, answers):
        path.parent.mkdir(exist_ok=True)
        self.asked = []
        self.answers = answers
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.bind(str(path))
        self.socket.listen()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            line = client.makefile().readline()
            self.asked.append(line.rstrip("\n"))
            for answer in self.answers:
                if answer is not None:
                    client.sendall(answer if isinstance(answer, bytes) else json.dumps(answer).encode() + b"\n")
            if None not in self.answers:
                client.recv(1)
            client.close()

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lisper-ctl-")
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name) / "lisper/site04.sock"

    def node(self, *answers, path=None):
        node = Node(path or self.path, answers)
        self.addCleanup(node.close)
        return node

    def ctl(self, *arguments, **options):
        return subprocess.run([PROGRAM, "--socket", self.path, *map(str, arguments)], capture_output=True, text=True,
                              timeout=60, **options)

    def start(self, *arguments):
        """A process that is gone when the test is."""
        process = subprocess.Popen([PROGRAM, "--socket", self.path, *arguments], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def assert_fails(self, result, code, *words):
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertEqual(result.stdout, "")
        for word in words:
            self.assertIn(word, result.stderr)


class Usage(Case):
    def test_help_goes_to_stdout(self):
        for arguments in (["--help"], ["show", "--help"], ["trace", "--help"]):
            result = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=60)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertIn("Usage", result.stdout)

    def test_nonsense_is_bad_input(self):
        for arguments in ([], ["show"], ["show", "weather"], ["trace"], ["trace", "0"], ["trace", "x"],
                          ["look-up", "1"], ["look-up", "1", "02:00"], ["show", "ports", "--watch", "0"],
                          ["--node", "x", "show", "ports"]):
            self.assert_fails(self.ctl(*arguments), 2, "lisper-ctl")


class NobodyThere(Case):
    def test_no_socket(self):
        self.assert_fails(self.ctl("show", "ports"), 3, str(self.path), "hint: start one")

    def test_stale_socket(self):
        self.path.parent.mkdir()
        stale = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        stale.bind(str(self.path))
        stale.close()
        self.assert_fails(self.ctl("clear"), 3, "refused")

    def test_a_node_that_hangs_up(self):
        self.node(b'{"ok":tr', None)
        self.assert_fails(self.ctl("show", "ports"), 3, "ended the conversation")

    def test_a_node_that_does_not_answer(self):
        self.node(b'{"ok":tr')
        self.assert_fails(self.ctl("show", "ports"), 3, "does not answer")

    def test_something_else_listens_there(self):
        self.node(b"220 mail.example.org ESMTP\r\n")
        self.assert_fails(self.ctl("show", "ports"), 3, "not a node's answer")

    def test_another_version(self):
        self.node({"ok": True, "status": {"name": "site04"}})
        self.assert_fails(self.ctl("show", "ports"), 4, "is missing", "one version")


class Show(Case):
    def test_ports(self):
        node = self.node({"ok": True, "status": STATUS})
        result = self.ctl("show", "ports")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        header, row = result.stdout.splitlines()
        self.assertTrue(header.startswith("port  device"))
        self.assertTrue(row.startswith("e0    net_tap0  net_tap  02:00:00:00:04:00  10.0 Gbit/s"), row)
        self.assertNotIn("\x1b", result.stdout)
        self.assertEqual([json.loads(a) for a in node.asked], [{"show": "status", "rows": 0}])

    def test_json_is_the_part_on_one_line(self):
        self.node({"ok": True, "status": STATUS})
        result = self.ctl("show", "ports", "--json")
        self.assertEqual(result.stdout.count("\n"), 1)
        self.assertEqual(json.loads(result.stdout), [PORT])
        self.assertEqual(json.loads(self.ctl("show", "status", "--json").stdout), STATUS)

    def test_drops_explain_themselves(self):
        self.node({"ok": True, "status": STATUS})
        result = self.ctl("show", "drops")
        self.assertRegex(result.stdout, r"bad_cookie +e0 +33 +cookie differs .* RFC 3931 8\.2")
        self.assertNotIn("unknown_peer", result.stdout)
        self.assertRegex(self.ctl("show", "drops", "--all").stdout, r"unknown_peer +- +0 ")

    def test_rows_are_asked_for_tables_only(self):
        node = self.node({"ok": True, "status": STATUS})
        self.ctl("show", "fib", "--rows", 7)
        self.ctl("show", "fib")
        self.assertEqual([json.loads(a)["rows"] for a in node.asked], [7, 1000])

    def test_watch_repeats_until_interrupted(self):
        node = self.node({"ok": True, "status": STATUS})
        process = self.start("show", "status", "--watch", "0.1")
        deadline = time.monotonic() + 30
        while len(node.asked) < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 130)
        self.assertGreaterEqual(out.count(b"node"), 2)
        self.assertEqual(error, b"")

    def test_refusal_is_passed_on(self):
        self.node({"ok": False, "error": "no such thing", "hint": "ask for another"})
        self.assert_fails(self.ctl("clear"), 2, "no such thing", "hint: ask for another")


class FindingTheNode(Case):
    def setUp(self):
        super().setUp()
        if os.geteuid() == 0:
            self.skipTest("root's folder is /run/lisper, which is not this test's")

    def by_name(self, *arguments):
        return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=60,
                              env={**os.environ, "XDG_RUNTIME_DIR": str(self.path.parent.parent)})

    def test_the_only_one_needs_no_name(self):
        self.assert_fails(self.by_name("clear"), 3, "no node")
        self.node({"ok": True})
        self.assertEqual(self.by_name("clear").returncode, 0)
        self.assertEqual(self.by_name("--node", "site04", "clear").returncode, 0)
        self.assert_fails(self.by_name("--node", "site05", "clear"), 3, "site05", "site04")
        self.node({"ok": True}, path=self.path.with_name("site08.sock"))
        self.assert_fails(self.by_name("clear"), 2, "site04, site08", "--node")


class Trace(Case):
    def test_packets_are_explained(self):
        node = self.node({"ok": True, "trace": 2}, {"packet": PACKET}, {"packet": PACKET | {"time_ns": 1_000_005}},
                         {"done": True, "sent": 2, "lost": 0})
        result = self.ctl("trace", 2, "--port", "e0")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(json.loads(node.asked[0]), {"trace": 2, "port": "e0"})
        self.assertEqual(result.stdout.splitlines()[1:], [
            "    decapsulate  the cookie differs [RFC 3931 8.2]",
            "+0.001000 s  e0  60 bytes  02:00:00:00:00:01 > 02:00:00:00:00:02, ARP: drop: bad_cookie  (worker 0)",
            "    decapsulate  the cookie differs [RFC 3931 8.2]"])

    def test_json_is_a_line_a_packet(self):
        self.node({"ok": True, "trace": 1}, {"packet": PACKET}, {"done": True, "sent": 1, "lost": 4})
        result = self.ctl("trace", 1, "--json")
        self.assertEqual([json.loads(line) for line in result.stdout.splitlines()], [PACKET])
        self.assertIn("4 packets", result.stderr)

    def test_interrupt_ends_it(self):
        node = self.node({"ok": True, "trace": 5}, {"packet": PACKET})
        process = self.start("trace", "5")
        self.assertIn(b"ARP", process.stdout.readline())
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=30)
        self.assertEqual((process.returncode, error), (130, b""))
        self.assertEqual(len(node.asked), 1)


class LookUp(Case):
    def test_says_where_it_leads(self):
        node = self.node({"ok": True, "leads_to": "lisper fd80:8::2"})
        result = self.ctl("look-up", 251, "0200-0000-0001")
        self.assertEqual(result.stdout, "lisper fd80:8::2\n")
        self.assertEqual(json.loads(node.asked[0]), {"look_up": {"iid": 251, "mac": "02:00:00:00:00:01"}})


if __name__ == "__main__":
    unittest.main(verbosity=2)
