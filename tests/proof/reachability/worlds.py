"""Small worlds for these tests: pods, policies and namespaces in the API's own words, and who is who."""

from __future__ import annotations

import json
from typing import Any

from postrender.manifests import release
from postrender.proof.reachability import parties
from postrender.proof.reachability.pods import Pods
from postrender.proof.reachability.verdict import verdict
from postrender.proof.reachability.world import Endpoint, World
from profiles.policy import Network

NETWORK = Network((), (), (), False, (), (), (), ())
Object = dict[str, Any]


def pod(name: str, /, namespace: str = "a", ports: list[Object] | None = None, **labels: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {"containers": [{"name": "c", "image": "i", "ports": ports or []}]},
    }


def policy(spec: Object, name: str = "p", namespace: str = "a") -> Object:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


def namespace(name: str, /, **labels: str) -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def world(*objects: Object, network: Network | None = None, within: str = "") -> World:
    text = "".join(f"---\n{json.dumps(one)}\n" for one in objects)
    return World(release.load(text, frozenset(("Namespace",))), network, within)


def named(made: World, name: str) -> Pods:
    return next(one for one in made.pods if one.workload.manifest.name == name)


def endpoint(made: World, name: str) -> Endpoint:
    """The pods of that name; an address where there are dots or colons in it."""
    return parties.address(name) if "." in name or ":" in name else named(made, name)


def allowed(made: World, source: str, destination: str, port: int = 80, protocol: str = "TCP") -> bool | None:
    return verdict(made, endpoint(made, source), endpoint(made, destination), port, protocol).allowed
