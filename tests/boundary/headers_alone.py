"""headers_alone.py COMPILER: every header compiles as the only include of a translation unit."""

import concurrent.futures
import os
import pathlib
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parents[2]
folders = ["core", "model", "report", "controller-mock", "sim"]
headers = sorted(h.relative_to(root) for folder in folders for h in (root / folder).rglob("*.h"))


def check(header):
    command = [sys.argv[1], "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-DNS3_LOG_ENABLE", f"-I{root}",
               "-x", "c++", "-"]
    # #pragma once in a main file is a warning, so the header is included and not compiled itself.
    return header, subprocess.run(command, input=f'#include "{header}"\n', text=True, capture_output=True)


failed = 0
with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
    for header, result in pool.map(check, headers):
        if result.returncode != 0:
            failed += 1
            print(f"{header} does not compile alone:\n{result.stderr}")
print(f"{len(headers)} headers, {failed} do not compile alone")
sys.exit(failed != 0 or not headers)
