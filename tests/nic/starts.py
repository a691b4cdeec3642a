"""starts.py NIC82599 [N]: starts and ends dpdk-testpmd on two modelled ports N times (100), says how often both came up."""

import pathlib
import sys
import time

import testpmd

program = str(pathlib.Path(sys.argv[1]).resolve())
wanted = int(sys.argv[2]) if len(sys.argv) > 2 else 100
if reason := testpmd.missing():
    print(f"SKIPPED: {reason}")
    sys.exit(77)
good = 0
slowest = 0
with testpmd.HugePages():
    for i in range(wanted):
        before = time.monotonic()
        try:
            app = testpmd.Testpmd(program)
            slowest = max(slowest, time.monotonic() - before)
            up = all("Link status: up" in app.do(f"show port info {p}") for p in (0, 1))
            good += up and app.close()[0] == 0
        except (EOFError, TimeoutError) as error:
            print(error, file=sys.stderr)
        print(f"\r{good} of {i + 1}", end="", file=sys.stderr, flush=True)
print(f"\n{good} of {wanted} starts, the slowest {slowest:.1f} s")
sys.exit(good != wanted)
