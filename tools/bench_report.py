#!/usr/bin/python3
"""bench_report.py FOLDER [FILE]: prints the Google Benchmark results of FOLDER/*.json beside what other programs do,
and what is wanted of them beside what was seen; writes all of them to FILE as one document."""

import json
import pathlib
import re
import sys

NANOSECONDS = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}

# Who does the same, and how fast: millions a second, or clocks a packet. Measured on machines of this kind, one core.
OTHERS = [
    (r"^hairpin/inner:64/macs:1$", "LISPER in Lua", 13, "Mpps"),
    (r"^hairpin/inner:64/macs:1000$", "LISPER in Lua", 3.7, "Mpps"),
    (r"^hairpin/inner:64/macs:1000000$", "LISPER in Lua with 20 000 MACs", 1, "Mpps"),
    (r"^encap/inner:64/macs:1$", "Snabb's keyed tunnel, no look-up", 75, "Mpps"),
    (r"^encap/inner:64/macs:1000$", "VPP L2TPv3, no look-up", 130, "cycles"),
    (r"^decap/inner:64/macs:1000$", "VPP L2TPv3, no look-up", 219, "cycles"),
    (r"^encap_counted/inner:64/macs:1000$", "VPP L2 LISP over IPv6", 284, "cycles"),
    (r"^decap/inner:64/macs:1000000$", "VPP L2 LISP over IPv6", 299, "cycles"),
    (r"^hw/hairpin/inner:64/macs:1000$", "VPP LISP on 82599 NICs", 5.5, "Mpps"),
]


def read(folder):
    """The documents of a folder as one."""
    documents = []
    for path in sorted(pathlib.Path(folder).glob("*.json")):
        text = path.read_text()
        if text.strip():  # a program writes nothing when the filter leaves it nothing to run
            documents.append(json.loads(text))
    if not documents:
        sys.exit("No benchmark matches.")
    for document in documents:  # they ran in random order
        document["benchmarks"].sort(key=lambda b: (b.get("family_index", 0), b.get("per_family_instance_index", 0)))
    return {"context": documents[0]["context"], "benchmarks": [b for d in documents for b in d["benchmarks"]]}


def rate_of(b):
    return b.get("items_per_second") or b.get("updates_per_second")


def per_packet(b):
    """[ns] One packet's (or entry's) share of the time, where the benchmark says how many an iteration has."""
    rate = rate_of(b)
    return 1e9 / rate if rate else b["cpu_time"] * NANOSECONDS[b["time_unit"]]


def best_of(benchmarks):
    """By name, the repetition that was disturbed least: whatever else the machine does only adds to the time."""
    best = {}
    for b in benchmarks:
        if b.get("run_type") == "aggregate":
            continue
        name = re.sub(r"/(iterations:\d+|manual_time|real_time|repeats:\d+|process_time)", "", b["name"])
        failed = b.get("error_occurred", False)
        if name not in best or failed or (not best[name].get("error_occurred") and per_packet(b) < per_packet(best[name])):
            best[name] = b
    return best


def others(name, b):
    for pattern, who, figure, unit in OTHERS:
        if not re.search(pattern, name):
            continue
        ours = b.get("cycles") if unit == "cycles" else per_packet(b)
        if ours:
            times = figure / ours if unit == "cycles" else 1e3 / figure / ours
            return f"{who}: {figure} {unit}; {times:.1f} times as fast"
    return ""


def table(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for first, *rest in rows:
        print("  ".join([first.ljust(widths[0])] + [cell.rjust(w) for cell, w in zip(rest[:-1], widths[1:])] + [rest[-1]]).rstrip())


def results(best):
    rows = [("benchmark", "ns", "a second", "cycles", "others")]
    for name, b in best.items():
        if b.get("error_occurred"):
            rows.append((name, b.get("error_message", "failed"), "", "", ""))
            continue
        rate, cycles = rate_of(b), b.get("cycles")
        rows.append((name, f"{per_packet(b):,.1f}", f"{rate:,.0f}" if rate else "", f"{cycles:.0f}" if cycles else "",
                     others(name, b)))
    return rows


def targets(best):
    """What was set as the goal, as far as its benchmarks have run."""
    rows = [("goal", "seen", "wanted", "")]

    def add(what, needed, seen, wanted, at_least, unit=""):
        if any(name not in best or best[name].get("error_occurred") for name in needed):
            return
        value = seen(*(best[name] for name in needed))
        reached = value >= wanted if at_least else value <= wanted
        sign = "at least" if at_least else "at most"
        rows.append((what, f"{value:.3g}{unit}", f"{sign} {wanted:g}{unit}", "" if reached else "missed"))

    def mpps(b):
        return 1e3 / per_packet(b)

    hairpin = "hairpin/inner:64/macs:1000"
    add("hairpin, 64 bytes, 1000 MACs", [hairpin], mpps, 45, True, " Mpps")
    add("hairpin, 64 bytes, 1 M MACs", ["hairpin/inner:64/macs:1000000"], mpps, 25, True, " Mpps")
    add("hairpin, cycles of VPP's L2TPv3 in and out (349)", [hairpin], lambda b: b["cycles"] / 349, 0.25, False)
    add("hairpin, 1500 bytes, time of 64 bytes", ["hairpin/inner:1500/macs:1000", hairpin],
        lambda long, short: per_packet(long) / per_packet(short), 1.25, False)
    add("replication to 4, copies", ["flood4/inner:64/macs:1000"], mpps, 15, True, " Mpps")
    for macs in (1000, 1_000_000):
        add(f"lisper-hw, {macs} MACs, cycles of core + testpmd",
            [f"hw/hairpin/inner:64/macs:{macs}", f"hairpin/inner:64/macs:{macs}", "testpmd/io/port:net_ring"],
            lambda hw, core, io: hw["cycles"] / (core["cycles"] + io["cycles"]), 1.25, False)
    for way, clear in (("seal", "encap"), ("open", "decap")):
        for size in (64, 512, 1500):
            encrypted, library = f"esp/{way}/inner:{size}", f"esp/library_{way}/inner:{size}"
            add(f"ESP {way}, {size} bytes, rate of the library alone: what ESP adds",
                [encrypted, f"esp/{clear}/inner:{size}", library],
                lambda ours, plain, alone: per_packet(alone) / (per_packet(ours) - per_packet(plain)), 0.7, True)
            add(f"ESP {way}, {size} bytes, rate of the library alone: forwarding and ESP",
                [encrypted, library], lambda ours, alone: per_packet(alone) / per_packet(ours), 0.7, True)
    add("1 M entries from the controller", ["control/load/macs:1000000"], lambda b: per_packet(b) / 1000, 1, False, " s")
    add("memory of an entry, of 1 M", ["control/load/macs:1000000"], lambda b: b["bytes_per_entry"], 64, False, " bytes")
    add("slowdown by 500 k updates a second", ["control/while_forwarding/updates:500000"], lambda b: b["slowdown"], 0.05, False)
    add("frames lost meanwhile", ["control/while_forwarding/updates:500000"], lambda b: b["lost"], 0, False)
    return rows


merged = read(sys.argv[1])
if len(sys.argv) > 2 and sys.argv[2]:
    pathlib.Path(sys.argv[2]).write_text(json.dumps(merged, indent=2) + "\n")
best = best_of(merged["benchmarks"])
table(results(best))
goals = targets(best)
if len(goals) > 1:
    print()
    table(goals)
if any(b.get("error_occurred") for b in best.values()):
    sys.exit(1)
