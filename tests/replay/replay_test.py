"""replay_test.py LISPER-REPLAY LISPER-SIM: one capture gives the same bytes in ns-3 and on DPDK."""

import filecmp
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import pcap_files
from captures import CAPTURE, CAPTURES, ENDS, MADE_UP, SCENARIOS

REPLAY, SIM = sys.argv.pop(1), sys.argv.pop(1)
ROOT = pathlib.Path(__file__).resolve().parents[2]

VM1, VM2 = "ether src 52:54:00:00:00:01", "ether src 52:54:00:00:00:02"

# What comes in at a node of capture.json, of what lisper-sim records there: by port, a filter. The node's own MACs
# are left out anyway.
COMES_IN = {f"{kind}-{end}": {"e0": "", "lan": VM1 if end == 1 else VM2}
            for kind in ("v6", "v6c", "v4", "udp") for end in (1, 2)}
COMES_IN["site04"] = {"e0": "", "e03": "ether src 00:00:00:00:aa:03"}
COMES_IN_ESP = {f"site{site}": {"e0": "", "lan": f"ether src 00:00:00:00:aa:{site}"} for site in ("04", "08", "12")}
COMES_IN_GROUPS = {f"site{site}": {"e0": "", "lan": f"ether src 00:00:00:00:aa:{site}"} for site in ("04", "08", "12")}
COMES_IN_GROUPS["site04"]["studio"] = "ether src 00:00:00:00:aa:99"
COMES_IN_ARP = {f"site{site}": {"e0": "", **{f"p{i}": f"ether src 00:00:00:00:aa:{site}{i}" for i in range(1, 7)}}
                for site in (2, 3)}
COMES_IN_ARP["site2"]["late"] = "ether src 00:00:00:00:aa:51"
COMES_IN_ARP["site3"]["hv"] = "ether src 00:00:00:00:aa:50"

# The number, from 0, of a packet that site 04 sends to the other LISPER in PlantedDifferences.
TO_LISPER = 5


def replay(*arguments):
    return subprocess.run([REPLAY, *map(str, arguments)], capture_output=True, text=True, timeout=600)


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def replay_same(self, *arguments):
        """Replays in both bodies, which must agree; the summary."""
        result = replay(*arguments, "--json")
        self.assertEqual(result.returncode, 0, result.stderr + result.stdout[-4000:])
        summary = json.loads(result.stdout)
        self.assertTrue(summary["same"])
        return summary

    def write(self, name, data):
        path = self.folder / name
        path.write_bytes(data)
        return path


class Captures(Case):
    def test_every_capture_has_its_ends(self):
        of_others = {"groups"}
        self.assertEqual({p.stem for p in CAPTURES.glob("*.pcap")}, set(ENDS) | of_others)

    def test_every_capture_is_the_same_in_both(self):
        for name, ends in ENDS.items():
            for node, port in ends:
                for workers in (1, 2):
                    with self.subTest(name, node=node, workers=workers):
                        summary = self.replay_same(CAPTURE, "--node", node, "--workers", workers,
                                                   "--in", f"{port}={CAPTURES / name}.pcap")
                        self.assertGreater(summary["frames"], 0)
                        self.assertGreater(sum(summary["bodies"][0]["sent"].values()), 0)


