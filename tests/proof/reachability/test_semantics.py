"""Each sentence of the documentation of NetworkPolicies, as the answers that it asks for.

Sources: https://kubernetes.io/docs/concepts/services-networking/network-policies/,
https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/,
https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
"""

from __future__ import annotations

from typing import Any

import pytest

from postrender.proof.reachability import parties
from postrender.proof.reachability.verdict import verdict
from tests.proof.reachability.worlds import allowed, endpoint, named, namespace, pod, policy, world

WEB = pod("web", app="web")
FRIEND = pod("friend", app="friend", tier="front")
STRANGER = pod("stranger", app="stranger")
AFAR = pod("afar", namespace="b", app="friend", tier="front")
ALL = (WEB, FRIEND, STRANGER, AFAR, namespace("a"), namespace("b", team="blue"))
CHOSEN = {"podSelector": {"matchLabels": {"app": "web"}}}


def ingress(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return policy({**CHOSEN, "policyTypes": ["Ingress"], "ingress": list(rules), **more})


def egress(*rules: dict[str, Any]) -> dict[str, Any]:
    return policy({**CHOSEN, "policyTypes": ["Egress"], "egress": list(rules)})


def who_reaches_web(*policies: dict[str, Any], port: int = 80) -> set[str]:
    made = world(*ALL, *policies)
    return {name for name in ("friend", "stranger", "afar", "192.0.2.1") if allowed(made, name, "web", port)}


EVERYONE = {"friend", "stranger", "afar", "192.0.2.1"}


def test_a_pod_that_no_policy_selects_is_open_both_ways() -> None:
    assert who_reaches_web() == EVERYONE
    assert allowed(world(*ALL), "web", "192.0.2.1")


@pytest.mark.parametrize(
    ("rules", "reaching"),
    [
        ([], set()),
        ([{}], EVERYONE),
        ([{"from": []}], EVERYONE),
        ([{"from": None, "ports": None}], EVERYONE),
        ([{"from": [], "ports": []}], EVERYONE),
        ([{"from": [{"podSelector": {}}]}], {"friend", "stranger"}),
        ([{"from": [{"podSelector": {"matchLabels": {"app": "friend"}}}]}], {"friend"}),
        ([{"from": [{"namespaceSelector": {}}]}], {"friend", "stranger", "afar"}),
        ([{"from": [{"namespaceSelector": {"matchLabels": {"team": "blue"}}}]}], {"afar"}),
        (
            [{"from": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "friend"}}}]}],
            {"friend", "afar"},
        ),
        (
            [
                {
                    "from": [
                        {"namespaceSelector": {"matchLabels": {"team": "blue"}}},
                        {"podSelector": {"matchLabels": {"app": "stranger"}}},
                    ]
                }
            ],
            {"afar", "stranger"},
        ),
        (
            [{"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "b"}}}]}],
            {"afar"},
        ),
        ([{"from": [{"ipBlock": {"cidr": "192.0.2.0/24"}}]}], {"192.0.2.1"}),
        ([{"from": [{"ipBlock": {"cidr": "192.0.2.0/24", "except": ["192.0.2.0/30"]}}]}], set()),
        ([{"from": [{"ipBlock": {"cidr": "192.0.2.0/24", "except": ["192.0.2.4/30"]}}]}], {"192.0.2.1"}),
        ([{"from": [{"ipBlock": {"cidr": "::/0"}}]}], set()),
        ([{"ports": [{"port": 80}]}], EVERYONE),
        ([{"ports": [{"port": 81}]}], set()),
        ([{"ports": [{"port": 80, "protocol": "UDP"}]}], set()),
        ([{"ports": [{}]}], EVERYONE),
        ([{"ports": [{"protocol": "SCTP"}]}], set()),
        ([{"ports": [{"port": 79, "endPort": 80}]}], EVERYONE),
        ([{"ports": [{"port": 81, "endPort": 90}]}], set()),
        (
            [
                {"from": [{"podSelector": {"matchLabels": {"app": "friend"}}}], "ports": [{"port": 81}]},
                {"from": [{"podSelector": {"matchLabels": {"app": "stranger"}}}], "ports": [{"port": 80}]},
            ],
            {"stranger"},
        ),
    ],
)
def test_a_selected_pod_admits_what_has_a_peer_and_a_port_of_one_rule(
    rules: list[dict[str, Any]], reaching: set[str]
) -> None:
    assert who_reaches_web(ingress(*rules)) == reaching


def test_policies_add_up() -> None:
    one = ingress({"from": [{"podSelector": {"matchLabels": {"app": "friend"}}}]})
    other = ingress({"from": [{"ipBlock": {"cidr": "192.0.2.0/24"}}]})
    assert who_reaches_web(one, other) == {"friend", "192.0.2.1"}


