"""xfrm_peer.py < ORDER > RESULT: the kernel's own ESP (xfrm) as one end of an encrypted path, in a network namespace of this
process. ORDER and RESULT are JSON; packets and payloads are hex digits. Exit code 77: the kernel has no such thing, or
refuses.

ORDER: "own", "peer" (addresses), "spi", "receive_key", "send_key" (with salt), "packets" (Ethernet frames with ESP, from the
peer), "payloads" (of IP protocol 115, to the peer). RESULT: "payloads" that the kernel decrypted, "packets" that it sent."""

import ctypes
import ipaddress
import json
import os
import socket
import subprocess
import sys

L2TP = 115
ESP = 50
CLONE_NEWNET = 0x40000000
WAIT = 1.0  # seconds for a packet to come out
PEER_MAC = bytes.fromhex("020000000001")


def ip(*arguments):
    result = subprocess.run(["ip", *map(str, arguments)], capture_output=True, text=True)
    if result.returncode != 0:
        print(f"ip {' '.join(map(str, arguments))}: {result.stderr.strip()}", file=sys.stderr)
        sys.exit(77)


def set_up(order, version, length):
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        print(f"no network namespace: {os.strerror(ctypes.get_errno())}", file=sys.stderr)
        sys.exit(77)
    ip("link", "add", "inside", "type", "veth", "peer", "name", "outside")
    for name in ("inside", "outside"):
        ip("link", "set", name, "up")
    ip("address", "add", f"{order['own']}/{length}", "dev", "inside", *(("nodad",) if version == 6 else ()))
    ip("route", "replace", order["peer"], "dev", "inside")
    ip("neighbour", "replace", order["peer"], "lladdr", PEER_MAC.hex(":"), "dev", "inside", "nud", "permanent")
    for source, destination, key, direction in ((order["peer"], order["own"], order["receive_key"], "in"),
                                                (order["own"], order["peer"], order["send_key"], "out")):
        ends = ("src", source, "dst", destination)
        ip("xfrm", "state", "add", *ends, "proto", "esp", "spi", order["spi"], "mode", "transport",
           "replay-window", 128, "flag", "esn", "aead", "rfc4106(gcm(aes))", f"0x{key}", 128)
        ip("xfrm", "policy", "add", *ends, "proto", L2TP, "dir", direction, "tmpl", *ends, "proto", "esp", "mode",
           "transport")


def receive(sock):
    try:
        return sock.recv(65536)
    except TimeoutError:
        return None


def main():
    order = json.load(sys.stdin)
    version = ipaddress.ip_address(order["own"]).version
    family = socket.AF_INET6 if version == 6 else socket.AF_INET
    header = 0 if version == 6 else 20  # a raw IPv4 socket shows it
    protocol_at = 20 if version == 6 else 23
    set_up(order, version, 128 if version == 6 else 32)
    shown = subprocess.run(["ip", "-j", "link", "show", "inside"], capture_output=True, check=True).stdout
    mac = bytes.fromhex(json.loads(shown)[0]["address"].replace(":", ""))
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x86DD if version == 6 else 0x0800))
    wire.bind(("outside", 0))
    wire.settimeout(WAIT)
    l2tp = socket.socket(family, socket.SOCK_RAW, L2TP)
    l2tp.settimeout(WAIT)

    payloads = []
    for packet in order["packets"]:
        wire.send(mac + bytes.fromhex(packet)[6:])
        payload = receive(l2tp)
        payloads.append(payload[header:].hex() if payload else None)
    packets = []
    for payload in order["payloads"]:
        l2tp.sendto(bytes.fromhex(payload), (order["peer"], 0))
        while (frame := receive(wire)) is not None:
            if frame[protocol_at] == ESP and frame[:6] == PEER_MAC:
                break
        packets.append(frame.hex() if frame else None)
    json.dump({"payloads": payloads, "packets": packets}, sys.stdout)


main()
