"""core_includes.py BUILD COMPILER: core's objects were compiled from core, the C++ library and tl/expected.hpp alone."""

import pathlib
import re
import subprocess
import sys

build, compiler = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
root = pathlib.Path(__file__).resolve().parents[2]


def closure(source):
    """Every file that `source` pulls in, with the compiler that builds core."""
    rule = subprocess.run([compiler, "-std=c++20", "-O2", "-M", "-x", "c++", "-"], input=source, text=True,
                          capture_output=True, check=True).stdout
    words = rule.replace("\\\n", " ").split(":", 1)[1].split()
    return {pathlib.Path(word).resolve() for word in words if word != "-"}


# Intrinsics are part of the compiler, not a library.
allowed = closure("#include <bits/stdc++.h>\n#include <tl/expected.hpp>\n#include <immintrin.h>\n")

depended = {}
current = None
listing = subprocess.run(["ninja", "-C", build, "-t", "deps"], capture_output=True, text=True, check=True).stdout
for line in listing.splitlines():
    if match := re.match(r"(\S+): #deps", line):
        current = match.group(1) if match.group(1).startswith("core/CMakeFiles/lisper_core.dir/") else None
    elif current and line.startswith("    "):
        depended.setdefault(current, set()).add((build / line.strip()).resolve())

if not depended:
    sys.exit("no dependencies of core objects are recorded: is the build complete?")
bad = 0
for target, files in sorted(depended.items()):
    for file in sorted(files):
        if root / "core" not in file.parents and file not in allowed:
            print(f"{target.removeprefix('core/CMakeFiles/lisper_core.dir/')}: includes {file}")
            bad += 1
print(f"{len(depended)} objects, {bad} forbidden includes")
sys.exit(bad != 0)
