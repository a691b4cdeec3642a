#!/usr/bin/python3
"""bench_testpmd.py FILTER FILE: what DPDK's own testpmd needs a packet to receive and send, over the kinds of port that
lisper-hw's benchmarks use, one forwarding core, 64-byte frames; as a Google Benchmark document. Writes nothing if FILTER
matches none of the names."""

import json
import pathlib
import re
import subprocess
import sys

SECONDS = 2
CASES = {f"testpmd/{mode}/port:{port}": (mode, port) for port in ("net_ring", "net_null") for mode in ("io", "macswap")}


def measure(mode, port):
    command = ["dpdk-testpmd", "--no-shconf", "--no-huge", "-m", "300", "--no-pci", "--no-telemetry", "-l", "0,1",
               "--log-level=*:error", "--vdev", f"{port}0", "--vdev", f"{port}1",
               "--", "-i", "--nb-cores=1", "--total-num-mbufs=8192"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as testpmd:
        testpmd.stdin.write(f"set fwd {mode}\nset record-core-cycles on\nstart tx_first 16\n")
        testpmd.stdin.flush()
        try:
            testpmd.wait(SECONDS)
        except subprocess.TimeoutExpired:
            pass
        output = testpmd.communicate("stop\nquit\n", timeout=20)[0]
    found = re.search(r"CPU cycles/packet=([\d.]+) \(total cycles=\d+ / total \w+ packets=(\d+)\) at (\d+) MHz", output)
    if not found:
        sys.exit(f"testpmd did not say what {mode} costs:\n{output}")
    cycles, packets, mhz = float(found[1]), int(found[2]), int(found[3])
    ns = cycles * 1000 / mhz
    return {"iterations": packets, "real_time": ns, "cpu_time": ns, "time_unit": "ns", "items_per_second": 1e9 / ns, "cycles": cycles}


wanted = [name for name in CASES if re.search(sys.argv[1], name)]
if wanted:
    results = [{"name": name, "run_name": name, "run_type": "iteration", **measure(*CASES[name])} for name in wanted]
    pathlib.Path(sys.argv[2]).write_text(json.dumps({"context": {}, "benchmarks": results}))
