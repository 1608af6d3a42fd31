"""The umbrella charts: in step, pinned, rendered by real Helm, and obeying their own policy."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import charts
from generator.values import umbrella
from postrender import policy_source
from postrender.harden import harden
from profiles.load import load
from profiles.models import DOMAINS, Product
from profiles.scalardl import PRODUCT_CHARTS
from tests.charts.umbrella import complete, render
from tests.conftest import BIN, ROOT
from tests.generator.deployments import KINDS, Kind, of_kind, profile
from tests.schemas.validation import PACKAGED, validate

TODAY = "2026-07-01"
MONITORED = ["monitoring.coreos.com/v1", "cert-manager.io/v1"]
# A Helm that is built from its module says that it is as old as Kubernetes 1.20.
KUBERNETES = "1.30.0"
each_product = pytest.mark.parametrize("product", DOMAINS)
PLAIN = Kind("production", "jdbc", "digital-signature", "self-signed", "eks")


def shipped(product: Product) -> Path:
    return ROOT / "charts" / charts.name(product)


@pytest.fixture(scope="session")
def completed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The shipped charts with stand-ins of what they depend on."""
    folder = tmp_path_factory.mktemp("charts")
    return {product: complete(shipped(product), folder / product) for product in DOMAINS}


def objects(text: str) -> list[dict[str, Any]]:
    return [data for data in yaml.safe_load_all(text) if data]


def of(kind: str, text: str) -> list[dict[str, Any]]:
    return [data for data in objects(text) if data["kind"] == kind]


def written(product: Product, resolved: Any, folder: Path) -> Path:
    """The chart of a profile, with the stand-ins."""
    for path, text in charts.files(resolved, product).items():
        (folder / "made" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "made" / path).write_text(text, encoding="utf-8")
    return complete(folder / "made", folder / "chart")


