"""layers.py: includes between the folders point down only; ns-3 stays in sim/, DPDK in hw/, intel-ipsec-mb in crypto/."""

import pathlib
import re
import sys

# A folder may include itself and these.
BELOW = {
    "core": [],
    "crypto": ["core"],
    "model": ["core"],
    "report": ["core", "model/plan.h"],
    "program": ["core", "model"],
    "controller-mock": ["core", "model", "report", "program"],
    "sim": ["core", "crypto", "model", "report", "controller-mock", "program"],
    "hw": ["core", "crypto", "model", "report", "program"],
    "nic-model": ["core/base", "program"],
    "replay": ["core", "model", "report", "controller-mock", "program", "sim", "hw"],
    "endpoint": ["core", "model", "report", "program"],
    "lab": ["core", "model", "report", "program"],
}

root = pathlib.Path(__file__).resolve().parents[2]
problems = []
count = 0
for folder, below in BELOW.items():
    files = [f for f in sorted((root / folder).rglob("*")) if f.suffix in (".h", ".cc", ".def")]
    for file in files:
        count += 1
        for number, line in enumerate(file.read_text().splitlines(), 1):
            match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
            if not match:
                continue
            where, name = f"{file.relative_to(root)}:{number}", match.group(2)
            if name.startswith("ns3/") and folder != "sim":
                problems.append(f"{where}: {name}: ns-3 is sim/'s alone")
            if name.startswith("rte_") and folder != "hw":
                problems.append(f"{where}: {name}: DPDK is hw/'s alone")
            if name == "intel-ipsec-mb.h" and folder != "crypto":
                problems.append(f"{where}: {name}: the engine is crypto/'s alone")
            if name.startswith("ns3/") and name.endswith("-module.h"):
                problems.append(f"{where}: {name}: module headers do not compile in C++20; name the headers that are needed")
            if match.group(1) == '"':
                if not any(name == b or name.startswith(b + "/") for b in [folder, *below]):
                    problems.append(f"{where}: {name}: {folder}/ may include {', '.join([folder, *below])}")
print(*problems, f"{count} files, {len(problems)} includes against the arrows", sep="\n")
sys.exit(bool(problems) or count == 0)
