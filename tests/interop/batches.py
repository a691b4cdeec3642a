"""Captures, many at a time, for programs that take longer to start than to read one."""

import bisect
import itertools

from bare_frames import HEADER_SIZE, packets

MOST = 16_000_000  # bytes of captures, unless there is but one


class Batch:
    """Captures one after the other, as one file."""

    def __init__(self, captures, first=None):
        """`first`: only so many packets of each."""
        self.captures = captures
        self.first = first
        self.ends = []  # the number of each one's last packet

    def content(self):
        self.ends = []
        parts = []
        for capture in self.captures:
            data = capture.read_bytes()
            parts.append(data[:HEADER_SIZE] if not parts else b"")
            count, end = 0, HEADER_SIZE
            for _, end in itertools.islice(packets(data), self.first):
                count += 1
            parts.append(data[HEADER_SIZE:end])
            self.ends.append(count + (self.ends[-1] if self.ends else 0))
        return b"".join(parts)

    def place(self, number):
        """Which of the captures a packet of the file is in, and its number there."""
        index = bisect.bisect_left(self.ends, number)
        return index, number - (self.ends[index - 1] if index else 0)


def batches(captures, first=None):
    """All of them. Those that share a file have one kind of file header."""
    batch, size, header = [], 0, None
    for capture in captures:
        own_size = capture.stat().st_size
        with capture.open("rb") as file:
            own_header = file.read(HEADER_SIZE)
        if batch and (size + own_size > MOST or own_header != header):
            yield Batch(batch, first)
            batch, size = [], 0
        batch.append(capture)
        size, header = size + own_size, own_header
    if batch:
        yield Batch(batch, first)
