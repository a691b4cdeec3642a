"""breaking_test.py PROGRAM: a mesh that is broken on purpose fails, and the run says why."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv.pop(1)
MESH = pathlib.Path(__file__).resolve().parents[2] / "scenarios/mesh.json"


class Breaking(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.mesh = json.loads(MESH.read_text())
        for traffic in self.mesh["traffic"]:
            traffic["count"] = 20
        # The shipped file expects 2000 pings each; here what matters is that none is lost.
        self.mesh["expect"] = [{"flow": "*", "loss": {"at_most": 0}}]

    def run_mesh(self):
        path = self.folder / "mesh.json"
        path.write_text(json.dumps(self.mesh))
        return subprocess.run([PROGRAM, "run", path, "--out", self.folder / "run"], text=True, capture_output=True, timeout=300)

    def assert_fails_because(self, *words):
        result = self.run_mesh()
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        for word in words:
            self.assertIn(word, result.stdout + result.stderr)
        run = json.loads((self.folder / "run/result.json").read_text())
        self.assertTrue(any(not e["passed"] for e in run["expectations"]))
        return run

    def tunnel_of(self, session):
        """The entry of some LISPER's local_networks with this session."""
        for node in self.mesh["nodes"].values():
            for network in node.get("local_networks", []):
                if network.get("session_id") == session:
                    return network
        self.fail(f"no tunnel with session {session}")

    def test_unbroken(self):
        result = self.run_mesh()
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_wrong_cookie(self):
        self.tunnel_of(1)["cookie"] = "1"
        run = self.assert_fails_because("bad_cookie")
        self.assertGreater(sum(p.get("bad_cookie", 0) for n in run["nodes"] for p in n["ports"].values()), 0)

    def test_wrong_session(self):
        self.tunnel_of(1)["session_id"] = 99
        self.assert_fails_because("unknown_session")

    def test_removed_mappings(self):
        self.mesh["controller"]["mappings"] = []
        self.assert_fails_because("has no map-cache entry for 00:00:00:00:aa:01 in IID 1")

    def test_cut_link(self):
        self.mesh["events"] = [{"at": "1001ms", "link_down": "site08:e0 - r2:e08"}]
        self.assert_fails_because("site08:e0 - r2:e08", "down")


if __name__ == "__main__":
    unittest.main()
