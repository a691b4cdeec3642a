"""What there is of a lab on this machine."""

import os
import pathlib
import subprocess

FOLDER = pathlib.Path("/run/lisper-lab")


class Watch:
    """Sees a lab's traces, and nobody else's: namespaces and state by its name; processes that are in its namespaces or
    were told of its folder; and controllers of its scenario."""

    def __init__(self, lab, scenario):
        self.lab = lab
        self.folder = FOLDER / lab
        self.scenario = os.fsencode(pathlib.Path(scenario).resolve())
        self.known = set()  # namespaces, by inode: their processes may outlive their names

    def namespaces(self):
        names = {path.name: path for path in pathlib.Path("/run/netns").glob(f"ll-{self.lab}*")}
        found = {name for name in names if name == f"ll-{self.lab}" or name.startswith(f"ll-{self.lab}.")}
        for name in found:
            try:
                self.known.add(names[name].stat().st_ino)
            except FileNotFoundError:
                pass
        return found

    def processes(self):
        self.namespaces()
        found = {}
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                line = (process / "cmdline").read_bytes()
                inode = (process / "ns/net").stat().st_ino
            except OSError:  # it has ended, or is not ours to look at
                continue
            controller = b"/lisper-controller\0" in line and self.scenario in line
            if line and (controller or inode in self.known or os.fsencode(self.folder) + b"/" in line):
                found[int(process.name)] = line.replace(b"\0", b" ").decode(errors="replace")
        return found

    def all(self):
        """A line for each thing; empty: nothing is left."""
        lines = [f"namespace {name}" for name in sorted(self.namespaces())]
        lines += [f"process {pid}: {line}" for pid, line in sorted(self.processes().items())]
        if self.folder.exists():
            lines.append(f"folder {self.folder}")
        links = subprocess.run(["ip", "-brief", "link"], text=True, capture_output=True).stdout
        return lines + [f"link {line}" for line in links.splitlines() if f"ll-{self.lab}" in line]
