"""lisper_hw_test.py NIC82599 LISPER_HW: hosts talk through lisper-hw on modelled 82599 ports, which its scenario names by PCI
address as it would name real ones."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import machine
import testpmd
from machine import sh

NIC, HW = (str(pathlib.Path(p).resolve()) for p in (sys.argv.pop(1), sys.argv.pop(1)))

PCI = ("0000:05:00.0", "0000:06:00.0")
SCENARIO = {
    "nodes": {
        "lan": {"type": "lisper",
                "interfaces": [{"name": f"p{i}", "mac": f"02:00:00:00:0a:0{i}", "pci": PCI[i]} for i in (0, 1)],
                "local_networks": [{"iid": 1, "interface": f"p{i}"} for i in (0, 1)]},
        "h0": {"type": "host", "interfaces": [{"name": "e0", "ip": ["10.0.0.1/24"]}]},
        "h1": {"type": "host", "interfaces": [{"name": "e0", "ip": ["10.0.0.2/24"]}]}},
    "links": [{"endpoints": [f"h{i}:e0", f"lan:p{i}"]} for i in (0, 1)]}


SEND = """
import socket, sys
end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
end.bind(("e0", 0))
end.send(bytes.fromhex(sys.argv[1]))"""

# The kernel takes a tag out of the frame, and tells it beside it (packet(7), PACKET_AUXDATA).
RECEIVE_TAGGED = """
import socket, struct
end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
end.setsockopt(263, 8, 1)
end.bind(("e0", 3))
print("ready", flush=True)
tag = 0
while tag == 0:
    frame, beside, _, _ = end.recvmsg(2000, 100)
    *_, tci, tpid = struct.unpack("IIIHHHH", beside[0][2])
    tag = tci and tpid << 16 | tci
print(frame.hex(), f"{tag:08x}")"""


class LisperHw(unittest.TestCase):
    def setUp(self):
        self.here = machine.Machine()
        self.addCleanup(self.here.close)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.lan, *self.hosts = (self.here.namespace(name) for name in ("nic", "h0", "h1"))

    def start(self, wire):
        file = self.folder / "lan.json"
        file.write_text(json.dumps(SCENARIO))
        return self.here.start(self.lan, NIC, "--pci", ",".join(PCI), "--wire", wire, "--", HW, file, "--node", "lan",
                               "--idle", "sleep", "--ctl", self.folder / "ctl")

    def address(self, interface):
        for i, host in enumerate(self.hosts):
            sh(f"ip -n {host} link set {interface.format(i)} up")
            sh(f"ip -n {host} addr add 10.0.0.{i + 1}/24 dev {interface.format(i)}")

    def assert_hosts_talk(self):
        out = sh(f"ip netns exec {self.hosts[0]} ping -n -c 50 -i 0.02 -W 5 10.0.0.2", timeout=60)
        self.assertIn(" 0% packet loss", out)

    def assert_tagged_frame_passes(self):
        frame = bytes.fromhex("ffffffffffff 020000000077 8100a007 88b5").ljust(60, b"\x55")
        receiver = subprocess.Popen(["ip", "netns", "exec", self.hosts[1], sys.executable, "-c", RECEIVE_TAGGED],
                                    stdout=subprocess.PIPE, text=True)
        self.addCleanup(receiver.communicate)
        self.addCleanup(receiver.kill)
        receiver.stdout.readline()
        sh(f"ip netns exec {self.hosts[0]} {sys.executable} -c '{SEND}' {frame.hex()}")
        self.assertEqual(receiver.communicate(timeout=20)[0].strip(), (frame[:12] + frame[16:]).hex() + " 8100a007")

    def links(self):
        show = subprocess.run([pathlib.Path(HW).with_name("lisper-ctl"), "--socket", self.folder / "ctl", "show", "ports",
                               "--json"], text=True, capture_output=True)
        return [port["up"] for port in json.loads(show.stdout)]

    def test_doctor(self):
        file = self.folder / "lan.json"
        file.write_text(json.dumps(SCENARIO))
        result = subprocess.run([NIC, "--pci", ",".join(PCI), "--", HW, "doctor", file, "--node", "lan"], text=True,
                                capture_output=True)
        self.assertEqual(result.returncode, 0, result.stdout)
        for i, address in enumerate(PCI):
            self.assertRegex(result.stdout, f"ok +card {address} +Intel 82599 .*, modelled by nic82599, .* port p{i}\n")

    def test_taps(self):
        program = self.start("tap:nic")
        for i, host in enumerate(self.hosts):
            sh(f"ip -n {self.lan} link set nic{i} netns {host}")
        self.address("nic{}")
        self.assert_hosts_talk()
        self.assertEqual(self.here.stop(program), 0)

    def test_interfaces(self):
        for i, host in enumerate(self.hosts):
            self.here.cable(host, "e0", self.lan, f"e{i}")
        program = self.start("packet:e0,e1")
        self.address("e0")
        self.assert_hosts_talk()
        self.assert_tagged_frame_passes()
        # A cable is pulled, and plugged in again.
        self.assertEqual(self.links(), [True, True])
        sh(f"ip -n {self.hosts[0]} link set e0 down")
        machine.wait_until(lambda: self.links() == [False, True])
        sh(f"ip -n {self.hosts[0]} link set e0 up")
        machine.wait_until(lambda: self.links() == [True, True])
        self.assert_hosts_talk()
        self.assertEqual(self.here.stop(program), 0)


if __name__ == "__main__":
    testpmd.run_tests(machine.missing("ip", "ping"))
