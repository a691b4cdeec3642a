#!/usr/bin/python3
"""fuzz_seeds.py FOLDER: writes seeds for the fuzz targets, one input a file: captured packets, control messages, scenarios,
graphs. Every target gets all of them; libFuzzer keeps those that reach something new."""

import hashlib
import itertools
import pathlib
import sys

from scapy.utils import RawPcapReader

PACKETS_A_CAPTURE = 50

root = pathlib.Path(__file__).resolve().parents[1]
folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)


def write(data):
    if 0 < len(data) <= 1 << 16:
        (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)


for capture in [*root.glob("tests/data/**/*.pcap"), *root.glob("scenarios/**/*.pcap")]:
    write(capture.read_bytes()[:4096])
    for packet, _ in itertools.islice(RawPcapReader(str(capture)), PACKETS_A_CAPTURE):
        write(packet)
conversation = b""  # of hosts at a port: as answer_fuzz reads it
for line in (root / "tests/data/arp/scapy.txt").read_text().splitlines()[1:]:
    frame = bytes.fromhex(line.split()[2])
    write(frame)
    conversation += bytes([1, len(frame)]) + frame
    write(conversation)
for text in [*root.glob("scenarios/**/*.json"), *root.glob("scenarios/**/*.graphml"), *root.glob("tests/data/**/*.json"),
             *root.glob("tests/data/**/*.graphml"), *root.glob("tests/model/**/*.json")]:
    write(text.read_bytes())
for messages in root.glob("tests/data/controller/**/*"):
    if messages.is_file():
        for line in messages.read_bytes().splitlines():
            write(line)