class LikeTheSimulator(Case):
    """What lisper-sim records at a node's ports in a whole network, the node alone makes of the same frames."""

    def test_capture_scenario(self):
        self.check(CAPTURE, COMES_IN)

    def test_esp_scenario(self):
        self.check(SCENARIOS / "esp.json", COMES_IN_ESP)

    def test_multicast_scenario(self):
        self.check(SCENARIOS / "multicast.json", COMES_IN_GROUPS)

    def test_arp_suppression_scenario(self):
        self.check(SCENARIOS / "arp-suppression.json", COMES_IN_ARP)

    @staticmethod
    def first_in(run, scenario, node):
        """When the node's first frame came in: the first one of its ports' records that is not its own."""
        interfaces = json.loads(scenario.read_text())["nodes"][node]["interfaces"]
        own = {bytes.fromhex(interface["mac"].replace(":", "")) for interface in interfaces}
        return min(at for recorded in (run / "pcap").glob(f"{node}-*.pcap")
                   for at, frame in pcap_files.read(recorded) if frame[6:12] not in own)

    def check(self, scenario, comes_in):
        run = self.folder / "run"
        subprocess.run([SIM, scenario, "--out", run, "--quiet"], check=True, timeout=600)
        for node, ports in comes_in.items():
            with self.subTest(node):
                out = self.folder / node
                arguments = ["--start", f"{self.first_in(run, scenario, node) / 1e9:.9f}"]
                for port, expression in ports.items():
                    arguments += ["--in", f"{port}={run}/pcap/{node}-{port}.pcap"]
                    if expression:
                        arguments += ["--filter", f"{port}={expression}"]
                self.replay_same(scenario, "--node", node, *arguments, "--out", out)
                for recorded in sorted((run / "pcap").glob(f"{node}-*.pcap")):
                    port = recorded.stem.removeprefix(node + "-")
                    everything = [frame for _, frame in pcap_files.read(recorded)]
                    came_in = [frame for _, frame in pcap_files.read(out / "in" / f"{port}.pcap")]
                    # Both directions are in the record, in order.
                    for frame in came_in:
                        everything.remove(frame)
                    sent = [frame for _, frame in pcap_files.read(out / "sim" / f"{port}.pcap")]
                    self.assertEqual(sent, everything, port)


class MadeUp(Case):
    def test_made_up_and_spoilt_frames_are_the_same_in_both(self):
        for scenario, node in MADE_UP:
            # Each worker has room for 32 unfinished packets in fragments. So, to several, few frames that break them.
            for frames, share, workers in ((5000, 0.2, 1), (3000, 1, 1), (3000, 0, 3), (700, 0.2, 2)):
                with self.subTest(scenario, node=node, frames=frames, share=share, workers=workers):
                    summary = self.replay_same(SCENARIOS / f"{scenario}.json", "--node", node, "--generate", frames,
                                               "--mutate", share, "--seed", 7, "--workers", workers)
                    self.assertGreater(sum(summary["bodies"][0]["sent"].values()), frames / 10)

    def test_twice_gives_the_same_files(self):
        for name in ("a", "b"):
            self.replay_same(SCENARIOS / "complex.json", "--node", "siteA", "--generate", 1000, "--mutate", 0.3,
                             "--out", self.folder / name)
        a, b = self.folder / "a", self.folder / "b"
        files = sorted(str(f.relative_to(a)) for f in a.rglob("*") if f.is_file())
        self.assertEqual(files, sorted(str(f.relative_to(b)) for f in b.rglob("*") if f.is_file()))
        self.assertIn("hw/v10.pcap", files)
        self.assertEqual(filecmp.cmpfiles(a, b, files, shallow=False)[1:], ([], []))

    def test_seeds_differ(self):
        frames = []
        for seed in (1, 2):
            self.replay_same(SCENARIOS / "mesh.json", "--node", "site04", "--generate", 100, "--seed", seed,
                             "--out", self.folder / str(seed))
            frames.append(pcap_files.read(self.folder / str(seed) / "in/e0.pcap"))
        self.assertNotEqual(*frames)


