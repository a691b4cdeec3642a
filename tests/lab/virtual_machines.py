"""virtual_machines.py BIN DIR: virtual machines as Apps. simple.json's pings, datagrams and TCP transfer pass between
them, and what they sent goes through lisper-replay, with the same bytes in both bodies."""

import pathlib
import subprocess
import sys
import unittest

BIN, OUT = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
del sys.argv[1:]
SCENARIO = "scenarios/simple.json"


def program(name, *arguments):
    return subprocess.run([BIN / name, *map(str, arguments)], text=True, capture_output=True)


class VirtualMachines(unittest.TestCase):
    def test_simple(self):
        run = program("lisper-lab", "run", SCENARIO, "--name", "simple-vm", "--apps", "vm", "--captures", "--out", OUT)
        print(run.stdout, run.stderr, sep="\n")
        if run.returncode == 3:
            print("SKIPPED: this machine has no virtual machines, see above")
            sys.exit(77)
        self.assertEqual(run.returncode, 0)
        replay = program("lisper-replay", SCENARIO, "--node", "lisper", "--in", f"e0={OUT / 'pcap' / 'lisper-e0.pcap'}",
                         "--mode", "both", "--out", OUT / "replay")
        print(replay.stdout, replay.stderr, sep="\n")
        self.assertEqual(replay.returncode, 0)
        self.assertIn("the same, byte by byte", replay.stdout)


if __name__ == "__main__":
    unittest.main()
