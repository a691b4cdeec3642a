"""run_scenario.py PROGRAM SCENARIO FOLDER: a scenario passes its expectations in a lab, and leaves nothing behind."""

import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import leftovers
import machine

if reason := machine.missing("ip", "tc", "bridge", "ping", "iperf3", "tcpreplay"):
    print(f"SKIPPED: {reason}")
    sys.exit(77)

program, scenario, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
lab = f"ctest-{folder.name}"
watch = leftovers.Watch(lab, scenario)
if watch.folder.exists():  # a run that had to be killed
    subprocess.run([program, "down", lab], check=True)
folder.parent.mkdir(parents=True, exist_ok=True)
result = subprocess.run([program, "run", scenario, "--name", lab, "--out", folder], text=True, capture_output=True)
print(result.stdout, result.stderr, sep="")
left = watch.all()
print(*left, sep="\n")
sys.exit(f"exit code {result.returncode}" if result.returncode else bool(left))
