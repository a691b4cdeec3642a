"""endpoint_test.py PROGRAM: real kernels talk through lisper-endpoint: two of them back to back, as the ends of an L2TPv3
tunnel, and one as an Ethernet segment."""

import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import machine
from machine import sh

PROGRAM = str(pathlib.Path(sys.argv.pop(1)).resolve())
if reason := machine.missing("ip", "ping", "ethtool", "iperf3", "tshark"):
    print(f"SKIPPED: {reason}")
    sys.exit(77)


def scenario(outer, tunnel=None):
    """Two Apps, a and b, whose tunnels end at each other."""
    addresses = {4: ["192.0.2.1/24", "192.0.2.2/24"], 6: ["fd80::1/64", "fd80::2/64"]}[outer]
    nodes = {}
    for i, name in enumerate("ab"):
        own = {"ip": addresses[1 - i].split("/")[0], "session_id": 10 + i, "remote_session_id": 11 - i, "cookie": f"c00c1e{i}",
               "remote_cookie": f"c00c1e{1 - i}"}
        nodes[name] = {"type": "app", "underlay": {"ip": addresses[i]}, "tunnel": own | (tunnel or {}),
                       "vm": {"ip": [f"10.0.0.{1 + i}/24"], "mtu": 1400}}
    return {"nodes": nodes, "links": [{"endpoints": ["a:e0", "b:e0"]}]}


