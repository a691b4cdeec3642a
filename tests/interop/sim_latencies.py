"""sim_latencies.py RUNS: in simulated time latencies are what delays and rates of the links make them, not what the
machine has to do meanwhile; so they can be held to narrower bounds than the scenarios' own, which emulation shares."""

import fnmatch
import json
import pathlib
import sys

RUNS = pathlib.Path(sys.argv[1])
# The bounds are near what propagation and transmission take; beyond them something queues, or waits to be resolved.
BOUNDS_NS = {  # scenario, flows: median, 99th percentile
    ("simple", "ping*"): (500_000, 1_000_000),
    ("simple", "udp*"): (250_000, 300_000),
    ("mesh", "*-lisper-*"): (150_000, 150_000),
    ("mesh", "l2tp-l2tp *"): (100_000, 100_000),
    ("clos", "pair-*"): (100_000, 400_000),
}

failed = False
for (scenario, pattern), bounds in BOUNDS_NS.items():
    result = json.loads((RUNS / scenario / "result.json").read_text())
    flows = [flow for flow in result["flows"] if not flow["probe"] and fnmatch.fnmatchcase(flow["name"], pattern)]
    worst = [max(flow["latency"][quantile] for flow in flows) for quantile in ("median", "p99")]
    above = any(value > bound for value, bound in zip(worst, bounds))
    failed = failed or above
    print(f"{scenario}, {pattern}, {len(flows)} flows: median at most {worst[0]} ns, p99 {worst[1]} ns"
          f"{f'; expected {bounds[0]} and {bounds[1]} ns' if above else ''}")
sys.exit(failed)
