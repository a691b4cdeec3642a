"""headers_alone.py COMPILER FOLDER: every header compiles as the only include of a translation unit. FOLDER keeps these,
so that ccache, where there is one, need not compile again what is as it was."""

import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parents[2]
compiler, work = sys.argv[1], pathlib.Path(sys.argv[2])
launcher = ["ccache"] if shutil.which("ccache") else []
folders = ["core", "model", "report", "controller-mock", "sim"]
headers = sorted(h.relative_to(root) for folder in folders for h in (root / folder).rglob("*.h"))


def check(header):
    # #pragma once in a main file is a warning, so the header is included and not compiled itself.
    unit = work / header.with_suffix(".cc")
    unit.parent.mkdir(parents=True, exist_ok=True)
    unit.write_text(f'#include "{header}"\n')
    command = [*launcher, compiler, "-std=c++20", "-Wall", "-Wextra", "-Werror", "-DNS3_LOG_ENABLE", f"-I{root}",
               "-c", unit, "-o", unit.with_suffix(".o")]
    return header, subprocess.run(command, text=True, capture_output=True)


failed = 0
with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
    for header, result in pool.map(check, headers):
        if result.returncode != 0:
            failed += 1
            print(f"{header} does not compile alone:\n{result.stderr}")
print(f"{len(headers)} headers, {failed} do not compile alone")
sys.exit(failed != 0 or not headers)
