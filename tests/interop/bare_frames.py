"""Frames of a capture file."""

import struct


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
