"""Ledger and Auditor together: what a check of both finds that no check of one can."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from generator.check.cli import Format
from tests.generator.check.cases import laid_out
from tests.generator.check.keys import pem
from tests.generator.commands import Command

pytest.importorskip("helm_python", reason="not covered: the checklist on releases (no Helm engine here)")

CANARY = "quiet-canary-5f1d"
_UID = "4e0c1f5e-0d0e-4e55-9a0a-5a0a4a3c1d11"


def _secret(name: str, namespace: str, content: dict[str, bytes]) -> dict[str, Any]:
    data = {key: base64.b64encode(value).decode() for key, value in content.items()}
    return {
        "add": {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": namespace},
            "data": data,
        }
    }


def _in_both(content: dict[str, bytes]) -> dict[str, Any]:
    return {
        product: [_secret(f"{product}-own", f"scalardl-{product}", content)]
        for product in ("ledger", "auditor")
    }


def _both(folder: Path, *more: str) -> list[str]:
    domains = [("--" + product, str(folder / f"{product}.yaml")) for product in ("ledger", "auditor")]
    return [str(folder / "deployment.yaml"), *(word for pair in domains for word in pair), *more]


def _answers(check: Command, *arguments: str) -> dict[str, dict[str, Any]]:
    run = check(*arguments, "--format", "json", "--fail-on", "never")
    assert run.err == ""
    return {one["id"]: one for one in run.data["requirements"]}


def _found(check: Command, *arguments: str) -> dict[str, list[dict[str, Any]]]:
    answers = _answers(check, *arguments)
    return {name: one["findings"] for name, one in answers.items() if one["status"] == "not-met"}


def _cluster(uid: str, node: str) -> list[dict[str, Any]]:
    """What kubectl prints of a cluster: its Namespace kube-system, where it has a uid, and a node."""
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system", "uid": uid}}
    status = {
        "allocatable": {"cpu": "3920m", "memory": "15Gi", "pods": "58"},
        "nodeInfo": {"kubeletVersion": "v1.30.4"},
    }
    metadata = {"name": node, "uid": f"uid-{node}"}
    several = [{"apiVersion": "v1", "kind": "Node", "metadata": metadata, "status": status}]
    return [{"add": one} for one in ([namespace] if uid else []) + several]


def test_one_key_in_files_of_both(check: Command, tmp_path: Path) -> None:
    keys = {f"{product}/private-key.pem": "p256 shared" for product in ("ledger", "auditor")}
    folder = laid_out({"keys": keys}, tmp_path)
    given = _both(folder, "--ledger", str(folder / "ledger"), "--auditor", str(folder / "auditor"))
    (finding,) = _found(check, *given)["separate-domains"]
    assert finding["place"]["file"] == str(folder / "auditor" / "private-key.pem")
    assert str(folder / "ledger" / "private-key.pem") in finding["problem"]


def test_two_keys_in_files(check: Command, tmp_path: Path) -> None:
    keys = {f"{product}/private-key.pem": "p256" for product in ("ledger", "auditor")}
    folder = laid_out({"keys": keys}, tmp_path)
    given = _both(folder, "--ledger", str(folder / "ledger"), "--auditor", str(folder / "auditor"))
    assert "separate-domains" not in _found(check, *given)


def test_a_key_in_a_file_and_in_a_secret(check: Command, tmp_path: Path) -> None:
    """One key is the same in another form of it too."""
    folder = laid_out({"keys": {"ledger/private-key.pem": "p256"}}, tmp_path)
    content = (folder / "ledger" / "private-key.pem").read_bytes()
    change = {"auditor": [_secret("auditor-own", "scalardl-auditor", {"private-key": b"\n" + content})]}
    laid_out(change, folder)
    findings = _found(check, *_both(folder, "--ledger", str(folder / "ledger")))["separate-domains"]
    assert [one["place"]["object"] for one in findings] == ["Secret auditor-own"]


def test_one_key_of_two_holders_in_files_of_nobody(check: Command, tmp_path: Path) -> None:
    names = ["ledger-private-key.pem", "auditor-private-key.pem"]
    laid_out({"keys": dict.fromkeys(names, "p256 shared")}, tmp_path)
    (finding,) = _found(check, *(str(tmp_path / name) for name in names))["separate-domains"]
    assert finding["place"]["file"] == str(tmp_path / names[1])


def _of_one_cluster(folder: Path) -> list[str]:
    """The deployment file, and the manifests of both domains in one file."""
    texts = [(folder / name).read_text(encoding="utf-8") for name in ("ledger.yaml", "auditor.yaml")]
    cluster = folder / "cluster.yaml"
    cluster.write_text("---\n".join(text.removeprefix("---\n") for text in texts), encoding="utf-8")
    return [str(folder / "deployment.yaml"), str(cluster)]


def test_one_secret_for_both_in_one_namespace(check: Command, tmp_path: Path) -> None:
    folder = laid_out({}, tmp_path)
    file = folder / "auditor.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace("scalardl-auditor", "scalardl-ledger").replace("auditor-keys", "ledger-keys"),
        encoding="utf-8",
    )
    (finding,) = _found(check, *_of_one_cluster(folder))["separate-domains"]
    assert finding["place"]["object"] == "Deployment auditor-scalardl-audit-auditor"
    assert "Secret ledger-keys" in finding["problem"]


def test_without_an_auditor_nothing_is_asked_of_it(check: Command, tmp_path: Path) -> None:
    file = tmp_path / "deployment.yaml"
    file.write_text("extends: production\nauditorMode: false\n", encoding="utf-8")
    run = check(str(file), "--format", "json", "--fail-on", "never")
    answers = {one["id"]: one["status"] for one in run.data["requirements"]}
    for name in ("separate-clusters", "separate-domains", "ledger-auditor-connection"):
        assert answers[name] == "not-applicable"


def test_an_auditor_that_is_there_counts_whatever_is_declared(check: Command, tmp_path: Path) -> None:
    folder = laid_out({}, tmp_path)
    (folder / "deployment.yaml").write_text("extends: production\nauditorMode: false\n", encoding="utf-8")
    apart, together = _answers(check, *_both(folder)), _answers(check, *_of_one_cluster(folder))
    for name in ("separate-clusters", "separate-domains", "two-clusters", "ledger-auditor-connection"):
        assert apart[name]["status"] != "not-applicable"
    assert together["separate-clusters"]["status"] == "not-met"


@pytest.mark.parametrize(
    ("ledger", "auditor", "status"),
    [
        (_cluster(_UID, "one"), _cluster("", "two"), "person"),
        (_cluster("", "one"), _cluster("", "two"), "person"),
        (_cluster(_UID, "one"), _cluster("9b7d2a40-6b1f-4f0f-8a51-0d3f3a4f7c22", "two"), "met"),
        (_cluster(_UID, "one"), _cluster(_UID, "two"), "not-met"),
    ],
)
def test_only_the_uid_of_kube_system_tells_clusters_apart(
    check: Command, tmp_path: Path, ledger: list[Any], auditor: list[Any], status: str
) -> None:
    """Two lists of nodes may be of one cluster; and what is told of clusters, both requirements say."""
    given = _both(laid_out({"ledger": ledger, "auditor": auditor}, tmp_path))[1:]
    answers = _answers(check, *given)
    assert answers["separate-clusters"]["status"] == answers["two-clusters"]["status"] == status


@pytest.mark.parametrize("key", ["private-key", "db-password", "tls.key"])
def test_the_same_content_in_secrets_of_both(check: Command, tmp_path: Path, key: str) -> None:
    folder = laid_out(_in_both({key: CANARY.encode()}), tmp_path)
    (finding,) = _found(check, *_both(folder))["separate-domains"]
    assert finding["place"]["object"] == "Secret auditor-own"
    assert "Secret ledger-own" in finding["problem"]


@pytest.mark.parametrize(
    "content",
    [
        {"db-username": CANARY.encode()},
        {"ca.crt": CANARY.encode()},
        {"db-password": b""},
        {"db-password": b"cassandra"},  # the charts' default, which is no-plain-secrets
    ],
)
def test_what_both_may_have(check: Command, tmp_path: Path, content: dict[str, bytes]) -> None:
    folder = laid_out(_in_both(content), tmp_path)
    assert "separate-domains" not in _found(check, *_both(folder))


@pytest.mark.parametrize("form", get_args(Format))
def test_no_report_shows_what_is_compared(check: Command, tmp_path: Path, form: str) -> None:
    content = {key: f"{CANARY}-{key}".encode() for key in ("private-key", "db-password", "tls.key")}
    run = check(*_both(laid_out(_in_both(content), tmp_path)), "--format", form)
    encoded = base64.b64encode(CANARY.encode()).decode()[:20]
    assert "auditor-own" in run.out
    assert not any(word in run.out + run.err for word in (CANARY, encoded))


@pytest.mark.parametrize("data", [CANARY, [CANARY], {"db-password": [CANARY]}, {"db-password": "%" + CANARY}])
def test_no_error_shows_it(check: Command, tmp_path: Path, data: object) -> None:
    """A Secret of a shape that no cluster would take."""
    change = _in_both({})
    for several in change.values():
        several[0]["add"]["data"] = data
    run = check(*_both(laid_out(change, tmp_path)))
    assert run.code in (0, 1, 3)
    assert CANARY not in run.out + run.err


def test_one_database_server(check: Command, tmp_path: Path) -> None:
    config = "ConfigMap auditor-scalardl-audit-auditor-properties"
    change = {"object": config, "path": "/data/auditor.properties.tmpl"}
    moved = {**change, "old": "//auditor-db.internal", "new": "//LEDGER-db.internal"}
    folder = laid_out({"auditor": [moved]}, tmp_path)
    (finding,) = _found(check, *_both(folder))["separate-domains"]
    assert finding["place"]["object"] == "Deployment auditor-scalardl-audit-auditor"
    assert "ledger-db.internal.example.com:5432" in finding["problem"]


def test_a_ledger_in_the_cluster_of_auditor(check: Command, tmp_path: Path) -> None:
    host = {
        "object": "ConfigMap auditor-scalardl-audit-auditor-properties",
        "path": "/data/auditor.properties.tmpl",
        "old": "ledger.host=ledger.internal.example.com",
        "new": "ledger.host=ledger-scalardl-envoy.scalardl-ledger.svc.cluster.local",
    }
    folder = laid_out({"auditor": [host]}, tmp_path)
    (finding,) = _found(check, *_both(folder))["separate-clusters"]
    assert finding["place"]["object"] == "Deployment auditor-scalardl-audit-auditor"


@pytest.mark.parametrize(
    ("spec", "status"),
    [
        ({"type": "ExternalName", "externalName": "ledger.internal.example.com"}, "met"),
        (
            {
                "type": "ExternalName",
                "externalName": "ledger-scalardl-envoy.scalardl-ledger.svc.cluster.local",
            },
            "not-met",
        ),
        ({"type": "ExternalName", "externalName": "remote.scalardl-auditor.svc.cluster.local"}, "person"),
        ({"ports": [{"port": 50051}]}, "person"),  # its EndpointSlices say where it leads
        (None, "person"),
    ],
)
def test_a_service_of_the_cluster_may_lead_out_of_it(
    check: Command, tmp_path: Path, spec: dict[str, Any] | None, status: str
) -> None:
    host = {
        "object": "ConfigMap auditor-scalardl-audit-auditor-properties",
        "path": "/data/auditor.properties.tmpl",
        "old": "ledger.host=ledger.internal.example.com",
        "new": "ledger.host=remote.scalardl-auditor.svc.cluster.local",
    }
    metadata = {"name": "remote", "namespace": "scalardl-auditor"}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}
    folder = laid_out({"auditor": [host, *([{"add": service}] if spec else [])]}, tmp_path)
    assert _answers(check, *_both(folder))["separate-clusters"]["status"] == status


def test_both_in_the_manifests_of_one(check: Command, tmp_path: Path) -> None:
    """In one text, as of one cluster; two files may be of two."""
    deployment, cluster = _of_one_cluster(laid_out({}, tmp_path))
    found = _found(check, deployment, cluster)
    for name in ("separate-clusters", "two-clusters"):
        (finding,) = found[name]
        assert finding["place"]["object"] == "Deployment auditor-scalardl-audit-auditor"
        assert finding["place"]["file"] == cluster


def test_in_two_files_they_may_be_of_two(check: Command, tmp_path: Path) -> None:
    folder = laid_out({}, tmp_path)
    several = [str(folder / name) for name in ("deployment.yaml", "ledger.yaml", "auditor.yaml")]
    assert _found(check, *several) == {}


@pytest.mark.parametrize(
    ("field", "value"), [("metadata", {"uid": _UID}), ("spec", {"providerID": "aws:///ap-northeast-1a/i-07"})]
)
def test_one_node_in_both(check: Command, tmp_path: Path, field: str, value: dict[str, str]) -> None:
    node: dict[str, Any] = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "ip-10-40-1-7"}}
    node["status"] = {"allocatable": {"cpu": "3920m", "memory": "15Gi", "pods": "58"}}
    node["status"]["nodeInfo"] = {"kubeletVersion": "v1.30.4"}
    node[field] = {**node.get(field, {}), **value}
    folder = laid_out({"ledger": [{"add": node}], "auditor": [{"add": node}]}, tmp_path)
    (finding,) = _found(check, *_both(folder))["separate-clusters"]
    assert finding["place"]["object"] == "Node ip-10-40-1-7"


def test_nodes_of_nobody_are_no_sign_of_one_cluster(check: Command, tmp_path: Path) -> None:
    """Given once, and for no domain, they count for each."""
    folder = laid_out({}, tmp_path)
    nodes = [one["add"] for one in _cluster(_UID, "one")]
    (folder / "nodes.yaml").write_text(yaml.safe_dump_all(nodes), encoding="utf-8")
    several = [str(folder / name) for name in ("ledger.yaml", "auditor.yaml", "nodes.yaml")]
    answers = _answers(check, *several)
    assert answers["separate-clusters"]["status"] == answers["two-clusters"]["status"] == "person"


def test_what_separation_advised_lets_pass(check: Command, tmp_path: Path) -> None:
    """The profile test lets Ledger and Auditor be together, and the guides do not."""
    file = tmp_path / "deployment.yaml"
    file.write_text("description: a try\nextends: test\n", encoding="utf-8")
    found = _found(check, str(file))
    for name in ("separate-clusters", "separate-domains", "separate-applications"):
        (finding,) = found[name]
        assert "for tests only" in finding["problem"]
        assert (finding["place"]["file"], finding["place"]["path"]) == (str(file), "separation")


def test_a_wrong_pair(check: Command, tmp_path: Path) -> None:
    """One cluster, one key for both, overlapping networks, and an application beside Ledger."""
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system", "uid": _UID}}
    application = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "payments", "namespace": "payments"},
        "spec": {
            "selector": {"matchLabels": {"app": "payments"}},
            "template": {
                "metadata": {"labels": {"app": "payments"}},
                "spec": {"containers": [{"name": "payments", "image": "registry.example.com/payments:1.4"}]},
            },
        },
    }
    change = {
        "deployment": {"auditor": {"cluster": {"network": "10.40.0.0/16", "subnets": [], "bastion": None}}},
        "ledger": [{"add": namespace}, {"add": application}],
        "auditor": [{"add": namespace}],
        "keys": {f"{product}/private-key.pem": "p256 shared" for product in ("ledger", "auditor")},
    }
    folder = laid_out(change, tmp_path)
    given = _both(folder, "--ledger", str(folder / "ledger"), "--auditor", str(folder / "auditor"))
    found = _found(check, *given)
    assert {"separate-clusters", "separate-domains", "network-ranges", "separate-applications"} <= set(found)
    assert "registry.example.com/payments:1.4" in found["separate-applications"][0]["problem"]
    assert check(*given).code == 1


def test_a_key_that_is_read_in_either_form() -> None:
    """What the test above stands on: a leading line does not make it another key."""
    from cryptography.hazmat.primitives.asymmetric import ec

    from generator.keys.contents import read

    content = pem(ec.generate_private_key(ec.SECP256R1()))
    assert read(content).key == read(b"\n" + content).key
