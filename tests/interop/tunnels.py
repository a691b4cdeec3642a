"""The tunnels of a scenario file: what each of their packets must look like."""

import dataclasses
import ipaddress
import json


@dataclasses.dataclass(frozen=True)
class Tunnel:
    """L2TPv3 data messages of one direction."""

    source: str
    destination: str
    session: int
    cookie: str  # as hex digits; "" if there is none
    counter: bool = False


def address(text):
    return str(ipaddress.ip_address(text.split("/")[0]))


def cookie(text, length):
    digits = text.replace("0x", "").replace(":", "")
    return digits.rjust(2 * length, "0").lower() if length else ""


def both_directions(own, peer, config):
    """The two directions of the tunnel that `own` has configured towards `peer`."""
    length, counter = config.get("cookie_length", 8), config.get("counter", False)
    received = config.get("cookie", "")
    session = config["session_id"]
    yield Tunnel(peer, own, session, cookie(received, length), counter)
    yield Tunnel(own, peer, config.get("remote_session_id", session),
                 cookie(config.get("remote_cookie", received), length), counter)


def of_scenario(path):
    """Every tunnel that the LISPERs of the file have configured; None if the file generates its LISPERs."""
    scenario = json.loads(path.read_text())
    if "generate" in scenario or "import" in scenario:
        return None
    tunnels = set()
    for node in scenario["nodes"].values():
        if node["type"] != "lisper":
            continue
        exits = {e["name"]: address(e["ip"]) for e in node.get("exits", [])}
        networks = node.get("local_networks", [])
        for network in networks:
            if "session_id" in network:
                tunnels.update(both_directions(exits[network["exit"]], address(network["ip"]), network))
        for peer in node.get("lispers", []):
            for iid in {network["iid"] for network in networks}:
                for own in exits.values():  # a LISPER sends from the exit that leads to the peer
                    for source, destination in ((own, address(peer["ip"])), (address(peer["ip"]), own)):
                        tunnels.add(Tunnel(source, destination, iid, cookie(peer.get("cookie", ""), 8)))
    return tunnels


def has_replay(path):
    return any(node["type"] == "replay" for node in json.loads(path.read_text()).get("nodes", {}).values())
