"""What installs the plugin: one table behind it all, and what the sidecar must be."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.argocd import options
from tests.conftest import BIN, ROOT

IMAGE = "registry.internal/harden@sha256:" + "0" * 64
GENERATE = {"command": ["scalardl-gen", "argocd", "generate"]}


def gen(*words: object, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BIN / "scalardl-gen"), "argocd", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | variables,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("written")
    done = gen("manifests", "--image", IMAGE, "--repo", "https://git.internal/x.git", "-o", top)
    assert done.returncode == 0, done.stderr
    assert "placeholder" not in done.stderr
    return top / "argocd"


def read(file: Path) -> Any:
    return yaml.safe_load(file.read_text())


def test_the_plugin_has_no_version_and_discovers_nothing(folder: Path) -> None:
    plugin = read(folder / "plugin.yaml")
    assert (plugin["apiVersion"], plugin["kind"]) == ("argoproj.io/v1alpha1", "ConfigManagementPlugin")
    assert plugin["metadata"] == {"name": "scalardl-harden"}
    assert plugin["spec"].keys() == {"generate", "parameters"}
    assert plugin["spec"]["generate"] == GENERATE


def test_plugin_yaml_and_the_command_announce_all_options_once(folder: Path) -> None:
    parameters = read(folder / "plugin.yaml")["spec"]["parameters"]
    command = parameters["dynamic"]["command"]
    assert command[:2] == ["scalardl-gen", "argocd"]
    dynamic = json.loads(gen(*command[2:], ARGOCD_APP_NAME="team_app").stdout)
    every = json.loads(gen("parameters", ARGOCD_APP_NAME="team_app").stdout)
    assert sorted(each["name"] for each in parameters["static"] + dynamic) == sorted(
        option.name for option in options.ANNOUNCED
    )
    assert every == parameters["static"] + dynamic
    assert [each["string"] for each in dynamic] == ["app"]


def test_the_page_has_the_table() -> None:
    text = (ROOT / "docs" / "argocd.md").read_text()
    between = text.split("<!-- options -->\n")[1].split("<!-- end of options -->")[0]
    assert between == "\n" + options.table() + "\n"


def sidecars(folder: Path) -> dict[str, tuple[dict[str, Any], list[Any], Any]]:
    """By way of installing: the container, the volumes, and the configuration that is mounted."""
    patch = read(folder / "kustomize" / "repo-server.yaml")["spec"]["template"]["spec"]
    values = read(folder / "argo-cd-values.yaml")
    operator = read(folder / "operator" / "argocd.yaml")["spec"]["repo"]
    return {
        "kustomize": (
            patch["containers"][0],
            patch["volumes"],
            read(folder / "kustomize" / "configmap.yaml"),
        ),
        "chart": (
            values["repoServer"]["extraContainers"][0],
            values["repoServer"]["volumes"],
            values["configs"]["cmp"],
        ),
        "operator": (
            operator["sidecarContainers"][0],
            operator["volumes"],
            read(folder / "operator" / "configmap.yaml"),
        ),
    }


@pytest.mark.parametrize("way", ["kustomize", "chart", "operator"])
def test_the_sidecar_is_as_argo_cd_wants_it(folder: Path, way: str) -> None:
    container, volumes, _ = sidecars(folder)[way]
    assert container["image"] == IMAGE
    assert container["command"] == ["/var/run/argocd/argocd-cmp-server"]
    security = container["securityContext"]
    assert (security["runAsUser"], security["readOnlyRootFilesystem"]) == (999, True)
    mounts = {each["mountPath"]: each for each in container["volumeMounts"]}
    assert mounts["/var/run/argocd"]["name"] == "var-files"
    assert mounts["/home/argocd/cmp-server/plugins"]["name"] == "plugins"
    own = {each["name"]: each for each in volumes}
    assert own[mounts["/tmp"]["name"]] == {"name": mounts["/tmp"]["name"], "emptyDir": {}}
    assert "configMap" in own[mounts["/home/argocd/cmp-server/config/plugin.yaml"]["name"]]


@pytest.mark.parametrize("way", ["kustomize", "operator"])
def test_the_config_map_holds_the_plugin(folder: Path, way: str) -> None:
    container, volumes, config = sidecars(folder)[way]
    assert config["data"]["plugin.yaml"] == (folder / "plugin.yaml").read_text()
    names = [each["configMap"]["name"] for each in volumes if "configMap" in each]
    assert names == [config["metadata"]["name"]]
    keys = [each["subPath"] for each in container["volumeMounts"] if "subPath" in each]
    assert keys == ["plugin.yaml"]


def test_the_charts_values_hold_the_plugin(folder: Path) -> None:
    """The chart argo-cd makes the ConfigMap argocd-cmp-cm with a key NAME.yaml for each of the plugins."""
    container, volumes, config = sidecars(folder)["chart"]
    assert config["create"] is True
    assert config["plugins"] == {"scalardl-harden": read(folder / "plugin.yaml")["spec"]}
    assert [each["configMap"]["name"] for each in volumes if "configMap" in each] == ["argocd-cmp-cm"]
    keys = [each["subPath"] for each in container["volumeMounts"] if "subPath" in each]
    assert keys == ["scalardl-harden.yaml"]


def test_the_component_names_its_files(folder: Path) -> None:
    component = read(folder / "kustomize" / "kustomization.yaml")
    assert component["kind"] == "Component"
    for name in (*component["resources"], *(each["path"] for each in component["patches"])):
        assert (folder / "kustomize" / name).is_file()


@pytest.mark.parametrize("stated", [None, "argo"], ids=["no --namespace", "--namespace"])
@pytest.mark.parametrize("own", [None, "argo"], ids=["a Deployment without", "a Deployment with"])
@pytest.mark.parametrize("overlay", [None, "argo"], ids=["no overlay's", "an overlay's"])
def test_kustomize_puts_the_sidecar_beside_the_repo_server(
    kustomize: Path, tmp_path: Path, stated: str | None, own: str | None, overlay: str | None
) -> None:
    done = gen("manifests", "--image", IMAGE, "-o", tmp_path, *(["--namespace", stated] if stated else []))
    assert done.returncode == 0, done.stderr
    main = {"name": "argocd-repo-server", "image": "argocd:3"}
    volumes = [{"name": "var-files", "emptyDir": {}}, {"name": "plugins", "emptyDir": {}}]
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "argocd-repo-server", **({"namespace": own} if own else {})},
        "spec": {"template": {"spec": {"containers": [main], "volumes": volumes}}},
    }
    installed = tmp_path / "argocd" / "installed"
    installed.mkdir()
    (installed / "deployment.yaml").write_text(yaml.safe_dump(deployment))
    (installed / "kustomization.yaml").write_text(
        "resources: [deployment.yaml]\ncomponents: [../kustomize]\n"
        + (f"namespace: {overlay}\n" if overlay else "")
    )
    done = subprocess.run(
        [str(kustomize), "build", str(installed)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    built = {each["kind"]: each for each in yaml.safe_load_all(done.stdout)}
    assert built["ConfigMap"]["metadata"].get("namespace") == (stated or overlay)
    assert built["Deployment"]["metadata"].get("namespace") == (own or overlay)
    pod = built["Deployment"]["spec"]["template"]["spec"]
    assert {each["name"] for each in pod["containers"]} == {"argocd-repo-server", "scalardl-harden"}
    mounted = {each["name"] for container in pod["containers"] for each in container.get("volumeMounts", ())}
    assert mounted == {each["name"] for each in pod["volumes"]}


def test_applications_in_two_clusters_from_a_profile(tmp_path: Path) -> None:
    ours = tmp_path / "ours.yaml"
    ours.write_text(
        "extends: production\n"
        "ledger: {cluster: {name: tokyo}, namespace: ledger-ns, release: books}\n"
        "auditor: {cluster: {name: osaka}, namespace: auditor-ns, release: audit}\n"
    )
    done = gen(
        "manifests",
        "--profile",
        ours,
        "--repo",
        "https://git.internal/x.git",
        "--revision",
        "v1",
        "-o",
        tmp_path,
    )
    assert done.returncode == 0, done.stderr
    for product, cluster, release in (("ledger", "tokyo", "books"), ("auditor", "osaka", "audit")):
        application = read(tmp_path / "argocd" / "applications" / f"{product}.yaml")
        assert application["kind"] == "Application"
        spec = application["spec"]
        assert spec["destination"] == {"name": cluster, "namespace": f"{product}-ns"}
        source = spec["source"]
        assert (source["repoURL"], source["targetRevision"]) == ("https://git.internal/x.git", "v1")
        assert source["path"] == f"{product}/chart"
        assert source["plugin"] == {
            "name": "scalardl-harden",
            "parameters": [{"name": "release-name", "string": release}],
        }


def test_no_auditor_no_application_of_one(tmp_path: Path) -> None:
    ours = tmp_path / "ours.yaml"
    ours.write_text("extends: production\nauditorMode: false\n")
    gen("manifests", "--profile", ours, "-o", tmp_path)
    assert [file.name for file in (tmp_path / "argocd" / "applications").iterdir()] == ["ledger.yaml"]


def test_the_chart_of_a_bundle_stands_where_the_applications_look(tmp_path: Path) -> None:
    subprocess.run(
        [str(BIN / "scalardl-gen"), "profile", "production", "-o", str(tmp_path)],
        capture_output=True,
        check=True,
    )
    assert gen("manifests", "-o", tmp_path).returncode == 0
    for file in (tmp_path / "argocd" / "applications").iterdir():
        assert (tmp_path / read(file)["spec"]["source"]["path"] / "Chart.yaml").is_file()


def test_all_of_it_on_stdout() -> None:
    done = gen("manifests")
    assert done.returncode == 0
    sources = [line for line in done.stdout.splitlines() if line.startswith("# Source: ")]
    assert len(sources) == 9
    assert len([each for each in yaml.safe_load_all(done.stdout) if each]) == 9
    assert "--image" in done.stderr
    assert "--repo" in done.stderr
