#!/usr/bin/python3
"""bench_report.py FOLDER [FILE]: prints the Google Benchmark results of FOLDER/*.json as a table, and writes them
to FILE as one document."""

import json
import pathlib
import sys

documents = []
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.json")):
    text = path.read_text()
    if text.strip():  # a program writes nothing when the filter leaves it nothing to run
        documents.append(json.loads(text))
if not documents:
    sys.exit("No benchmark matches.")

merged = {"context": documents[0]["context"], "benchmarks": [b for d in documents for b in d["benchmarks"]]}
if len(sys.argv) > 2 and sys.argv[2]:
    pathlib.Path(sys.argv[2]).write_text(json.dumps(merged, indent=2) + "\n")

NANOSECONDS = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}
rows = [("benchmark", "ns", "packets/s", "cycles/packet")]
for b in merged["benchmarks"]:
    if b.get("error_occurred"):
        rows.append((b["name"], b.get("error_message", "failed"), "", ""))
        continue
    rate = b.get("items_per_second")
    # One packet's share of CPU time where the benchmark says how many packets an iteration has.
    ns = 1e9 / rate if rate else b["cpu_time"] * NANOSECONDS[b["time_unit"]]
    cycles = next((b[key] for key in ("cycles/packet", "cycles_per_packet", "cycles") if key in b), None)
    rows.append((b["name"], f"{ns:.1f}", f"{rate:,.0f}" if rate else "", f"{cycles:.0f}" if cycles else ""))
widths = [max(len(row[i]) for row in rows) for i in range(4)]
for name, *rest in rows:
    print(name.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(rest, widths[1:])), sep="  ")
if any(b.get("error_occurred") for b in merged["benchmarks"]):
    sys.exit(1)
