"""machine_paths.py: no file that is kept in the repository names a place of somebody's machine."""

import pathlib
import re
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parents[2]
pattern = re.compile(rb"(?<![\w.])/(?:home|root|work|Users|mnt)/[\w.-]+")
listing = subprocess.run(["git", "-C", root, "ls-files", "-z"], capture_output=True)
if listing.returncode != 0:
    print("SKIPPED: this is not a git checkout")
    sys.exit(77)

problems = 0
names = [name for name in listing.stdout.decode().split("\0") if name]
for name in names:
    path = root / name
    if not path.is_file() or path.suffix == ".pcap":
        continue
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if match := pattern.search(line):
            print(f"{name}:{number}: {match.group().decode()}")
            problems += 1
print(f"{len(names)} files, {problems} paths of a machine")
sys.exit(problems != 0)
