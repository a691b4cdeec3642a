"""testpmd.py: dpdk-testpmd on modelled ports, spoken to at its prompt."""

import contextlib
import os
import pathlib
import re
import select
import shutil
import subprocess
import sys
import time
import unittest

HUGE_PAGES = pathlib.Path("/proc/sys/vm/nr_hugepages")
PAGES = 128
PROMPT = "testpmd> "


def missing():
    """Why these tests cannot run here, or None."""
    if os.geteuid() != 0:
        return "needs root"
    if shutil.which("dpdk-testpmd") is None:
        return "needs dpdk-testpmd (Debian: dpdk-dev)"
    return None


def run_tests(lacks):
    """All of the program's, on huge pages; or none, and why not."""
    with contextlib.ExitStack() as stack:
        if not lacks:
            pages = stack.enter_context(HugePages())
            if pages.free < PAGES:
                lacks = f"needs {PAGES} huge pages of 2 MB, and {pages.free} can be had"
        if lacks:
            print(f"SKIPPED: {lacks}")
            sys.exit(77)
        unittest.main(verbosity=2)


class HugePages:
    """At least PAGES free ones, given back at the end."""

    def __init__(self):
        self.before = int(HUGE_PAGES.read_text())
        self.free = 0

    def __enter__(self):
        try:
            if self.count() < PAGES:
                HUGE_PAGES.write_text(str(self.before + PAGES))
            self.free = self.count()
        except OSError:
            pass
        return self

    def __exit__(self, *_):
        if int(HUGE_PAGES.read_text()) != self.before:
            HUGE_PAGES.write_text(str(self.before))

    @staticmethod
    def count():
        return int(pathlib.Path("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages").read_text())


class Testpmd:
    """`nic` and `options` are the arguments of nic82599 and of testpmd, as one text each. `shell`: there is one between
    the two."""

    def __init__(self, program, nic="", options="", eal="-l 0-1", shell=False):
        # What testpmd says goes through stdio, but not its prompt: stdbuf keeps them in order.
        testpmd = f"stdbuf -oL dpdk-testpmd -m 128 {eal} -- -i --no-mlockall --total-num-mbufs=8192 {options}"
        self.command = [*f"{program} {nic} --".split(), *(["sh", "-c", testpmd + "; exit $?"] if shell else testpmd.split())]
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT)
        self.marks = 0
        try:
            self.output = self.read_until(PROMPT, 120)
        except Exception:
            self.process.kill()
            self.process.communicate()
            raise

    def read_until(self, end, timeout=30):
        text = ""
        limit = time.monotonic() + timeout
        while end not in text:
            if not select.select([self.process.stdout], [], [], max(limit - time.monotonic(), 0))[0]:
                raise TimeoutError(f"{self.command}: no {end!r} in: {text}")
            more = os.read(self.process.stdout.fileno(), 65536)
            if not more:
                raise EOFError(f"{self.command}: ended: {text}")
            text = (text + more.decode(errors="replace")).replace("\r", "")
        return text

    def do(self, *lines):
        """What these commands say. An unknown command tells where that ends."""
        self.marks += 1
        mark = f"mark{self.marks}"
        self.process.stdin.write("".join(line + "\n" for line in (*lines, mark)).encode())
        self.process.stdin.flush()
        return self.read_until(f"{mark}\nCommand not found").rpartition(PROMPT)[0]

    def stats(self, port):
        """NIC counters by testpmd's names, such as RX-packets."""
        return {k: int(v) for k, v in re.findall(r"([RT]X-\w+):\s+(\d+)", self.do(f"show port stats {port}"))}

    def xstats(self, port):
        return {k: int(v) for k, v in re.findall(r"(\w+): (\d+)", self.do(f"show port xstats {port}"))}

    def settled(self, look, timeout=20):
        """What `look` gives, once it is the same twice and not all zero, or the time is up."""
        limit = time.monotonic() + timeout
        last = None
        while (now := look()) != last and time.monotonic() < limit:
            last = now
            time.sleep(0.3)
        return now

    def close(self):
        """Exit code and what was said since the last command."""
        if self.process.stdout.closed:
            return self.process.returncode, ""
        try:
            return self.process.wait(timeout=0), self.process.communicate()[0].decode(errors="replace")
        except subprocess.TimeoutExpired:
            pass
        try:
            said = self.process.communicate(b"quit\n", timeout=60)[0]
        finally:
            self.process.kill()
            self.process.communicate()
        return self.process.returncode, said.decode(errors="replace")
