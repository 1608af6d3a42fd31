"""Rows and differences are exact: all that is open, and nothing else, on random policies."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings

from generator.network.difference import Change, difference
from generator.network.rows import admitted, own, rows
from postrender.proof.reachability import ports, ranges
from postrender.proof.reachability.peers import left_of
from postrender.proof.reachability.policies import DIRECTIONS
from postrender.proof.reachability.world import World, between
from tests.proof.reachability.test_brute_force import ADDRESSES, PODS, PORTS, PROTOCOLS, worlds
from tests.proof.reachability.worlds import Object, endpoint, world


@settings(max_examples=25, deadline=None)
@given(objects=worlds())
def test_the_rows_of_a_workload_are_all_that_its_policies_admit(objects: list[Object]) -> None:
    made = world(*objects)
    for one, direction in product(made.pods, DIRECTIONS):
        open_ = [each.traffic for each in admitted(made, one, direction)]
        told = [part for row in rows(made, one, direction, ()) for part in row.traffic]
        assert left_of(open_, [*own(made), *told]) == []
        assert left_of(told, open_) == []


def reached(made: World) -> set[tuple[str, str, str, int]]:
    """Every connection between the pods and some addresses that may be open."""
    names = [one.workload.manifest.name for one in made.pods]
    return {
        (source, destination, protocol, port)
        for source, destination in product((*names, *ADDRESSES), repeat=2)
        if source in names or destination in names
        for protocol, port in product(PROTOCOLS, PORTS)
        if between(made, endpoint(made, source), endpoint(made, destination)).answer(ports.of(protocol, port))
        is not False
    }


@settings(max_examples=25, deadline=None)
@given(before=worlds(), after=worlds())
def test_what_is_opened_one_way_is_closed_the_other(before: list[Object], after: list[Object]) -> None:
    old, new = world(*before), world(*after)
    there, back = difference(old, new), difference(new, old)
    assert {turned(one) for one in there.changes} == set(back.changes)
    assert (there.came, there.went) == (back.went, back.came)


def turned(one: Change) -> Change:
    return one._replace(opened=not one.opened)


@settings(max_examples=25, deadline=None)
@given(before=worlds(), after=worlds())
def test_each_connection_that_changes_is_told_of(before: list[Object], after: list[Object]) -> None:
    # The same pods and namespaces; only the policies differ.
    kept = [one for one in before if one["kind"] != "NetworkPolicy"]
    old = world(*before)
    new = world(*kept, *(one for one in after if one["kind"] == "NetworkPolicy"))
    was, now = reached(old), reached(new)
    found = difference(old, new)
    for opened, changed in ((True, now - was), (False, was - now)):
        for source, destination, protocol, port in changed:
            ends = {f"Pod {name}" for name in (source, destination) if name in PODS}
            assert any(
                one.opened is opened
                and ranges.meet(one.ports, ports.of(protocol, port))
                and ends & {one.source.name, one.destination.name}
                for one in found.changes
            )
    if found.none:
        assert was == now
