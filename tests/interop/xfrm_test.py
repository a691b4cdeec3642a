"""xfrm_test.py LISPER-REPLAY [COMMAND...]: a LISPER of scenarios/esp.json and the kernel's own ESP decrypt what the other one
has encrypted, over IPv6 with AES-128 and over IPv4 with AES-256. COMMAND runs xfrm_peer.py, on another machine perhaps."""

import json
import pathlib
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/replay"))
import pcap_files

REPLAY = sys.argv[1]
PEER = sys.argv[2:] or [sys.executable, str(ROOT / "tests/interop/xfrm_peer.py")]
SCENARIO = ROOT / "scenarios/esp.json"
NODE, HOST = "site04", "00000000aa04"
# Of each other LISPER: its address, ours towards it, a host's MAC there.
SITES = [("fd80:8::2", "fd80:4::2", "00000000aa08"), ("10.12.0.2", "10.4.0.2", "00000000aa12")]


def keys(scenario, peer):
    """Key-id, and the first keys of both directions with their salt, as site 04 has them."""
    salt = scenario["nodes"][NODE]["esp_salt"]
    for mapping in scenario["controller"]["mappings"]:
        for locator in mapping.get("rles", []):
            if mapping["to"] == [NODE] and locator["rle"] == peer:
                given = locator["keys"]
                return given.get("key_id", 1), given["encap_key"] + salt, given["decap_key"] + salt


def frames(destination):
    """Frames of all lengths modulo 4, between a host of site 04 and one there."""
    for size in (46, 47, 48, 49, 300, 1300):
        yield bytes.fromhex(destination + HOST + "88b5") + bytes(i % 251 for i in range(size))


def replay(port, packets, folder):
    """What site 04 sends when these come in, a millisecond apart."""
    capture = folder / f"{port}.pcap"
    capture.write_bytes(pcap_files.pcap([(i * 10**6, packet) for i, packet in enumerate(packets)]))
    out = folder / f"from-{port}"
    subprocess.run([REPLAY, SCENARIO, "--node", NODE, "--mode", "sim", "--in", f"{port}={capture}", "--out", out, "--quiet"],
                   check=True, stdout=subprocess.DEVNULL)
    other = "e0" if port == "lan" else "lan"
    return [packet for _, packet in pcap_files.read(out / "sim" / f"{other}.pcap")]


def check(scenario, peer, own, host, folder):
    spi, to_peer, from_peer = keys(scenario, peer)
    version, protocol_at = (6, 20) if ":" in peer else (4, 23)
    outgoing = list(frames(host))
    sealed = [packet for packet in replay("lan", outgoing, folder) if packet[protocol_at] == 50]
    returned = [frame[6:12] + frame[:6] + frame[12:] for frame in outgoing]
    l2tp = struct.pack(">I", 1) + bytes(8)
    order = {"own": peer, "peer": own, "spi": spi, "receive_key": to_peer, "send_key": from_peer,
             "packets": [packet.hex() for packet in sealed], "payloads": [(l2tp + frame).hex() for frame in returned]}
    result = subprocess.run(PEER, input=json.dumps(order), capture_output=True, text=True)
    if result.returncode == 77:
        print(f"skipped: {result.stderr.strip()}")
        sys.exit(77)
    if result.returncode != 0:
        sys.exit(f"xfrm_peer.py: {result.stderr}")
    answer = json.loads(result.stdout)
    if answer["payloads"] != [(l2tp + frame).hex() for frame in outgoing]:
        sys.exit(f"{peer}: the kernel did not decrypt what the LISPER sent: {answer['payloads']}")
    packets = [bytes.fromhex(packet) for packet in answer["packets"]]
    opened = [frame for frame in replay("e0", packets, folder) if frame[12:14] == b"\x88\xb5"]
    if opened != returned:
        sys.exit(f"{peer}: the LISPER did not decrypt what the kernel sent: {[frame.hex() for frame in opened]}")
    print(f"IPv{version}, {len(to_peer) * 4 - 32} bits: {len(sealed)} packets there, {len(opened)} back")


def main():
    scenario = json.loads(SCENARIO.read_text())
    for number, site in enumerate(SITES):
        with tempfile.TemporaryDirectory() as folder:
            check(scenario, *site, pathlib.Path(folder))


main()
