"""Capture files as tests need them: read, written, spoilt."""

import struct

ETHERNET = 1
RAW_IP = 101


def read(path):
    """The packets of a nanosecond pcap: [(ns, bytes)]."""
    data = path.read_bytes()
    assert struct.unpack_from("<I", data)[0] == 0xA1B23C4D, path
    packets, offset = [], 24
    while offset < len(data):
        seconds, nanoseconds, captured, _ = struct.unpack_from("<IIII", data, offset)
        offset += 16
        packets.append((seconds * 10**9 + nanoseconds, data[offset:offset + captured]))
        offset += captured
    return packets


def pcap(packets, link_type=ETHERNET, cut_to=None, microseconds=False):
    """The file's bytes. `cut_to`: each packet holds at most so many of its bytes."""
    unit = 1000 if microseconds else 1
    data = struct.pack("<IHHiIII", 0xA1B2C3D4 if microseconds else 0xA1B23C4D, 2, 4, 0, 0, 65535, link_type)
    for at, frame in packets:
        kept = frame[:cut_to]
        data += struct.pack("<IIII", at // 10**9, at % 10**9 // unit, len(kept), len(frame)) + kept
    return data


def pcapng(packets):
    """draft-ietf-opsawg-pcapng: section header, one interface with nanoseconds, enhanced packets."""

    def block(kind, body):
        body += bytes(-len(body) % 4)
        return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)

    nanoseconds = struct.pack("<HHBxxx", 9, 1, 9) + struct.pack("<HH", 0, 0)  # if_tsresol, end of options
    data = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    data += block(1, struct.pack("<HHI", ETHERNET, 0, 0) + nanoseconds)
    for at, frame in packets:
        data += block(6, struct.pack("<IIIII", 0, at >> 32, at & 0xFFFFFFFF, len(frame), len(frame)) + frame)
    return data
