"""What a node has: of real nodes, of the declared machine type, or of the declared size."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from generator.check.answers import Said, met, person, wrong
from generator.check.deciders import node_objects
from generator.check.deciders.facts import Fact, not_on_eks, of_fact, undeclared
from generator.check.evidence import Declared, Manifests, Side
from generator.check.row import Row
from generator.clusters.nodes import MACHINES, Machine, machine
from profiles.hardening import NodePool
from profiles.quantities import NANO, parse, text

_CPUS = 4
# 8 GB, and the memory of m5.xlarge: decimal, for a node shows less than its machine has.
_MEMORY, _MEMORY_OF_MACHINE = 8 * 10**9, 16 * 10**9
_GIB = 30
_TYPE = "node.kubernetes.io/instance-type"


def _size(side: Side) -> Iterator[Said]:
    manifests, declared = side.manifests, side.declared
    if manifests and manifests.nodes:
        yield from _sizes("node-size", manifests, _MEMORY, "4 vCPU and 8 GB")
    elif declared and declared.domain.node_pool is None:
        yield person("nodePool is null, so what a node has is not declared", "nodes", "deployment")
    elif declared:
        known = _machine(declared)
        stated = declared.stated("nodePool", "instanceType") and not declared.stated("nodePool", "nodeSize")
        if known and stated and known.cpus >= _CPUS and known.memory << _GIB >= _MEMORY:
            yield met(f"{known.name} has {known.cpus} vCPU and {known.memory}Gi")
        else:
            yield from _declared_size(declared)


def _declared_size(declared: Declared) -> Iterator[Said]:
    for unit, least, write in (("cpu", _CPUS, '"4"'), ("memory", _MEMORY, "8Gi")):
        assert declared.domain.node_pool is not None
        has = getattr(declared.domain.node_pool.node_size, unit)
        fact = Fact(
            ("nodePool", "nodeSize", unit),
            f"nodePool.nodeSize.{unit} is {has}, less than the 4 vCPU and 8 GB of a node",
            f"take larger nodes and write {unit}: {write} or more",
            f"{write}, or what a node has",
            _at_least(least),
        )
        yield of_fact("node-size", fact, declared)


def _at_least(least: int) -> Callable[[object], bool]:
    return lambda value: parse(value) >= least * NANO


def _sizes(requirement: str, manifests: Manifests, memory: int, least: str) -> Iterator[Said]:
    """Whether each node of the pool has four cpus and so much memory."""
    nodes = node_objects.of_pool(manifests)
    silent = small = 0
    for node in nodes:
        cpus, bytes_ = (node_objects.capacity(node, name) for name in ("cpu", "memory"))
        if cpus is None or bytes_ is None:
            silent += 1
        elif cpus < _CPUS * NANO or bytes_ < memory * NANO:
            small += 1
            yield manifests.wrong(
                requirement,
                node,
                ("status", "capacity"),
                f"the node has {text(cpus)} vCPU and {bytes_ / NANO / 10**9:.1f} GB, less than {least}",
                "replace it by a larger one",
            )
    if nodes and not silent and not small:
        yield met(f"each node has {least} or more, of {len(nodes)}")


def _machine(declared: Declared) -> Machine | None:
    """The machine type that the pool has, where it is a known one."""
    pool, provider = declared.domain.node_pool, declared.domain.cluster.provider
    name = machine(provider, pool) if pool else ""
    return next((one for one in MACHINES[provider] if one.name == name), None)


def _instance_type(side: Side) -> Iterator[Said]:
    before = list(not_on_eks(side))
    yield from before
    manifests, declared = side.manifests, side.declared
    if before:
        return
    if manifests and manifests.nodes:
        nodes = node_objects.of_pool(manifests)
        if nodes and all(node.labels.get(_TYPE) == "m5.xlarge" for node in nodes):
            yield met(f"each node is an m5.xlarge, of {len(nodes)}")
        else:
            least = "the 4 vCPU and 16 GB of m5.xlarge"
            yield from _sizes("instance-type", manifests, _MEMORY_OF_MACHINE, least)
    elif declared and declared.domain.node_pool:
        yield _of_machine(declared, declared.domain.node_pool)
    elif declared:
        yield person("nodePool is null, so what a node is, is not declared", "nodes", "deployment")


def _of_machine(declared: Declared, pool: NodePool) -> Said:
    """The declared machine type, or the one that is taken for the size; of an unknown one its size."""
    known, name = _machine(declared), pool.instance_type or ""
    cpus, memory = parse(pool.node_size.cpu), parse(pool.node_size.memory)
    if known:
        cpus, memory, name = known.cpus * NANO, (known.memory << _GIB) * NANO, known.name
    elif not declared.stated("nodePool", "nodeSize", "memory"):
        return undeclared(declared, ("nodePool", "nodeSize", "memory"), "what a node has")
    if cpus >= _CPUS * NANO and memory >= _MEMORY_OF_MACHINE * NANO:
        same = name == "m5.xlarge"
        return met(
            "the nodes are m5.xlarge" if same else f"{name or 'a node'} has as much as m5.xlarge or more"
        )
    at = ("instanceType",) if declared.stated("nodePool", "instanceType") else ("nodeSize",)
    return wrong(
        "instance-type",
        f"{name or 'a node'} has less than the 4 vCPU and 16 GiB of m5.xlarge",
        "write nodePool.instanceType: m5.xlarge, or a type with as much and its nodeSize",
        declared.spot("nodePool", *at),
    )


ROWS: dict[str, Row] = {
    "node-size": Row(("nodes", "deployment"), _size),
    "instance-type": Row(("deployment", "nodes"), _instance_type),
}
