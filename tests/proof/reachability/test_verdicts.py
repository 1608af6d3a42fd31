"""What an answer says: the policies and rules that it comes from, and what comes near."""

from __future__ import annotations

from typing import Any

from postrender.proof.reachability import parties
from postrender.proof.reachability.verdict import Verdict, verdict
from postrender.proof.reachability.world import World
from tests.proof.reachability.worlds import endpoint, named, pod, policy, world

WEB, FRIEND = pod("web", app="web"), pod("friend", app="friend")


def into_web(*rules: dict[str, Any], name: str = "p") -> dict[str, Any]:
    spec = {
        "podSelector": {"matchLabels": {"app": "web"}},
        "policyTypes": ["Ingress"],
        "ingress": list(rules),
    }
    return policy(spec, name)


def asked(made: World, source: str, port: int = 80, destination: str = "web") -> Verdict:
    return verdict(made, endpoint(made, source), endpoint(made, destination), port)


def told(found: Verdict) -> list[tuple[str, str, str, str]]:
    return [(reason.direction, reason.effect, reason.policy, reason.place) for reason in found.because]


def texts(found: Verdict, effect: str) -> list[str]:
    return [reason.text for reason in found.because if reason.effect == effect]


FRIENDS = {"from": [{"podSelector": {"matchLabels": {"app": "friend"}}}], "ports": [{"port": 80}]}
BLOCK = {"from": [{"ipBlock": {"cidr": "192.0.2.0/24"}}], "ports": [{"port": 80}, {"port": 81}]}


def test_both_sides_open() -> None:
    found = asked(world(WEB, FRIEND), "friend")
    assert told(found) == [("Egress", "open", "", ""), ("Ingress", "open", "", "")]
    assert texts(found, "open") == [
        "no NetworkPolicy limits where calls go from the pods of Pod friend",
        "no NetworkPolicy limits what comes to the pods of Pod web",
    ]


def test_an_address_has_one_side_only() -> None:
    assert told(asked(world(WEB), "192.0.2.1")) == [("Ingress", "open", "", "")]


def test_allowed_by_every_rule_that_admits_it() -> None:
    made = world(WEB, FRIEND, into_web(BLOCK, FRIENDS, name="one"), into_web({}, name="two"))
    assert told(asked(made, "friend")) == [
        ("Egress", "open", "", ""),
        ("Ingress", "admits", "a/one", "ingress[1].from[0]"),
        ("Ingress", "admits", "a/two", "ingress[0]"),
    ]
    assert texts(asked(made, "friend"), "admits") == [
        "NetworkPolicy a/one ingress[1].from[0] admits pods with app=friend in namespace a on TCP 80",
        "NetworkPolicy a/two ingress[0] admits anybody on every port",
    ]


def test_denied_by_every_policy_that_selects_the_pods() -> None:
    made = world(WEB, FRIEND, into_web(name="one"), into_web(name="two"))
    assert told(asked(made, "friend"))[1:] == [
        ("Ingress", "isolates", "a/one", ""),
        ("Ingress", "isolates", "a/two", ""),
    ]
    assert texts(asked(made, "friend"), "isolates")[0] == (
        "NetworkPolicy a/one selects the pods of Pod web and none of its rules admits TCP 80 "
        "from the pods of Pod friend"
    )


def test_the_right_peer_and_another_port_comes_near() -> None:
    found = asked(world(WEB, FRIEND, into_web(BLOCK, FRIENDS)), "friend", 81)
    assert ("Ingress", "other port", "a/p", "ingress[1].from[0]") in told(found)
    assert texts(found, "other port") == [
        "NetworkPolicy a/p ingress[1].from[0] has that peer, but on TCP 80",
    ]


def test_the_right_port_and_another_peer_comes_near() -> None:
    found = asked(world(WEB, FRIEND, into_web(BLOCK, FRIENDS)), "198.51.100.1")
    assert texts(found, "other peer") == [
        "NetworkPolicy a/p ingress[0].from[0] has that port, but only for 192.0.2.0/24",
        (
            "NetworkPolicy a/p ingress[1].from[0] has that port, but only for pods with app=friend "
            "in namespace a"
        ),
    ]
    assert texts(found, "isolates") == [
        (
            "NetworkPolicy a/p selects the pods of Pod web and none of its rules admits TCP 80 "
            "from 198.51.100.1"
        )
    ]


def test_a_name_that_the_destination_does_not_have_comes_near() -> None:
    rule = {"from": FRIENDS["from"], "ports": [{"port": "http"}]}
    found = asked(world(WEB, FRIEND, into_web(rule)), "friend")
    assert texts(found, "no such name") == [
        "NetworkPolicy a/p ingress[0]: the destination has no port http (TCP)"
    ]


def test_no_more_than_three_of_a_kind_come_near() -> None:
    rules = [{"from": FRIENDS["from"], "ports": [{"port": port}]} for port in (1, 2, 3, 4)]
    found = asked(world(WEB, FRIEND, into_web(*rules)), "friend")
    assert [reason.place for reason in found.because if reason.effect == "other port"] == [
        "ingress[0].from[0]",
        "ingress[1].from[0]",
        "ingress[2].from[0]",
    ]


def test_a_block_that_may_hold_the_addresses_of_pods_is_named() -> None:
    rule = {"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}, {"ipBlock": {"cidr": "192.0.2.0/24"}}]}
    found = asked(world(WEB, FRIEND, into_web(rule)), "friend")
    assert found.allowed is False
    assert texts(found, "address block") == [
        (
            "NetworkPolicy a/p ingress[0].from[0]: 10.0.0.0/8 may hold the addresses of pods; "
            "whether it then admits them hangs on the network plugin"
        )
    ]
    assert texts(asked(world(WEB, into_web(rule)), "198.51.100.1"), "address block") == []


def test_what_is_left_out_of_a_party_is_named() -> None:
    made = world(WEB, into_web(BLOCK))
    found = verdict(made, parties.networks("clients", ["192.0.2.0/23"]), named(made, "web"), 80)
    assert found.allowed is None
    assert texts(found, "left out") == ["not certainly admitted: 192.0.3.0/24"]
    assert texts(found, "admits") == ["NetworkPolicy a/p ingress[0].from[0] admits 192.0.2.0/24 on TCP 80-81"]


def test_a_policy_of_which_it_is_not_known_is_named() -> None:
    hook = into_web()
    hook["metadata"]["annotations"] = {"helm.sh/hook": "post-install"}
    found = asked(world(WEB, FRIEND, hook), "friend")
    assert found.allowed is None
    assert texts(found, "doubt") == ["NetworkPolicy a/p is run as a hook: it may be there or not"]


def test_what_no_policy_can_stop() -> None:
    made = world(WEB, FRIEND, into_web())
    assert texts(asked(made, "web"), "always") == ["a pod always reaches itself"]
    node = verdict(made, parties.OWN_NODE, named(made, "web"), 9001)
    assert texts(node, "always") == ["traffic between a pod and its own node is always let through"]


def test_pods_on_their_hosts_network_say_so() -> None:
    agent = pod("agent", app="web")
    agent["spec"]["hostNetwork"] = True
    found = asked(world(agent, FRIEND, into_web()), "friend", destination="agent")
    assert texts(found, "open")[1] == "its pods have their node's network, where policies do not reach"


def test_nobody_reaches_nothing() -> None:
    made = world(WEB)
    found = verdict(made, parties.networks("clients", []), named(made, "web"), 80)
    assert found.allowed is False
    assert texts(found, "nobody") == ["nobody is declared as clients"]
