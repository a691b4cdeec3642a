"""sim_bounds.py RUNS: what a simulated packet goes through is made by the scenario, and not by what the machine has to do
meanwhile; so latency and loss can be held to narrower bounds than the scenarios' own, which hold on real hosts, too."""

import fnmatch
import json
import pathlib
import sys

RUNS = pathlib.Path(sys.argv[1])
# The bounds are near what propagation and transmission take; beyond them something queues, or waits to be resolved.
BOUNDS = {  # scenario, flows: median [ns], 99th percentile [ns], loss
    ("simple", "ping*"): (500_000, 1_000_000, 0),
    ("simple", "udp*"): (250_000, 300_000, 0),
    ("mesh", "*-lisper-*"): (150_000, 150_000, 0),
    ("mesh", "l2tp-l2tp *"): (100_000, 100_000, 0),
    ("multihoming", "flow-*"): (1_400_000, 1_500_000, 0.02),
    ("clos", "pair-*"): (100_000, 400_000, 0),
}

failed = False
for (scenario, pattern), bounds in BOUNDS.items():
    result = json.loads((RUNS / scenario / "result.json").read_text())
    flows = [flow for flow in result["flows"] if not flow["probe"] and fnmatch.fnmatchcase(flow["name"], pattern)]
    worst = (max(f["latency"]["median"] for f in flows), max(f["latency"]["p99"] for f in flows), max(f["loss"] for f in flows))
    above = any(value > bound for value, bound in zip(worst, bounds))
    failed = failed or above
    print(f"{'FAILED: ' if above else ''}{scenario}, {pattern}, {len(flows)} flows: median, p99 and loss are at most {worst}; "
          f"the bounds are {bounds}")
sys.exit(failed)