class PlantedDifferences(Case):
    """Site 04 encapsulates what a host sends; each test changes something about it."""

    ARGUMENTS = (CAPTURE, "--node", "site04", "--in", f"e03={CAPTURES}/site04-lan.pcap",
                 "--filter", "e03=ether src 00:00:00:00:aa:03")

    def setUp(self):
        super().setUp()
        self.replay_same(*self.ARGUMENTS, "--out", self.folder / "out")
        self.sent = pcap_files.read(self.folder / "out/sim/e0.pcap")
        self.assertGreater(len(self.sent), 10)

    def compare(self, *arguments):
        result = replay(*self.ARGUMENTS, "--mode", "both", "--expect", self.folder / "out/sim", *arguments, "--json")
        summary = json.loads(result.stdout)
        self.assertEqual(result.returncode, 0 if summary["same"] else 1, result.stderr)
        found = [c["differences"] for c in summary["comparisons"] if c["expected"] != "sim"]
        self.assertEqual(len(found), 2)
        return found

    def plant(self, packets):
        (self.folder / "out/sim/e0.pcap").write_bytes(pcap_files.pcap(packets))
        sim, hw = self.compare()
        # But for the column's head, both bodies differ from the record in the same way.
        self.assertEqual([{**d, "text": ""} for d in sim], [{**d, "text": ""} for d in hw])
        self.assertEqual(len(sim), 1)
        self.assertEqual(sim[0]["port"], "e0")
        return sim[0]

    def test_none(self):
        self.assertEqual(self.compare(), [[], []])

    def test_a_byte(self):
        for offset, field in ((0, "outer Ethernet destination"), (21, "outer IPv6 hop limit"),
                              (54, "L2TPv3 session ID"), (61, "L2TPv3 cookie"), (72, "inner Ethernet source")):
            with self.subTest(field):
                at, frame = self.sent[TO_LISPER]
                spoilt = bytearray(frame)
                spoilt[offset] ^= 1
                found = self.plant([*self.sent[:TO_LISPER], (at, bytes(spoilt)), *self.sent[TO_LISPER + 1:]])
                self.assertEqual((found["number"], found["kind"], found["field"]), (TO_LISPER + 1, "bytes", field))
                self.assertEqual(found["differing"], 1)
                line = next(line for line in found["text"].splitlines() if line.startswith("  ! "))
                self.assertIn(field, line)

    def test_a_packet_less(self):
        found = self.plant([*self.sent[:6], *self.sent[7:]])
        self.assertEqual((found["number"], found["kind"]), (7, "extra"))

    def test_a_packet_more(self):
        found = self.plant([*self.sent[:6], (self.sent[6][0], bytes(80)), *self.sent[6:]])
        self.assertEqual((found["number"], found["kind"]), (7, "missing"))

    def test_a_nanosecond(self):
        at, frame = self.sent[TO_LISPER]
        self.assertGreater(self.sent[TO_LISPER + 1][0], at)
        found = self.plant([*self.sent[:TO_LISPER], (at + 1, frame), *self.sent[TO_LISPER + 1:]])
        self.assertEqual((found["number"], found["kind"], found["field"]), (TO_LISPER + 1, "time", "time"))

    def test_another_order(self):
        packets = list(self.sent)
        packets[0], packets[1] = (packets[0][0], packets[1][1]), (packets[1][0], packets[0][1])
        self.assertNotEqual(packets, self.sent)
        self.assertEqual(self.plant(packets)["number"], 1)

    def test_another_configuration(self):
        for sim_or_hw in self.compare("--set", 'nodes.site04.lispers[0].cookie="1122334455667788"'):
            self.assertEqual([d["field"] for d in sim_or_hw], ["L2TPv3 cookie"])

    def test_text_for_people(self):
        result = replay(*self.ARGUMENTS, "--mode", "sim", "--expect", self.folder / "out/hw",
                        "--set", "nodes.site04.exits[0].next_hop_mac=02:00:00:00:00:01")
        self.assertEqual(result.returncode, 1)
        self.assertIn("e0 packet 1: outer Ethernet destination differs", result.stdout)
        self.assertIn("02:00:00:00:00:01", result.stdout)
        self.assertIn("00:00:00:00:00:04", result.stdout)


class OneNode(Case):
    NODE = (CAPTURE, "--node", "v6-2")

    def assert_refused(self, *arguments):
        result = replay(*arguments)
        self.assertEqual(result.returncode, 2, result.stdout)
        self.assertEqual(result.stdout, "")
        return result.stderr


