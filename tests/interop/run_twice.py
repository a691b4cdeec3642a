"""run_twice.py PROGRAM SCENARIO FOLDER: runs a scenario twice. Both runs must pass their expectations and write the same
bytes. The first one's folder stays as FOLDER, for the tests that look at it."""

import filecmp
import pathlib
import shutil
import subprocess
import sys

program, scenario, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
again = folder.with_name(folder.name + ".again")
for run in (folder, again):
    shutil.rmtree(run, ignore_errors=True)
    run.parent.mkdir(parents=True, exist_ok=True)
    result = subprocess.run([program, "run", scenario, "--out", run], text=True, capture_output=True)
    print(result.stdout, result.stderr, sep="")
    if result.returncode != 0:
        sys.exit(f"{scenario}: exit code {result.returncode}")


def files(run):
    return {path.relative_to(run) for path in run.rglob("*") if path.is_file()}


different = sorted(files(folder) ^ files(again))
different += sorted(f for f in files(folder) & files(again) if not filecmp.cmp(folder / f, again / f, shallow=False))
for file in different:
    print(f"{file}: not the same in both runs")
print(f"{len(files(folder))} files, {len(different)} differ")
shutil.rmtree(again)
sys.exit(bool(different))
