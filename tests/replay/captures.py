"""The captures of this repository, and who was at their ends."""

import pathlib

SCENARIOS = pathlib.Path(__file__).resolve().parents[2] / "scenarios"
CAPTURES = SCENARIOS / "captures"
CAPTURE = SCENARIOS / "capture.json"

# Of each capture: the nodes of capture.json that were at its ends, and where it was taken.
ENDS = {
    "qemu-v6": [("v6-1", "e0"), ("v6-2", "e0")],
    "qemu-v6-ctr": [("v6c-1", "e0"), ("v6c-2", "e0")],
    "qemu-v4": [("v4-1", "e0"), ("v4-2", "e0")],
    "qemu-v4-udp": [("udp-1", "e0"), ("udp-2", "e0")],
    "site04-exit": [("site04", "e0")],
    "site04-lan": [("site04", "e03")],
    "gratuitous-arp": [("site04", "e03")],
}

# Nodes that made-up frames go to: the layouts, VLANs, locator sets and dialects that the scenarios have.
MADE_UP = [("mesh", "site04"), ("mesh", "site08"), ("mesh", "node01.l2tp"), ("multihoming", "site1"),
           ("complex", "siteA"), ("complex", "siteB"), ("mobility", "site2"), ("simple", "lisper"),
           ("capture", "udp-1"), ("capture", "v4-2"), ("capture", "v6c-1"), ("esp", "site04"), ("esp", "site12"),
           ("multicast", "site04"), ("multicast", "site08"), ("arp-suppression", "site3")]