class Endpoint(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.machine = machine.Machine()
        self.addCleanup(self.machine.close)

    def write(self, content):
        path = self.folder / "test.json"
        path.write_text(json.dumps(content))
        return path

    def tunnel(self, outer, options=None):
        """Tunnel ends in namespaces of their own, with a TAP each that is handed to a host."""
        file = self.write(scenario(outer, options))
        ends = {name: self.machine.namespace(f"{name}-tunnel") for name in "ab"}
        hosts = {name: self.machine.namespace(name) for name in "ab"}
        self.machine.cable(ends["a"], "e0", ends["b"], "e0")
        programs = {}
        for name in "ab":
            programs[name] = self.machine.start(ends[name], PROGRAM, file, "--node", f"{name}.l2tp", "--port", "e0=packet:e0",
                                                "--port", "vm=tap:t0", "--capture", self.folder, "--result",
                                                self.folder / f"{name}.json")
            sh(f"ip -n {ends[name]} link set t0 netns {hosts[name]}")
            sh(f"ip -n {hosts[name]} link set t0 mtu 1400 up")
        # A kernel tells of an IPv6 address by multicast at once, which the other end's TAP refuses until it is up.
        for i, name in enumerate("ab"):
            sh(f"ip -n {hosts[name]} addr add 10.0.0.{1 + i}/24 dev t0")
            sh(f"ip -n {hosts[name]} addr add fd00::{1 + i}/64 dev t0 nodad")
        return hosts, programs

    def assert_pings(self, namespace, address, count, *options):
        """The first `count` pings are answered. With a deadline (-w) ping goes on until it has so many answers; without
        one it would wait for the last only as long as for the others."""
        out = sh(f"ip netns exec {namespace} ping -n -i 0.01 -c {count} -w 20 {' '.join(options)} {address}")
        answered = {int(number) for number in re.findall(r"icmp_seq=(\d+)", out)}
        self.assertLessEqual(set(range(1, count + 1)), answered, out)

    def result(self, name):
        return json.loads((self.folder / f"{name}.json").read_text())

    def fields(self, capture, cookie, sublayer, *names):
        """Of all tunnel packets of a capture, as Wireshark reads them."""
        out = sh(f"tshark -n -r {capture} -o 'l2tp.cookie_size:{cookie}' -o 'l2tp.l2_specific:{sublayer}' "
                 f"-d l2tp.pw_type==0,eth -Y 'l2tp && !_ws.malformed' -T fields " + " ".join(f"-e {n}" for n in names))
        return {tuple(line.split("\t")) for line in out.splitlines()}

    def try_tunnel(self, outer, options, cookie, sublayer):
        hosts, programs = self.tunnel(outer, options)
        for address in ("10.0.0.2", "fd00::2"):
            self.assert_pings(hosts["a"], address, 50, "-s 56")
            self.assert_pings(hosts["a"], address, 50, "-s 1300")
        for name, program in programs.items():
            self.assertEqual(self.machine.stop(program), 0)
            ports = self.result(name)["ports"]
            self.assertGreaterEqual(ports["vm"]["rx_packets"], 200)
            self.assertEqual(sum(ports[p].get(c, 0) for p in ports for c in ("tx_refused", "rx_missed", "bad_cookie")), 0)
        digits = {"None": 0, "4 Byte Cookie": 8, "8 Byte Cookie": 16}[cookie]
        expected = {(f"0x{10 + i:08x}", f"c00c1e{i}".rjust(digits, "0") if digits else "") for i in (0, 1)}
        self.assertEqual(self.fields(self.folder / "a.l2tp-e0.pcap", cookie, sublayer, "l2tp.sid", "l2tp.cookie"), expected)
        inner = self.fields(self.folder / "b.l2tp-e0.pcap", cookie, sublayer, "frame.protocols")
        self.assertTrue(any(row[0].endswith("l2tp:ethertype:ip:icmp:data") for row in inner), inner)

    def test_ipv6(self):
        self.try_tunnel(6, {}, "8 Byte Cookie", "None")

    def test_ipv4_without_cookie(self):
        self.try_tunnel(4, {"cookie_length": 0, "cookie": "", "remote_cookie": ""}, "None", "None")

    def test_ipv4_udp_counter(self):
        self.try_tunnel(4, {"transport": "udp", "counter": True, "cookie_length": 4}, "4 Byte Cookie", "Default L2-Specific")

    def test_ipv6_udp(self):
        self.try_tunnel(6, {"transport": "udp", "local_port": 1701}, "8 Byte Cookie", "None")

    def transfer(self, source, destination, address, *options):
        """Bytes that arrived, of iperf3 between two hosts, which stops counting a little before the end."""
        server = subprocess.Popen(["ip", "netns", "exec", destination, "iperf3", "-s", "-1"], stdout=subprocess.DEVNULL)
        self.addCleanup(server.kill)
        machine.wait_until(lambda: "5201" in sh(f"ip netns exec {destination} ss -Hltn"))
        end = json.loads(sh(f"ip netns exec {source} iperf3 -J -c {address} {' '.join(options)}", timeout=60))["end"]
        server.wait(timeout=10)
        return end["sum"]["bytes"] - end["sum"]["lost_packets"] * 1000 if "sum" in end else end["sum_received"]["bytes"]

    def test_tcp(self):
        hosts, _ = self.tunnel(6)
        self.assertGreaterEqual(self.transfer(hosts["a"], hosts["b"], "10.0.0.2", "-n 50M"), 40_000_000)

    def test_report_and_carrier(self):
        hosts, programs = self.tunnel(6)
        self.assert_pings(hosts["a"], "fd00::2", 5)
        programs["a"].send_signal(signal.SIGUSR1)
        machine.wait_until((self.folder / "a.json").exists)
        fib = self.result("a")["fib"]
        self.assertIn("tunnel fd80::2 session 10", {row["leads_to"] for row in fib})
        # The far end of the cable goes down, so that a's end has no carrier: what the VM sends is dropped there.
        far = hosts["b"] + "-tunnel"
        sh(f"ip -n {far} link set e0 down")
        subprocess.run(f"ip netns exec {hosts['a']} ping -c 2 -i 0.1 -W 1 10.0.0.2", shell=True, capture_output=True)
        self.assertEqual(self.machine.stop(programs["a"]), 0)
        networks = self.result("a")["networks"]
        self.assertGreater(networks["1"].get("port_down", 0) + networks["1"].get("no_receiver", 0), 0, networks)

    def segment(self):
        """Three hosts at an Ethernet, whose kernels leave checksums to the device."""
        names = ["h1", "h2", "h3"]
        hosts = {n: {"type": "host", "interfaces": [{"name": "e0", "ip": [f"10.0.0.{i}/24"]}]} for i, n in enumerate(names, 1)}
        links = [{"endpoints": [f"{n}:e0", f"lan:{n}"]} for n in names]
        file = self.write({"nodes": hosts | {"lan": {"type": "segment"}}, "links": links})
        lan = self.machine.namespace("lan")
        spaces = {}
        ports = []
        for i, name in enumerate(names, 1):
            spaces[name] = self.machine.namespace(name)
            self.machine.cable(spaces[name], "e0", lan, name, offloads=True)
            sh(f"ip netns exec {spaces[name]} ethtool -K e0 tso off gso off")
            sh(f"ip -n {spaces[name]} addr add 10.0.0.{i}/24 dev e0")
            ports += ["--port", f"{name}=packet:{name}"]
        program = self.machine.start(lan, PROGRAM, file, "--node", "lan", "--capture", self.folder, "--result",
                                     self.folder / "lan.json", *ports)
        return spaces, program

    def test_segment_finishes_checksums(self):
        spaces, _ = self.segment()
        self.assert_pings(spaces["h1"], "10.0.0.2", 20)
        self.assert_pings(spaces["h3"], "10.0.0.1", 20)
        self.assertGreaterEqual(self.transfer(spaces["h1"], spaces["h2"], "10.0.0.2", "-n 20M"), 10_000_000)
        self.assertGreaterEqual(self.transfer(spaces["h3"], spaces["h2"], "10.0.0.2", "-u -b 20M -l 1000 -n 4M"), 3_500_000)

    def test_segment_keeps_vlan_tags(self):
        spaces, program = self.segment()
        frame = bytes.fromhex("ffffffffffff" "020000000077" "8100" "6007" "88b5") + b"tagged" * 20
        send = (f"import socket; s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.bind(('e0', 0)); "
                f"s.send(bytes.fromhex('{frame.hex()}'))")
        sh(f'ip netns exec {spaces["h1"]} {sys.executable} -c "{send}"')
        time.sleep(0.2)
        self.assertEqual(self.machine.stop(program), 0)
        for port in ("h1", "h2", "h3"):
            self.assertIn(frame, (self.folder / f"lan-{port}.pcap").read_bytes())

    def test_segment_tells_of_segmentation(self):
        """Frames that are larger than any link's are lost, are counted, and the user is told what to do."""
        spaces, program = self.segment()
        sh(f"ip netns exec {spaces['h1']} ethtool -K e0 tso on gso on")
        subprocess.run(f"ip netns exec {spaces['h2']} iperf3 -s -1 -D", shell=True, check=True)
        machine.wait_until(lambda: "5201" in sh(f"ip netns exec {spaces['h2']} ss -Hltn"))
        subprocess.run(f"timeout 2 ip netns exec {spaces['h1']} iperf3 -c 10.0.0.2 -t 1", shell=True, capture_output=True)
        program.terminate()
        self.assertIn("ethtool -K DEVICE tso off gso off", program.communicate(timeout=20)[1])
        self.assertGreater(self.result("lan")["ports"]["h1"]["rx_unsegmented"], 0)

    def refused(self, code, *arguments):
        result = subprocess.run([PROGRAM, self.write(scenario(6)), *arguments], text=True, capture_output=True, timeout=20)
        self.assertEqual(result.returncode, code, result.stderr)
        return result.stderr

    def test_refusals(self):
        self.assertIn("no such node", self.refused(2, "--node", "x", "--port", "e0=packet:lo"))
        self.assertIn("a.l2tp\" has no port \"e7\"; it has e0, vm", self.refused(2, "--node", "a.l2tp", "--port", "e7=packet:e"))
        self.assertIn("forwards nothing", self.refused(2, "--node", "a", "--port", "t0=packet:lo"))
        self.assertIn("there is no network device", self.refused(3, "--node", "a.l2tp", "--port", "e0=packet:nowhere0"))
        self.assertIn("not an Ethernet device", self.refused(3, "--node", "a.l2tp", "--port", "e0=packet:lo"))
        self.assertRegex(self.refused(2, "--node", "a.l2tp", "--port", "e0"), re.escape("expected PORT=packet:DEVICE"))


if __name__ == "__main__":
    unittest.main()
