#!/usr/bin/python3
"""Prints "PASSED FAILED SKIPPED" of a ctest run in a build folder, then a line for each skipped case: its reason."""

import pathlib
import re
import sys
import xml.etree.ElementTree

folder = pathlib.Path(sys.argv[1])
suite = xml.etree.ElementTree.parse(folder / "junit.xml").getroot()
total, failed = int(suite.get("tests", 0)), int(suite.get("failures", 0))
skipped = int(suite.get("skipped", 0)) + int(suite.get("disabled", 0))

reasons = []
log = (folder / "Testing/Temporary/LastTest.log").read_text(errors="replace")
for section in re.split(r"^\d+/\d+ Testing: ", log, flags=re.M)[1:]:
    entry = section.split("\n", 1)[0]
    # GoogleTest skips cases inside a ctest entry that passes; our scripts print the same line.
    cases = re.findall(r": Skipped\n(.*)\n(?:.*\n)*?\[  SKIPPED \] (\S+)", section)
    reasons += [f"skipped: {case}: {reason}" for reason, case in cases]
    if not cases:
        reasons += [f"skipped: {entry}: {reason}" for reason in re.findall(r"^SKIPPED: (.*)", section, flags=re.M)]
inside = len(reasons) - skipped

print(total - failed - skipped, failed, skipped + max(inside, 0))
print("\n".join(reasons))
