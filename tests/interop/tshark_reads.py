"""tshark_reads.py SCENARIO FOLDER: Wireshark's dissectors, as a second opinion, read every capture of a run. No packet is
malformed, every tunnel packet has a session and cookie of the scenario, and the inner frames are frames that some port of
the network saw bare."""

import collections
import concurrent.futures
import ipaddress
import os
import pathlib
import struct
import subprocess
import sys

import tunnels

SCENARIO, FOLDER = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
INNER_SAMPLE = 2000  # tunnel packets of a capture whose inner frame is compared byte for byte
ERROR = 0x800000  # expert severity

# What Wireshark calls an error and is none: the message, and why.
NOT_ERRORS = {}


def tshark(capture, cookie_size, sublayer, *arguments):
    """Rows of fields. L2TPv3 without a control connection does not say what it carries, so the dissector is told."""
    command = ["tshark", "-n", "-r", capture, "-o", f"l2tp.cookie_size:{cookie_size}", "-o", f"l2tp.l2_specific:{sublayer}",
               "-T", "fields", "-E", "separator=|", "-E", "occurrence=a", *arguments]
    result = subprocess.run(command, text=True, capture_output=True)
    if result.returncode != 0:
        raise RuntimeError(f"{capture.name}: tshark: {result.stderr}")
    return [line.split("|") for line in result.stdout.splitlines()]


def fields(*names):
    return [word for name in names for word in ("-e", name)]


def bare_frames(capture):
    """The frames of a capture, also without their VLAN tag."""
    data = capture.read_bytes()
    order = {b"\xd4\xc3\xb2\xa1": "<", b"\x4d\x3c\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">", b"\xa1\xb2\x3c\x4d": ">"}[data[:4]]
    offset = 24
    while offset < len(data):
        length = struct.unpack_from(order + "I", data, offset + 8)[0]
        frame = data[offset + 16 : offset + 16 + length]
        yield frame
        if frame[12:14] == b"\x81\x00":
            yield frame[:12] + frame[16:]
        offset += 16 + length


def first(field):
    return field.split(",")[0]


class Reading:
    """What one capture showed."""

    def __init__(self, capture):
        self.capture = capture
        self.packets = 0
        self.problems = []
        self.sessions = collections.Counter()

    def read(self, expected):
        # Cookies and sublayers of other sizes than the usual one shift what follows: such packets are read again.
        unusual = {(t.source, t.destination, t.session): t for t in expected or () if len(t.cookie) != 16 or t.counter}
        self.read_as("8 Byte Cookie", "None", expected, lambda key: key not in unusual)
        for size, counter in sorted({(len(t.cookie), t.counter) for t in unusual.values()}):
            keys = {key for key, t in unusual.items() if (len(t.cookie), t.counter) == (size, counter)}
            self.read_as({0: "None", 8: "4 Byte Cookie", 16: "8 Byte Cookie"}[size],
                         "Default L2-Specific" if counter else "None", expected, keys.__contains__, "-Y", "l2tp")
        return self

    def read_as(self, cookie_size, sublayer, expected, mine, *arguments):
        rows = tshark(self.capture, cookie_size, sublayer, "-d", "l2tp.pw_type==0,eth", *arguments,
                      *fields("frame.number", "frame.protocols", "_ws.expert.severity", "_ws.expert.message", "_ws.malformed",
                              "ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "l2tp.sid", "l2tp.cookie"))
        for number, protocols, severity, messages, malformed, ip_src, ipv6_src, ip_dst, ipv6_dst, sid, cookie in rows:
            layers = protocols.split(":")
            # An ICMP error that quotes a tunnel packet is not one.
            is_tunnel = bool(sid) and "icmpv6" not in layers[: layers.index("l2tp")] and "icmp" not in layers[: layers.index("l2tp")]
            if is_tunnel:
                outer4 = layers[2] == "ip" or (layers[2] == "vlan" and "ip" in layers[:5])
                source, destination = (first(ip_src), first(ip_dst)) if outer4 else (first(ipv6_src), first(ipv6_dst))
                source, destination = str(ipaddress.ip_address(source)), str(ipaddress.ip_address(destination))
                session = int(first(sid), 16)
                if not mine((source, destination, session)):
                    continue
                self.sessions[source, destination, session, first(cookie), "ethertype" in layers[layers.index("l2tp") :]] += 1
            elif arguments:
                continue
            self.packets += 1
            errors = [m for s, m in zip(severity.split(","), messages.split(",")) if s and int(s) >= ERROR]
            if malformed or any(m not in NOT_ERRORS for m in errors):
                self.problems.append(f"packet {number} ({protocols}): {' '.join(errors) or malformed}")

    def check_sessions(self, expected):
        for (source, destination, session, cookie, has_frame), count in sorted(self.sessions.items()):
            what = f"{count} packets {source} > {destination} session {session} cookie {cookie or 'none'}"
            if not has_frame:
                self.problems.append(f"{what}: no Ethernet frame inside")
            if expected is None:
                continue
            fitting = [t for t in expected if (t.source, t.destination, t.session) == (source, destination, session)]
            if not fitting:
                self.problems.append(f"{what}: no such tunnel in the scenario")
            elif cookie not in {t.cookie for t in fitting}:
                self.problems.append(f"{what}: the scenario has cookie {fitting[0].cookie}")

    def check_inner(self, expected, known):
        """Inner frames as tshark cuts them out, against the frames that ports saw bare."""
        counters = {t.counter for t in expected or ()}
        if counters - {False} or any(len(t.cookie) != 16 for t in expected or ()):
            return 0  # several layouts in one capture: sessions are checked above
        rows = tshark(self.capture, "8 Byte Cookie", "None", "-Y", "l2tp && !icmp && !icmpv6", "-c", str(INNER_SAMPLE),
                      *fields("frame.number", "data.data"))
        for number, data in rows:
            if hash(bytes.fromhex(data)) not in known:
                self.problems.append(f"packet {number}: its inner frame was on no port bare: {data[:28]}...")
        return len(rows)


def main():
    captures = sorted(FOLDER.rglob("*.pcap"))
    if not captures:
        sys.exit(f"{FOLDER}: no captures")
    expected = tunnels.of_scenario(SCENARIO)
    known = {hash(frame) for capture in captures for frame in bare_frames(capture)}
    packets = inner = problems = 0
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        readings = list(pool.map(lambda capture: Reading(capture).read(expected), captures))
        inner = sum(pool.map(lambda r: r.check_inner(expected, known) if r.sessions else 0, readings))
    for reading in readings:
        reading.check_sessions(expected)
        packets += reading.packets
        problems += len(reading.problems)
        for problem in reading.problems[:5]:
            print(f"{reading.capture.relative_to(FOLDER)}: {problem}")
        if len(reading.problems) > 5:
            print(f"{reading.capture.relative_to(FOLDER)}: and {len(reading.problems) - 5} more")
    sessions = {key for reading in readings for key in reading.sessions}
    print(f"{len(captures)} captures, {packets} packets, {len(sessions)} tunnels, {inner} inner frames compared, {problems} problems")
    sys.exit(problems != 0)


main()
