"""tshark_reads.py SCENARIO FOLDER: Wireshark's dissectors, as a second opinion, read every capture of a run. No packet is
malformed, every tunnel packet has a session and cookie of the scenario, and the inner frames are frames that some port of
the network saw bare, unless replayed packets came with frames of their own."""

import collections
import concurrent.futures
import functools
import ipaddress
import os
import pathlib
import subprocess
import sys

import tunnels
from bare_frames import bare_frames
from batches import Batch, batches

SCENARIO, FOLDER = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
INNER_SAMPLE = 2000  # packets of a capture: the inner frame of those in tunnels is compared byte for byte,
INNER_CAPTURES = 40  # in so many captures
ERROR = 0x800000  # expert severity

# What Wireshark calls an error and is none: the message, and why.
NOT_ERRORS = {}


def tshark(batch, cookie_size, sublayer, *arguments):
    """For each packet which of the captures it is in, its number there, and its fields, with a bar between them. L2TPv3
    without a control connection does not say what it carries, so the dissector is told."""
    command = ["tshark", "-n", "-r", "-", "-o", f"l2tp.cookie_size:{cookie_size}", "-o", f"l2tp.l2_specific:{sublayer}",
               # Following TCP streams takes minutes, and says nothing about single packets.
               "-o", "tcp.desegment_tcp_streams:FALSE", "-o", "tcp.analyze_sequence_numbers:FALSE",
               "-T", "fields", "-E", "separator=|", "-E", "occurrence=a", "-e", "frame.number", *arguments]
    result = subprocess.run(command, input=batch.content(), capture_output=True)
    if result.returncode != 0:
        raise RuntimeError(f"{', '.join(capture.name for capture in batch.captures)}: tshark: {result.stderr.decode()}")
    for line in result.stdout.decode().splitlines():
        number, _, values = line.partition("|")
        yield *batch.place(int(number)), values


def fields(*names):
    return [word for name in names for word in ("-e", name)]


def first(field):
    return field.split(",")[0]


# How much of the L2TPv3 header there is: (cookie size, sublayer) as tshark's preferences name them. A counter looks
# like the default sublayer. Packets do not say, so they are read with what the scenario has for their addresses and session.
USUAL = ("8 Byte Cookie", "None")


def layout(tunnel):
    size = {0: "None", 8: "4 Byte Cookie", 16: "8 Byte Cookie"}[len(tunnel.cookie)]
    return size, "Default L2-Specific" if tunnel.counter else "None"


class Layouts:
    """By (source, destination, session); a scenario may use one key in two places that do not meet."""

    def __init__(self, expected):
        self.by_key = collections.defaultdict(set)
        for tunnel in expected or ():
            self.by_key[tunnel.source, tunnel.destination, tunnel.session].add(layout(tunnel))
        self.all = {USUAL}.union(*self.by_key.values())

    def of(self, key):
        return self.by_key.get(key, {USUAL})


def ends(outer, addresses):
    ip_src, ipv6_src, ip_dst, ipv6_dst = map(first, addresses)
    source, destination = (ip_src, ip_dst) if "ip" in outer else (ipv6_src, ipv6_dst)
    return str(ipaddress.ip_address(source)), str(ipaddress.ip_address(destination))


def dissect(batch, how):
    """Of each packet: which capture it is in, its number there, and the rest as judge() has it."""
    only_tunnels = [] if how == USUAL else ["-Y", "l2tp"]
    rows = tshark(batch, *how, "-d", "l2tp.pw_type==0,eth", *only_tunnels,
                  *fields("frame.protocols", "_ws.expert.severity", "_ws.expert.message", "_ws.malformed", "ip.src", "ipv6.src",
                          "ip.dst", "ipv6.dst", "l2tp.sid", "l2tp.cookie"))
    for capture, number, values in rows:
        yield capture, number, *judge(values)


