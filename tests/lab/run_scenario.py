"""run_scenario.py PROGRAM SCENARIO FOLDER [OPTION...]: a scenario passes its expectations in a lab, and leaves nothing
behind. Options are those of `lisper-lab run`."""

import pathlib
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import leftovers
import machine

PATIENCE = 560  # [s]; less than the test's own limit, so that it can say what it waited for

if reason := machine.missing("ip", "tc", "bridge", "ping", "iperf3", "tcpreplay"):
    print(f"SKIPPED: {reason}")
    sys.exit(77)

program, scenario, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
lab = f"ctest-{folder.name}"
watch = leftovers.Watch(lab, scenario)
if watch.folder.exists():  # a run that had to be killed
    subprocess.run([program, "down", lab], check=True)
folder.parent.mkdir(parents=True, exist_ok=True)
# Its output goes where ours goes, when it comes: whoever ends this test finds it in the log.
run = subprocess.Popen([program, "run", scenario, "--name", lab, "--out", folder, *sys.argv[4:]])
try:
    status = run.wait(PATIENCE)
except subprocess.TimeoutExpired:
    print(f"not done after {PATIENCE} s; the last that its programs said:", flush=True)
    for log in sorted(watch.folder.glob("*.log"), key=lambda log: log.stat().st_mtime)[-8:]:
        print(f"{log.name}: {log.read_text(errors='replace')[-400:]}", flush=True)
    run.send_signal(signal.SIGINT)
    status = run.wait()
left = watch.all()
print(*left, sep="\n")
sys.exit(f"exit code {status}" if status else bool(left))
