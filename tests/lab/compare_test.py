"""compare_test.py PROGRAM A B: a simulated and an emulated run of a scenario have the same verdicts."""

import json
import subprocess
import sys
import unittest

PROGRAM, A, B = sys.argv[1:]
del sys.argv[1:]


def compare(*arguments):
    return subprocess.run([PROGRAM, "compare", *arguments], text=True, capture_output=True, timeout=60)


class Compare(unittest.TestCase):
    def test_side_by_side(self):
        result = compare(A, B)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        for body in ("sim", "lab"):
            self.assertRegex(result.stdout, rf"(?m)^.*\s{body}\s+50\s+50\s+0.00 %")
        self.assertRegex(result.stdout, r"(?m)^(\d+) of \1 expectations have the same verdict in both$")

    def test_json(self):
        result = compare(A, B, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        comparison = json.loads(result.stdout)
        self.assertEqual((comparison["a"]["body"], comparison["b"]["body"]), ("sim", "lab"))
        self.assertFalse(any(pair["differs"] for pair in comparison["expectations"]))

    def test_missing_run(self):
        self.assertEqual(compare(A, B + "/nowhere").returncode, 2)


if __name__ == "__main__":
    unittest.main()
