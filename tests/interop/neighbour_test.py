"""neighbour_test.py LISPER-REPLAY: a LISPER that suppresses ARP answers a Linux kernel's own questions, and the kernel
believes it: its neighbour table has the host that was asked for, though that host has never heard the question."""

import ctypes
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

from scapy.layers.inet6 import ICMPv6ND_NA, ICMPv6NDOptDstLLAddr, IPv6
from scapy.layers.l2 import ARP, Ether

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/replay"))
import pcap_files

REPLAY = sys.argv[1]
SCENARIO, NODE = ROOT / "scenarios/arp-suppression.json", "site1"
CLONE_NEWNET = 0x40000000
KERNEL, OTHER = "00:00:00:00:aa:11", "00:00:00:00:aa:12"
WAIT = 5.0  # seconds for the kernel


def skip(reason):
    print(f"SKIPPED: {reason}")
    sys.exit(77)


def ip(*arguments):
    result = subprocess.run(["ip", *arguments], capture_output=True, text=True)
    if result.returncode != 0:
        skip(f"ip {' '.join(arguments)}: {result.stderr.strip()}")
    return result.stdout


def set_up():
    """The kernel as the host at port p1, in a network namespace of this process; the other end of its cable."""
    if os.geteuid() != 0 or ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        skip(f"no network namespace: {os.strerror(ctypes.get_errno())}")
    ip("link", "add", "inside", "address", KERNEL, "type", "veth", "peer", "name", "outside")
    for name in ("inside", "outside"):
        ip("link", "set", name, "up")
    ip("address", "add", "10.0.0.11/24", "dev", "inside")
    ip("address", "add", "fd00::11/64", "dev", "inside", "nodad")
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    wire.bind(("outside", 0))
    wire.settimeout(WAIT)
    return wire


def announcement(address, router):
    """What the other host says about itself, at port p2."""
    if ":" not in address:
        return Ether(src=OTHER, dst="ff:ff:ff:ff:ff:ff") / ARP(op=1, hwsrc=OTHER, psrc=address, pdst=address)
    return (Ether(src=OTHER, dst="33:33:00:00:00:01") / IPv6(src=address, dst="ff02::1", hlim=255)
            / ICMPv6ND_NA(tgt=address, R=router, S=0, O=1) / ICMPv6NDOptDstLLAddr(lladdr=OTHER))


def question(wire, address):
    """Makes the kernel ask."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x", (address, 9))
    target = socket.inet_pton(family, address)
    while True:
        frame = wire.recv(2048)
        arp = frame[12:14] == b"\x08\x06" and frame[20:22] == b"\0\1" and frame[38:42] == target
        nd = frame[12:14] == b"\x86\xdd" and frame[54] == 135 and frame[62:78] == target
        if frame[6:12].hex(":") == KERNEL and (arp or nd):
            return frame


def answers(asked, said):
    """What the LISPER sends to the kernel, which asks twice: at first nobody knows it."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "p2.pcap").write_bytes(pcap_files.pcap([(0, bytes(said))]))
        (folder / "p1.pcap").write_bytes(pcap_files.pcap([(10**7, asked), (2 * 10**7, asked)]))
        subprocess.run([REPLAY, SCENARIO, "--node", NODE, "--mode", "both", "--in", f"p1={folder}/p1.pcap",
                        "--in", f"p2={folder}/p2.pcap", "--out", folder / "out", "--quiet"], check=True, stdout=subprocess.DEVNULL)
        sent = [frame for _, frame in pcap_files.read(folder / "out/hw/p1.pcap")]
        return [frame for frame in sent if frame[:6].hex(":") == KERNEL]


def neighbour(address):
    shown = json.loads(ip("-j", "neighbour", "show", address, "dev", "inside") or "[]")
    return shown[0] if shown else {}


def main():
    wire = set_up()
    for address, router in (("10.0.0.12", False), ("fd00::12", False), ("fd00::13", True)):
        asked = question(wire, address)
        given = answers(asked, announcement(address, router))
        if len(given) != 1:
            sys.exit(f"{address}: {len(given)} answers: {[frame.hex() for frame in given]}")
        wire.send(given[0])
        deadline = time.monotonic() + WAIT
        while (found := neighbour(address)).get("state") != ["REACHABLE"] and time.monotonic() < deadline:
            time.sleep(0.01)
        if (found.get("state"), found.get("lladdr"), "router" in found) != (["REACHABLE"], OTHER, router):
            sys.exit(f"{address}: the kernel has {found}")
        print(f"{address} is {OTHER}{', a router' if router else ''}: {found}")


main()
