"""Frames of a capture file."""

import struct

HEADER_SIZE = 24  # of the file; each packet has one of 16


def packets(data):
    """Where each packet of a capture file begins and ends, with its header."""
    order = {b"\xd4\xc3\xb2\xa1": "<", b"\x4d\x3c\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">", b"\xa1\xb2\x3c\x4d": ">"}[data[:4]]
    length = struct.Struct(order + "I")
    offset = HEADER_SIZE
    while offset < len(data):
        end = offset + 16 + length.unpack_from(data, offset + 8)[0]
        yield offset, end
        offset = end


def bare_frames(capture):
    """The frames of a capture, also without their VLAN tag."""
    data = capture.read_bytes()
    for begin, end in packets(data):
        frame = data[begin + 16 : end]
        yield frame
        if frame[12:14] == b"\x81\x00":
            yield frame[:12] + frame[16:]
