"""lisper_hw_test.py NIC82599 LISPER_HW: hosts talk through lisper-hw on modelled 82599 ports, which its scenario names by PCI
address as it would name real ones."""

import json
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import machine
import testpmd
from machine import sh

NIC, HW = (str(pathlib.Path(p).resolve()) for p in (sys.argv.pop(1), sys.argv.pop(1)))

PCI = ("0000:05:00.0", "0000:06:00.0")
SCENARIO = {
    "nodes": {
        "lan": {"type": "lisper",
                "interfaces": [{"name": f"p{i}", "mac": f"02:00:00:00:0a:0{i}", "pci": PCI[i]} for i in (0, 1)],
                "local_networks": [{"iid": 1, "interface": f"p{i}"} for i in (0, 1)]},
        "h0": {"type": "host", "interfaces": [{"name": "e0", "ip": ["10.0.0.1/24"]}]},
        "h1": {"type": "host", "interfaces": [{"name": "e0", "ip": ["10.0.0.2/24"]}]}},
    "links": [{"endpoints": [f"h{i}:e0", f"lan:p{i}"]} for i in (0, 1)]}


class LisperHw(unittest.TestCase):
    def test_hosts_talk(self):
        here = machine.Machine()
        self.addCleanup(here.close)
        lan = here.namespace("nic")
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "lan.json")
            file.write_text(json.dumps(SCENARIO))
            program = here.start(lan, NIC, "--pci", ",".join(PCI), "--wire", "tap:nic", "--", HW, file, "--node", "lan",
                                 "--idle", "sleep", "--ctl", pathlib.Path(folder, "ctl"))
            hosts = [here.namespace(f"h{i}") for i in (0, 1)]
            for i, host in enumerate(hosts):
                sh(f"ip -n {lan} link set nic{i} netns {host}")
                sh(f"ip -n {host} link set nic{i} up")
                sh(f"ip -n {host} addr add 10.0.0.{i + 1}/24 dev nic{i}")
            out = sh(f"ip netns exec {hosts[0]} ping -n -c 50 -i 0.02 -W 5 10.0.0.2", timeout=60)
            self.assertIn(" 0% packet loss", out)
            self.assertEqual(here.stop(program), 0)


if __name__ == "__main__":
    testpmd.run_tests(machine.missing("ip", "ping"))