def helm(binary: Path, chart: Path, product: Product, *more: str, stdin: str = "", env: Any = None) -> str:
    command = [binary, "template", product, chart, "-n", "scalardl", "--kube-version", KUBERNETES, *more]
    done = subprocess.run(
        [str(word) for word in command], input=stdin, capture_output=True, text=True, check=False, env=env
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@each_product
def test_the_shipped_chart_is_in_step(product: Product) -> None:
    made = charts.files(load(umbrella.SHIPPED), product)
    there = {
        str(file.relative_to(shipped(product))): file.read_text(encoding="utf-8")
        for file in shipped(product).rglob("*")
        if file.is_file()
    }
    assert there == made, "write it anew with: python -m generator.charts"


@each_product
def test_every_dependency_is_pinned_to_a_release(product: Product) -> None:
    metadata = yaml.safe_load((shipped(product) / "Chart.yaml").read_text(encoding="utf-8"))
    pinned = {each["name"]: each["version"] for each in metadata["dependencies"]}
    expected = {
        "ledger": {"scalardl": "4.12.0", "schema-loading": "2.14.0", "scalardl-ledger-monitoring": "0.0.1"},
        "auditor": {
            "scalardl-audit": "2.12.0",
            "schema-loading": "2.14.0",
            "scalardl-auditor-monitoring": "0.0.1",
        },
    }
    assert pinned == expected[product]
    assert {each["repository"] for each in metadata["dependencies"]} == {
        "https://scalar-labs.github.io/helm-charts"
    }


@pytest.mark.parametrize(("index", "kind"), list(enumerate(KINDS)), ids=map(str, KINDS))
def test_what_is_rendered_obeys_its_policy_at_once_and_for_good(
    index: int, kind: Kind, completed: dict[str, Path]
) -> None:
    product = DOMAINS[index % 2]
    resolved = of_kind(kind)
    text = umbrella.text(resolved, product, umbrella.over_shipped(resolved, product))
    stream = render(completed[product], text, name=product, namespace="scalardl", api_versions=MONITORED)
    chosen = policy_source.choose(None, stream)
    assert chosen.policy.profile == f"ours ({product})"
    once = harden(stream, chosen.policy, TODAY)
    assert once.text is not None, [outcome.line for outcome in once.refused]
    again = harden(once.text, chosen.policy, TODAY)
    assert again.text == once.text
    assert not again.fixed


@each_product
@pytest.mark.parametrize("name", ["test", "multi-az"])
def test_values_over_the_shipped_chart_render_what_the_profiles_own_chart_does(
    product: Product, name: str, completed: dict[str, Path], tmp_path: Path
) -> None:
    resolved = load(name)
    text = umbrella.text(resolved, product, umbrella.over_shipped(resolved, product))
    place: Any = {"name": product, "namespace": "scalardl", "api_versions": MONITORED}
    own = written(product, resolved, tmp_path)
    found, expected = render(completed[product], text, **place), render(own, **place)
    assert [without_nulls(data) for data in objects(found)] == [
        without_nulls(data) for data in objects(expected)
    ]


def without_nulls(value: Any) -> Any:
    """As the API server reads it: a field of an object that is null is not there, nor is an empty one."""
    if isinstance(value, dict):
        kept = {key: without_nulls(below) for key, below in value.items()}
        return {key: below for key, below in kept.items() if below not in (None, {})}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


@each_product
def test_another_label_replaces_the_shipped_one(
    product: Product, completed: dict[str, Path], tmp_path: Path
) -> None:
    pool = {"label": {"key": "dedicated", "value": "ledgers"}}
    resolved = profile(PLAIN, tmp_path, nodePool=pool)
    text = umbrella.text(resolved, product, umbrella.over_shipped(resolved, product))
    stream = render(completed[product], text, name=product, namespace="scalardl")
    assert "agentpool" not in stream


def hooks(text: str) -> Iterator[dict[str, Any]]:
    for data in objects(text):
        if "helm.sh/hook" in (data["metadata"].get("annotations") or {}):
            yield data


@each_product
@pytest.mark.parametrize("major", ["helm3", "helm4"])
def test_the_loader_runs_before_anything_of_the_product(
    product: Product, major: str, completed: dict[str, Path], request: pytest.FixtureRequest
) -> None:
    text = helm(request.getfixturevalue(major), completed[product], product)
    found = {data["kind"]: data["metadata"]["annotations"] for data in hooks(text)}
    assert found.keys() == {"ConfigMap", "NetworkPolicy", "Job"}
    for hook in found.values():
        # A Job cannot be changed, so one that failed is deleted first; and none outlives the release.
        assert hook["helm.sh/hook"] == "pre-install,pre-upgrade"
        assert hook["helm.sh/hook-delete-policy"] == "before-hook-creation,hook-succeeded"
    assert found["Job"]["helm.sh/hook-output-log-policy"] == "hook-succeeded,hook-failed"
    weights = {kind: int(hook["helm.sh/hook-weight"]) for kind, hook in found.items()}
    assert weights["Job"] > max(weights["ConfigMap"], weights["NetworkPolicy"])


@each_product
def test_the_hook_lacks_nothing_that_the_rules_ask_for(
    product: Product, completed: dict[str, Path], helm3: Path
) -> None:
    # As Helm 4 hands it over, hooks included; Helm 3 would not.
    text = helm(helm3, completed[product], product)
    result = harden(text, policy_source.choose(None, text).policy, TODAY)
    touched = [o.line for o in result.outcomes if o.status == "fixed" and "schema-loading" in o.name]
    assert touched == []


@each_product
def test_the_loaders_own_chart_may_run_instead(product: Product, completed: dict[str, Path]) -> None:
    stream = render(completed[product], "schema-loading: {enabled: true}", name=product, namespace="scalardl")
    (job,) = of("Job", stream)
    assert "annotations" not in job["metadata"]


@each_product
def test_both_helms_render_the_same(
    product: Product, completed: dict[str, Path], helm3: Path, helm4: Path
) -> None:
    def sorted_objects(binary: Path) -> list[str]:
        return sorted(
            json.dumps(data, sort_keys=True) for data in objects(helm(binary, completed[product], product))
        )

    assert sorted_objects(helm3) == sorted_objects(helm4)


@each_product
def test_from_profile_to_hardened_manifests_in_one_line(
    product: Product, completed: dict[str, Path], helm3: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    made = subprocess.run(
        [BIN / "scalardl-gen", "profile", "multi-az", "--for", product],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    more = ("-f", "-", "--post-renderer", str(BIN / "scalardl-harden"))
    text = helm(helm3, completed[product], product, *more, stdin=made.stdout, env=environment)
    chart = PRODUCT_CHARTS[product].name
    deployments = {data["metadata"]["name"]: data["spec"] for data in of("Deployment", text)}
    assert deployments.keys() == {f"{product}-{chart}-{product}", f"{product}-{chart}-envoy"}
    for spec in deployments.values():
        spread = spec["template"]["spec"]["topologySpreadConstraints"]
        assert [entry["topologyKey"] for entry in spread] == ["topology.kubernetes.io/zone"]
    assert len(of("PodDisruptionBudget", text)) == 2


@each_product
def test_an_autoscaler_owns_the_replicas(
    product: Product, tmp_path: Path, completed: dict[str, Path]
) -> None:
    more = {"autoscaling": {"maxReplicas": {"product": 6, "envoy": 6}}, "nodePool": {"nodes": 6}}
    resolved = profile(PLAIN, tmp_path, **more)
    text = umbrella.text(resolved, product, umbrella.over_shipped(resolved, product))
    stream = render(completed[product], text, name=product, namespace="scalardl")
    hardened = harden(stream, policy_source.choose(None, stream).policy, TODAY).text
    assert hardened is not None
    targets = {data["spec"]["scaleTargetRef"]["name"] for data in of("HorizontalPodAutoscaler", hardened)}
    deployments = of("Deployment", hardened)
    assert targets == {data["metadata"]["name"] for data in deployments}
    assert not [data for data in deployments if "replicas" in data["spec"]]


@each_product
def test_the_api_accepts_what_comes_out(product: Product, completed: dict[str, Path]) -> None:
    stream = render(completed[product], name=product, namespace="scalardl")
    hardened = harden(stream, policy_source.choose(None, stream).policy, TODAY).text
    assert hardened is not None
    known = [data for data in objects(hardened) if "cert-manager" not in data["apiVersion"]]
    assert validate(known, "1.30", PACKAGED) == []


@each_product
def test_a_typo_in_values_is_refused(product: Product, completed: dict[str, Path], helm3: Path) -> None:
    done = subprocess.run(
        [str(word) for word in (helm3, "template", product, completed[product], "--kube-version", KUBERNETES,
         "--set", f"{PRODUCT_CHARTS[product].name}.{product}.replicacount=4")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "replicacount" in done.stderr


@each_product
def test_the_notes_name_what_is_there(product: Product, completed: dict[str, Path]) -> None:
    helm_python = pytest.importorskip("helm_python", reason="not covered: NOTES.txt (no Helm engine here)")
    files = helm_python.Chart.load(completed[product]).render({}, name=product, namespace="scalardl")
    notes = files[f"{charts.name(product)}/templates/NOTES.txt"]
    services = {data["metadata"]["name"] for text in files.values() for data in objects_of_yaml(text)}
    named = re.findall(r"get service (\S+)", notes)
    assert len(named) == 1
    assert set(named) <= services


def objects_of_yaml(text: str) -> list[dict[str, Any]]:
    return objects(text) if "apiVersion" in text else []


@each_product
def test_a_release_may_be_audited_first(product: Product, tmp_path: Path, completed: dict[str, Path]) -> None:
    checked = dict.fromkeys(["resource-caps", "node-pool", "pod-security", "network-policies"], "check")
    resolved = profile(PLAIN, tmp_path, rules=checked)
    text = umbrella.text(resolved, product, umbrella.over_shipped(resolved, product))
    for stream in (
        render(completed[product], text, name=product, namespace="scalardl"),
        render(written(product, resolved, tmp_path), name=product, namespace="scalardl"),
    ):
        assert of("Deployment", stream)
