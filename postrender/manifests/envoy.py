"""Envoy: which product it stands before, and where it listens.

Its container ports are no sign: on the Auditor side the chart states those of the Ledger side.
"""

from __future__ import annotations

from collections.abc import Iterator

from postrender.manifests import properties
from postrender.manifests.jdbc import UNKNOWN
from postrender.manifests.manifest import Manifest
from postrender.manifests.surroundings import Surroundings
from postrender.manifests.workload import Workload, role_of_image
from profiles import scalardl
from profiles.scalardl import Role

ADDRESS, LISTENERS = "scalardl_address", "service_listeners"
INSTANCE = "app.kubernetes.io/instance"
IMAGE = "scalar-envoy"
SCALARDB_PORT = 60053  # where ScalarDB Cluster and its Envoy take calls


def products(near: Surroundings, envoy: Workload) -> list[Workload]:
    """The Ledgers or Auditors of the release that this Envoy stands before."""
    addressed = _addressed(near, envoy)
    if addressed:
        return addressed
    role = side(near, envoy)
    found = [product for product in _neighbours(near, envoy) if role in (None, product.role)]
    instance = envoy.pod_labels.get(INSTANCE)
    return [product for product in found if product.pod_labels.get(INSTANCE) == instance] or found


def fronts(near: Surroundings) -> dict[Manifest, list[Workload]]:
    """The Envoys of the release by the product that they stand before."""
    found: dict[Manifest, list[Workload]] = {}
    for envoy in near.release.workloads:
        if envoy.role == "envoy" and not envoy.is_hook and not foreign(near, envoy):
            for product in products(near, envoy):
                found.setdefault(product.manifest, []).append(envoy)
    return found


def foreign(near: Surroundings, envoy: Workload) -> str:
    """What speaks against an Envoy being ScalarDL's; empty where nothing does."""
    if _addressed(near, envoy):
        return ""
    names = [name for name, _ in _listeners(envoy)]
    if any(name.startswith("scalardl") or "audit" in name for name in names):
        return ""
    ports = listening(near, envoy)
    names += [
        str(port.get("name")) for service in near.services(envoy) for port in service.maps("spec", "ports")
    ]
    if SCALARDB_PORT in ports or any(name.startswith("scalardb") for name in names):
        return "it listens for another product, ScalarDB"
    image = any(role_of_image(container.get("image")) == "envoy" for _, container in envoy.containers())
    return "" if ports or image else f"nothing tells where it listens, and its image is no {IMAGE}"


def side(near: Surroundings, envoy: Workload) -> Role | None:
    """Whether Envoy stands on the Ledger or the Auditor side; None where nothing tells.

    The product it addresses tells first, then the names of its listeners, its Services' ports, and
    the only product beside it.
    """
    addressed = {product.role for product in _addressed(near, envoy)}
    if len(addressed) == 1:
        return addressed.pop()
    names = [name for name, _ in _listeners(envoy)]
    if any("audit" in name for name in names):
        return "auditor"
    if any(name.startswith("scalardl") for name in names):
        return "ledger"
    ports = listening(near, envoy)
    for role in scalardl.PRODUCTS:
        if ports & {scalardl.PORTS[role].client, scalardl.PORTS[role].privileged}:
            return role
    beside = {product.role for product in _neighbours(near, envoy)}
    return beside.pop() if len(beside) == 1 else None


def listening(near: Surroundings, envoy: Workload) -> set[int]:
    """The ports at which Envoy takes calls: what its Services aim at, and its listeners."""
    found = {port for _, port in _listeners(envoy)}
    for service in near.services(envoy):
        for index, port in enumerate(service.maps("spec", "ports")):
            at = ("spec", "ports", str(index))
            if isinstance(port.get("targetPort"), str):
                found |= _named(envoy, port["targetPort"])
            else:
                found.add(service.number(*at, "targetPort") or service.number(*at, "port") or 0)
    return {port for port in found if port > 0} - {scalardl.ENVOY_ADMIN_PORT}


def _neighbours(near: Surroundings, envoy: Workload) -> list[Workload]:
    return [
        workload
        for role in scalardl.PRODUCTS
        for workload in near.of_role(role, envoy.manifest.namespace)
        if not workload.is_hook
    ]


def _addressed(near: Surroundings, envoy: Workload) -> list[Workload]:
    """The products behind the Service that Envoy is told to call."""
    name = _variable(envoy, ADDRESS).partition(".")[0]
    service = near.release.named("Service", name, envoy.manifest.namespace) if name else None
    if service is None:
        return []
    return [one for one in near.covered(service) if one.role in scalardl.PRODUCTS and not one.is_hook]


def _listeners(envoy: Workload) -> Iterator[tuple[str, int]]:
    """The names and ports in `name:port,name:port`."""
    for listener in _variable(envoy, LISTENERS).split(","):
        name, _, port = listener.strip().rpartition(":")
        if name and port.isascii() and port.isdigit():
            yield name, int(port)


def _variable(envoy: Workload, name: str) -> str:
    """The literal value of a variable of Envoy's container; empty where it has none."""
    for path, _ in envoy.containers("containers"):
        value = properties.environment(envoy.manifest, path).get(name)
        if value and UNKNOWN not in value:
            return value
    return ""


def _named(envoy: Workload, name: str) -> set[int]:
    """The container ports of that name."""
    found = set()
    for path, _ in envoy.containers("containers"):
        for index, port in enumerate(envoy.manifest.maps(*path, "ports")):
            if port.get("name") == name:
                found.add(envoy.manifest.number(*path, "ports", str(index), "containerPort") or 0)
    return found