def test_a_connection_needs_the_sources_egress_and_the_destinations_ingress() -> None:
    to_web = policy(
        {
            "podSelector": {"matchLabels": {"app": "friend"}},
            "policyTypes": ["Egress"],
            "egress": [{"to": [{"podSelector": {"matchLabels": {"app": "web"}}}], "ports": [{"port": 80}]}],
        }
    )
    made = world(*ALL, to_web, ingress({"ports": [{"port": 80}, {"port": 81}]}))
    assert allowed(made, "friend", "web", 80)
    assert not allowed(made, "friend", "web", 81)
    assert allowed(made, "stranger", "web", 81)
    assert not allowed(made, "stranger", "web", 82)


def test_replies_need_no_rule() -> None:
    nothing_out = policy({"podSelector": {}, "policyTypes": ["Egress"]})
    made = world(*ALL, nothing_out)
    assert allowed(made, "192.0.2.1", "web")
    assert not allowed(made, "web", "192.0.2.1")


@pytest.mark.parametrize(
    ("spec", "limits_ingress", "limits_egress"),
    [
        ({}, True, False),
        ({"policyTypes": []}, True, False),
        ({"policyTypes": None, "egress": []}, True, False),
        ({"ingress": [{"ports": [{"port": 1}]}]}, True, False),
        ({"egress": [{"ports": [{"port": 1}]}]}, True, True),
        ({"policyTypes": ["Ingress"], "egress": [{"ports": [{"port": 1}]}]}, True, False),
        ({"policyTypes": ["Egress"], "ingress": [{"ports": [{"port": 1}]}]}, False, True),
        ({"policyTypes": ["Ingress", "Egress"]}, True, True),
    ],
)
def test_types_that_are_not_stated(spec: dict[str, Any], limits_ingress: bool, limits_egress: bool) -> None:
    made = world(*ALL, policy({**CHOSEN, **spec}))
    assert allowed(made, "192.0.2.1", "web") is not limits_ingress
    assert allowed(made, "web", "192.0.2.1") is not limits_egress


@pytest.mark.parametrize("spec", [{"podSelector": {}}, {"podSelector": None}, {}, None])
def test_no_pod_selector_takes_every_pod_of_the_policys_namespace(spec: Any) -> None:
    made = world(*ALL, policy(spec))
    assert [allowed(made, "192.0.2.1", name) for name in ("web", "friend", "afar")] == [False, False, True]


@pytest.mark.parametrize(
    ("expression", "picked"),
    [
        ({"key": "app", "operator": "In", "values": ["friend", "x"]}, {"friend"}),
        ({"key": "app", "operator": "NotIn", "values": ["friend"]}, {"stranger"}),
        ({"key": "tier", "operator": "In", "values": ["front"]}, {"friend"}),
        ({"key": "tier", "operator": "NotIn", "values": ["front"]}, {"stranger"}),
        ({"key": "tier", "operator": "NotIn", "values": ["back"]}, {"friend", "stranger"}),
        ({"key": "tier", "operator": "Exists"}, {"friend"}),
        ({"key": "tier", "operator": "DoesNotExist"}, {"stranger"}),
        ({"key": "tier", "operator": "Exists", "values": []}, {"friend"}),
    ],
)
def test_expressions_and_labels_that_are_not_there(expression: dict[str, Any], picked: set[str]) -> None:
    assert who_reaches_web(ingress({"from": [{"podSelector": {"matchExpressions": [expression]}}]})) == picked


def test_all_that_a_selector_asks_must_hold() -> None:
    asked = {
        "matchLabels": {"app": "friend"},
        "matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}],
    }
    assert who_reaches_web(ingress({"from": [{"podSelector": asked}]})) == set()


NAMED = [
    {"name": "http", "containerPort": 8080},
    {"name": "dns", "containerPort": 53, "protocol": "UDP"},
]


@pytest.mark.parametrize(
    ("port", "at", "protocol", "open_"),
    [
        ({"port": "http"}, 8080, "TCP", True),
        ({"port": "http"}, 80, "TCP", False),
        ({"port": "http", "protocol": "UDP"}, 8080, "UDP", False),
        ({"port": "dns", "protocol": "UDP"}, 53, "UDP", True),
        ({"port": "dns"}, 53, "TCP", False),
        ({"port": "other"}, 8080, "TCP", False),
    ],
)
def test_a_name_means_the_destinations_port_of_that_name_and_protocol(
    port: dict[str, Any], at: int, protocol: str, open_: bool
) -> None:
    api = pod("api", app="api", ports=NAMED)
    into = {"podSelector": {"matchLabels": {"app": "api"}}, "ingress": [{"ports": [port]}]}
    assert allowed(world(*ALL, api, policy(into)), "web", "api", at, protocol) is open_
    assert allowed(world(*ALL, api, egress({"ports": [port]})), "web", "api", at, protocol) is open_


