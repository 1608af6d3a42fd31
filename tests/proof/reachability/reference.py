"""What another evaluation of NetworkPolicies says (tests/oracles/netpol), on objects as they are written."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tests.proof.reachability.worlds import Object

NAME = "kubernetes.io/metadata.name"
# Of a block that no test admits: pods have addresses, and ours are not modelled.
POD_ADDRESS = "fd00::1"


class Connection(NamedTuple):
    """From one to another, each the name of a Pod or an address."""

    source: str
    destination: str
    port: int
    protocol: str


def answers(program: Path, objects: Iterable[Object], asked: list[Connection]) -> list[bool]:
    """Whether each connection is allowed, by the NetworkPolicies among the objects."""
    by_kind: dict[str, list[Object]] = {}
    for one in objects:
        by_kind.setdefault(one["kind"], []).append(one)
    pods = {one["metadata"]["name"]: one for one in by_kind.get("Pod", [])}
    labels = {
        one["metadata"]["name"]: one["metadata"].get("labels") or {} for one in by_kind.get("Namespace", [])
    }
    peers: dict[str, Object] = {}
    for connection in asked:
        for name in (connection.source, connection.destination):
            peers[name] = {"IP": name} if name not in pods else _peer(pods[name], labels)
    data = {
        "Policies": by_kind.get("NetworkPolicy", []),
        "Peers": peers,
        "Asked": [
            {
                "Source": one.source,
                "Destination": one.destination,
                "Port": one.port,
                "Name": _called(pods.get(one.destination), one),
                "Protocol": one.protocol,
            }
            for one in asked
        ],
    }
    done = subprocess.run([program], input=json.dumps(data), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[bool] = json.loads(done.stdout)
    return found


def _peer(pod: Object, labels: dict[str, dict[str, str]]) -> Object:
    namespace = pod["metadata"]["namespace"]
    return {
        "IP": POD_ADDRESS,
        "Internal": {
            "PodLabels": pod["metadata"].get("labels") or {},
            "Namespace": namespace,
            "NamespaceLabels": {**labels.get(namespace, {}), NAME: namespace},
        },
    }


def _called(pod: Object | None, connection: Connection) -> str:
    """What the destination calls the port."""
    for container in pod["spec"]["containers"] if pod else ():
        for port in container.get("ports") or ():
            at = (port["containerPort"], port.get("protocol") or "TCP")
            if at == (connection.port, connection.protocol):
                return str(port.get("name") or "")
    return ""
