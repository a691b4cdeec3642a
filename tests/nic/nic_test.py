"""nic_test.py NIC82599: dpdk-testpmd, as Debian ships it, on modelled 82599 ports."""

import os
import pathlib
import re
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

import testpmd
from testpmd import Testpmd

PROGRAM = str(pathlib.Path(sys.argv.pop(1)).resolve())


def children(process):
    out = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process)], capture_output=True, text=True).stdout
    return [int(pid) for pid in out.split()]


def alive(process):
    status = pathlib.Path(f"/proc/{process}/stat")
    return status.exists() and status.read_text().split()[2] != "Z"


def wait_until(condition, timeout=30):
    limit = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > limit:
            raise TimeoutError(condition)
        time.sleep(0.05)


def write_capture(path, frames):
    """The file format of tcpdump, version 2.4, microseconds."""
    records = b"".join(struct.pack("<IIII", 0, 0, len(f), len(f)) + f for f in frames)
    path.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + records)


def read_capture(path):
    data = path.read_bytes()
    frames = []
    at = 24
    while at < len(data):
        end = at + 16 + struct.unpack_from("<I", data, at + 8)[0]
        frames.append(data[at + 16:end])
        at = end
    return frames


class OnTestpmd(unittest.TestCase):
    def start(self, nic="", options="", eal="-l 0-1"):
        app = Testpmd(PROGRAM, nic, options, eal)
        self.addCleanup(app.close)
        return app

    def end(self, app):
        code, said = app.close()
        self.assertEqual(code, 0, said)
        # The model has found nothing to complain of.
        self.assertNotIn(" x ", said)

    def assert_nothing_lost(self, app, ports=(0, 1)):
        """What each port sent is what its peer received, by the card's own counters, twice read."""
        seen = [app.stats(p) for p in ports]
        self.assertEqual([app.stats(p) for p in ports], seen)
        for here, there in (seen, seen[::-1]):
            self.assertGreater(here["TX-packets"], 1000)
            self.assertEqual(here["TX-packets"], there["RX-packets"])
            self.assertEqual(here["TX-bytes"], there["RX-bytes"])
            self.assertEqual(here["RX-missed"] + here["RX-errors"] + here["TX-errors"] + here["RX-nombuf"], 0)
        return seen

    def circulate(self, app, mode):
        """A burst from each port goes round for a while, and has come to rest."""
        app.do(f"set fwd {mode}", "set promisc all on", "start tx_first")
        wait_until(lambda: app.stats(0)["RX-packets"] > 2000)
        return app.do("stop")

    def test_io(self):
        app = self.start()
        said = self.circulate(app, "io")
        print(f"io: {self.assert_nothing_lost(app)}", file=sys.stderr)
        self.assertRegex(said, r"all ports\++\n\s+RX-packets: (\d+)\s+RX-dropped: 0 .*\n\s+TX-packets: \1\s+TX-dropped: 0 ")
        self.end(app)

    def test_mac_and_sizes(self):
        app = self.start()
        app.do("set txpkts 300")
        self.circulate(app, "mac")
        stats = self.assert_nothing_lost(app)
        print(f"mac: {stats}", file=sys.stderr)
        for port in (0, 1):
            xstats = app.xstats(port)
            self.assertEqual(xstats["rx_good_packets"], stats[port]["RX-packets"])
            self.assertEqual(xstats["rx_size_256_to_511_packets"], stats[port]["RX-packets"])
            self.assertEqual(xstats["tx_size_256_to_511_packets"], stats[port]["TX-packets"])
            self.assertEqual(xstats["rx_total_bytes"], stats[port]["RX-packets"] * 300)
        app.do("clear port stats all")
        self.assertEqual(set(app.stats(0).values()), {0})
        self.end(app)

    def test_modes_with_several_queues(self):
        for mode in ("io", "mac"):
            for queues in (2, 4):
                with self.subTest(mode, queues=queues):
                    app = self.start(options=f"--rxq {queues} --txq {queues} --rss-udp")
                    self.circulate(app, mode)
                    stats = self.assert_nothing_lost(app)
                    print(f"{mode}, {queues} queues: {stats}", file=sys.stderr)
                    self.end(app)

    def spread(self, number):
        """Flows that one port sends, over the queues of the other: packets of each queue, by its own counter."""
        app = self.start(options=f"--rxq {number} --txq {number} --rss-udp --txonly-multi-flow")
        app.do(*(f"set stat_qmap rx 1 {q} {q}" for q in range(number)), "set promisc all on", "set fwd txonly", "start")
        wait_until(lambda: app.stats(1)["RX-packets"] > 0)
        # What has found no descriptor waits in the packet buffer until somebody receives; what finds no room there is
        # counted.
        app.do("stop", "set fwd rxonly", "start")
        app.settled(lambda: (app.stats(0), app.stats(1)))
        app.do("stop")
        here, there = app.stats(0), app.stats(1)
        self.assertEqual(here["TX-packets"], there["RX-packets"] + there["RX-missed"])
        xstats = app.xstats(1)
        packets = [xstats[f"rx_q{q}_packets"] for q in range(number)]
        self.assertEqual(sum(packets), there["RX-packets"])
        print(f"rxonly, {number} queues: {packets} received, {there['RX-missed']} missed of {here['TX-packets']}",
              file=sys.stderr)
        self.end(app)
        return packets

    def test_one_queue(self):
        self.spread(1)

    def test_two_queues(self):
        packets = self.spread(2)
        self.assertGreater(min(packets), sum(packets) / 4, packets)

    def test_four_queues(self):
        packets = self.spread(4)
        self.assertGreater(min(packets), sum(packets) / 8, packets)

    def test_order_and_bytes(self):
        """A capture goes in at one port, and comes out at the other as it was."""
        header = bytes.fromhex("028259900000 020000000002 88b5")  # to the port itself: accepted from the first on
        frames = [header + n.to_bytes(4, "big") + bytes(60 - 18 + n % 1400) for n in range(3000)]
        with tempfile.TemporaryDirectory() as folder:
            write_capture(pathlib.Path(folder, "0-in.pcap"), frames)
            # The transmit ring has room for all: what comes in faster than it can leave, testpmd drops.
            app = self.start(f"--wire pcap:{folder}", "--auto-start --no-flush-rx --txd=4096")
            wait_until(lambda: app.stats(1)["TX-packets"] == len(frames))
            self.end(app)
            self.assertEqual(read_capture(pathlib.Path(folder, "1-out.pcap")), frames)

    def test_several_segments_and_scatter(self):
        options = "--max-pkt-len 9018 --mbuf-size 2176 --enable-scatter --tx-offloads=0x8000"
        app = self.start(options=options)
        self.assertIn("Configuring Port 1", app.output)
        app.do("set txpkts 1500,1500,1500,500")
        self.circulate(app, "io")
        stats = self.assert_nothing_lost(app)
        self.assertEqual(stats[0]["TX-bytes"], stats[0]["TX-packets"] * 5000)
        self.end(app)

    def test_checksums(self):
        """The scalar paths: the card fills checksums in, and its peer finds nothing wrong with them."""
        app = self.start(options="--enable-rx-cksum --enable-hw-vlan-strip")
        app.do("port stop all", *(f"csum set {layer} hw {port}" for layer in ("ip", "udp") for port in (0, 1)),
               "port start all")
        self.circulate(app, "csum")
        self.assert_nothing_lost(app)
        for port in (0, 1):
            self.assertEqual(app.xstats(port)["rx_l3_l4_xsum_error"], 0)
        self.end(app)

    def test_vlan_insert(self):
        with tempfile.TemporaryDirectory() as folder:
            app = self.start(f"--wire pcap:{folder}")
            app.do("port stop all", "tx_vlan set 0 100", "port start all", "set fwd txonly", "start")
            wait_until(lambda: app.stats(0)["TX-packets"] > 100)
            app.do("stop")
            sent = app.settled(lambda: app.stats(0)["TX-packets"])
            self.end(app)
            frames = read_capture(pathlib.Path(folder, "0-out.pcap"))
            self.assertEqual(len(frames), sent)
            self.assertEqual({frame[12:18].hex() for frame in frames}, {"810000640800"})

    def test_link(self):
        app = self.start()
        self.assertIn("Link status: up", app.do("show port info 0"))
        self.assertIn("10 Gbps", app.do("show port info 0"))
        app.do("set link-down port 0")
        wait_until(lambda: "Link status: down" in app.do("show port info 1"))
        app.do("set link-up port 0")
        wait_until(lambda: "Link status: up" in app.do("show port info 1"))
        # Both cables out, and in again: each port is told by an interrupt.
        app.process.send_signal(signal.SIGUSR1)
        wait_until(lambda: "Link status: down" in app.do("show port info 0"))
        app.process.send_signal(signal.SIGUSR1)
        wait_until(lambda: "Link status: up" in app.do("show port info 0"))
        self.end(app)

    def test_the_drivers_view_is_the_documented_one(self):
        app = self.start()
        said = app.do("show port info 0", "show port 0 rx_offload capabilities", "show port 0 tx_offload capabilities")
        self.end(app)
        info, rx, tx = re.split(r"[RT]x Offloading Capabilities", said)
        view = dict(re.findall(r"^([^:\n]+):[ \n]*(.*(?:\n  .*)?)", info, re.MULTILINE))
        for way, text in (("Rx", rx), ("Tx", tx)):
            view |= {f"{way}, per {of}": what for of, what in re.findall(r"Per (Queue|Port) *:(.*)", text)}
        view = {name.lower(): value.split() for name, value in view.items()}
        document = (pathlib.Path(__file__).resolve().parents[2] / "docs/hardware.md").read_text()
        table = document.partition("the driver's view |\n| --- | --- |\n")[2].partition("\n\n")[0]
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
        self.assertGreater(len(rows), 10)
        for name, value in rows:
            self.assertEqual(view[name.lower()], value.split(), name)

    def test_what_the_line_brings_too_fast_is_missed(self):
        """At line rate into a program that takes nothing: its ring and the packet buffer fill, and the rest is counted."""
        header = bytes.fromhex("028259900000 020000000002 88b5")
        frames = 20_000
        with tempfile.TemporaryDirectory() as folder:
            write_capture(pathlib.Path(folder, "0-in.pcap"), [header.ljust(60, b"\0")] * frames)
            app = self.start(f"--wire pcap:{folder} --rate 1G", "--rxd=512 --no-flush-rx")
            # Of 60 bytes, 8738 fit into 512 KB; the ring takes all of its descriptors but one.
            missed = frames - 511 - 512 * 1024 // 60
            wait_until(lambda: app.xstats(0)["rx_missed_errors"] == missed)
            app.do("set fwd rxonly", "start")
            wait_until(lambda: app.stats(0)["RX-packets"] == frames - missed)
            stats = app.stats(0)
            self.assertEqual(stats["RX-missed"], missed)
            self.end(app)

    def test_limits_lose_nothing_that_fits(self):
        app = self.start("--rate 1G")
        self.circulate(app, "mac")
        self.assert_nothing_lost(app)
        self.end(app)

    def test_loop(self):
        app = self.start("--ports 1 --wire loop")
        app.do("set fwd io", "set promisc all on", "start tx_first")
        wait_until(lambda: app.stats(0)["RX-packets"] > 2000)
        app.do("stop")
        stats = app.stats(0)
        self.assertEqual(stats["TX-packets"], stats["RX-packets"])
        self.end(app)

    def test_nothing_survives_kill_9(self):
        app = self.start()
        (program,) = children(app.process.pid)
        os.kill(app.process.pid, signal.SIGKILL)
        wait_until(lambda: not alive(program))
        self.assertNotIn("nic82599", pathlib.Path("/proc/self/mounts").read_text())
        self.assertFalse(any(pathlib.Path("/sys/bus/pci/devices").glob("0000:03:00.*")))
        self.assert_pages_come_back()

    def test_grandchildren_end_too(self):
        app = Testpmd(PROGRAM, shell=True)
        self.addCleanup(app.close)
        (shell,) = children(app.process.pid)
        (program,) = children(shell)
        os.kill(app.process.pid, signal.SIGKILL)
        wait_until(lambda: not alive(program))
        self.assert_pages_come_back()

    def assert_pages_come_back(self):
        # Huge pages are free again.
        wait_until(lambda: testpmd.HugePages.count() >= testpmd.PAGES)