@pytest.mark.parametrize(("restart", "open_"), [({}, False), ({"restartPolicy": "Always"}, True)])
def test_of_init_containers_only_those_that_keep_running_name_ports(
    restart: dict[str, str], open_: bool
) -> None:
    api = pod("api", app="web")
    api["spec"]["initContainers"] = [{"name": "i", "ports": NAMED, **restart}]
    made = world(api, FRIEND, ingress({"ports": [{"port": "http"}]}))
    assert allowed(made, "friend", "api", 8080) is open_


def test_a_name_means_nothing_where_the_destination_is_an_address() -> None:
    made = world(pod("web", app="web", ports=NAMED), egress({"ports": [{"port": "http"}]}))
    assert allowed(made, "web", "192.0.2.1", 8080) is False


def test_a_name_may_mean_any_port_of_pods_that_are_not_in_the_release() -> None:
    made = world(*ALL, egress({"ports": [{"port": "http"}]}))
    other = parties.pods("others", {"app": "x"}, "elsewhere")
    assert verdict(made, named(made, "web"), other, 8080).allowed is None
    assert verdict(made, named(made, "web"), other, 8080, "UDP").allowed is False


def test_a_block_of_addresses_never_takes_pods() -> None:
    assert who_reaches_web(ingress({"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]})) == {"192.0.2.1"}


def test_both_versions_of_addresses() -> None:
    made = world(
        *ALL, ingress({"from": [{"ipBlock": {"cidr": "2001:db8::/32", "except": ["2001:db8:1::/48"]}}]})
    )
    found = [allowed(made, source, "web") for source in ("2001:db8::1", "2001:db8:1::1", "192.0.2.1")]
    assert found == [True, False, False]


def test_a_network_is_let_in_whole_in_part_or_not() -> None:
    made = world(
        *ALL, ingress({"from": [{"ipBlock": {"cidr": "10.1.0.0/16"}}, {"ipBlock": {"cidr": "10.0.0.0/16"}}]})
    )
    cidrs = ("10.0.0.0/15", "10.0.0.0/8", "192.0.2.0/24")
    found = [verdict(made, parties.networks("n", [cidr]), named(made, "web"), 80).allowed for cidr in cidrs]
    assert found == [True, None, False]


def test_pods_of_another_namespace_whose_other_labels_nobody_knows() -> None:
    made = world(
        *ALL,
        ingress(
            {
                "from": [
                    {
                        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}},
                        "podSelector": {"matchLabels": {"app": "prometheus"}},
                    }
                ]
            }
        ),
    )
    found = [
        verdict(made, parties.pods("p", labels, place), named(made, "web"), 80).allowed
        for labels, place in (
            ({"app": "prometheus"}, "monitoring"),
            ({}, "monitoring"),
            ({"app": "prometheus"}, "other"),
            ({"app": "grafana"}, "monitoring"),
        )
    ]
    assert found == [True, None, False, False]


@pytest.mark.parametrize(
    ("selector", "answer"),
    [
        ({"matchLabels": {"team": "blue"}}, None),
        ({"matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]}, None),
        ({"matchLabels": {"team": "blue", "kubernetes.io/metadata.name": "other"}}, False),
        ({"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "DoesNotExist"}]}, False),
    ],
)
def test_labels_of_namespaces_that_nobody_states(selector: dict[str, Any], answer: bool | None) -> None:
    """Whoever makes a namespace gives it labels; only the one with its name is always there."""
    made = world(WEB, AFAR, ingress({"from": [{"namespaceSelector": selector}]}))
    assert allowed(made, "afar", "web") is answer


@pytest.mark.parametrize(("operator", "answer"), [("Exists", True), ("DoesNotExist", False)])
def test_every_namespace_has_the_label_of_its_name(operator: str, answer: bool) -> None:
    asked = {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": operator}]}
    made = world(WEB, ingress({"from": [{"namespaceSelector": asked}]}))
    assert verdict(made, parties.ANY_OTHER_POD, named(made, "web"), 80).allowed is answer


def test_rules_that_leave_nothing_out_need_no_knowledge_of_labels() -> None:
    """Blue or not blue: one of both rules holds."""
    asked = [{"key": "team", "operator": operator, "values": ["blue"]} for operator in ("In", "NotIn")]
    rules = [{"from": [{"namespaceSelector": {"matchExpressions": [one]}}]} for one in asked]
    assert allowed(world(WEB, AFAR, ingress(*rules)), "afar", "web") is True


def without_namespace(found: dict[str, Any]) -> dict[str, Any]:
    return {
        **found,
        "metadata": {key: value for key, value in found["metadata"].items() if key != "namespace"},
    }


def test_objects_without_a_namespace_stand_together_wherever_it_is() -> None:
    objects = [without_namespace(one) for one in (WEB, FRIEND, ingress({"from": [{"podSelector": {}}]}))]
    assert allowed(world(*objects), "friend", "web") is True
    by_name = ingress(
        {"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "a"}}}]}
    )
    objects = [without_namespace(one) for one in (WEB, FRIEND, by_name)]
    assert allowed(world(*objects), "friend", "web") is None
    assert allowed(world(*objects, within="a"), "friend", "web") is True
    assert allowed(world(*objects, within="b"), "friend", "web") is False


def test_whether_a_stated_namespace_is_the_releases_own_is_not_known() -> None:
    made = world(WEB, STRANGER, without_namespace(ingress()))
    assert allowed(made, "stranger", "web") is None


def test_a_pod_always_reaches_itself() -> None:
    made = world(*ALL, policy({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}))
    assert allowed(made, "web", "web") is True
    assert allowed(made, "friend", "web") is False


def test_pods_of_one_workload_are_others_to_each_other() -> None:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": WEB["spec"]}
    many = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "many", "namespace": "a"},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": template},
    }
    assert allowed(world(many, ingress()), "many", "many") is False


def test_a_pods_own_node_is_always_let_through() -> None:
    made = world(*ALL, policy({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}))
    web = named(made, "web")
    assert verdict(made, parties.OWN_NODE, web, 9001).allowed is True
    assert verdict(made, web, parties.OWN_NODE, 53, "UDP").allowed is True


def test_pods_on_their_hosts_network_are_outside_of_policies_and_have_a_nodes_address() -> None:
    agent = pod("agent", app="agent")
    agent["spec"]["hostNetwork"] = True
    shut = policy({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})
    assert allowed(world(*ALL, agent, shut), "192.0.2.1", "agent") is True
    by_label = ingress({"from": [{"podSelector": {"matchLabels": {"app": "agent"}}}]})
    assert allowed(world(*ALL, agent, by_label), "agent", "web") is False
    private = [{"ipBlock": {"cidr": cidr}} for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]
    assert allowed(world(*ALL, agent, ingress({"from": private})), "agent", "web") is True


def test_a_name_means_nothing_on_a_hosts_network() -> None:
    agent = pod("agent", app="agent", ports=NAMED)
    agent["spec"]["hostNetwork"] = True
    assert allowed(world(*ALL, agent, egress({"ports": [{"port": "http"}]})), "web", "agent", 8080) is False
    assert allowed(world(*ALL, agent, egress({"ports": [{"port": 8080}]})), "web", "agent", 8080) is True


def test_a_policy_that_helm_runs_as_a_hook_may_be_there_or_not() -> None:
    hook = ingress()
    hook["metadata"]["annotations"] = {"helm.sh/hook": "pre-install"}
    assert allowed(world(*ALL, hook), "friend", "web") is None
    assert allowed(world(*ALL, hook, ingress({})), "friend", "web") is True


def test_labels_that_controllers_give_are_there_with_an_unknown_value() -> None:
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "load", "namespace": "a"},
        "spec": {"template": {"metadata": {"labels": {"app": "load"}}, "spec": WEB["spec"]}},
    }

    def reaching(expression: dict[str, Any]) -> bool | None:
        rule = {"from": [{"podSelector": {"matchExpressions": [expression]}}]}
        return allowed(world(WEB, job, ingress(rule)), "load", "web")

    assert reaching({"key": "job-name", "operator": "Exists"}) is True
    assert reaching({"key": "job-name", "operator": "In", "values": ["load"]}) is None
    assert reaching({"key": "batch.kubernetes.io/job-name", "operator": "Exists"}) is None
    assert reaching({"key": "pod-template-hash", "operator": "Exists"}) is False


def test_other_kinds_of_the_same_name_are_none() -> None:
    calico = {**ingress(), "apiVersion": "projectcalico.org/v3"}
    assert who_reaches_web(calico) == EVERYONE


def test_there_are_no_other_ports_and_protocols() -> None:
    made = world(*ALL)
    for port, protocol in ((0, "TCP"), (65536, "TCP"), (80, "ICMP")):
        with pytest.raises(ValueError, match=r"is no range of ports|is none of TCP, UDP, SCTP"):
            verdict(made, endpoint(made, "friend"), endpoint(made, "web"), port, protocol)