@functools.cache  # there are few kinds of packets, and many packets
def judge(values):
    """Of a packet with these fields: its tunnel's key if it is in one, what is wrong with it, and its session."""
    protocols, severity, messages, malformed, *addresses, sid, cookie = values.split("|")
    layers = protocols.split(":")
    outer = layers[: layers.index("l2tp")] if "l2tp" in layers else layers
    key = session = None
    if sid and not {"icmp", "icmpv6"} & set(outer):  # an ICMP error that quotes a tunnel packet is not one
        key = *ends(outer, addresses), int(first(sid), 16)
        session = *key, first(cookie), "ethertype" in layers[len(outer) :]
    errors = [m for s, m in zip(severity.split(","), messages.split(",")) if s and int(s) >= ERROR]
    wrong = malformed or any(m not in NOT_ERRORS for m in errors)
    return key, f"({protocols}): {' '.join(errors) or malformed}" if wrong else "", session


class Reading:
    """What one capture showed."""

    def __init__(self, capture):
        self.capture = capture
        self.packets = 0
        self.problems = []
        self.sessions = collections.Counter()

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


def read(batch, layouts):
    """A reading of each of its captures. Where something is wrong, what the capture says alone counts: fragments of others
    may have come in between."""
    judged = collections.defaultdict(list)  # by packet: (problem or "", session) in each layout that it may have
    for how in sorted(layouts.all):
        for capture, number, key, problem, session in dissect(batch, how):
            if how in (layouts.of(key) if key else {USUAL}):
                judged[capture, number].append((problem, session))
    readings = [Reading(capture) for capture in batch.captures]
    for (capture, number), judgements in sorted(judged.items()):
        reading = readings[capture]
        problem, session = min(judgements, key=lambda judgement: judgement[0] != "")
        reading.packets += 1
        if session:
            reading.sessions[session] += 1
        if problem:
            reading.problems.append(f"packet {number} {problem}")
    if len(readings) == 1:
        return readings
    return [read(Batch([r.capture]), layouts)[0] if r.problems else r for r in readings]


def check_inner(batch, layouts, known, readings):
    """Inner frames as tshark cuts them out, against the frames that ports saw bare. How many they are."""
    rows = tshark(batch, *USUAL, "-Y", "l2tp && !icmp && !icmpv6",
                  *fields("frame.protocols", "ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "l2tp.sid", "data.data"))
    compared = 0
    for capture, number, values in rows:
        protocols, *addresses, sid, data = values.split("|")
        if layouts.of((*ends(protocols.split(":"), addresses), int(sid, 16))) != {USUAL}:
            continue
        compared += 1
        if hash(bytes.fromhex(data)) not in known:
            problem = f"packet {number}: its inner frame was on no port bare: {data[:28]}..."
            readings[batch.captures[capture]].problems.append(problem)
    return compared


def main():
    captures = sorted(FOLDER.rglob("*.pcap"))
    if not captures:
        sys.exit(f"{FOLDER}: no captures")
    expected = tunnels.of_scenario(SCENARIO)
    known = {hash(frame) for capture in captures for frame in bare_frames(capture)}
    layouts = Layouts(expected)
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        readings = {r.capture: r for some in pool.map(lambda batch: read(batch, layouts), batches(captures)) for r in some}
        tunnelled = [capture for capture, reading in readings.items() if reading.sessions]
        sample = [] if tunnels.has_replay(SCENARIO) else tunnelled[:: len(tunnelled) // INNER_CAPTURES + 1]
        inner = sum(pool.map(lambda batch: check_inner(batch, layouts, known, readings),
                             batches(sample, first=INNER_SAMPLE)))
    for reading in readings.values():
        reading.check_sessions(expected)
        for problem in reading.problems[:5]:
            print(f"{reading.capture.relative_to(FOLDER)}: {problem}")
        if len(reading.problems) > 5:
            print(f"{reading.capture.relative_to(FOLDER)}: and {len(reading.problems) - 5} more")
    packets = sum(reading.packets for reading in readings.values())
    problems = sum(len(reading.problems) for reading in readings.values())
    sessions = {key for reading in readings.values() for key in reading.sessions}
    print(f"{len(captures)} captures, {packets} packets, {len(sessions)} tunnels, {inner} inner frames compared, {problems} problems")
    sys.exit(problems != 0)


main()