class Launcher(unittest.TestCase):
    def run_program(self, *arguments, **options):
        return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=60, **options)

    def test_exit_codes(self):
        self.assertEqual(self.run_program("--", "sh", "-c", "exit 42").returncode, 42)
        self.assertEqual(self.run_program("--", "sh", "-c", "kill -TERM $$").returncode, 128 + 15)
        self.assertEqual(self.run_program("--", "/no/such/program").returncode, 127)
        self.assertEqual(self.run_program("--wire", "rope", "--", "true").returncode, 2)

    def test_refuses_without_root(self):
        result = self.run_program("--", "true", user=65534, cwd="/")
        self.assertEqual(result.returncode, 3)
        self.assertIn("needs root", result.stderr)

    def test_the_bus_has_the_modelled_ports_alone(self):
        out = self.run_program("--pci", "0000:81:00.0", "--wire", "loop", "--", "ls", "/sys/bus/pci/devices").stdout
        self.assertEqual(out.split(), ["0000:81:00.0"])

    def test_taps(self):
        out = self.run_program("--wire", f"tap:t{os.getpid()}x", "--", "ip", "-br", "link").stdout
        self.assertIn(f"t{os.getpid()}x1", out)

    def test_captures(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(self.run_program("--wire", f"pcap:{folder}", "--", "true").returncode, 0)
            self.assertEqual(sorted(p.name for p in pathlib.Path(folder).iterdir()), ["0-out.pcap", "1-out.pcap"])


if __name__ == "__main__":
    testpmd.run_tests(testpmd.missing())
