"""Who may talk to whom in a namespace full of hardened releases, and whether that is what it should be."""

from __future__ import annotations

from collections.abc import Callable

from postrender import policy_source
from postrender.harden import harden
from postrender.manifests import release
from postrender.proof.reachability.declared import blocked, components, flows, open_beyond
from postrender.proof.reachability.matrix import matrix
from postrender.proof.reachability.world import World
from tests.bench.measuring import Bench
from tests.charts.release import as_helm3

TODAY = "2026-07-01"


def ready(releases: int) -> Callable[[], tuple[int, int, int]]:
    """That many releases of Ledger with Envoy, hardened, each in a namespace of its own."""
    policy = policy_source.named("production")
    text = "".join(as_helm3("ledger", name=f"r{one}", namespace=f"team-{one}") for one in range(releases))
    hardened = harden(text, policy._replace(pool=None), TODAY).text
    assert hardened is not None, "the stand-in can be hardened"
    loaded = release.load(hardened, frozenset(("Namespace",)))

    def ask() -> tuple[int, int, int]:
        world = World(loaded, policy.network)
        stated = flows(world, policy.network)
        cells = matrix(world)
        return (
            len(cells),
            len(blocked(world, stated)),
            len(list(open_beyond(world, components(world), stated))),
        )

    return ask


BENCH = Bench(
    title="Reachability",
    text="""\
The answer of `scalardl-gen network`: every pair of pods and parties with its ports, the declared flows that
are blocked, and what is open beyond them. Each release is one of Ledger and Envoy, hardened, in a namespace
of its own. There are as many answers as pairs, so they grow with the square of the releases.""",
    columns=("releases",),
    rows=((1,), (10,), (50,)),
    ready=ready,
)
