"""Network namespaces with hosts, cables and programs, for tests; all gone afterwards."""

import os
import pathlib
import subprocess
import time


def sh(command, **options):
    result = subprocess.run(command, shell=True, text=True, capture_output=True, **options)
    if result.returncode != 0:
        raise AssertionError(f"{command}: exit code {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout


def missing(*programs):
    """Why the tests cannot run here, or ""."""
    if os.geteuid() != 0:
        return "making network namespaces needs root"
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    for program in programs:
        if not any(os.access(pathlib.Path(folder, program), os.X_OK) for folder in path.split(":")):
            return f"{program} is not installed"
    if subprocess.run(["unshare", "--net", "true"], capture_output=True).returncode != 0:
        return "this kernel, or this container, lets nobody make network namespaces"
    return ""


class Machine:
    """Namespaces are named after the process, so that several tests may run at once."""

    def __init__(self):
        self.names = []
        self.programs = []

    def namespace(self, name):
        full = f"lt{os.getpid()}-{name}"
        sh(f"ip netns add {full} && ip -n {full} link set lo up")
        self.names.append(full)
        # Nothing but what the test itself sends.
        for setting in ("accept_dad", "router_solicitations", "addr_gen_mode"):
            for scope in ("all", "default"):
                value = 1 if setting == "addr_gen_mode" else 0
                sh(f"ip netns exec {full} sysctl -qw net.ipv6.conf.{scope}.{setting}={value}")
        return full

    def cable(self, a, a_name, b, b_name, offloads=False):
        sh(f"ip -n {a} link add {a_name} type veth peer {b_name} netns {b}")
        for namespace, name in ((a, a_name), (b, b_name)):
            if not offloads:
                sh(f"ip netns exec {namespace} ethtool -K {name} tx off tso off gso off gro off")
            sh(f"ip -n {namespace} link set {name} up")

    def start(self, namespace, *arguments, ready="ready"):
        """A program, once it has said `ready` on stderr."""
        program = subprocess.Popen(["ip", "netns", "exec", namespace, *map(str, arguments)], text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.programs.append(program)
        said = ""
        while ready not in said:
            line = program.stderr.readline()
            if not line:
                raise AssertionError(f"{arguments[0]} ended with exit code {program.wait()}: {said}")
            said += line
        return program

    def stop(self, program):
        """Its exit code on SIGTERM."""
        program.terminate()
        program.communicate(timeout=20)
        self.programs.remove(program)
        return program.returncode

    def close(self):
        for program in self.programs:
            program.kill()
            program.communicate()
        for name in self.names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True)


def wait_until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("it did not happen in time")
        time.sleep(0.05)
