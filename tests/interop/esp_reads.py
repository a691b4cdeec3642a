"""esp_reads.py SCENARIO FOLDER: Wireshark, as a second opinion, decrypts every ESP packet of a run with the scenario's keys.
In each there is L2TPv3 with the session ID of a network, and a frame that some port of the network saw bare. Nothing goes
between LISPERs that have keys but ESP."""

import collections
import ipaddress
import json
import pathlib
import subprocess
import sys

import tunnels
from bare_frames import bare_frames

SCENARIO, FOLDER = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])


def keys_of(scenario):
    """(source, destination, SPI) -> keys with their salt, in the order of time."""
    keys = collections.defaultdict(list)
    mappings = sorted(scenario["controller"]["mappings"], key=lambda m: milliseconds(m.get("at", "0")))
    for mapping in mappings:
        for name in mapping["to"]:
            lisper = scenario["nodes"][name]
            exits = {e["name"]: e["ip"] for e in lisper["exits"]}
            for locator in mapping.get("rlocs", []) + mapping.get("rles", []):
                given = locator.get("keys", {})
                peer = locator.get("rloc") or locator.get("rle")
                own = next(exits[p["exit"]] for p in lisper["lispers"] if p["ip"] == peer)
                for field, ends in (("encap_key", (own, peer)), ("decap_key", (peer, own))):
                    key = given.get(field, "") + lisper.get("esp_salt", "00000000")
                    known = keys[(*ends, given.get("key_id", 1))]
                    if field in given and key not in known:
                        known.append(key)
    return {ends: known for ends, known in keys.items() if known}


def milliseconds(text):
    for unit, factor in (("ms", 1), ("s", 1000)):
        if text.endswith(unit):
            return float(text.removesuffix(unit)) * factor
    return float(text)


def associations(keys, generation):
    """Options with the key of each generation, the last one of those that have fewer."""
    for (source, destination, spi), known in keys.items():
        version = f"IPv{ipaddress.ip_address(source).version}"
        key = known[min(generation, len(known) - 1)]
        row = version, source, destination, f"0x{spi:08x}", "AES-GCM with 16 octet ICV [RFC4106]", f"0x{key}", "NULL", ""
        yield from ("-o", "uat:esp_sa:" + ",".join(f'"{field}"' for field in row))


def read(capture, keys, generation):
    """Number, session IDs and data of each ESP packet."""
    command = ["tshark", "-n", "-r", capture, "-Y", "esp", "-o", "esp.enable_encryption_decode:TRUE",
               "-o", "l2tp.cookie_size:8 Byte Cookie", "-o", "l2tp.l2_specific:None", *associations(keys, generation),
               "-T", "fields", "-E", "separator=|", "-E", "occurrence=a",
               *(word for name in ("frame.number", "l2tp.sid", "data.data") for word in ("-e", name))]
    result = subprocess.run(command, text=True, capture_output=True)
    if result.returncode != 0:
        sys.exit(f"{capture.name}: tshark: {result.stderr}")
    return [line.split("|") for line in result.stdout.splitlines()]


def in_clear(capture):
    command = ["tshark", "-n", "-r", capture, "-Y", "l2tp && !icmp && !icmpv6", "-T", "fields", "-e", "frame.number"]
    return subprocess.run(command, text=True, capture_output=True, check=True).stdout.split()


def main():
    scenario = json.loads(SCENARIO.read_text())
    keys = keys_of(scenario)
    captures = sorted(FOLDER.rglob("*.pcap"))
    known = {frame for capture in captures for frame in bare_frames(capture)}
    sessions = {tunnel.session for tunnel in tunnels.of_scenario(SCENARIO)}
    total, problems = 0, []
    for capture in captures:
        packets, good = set(), set()
        for generation in range(max(map(len, keys.values()))):
            for number, session, data in read(capture, keys, generation):
                packets.add(number)
                if session and int(session, 16) in sessions and bytes.fromhex(data) in known:
                    good.add(number)
        total += len(packets)
        if packets != good:
            bad = sorted(packets - good, key=int)
            problems.append(f"{capture.name}: {len(bad)} of {len(packets)} cannot be decrypted, the first is {bad[0]}")
        if clear := in_clear(capture):
            problems.append(f"{capture.name}: {len(clear)} packets in clear text, the first is {clear[0]}")
    print(*problems, f"{len(captures)} captures, {total} ESP packets, {len(problems)} problems", sep="\n")
    sys.exit(bool(problems) or total == 0)


main()