class Files(OneNode):
    def setUp(self):
        super().setUp()
        self.replay_same(*self.NODE, "--in", f"e0={CAPTURES}/qemu-v6.pcap", "--out", self.folder / "out")
        self.packets = pcap_files.read(self.folder / "out/in/e0.pcap")
        self.expected = self.folder / "out/sim"

    def test_pcapng_and_nanoseconds(self):
        for name, data in (("x.pcapng", pcap_files.pcapng(self.packets)), ("x.pcap", pcap_files.pcap(self.packets))):
            with self.subTest(name):
                self.replay_same(*self.NODE, "--in", f"e0={self.write(name, data)}", "--expect", self.expected)

    def test_microseconds(self):
        path = self.write("x.pcap", pcap_files.pcap(self.packets, microseconds=True))
        self.assertEqual(self.replay_same(*self.NODE, "--in", f"e0={path}")["frames"], len(self.packets))

    def test_two_files_at_a_port_are_merged_by_time(self):
        halves = [self.write(f"{i}.pcap", pcap_files.pcap(self.packets[i::2])) for i in range(2)]
        self.replay_same(*self.NODE, "--in", f"e0={halves[0]}", "--in", f"e0={halves[1]}", "--expect", self.expected)

    def test_other_link_type_is_named(self):
        path = self.write("x.pcap", pcap_files.pcap(self.packets, link_type=pcap_files.RAW_IP))
        self.assertIn("RAW", self.assert_refused(*self.NODE, "--in", f"e0={path}"))

    def test_truncated_file_names_the_packet(self):
        path = self.write("x.pcap", pcap_files.pcap(self.packets[:10])[:-5])
        self.assertIn("packet 10", self.assert_refused(*self.NODE, "--in", f"e0={path}"))

    def test_packets_cut_by_the_snap_length_are_left_out(self):
        path = self.write("x.pcap", pcap_files.pcap(self.packets, cut_to=100))
        summary = self.replay_same(*self.NODE, "--in", f"e0={path}")
        short = sum(len(frame) <= 100 for _, frame in self.packets)
        self.assertEqual(summary["frames"], short)
        self.assertEqual(summary["inputs"][0]["cut_short"], len(self.packets) - short)

    def test_packets_no_nic_would_take_are_left_out(self):
        path = self.write("x.pcap", pcap_files.pcap([(0, bytes(1522)), (1, bytes(1523))]))
        summary = self.replay_same(*self.NODE, "--in", f"e0={path}")
        self.assertEqual((summary["frames"], summary["inputs"][0]["too_long"]), (1, 1))

    def test_runts(self):
        path = self.write("x.pcap", pcap_files.pcap([(n, bytes(n)) for n in range(1, 64)]))
        self.assertEqual(self.replay_same(*self.NODE, "--in", f"e0={path}")["frames"], 63)

    def test_empty_capture(self):
        self.assertEqual(self.replay_same(*self.NODE, "--in", f"e0={self.write('x.pcap', pcap_files.pcap([]))}")["frames"], 0)

    def test_unrelated_captures(self):
        path = self.write("x.pcap", pcap_files.pcap([(0, bytes(60)), (10**15, bytes(60))]))
        self.assertIn("hours", self.assert_refused(*self.NODE, "--in", f"e0={path}"))

    def test_not_a_capture(self):
        for data in (b"", b"text", b"\0" * 100):
            self.assertIn("x.pcap", self.assert_refused(*self.NODE, "--in", f"e0={self.write('x.pcap', data)}"))

    def test_foreign_folder_is_left_alone(self):
        self.write("thesis.txt", b"years of work")
        self.assert_refused(*self.NODE, "--in", f"e0={CAPTURES}/qemu-v6.pcap", "--out", self.folder)
        self.assertTrue((self.folder / "thesis.txt").exists())


class Usage(OneNode):
    def test_wrong_names(self):
        one = f"e0={CAPTURES}/qemu-v6.pcap"
        for arguments, named in (((CAPTURE, "--node", "nobody", "--in", one), "v6-2"),
                                 ((CAPTURE, "--node", "wire", "--in", one), "wire"),
                                 ((*self.NODE, "--in", "e9=x.pcap"), "lan"),
                                 ((*self.NODE, "--in", "e0=absent.pcap"), "absent.pcap"),
                                 ((*self.NODE, "--in", one, "--filter", "e0=no such"), "no such"),
                                 ((*self.NODE, "--in", "x.pcap"), "PORT=FILE"),
                                 ((*self.NODE, "--in", one, "--mode", "fast"), "--mode"),
                                 ((*self.NODE, "--in", one, "--expect", "absent"), "absent"),
                                 ((self.folder / "absent.json", "--node", "x", "--in", one), "absent.json"),
                                 (self.NODE, "--in")):
            with self.subTest(arguments):
                self.assertIn(named, self.assert_refused(*arguments))

    def test_help(self):
        result = replay("--help")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("--in", result.stdout)


if __name__ == "__main__":
    os.chdir(ROOT)
    unittest.main()
