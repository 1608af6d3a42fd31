"""The tools that tests compare with are where the tests look for them, and read as Kubernetes reads."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests import conftest
from tests.conftest import (
    ARGOCD,
    HADOLINT,
    HELM3,
    HELM4,
    JUNIT,
    KUSTOMIZE,
    OLD_SCHEMAS,
    SARIF,
    SCHEDULER,
    YAMLJSON,
)
from tests.proof.scheduler import RefusedError, Scheduler
from tests.prove.programs import PROGRAMS


@pytest.mark.parametrize("path", [HELM3, HELM4, KUSTOMIZE, YAMLJSON, SCHEDULER, ARGOCD, OLD_SCHEMAS])
def test_build_puts_the_tool_where_tests_look(path: str) -> None:
    folder = Path(path).parent if path != OLD_SCHEMAS else Path(path)
    build = (Path(conftest.__file__).parent / "oracles" / "build").read_text()
    named = f'"$cache/{folder}"' if path != OLD_SCHEMAS else f"schemas {folder.name}"
    assert named in build


@pytest.mark.parametrize("path", [HADOLINT, JUNIT, SARIF])
def test_build_fetches_the_release_that_tests_look_for(path: str) -> None:
    build = (Path(conftest.__file__).parent / "oracles" / "build").read_text()
    folder, version = path.split("/")
    assert f"$cache/{folder}/$1" in build
    assert f"\n{folder.partition('-')[0]} {version}" in build


@pytest.mark.parametrize("path", PROGRAMS.values(), ids=PROGRAMS)
def test_builds_put_a_control_plane_where_tests_look(path: Path) -> None:
    tests = Path(conftest.__file__).parent
    builds = (tests / "prove" / "build").read_text() + (tests / "oracles" / "build").read_text()
    assert f'"$cache/{path.parent.relative_to(conftest.CACHE)}"' in builds


def test_a_tool_is_built_once_and_anew_when_its_sources_change(tmp_path: Path) -> None:
    """With a stand-in of the toolchain, for nothing is compiled here."""
    sources, go = tmp_path / "tool", tmp_path / "bin" / "go"
    go.parent.mkdir()
    go.touch(0o755)
    sources.mkdir()
    script = f'''
        here={tmp_path}
        . "{Path(conftest.__file__).parent}/oracles/go_program.sh"
        made() {{ cp "$here/tool/old.mod" "$GOBIN/tool" && chmod +x "$GOBIN/tool" && echo built; }}
        go_program tool "$here/cache" made
        done_building
    '''
    built = []
    for content in ("first", "first", "second"):
        (sources / "old.mod").write_text(content)
        environment = {"PATH": f"{go.parent}:{os.environ['PATH']}"}
        done = subprocess.run(
            ["sh", "-c", script], env=environment, capture_output=True, text=True, check=True
        )
        built.append(done.stdout)
        assert (tmp_path / "cache" / "tool").read_text() == content
    assert built == ["built\n", "", "built\n"]


@pytest.mark.parametrize(
    ("document", "value"),
    [("yes", True), ("0644", 420), ("1:30", "1:30"), ('"y"', "y"), ("~", None), ("# only a comment", None)],
)
def test_yamljson_reads_as_kubernetes_does(yamljson: Path, document: str, value: object) -> None:
    read = subprocess.run(
        [yamljson], input=f"---\n{document}\n---\nkind: Secret\n", capture_output=True, text=True, check=True
    )
    assert [json.loads(line) for line in read.stdout.splitlines()] == [value, {"kind": "Secret"}]


def test_yamljson_names_the_document_that_it_cannot_read(yamljson: Path) -> None:
    read = subprocess.run([yamljson], input="a: 1\n---\nb: [\n", capture_output=True, text=True, check=False)
    assert (read.returncode, read.stderr[:10]) == (1, "document 2")


CONTAINER = {"name": "c", "image": "i"}
HERE = {
    "nodes": [{"metadata": {"name": "n", "labels": {"zone": "z"}}, "status": {"allocatable": {"pods": 9}}}],
    "namespaces": [{"metadata": {"name": "other", "labels": {"team": "red"}}}],
    "pods": [
        {
            "metadata": {"name": "old", "namespace": "other"},
            "spec": {"nodeName": "n", "containers": [CONTAINER]},
        }
    ],
}


@pytest.mark.parametrize(("team", "nodes"), [("red", []), ("blue", ["n"])])
def test_scheduler_reads_nodes_pods_and_namespaces(scheduler: Scheduler, team: str, nodes: list[str]) -> None:
    apart = {
        "topologyKey": "zone",
        "labelSelector": {},
        "namespaceSelector": {"matchLabels": {"team": team}},
    }
    affinity = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [apart]}}
    pod = {"metadata": {"name": "new"}, "spec": {"containers": [CONTAINER], "affinity": affinity}}
    assert scheduler.ask(HERE | {"pod": pod})["fits"] == nodes


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ({"request": {"metadata": {"name": "x"}, "spec": {"containers": []}}}, "spec.containers: Required"),
        ({"budget": {"pods": 1, "mostUnavailable": 1}}, 'unknown field "mostUnavailable"'),
        ({}, "asks for nothing"),
    ],
)
def test_scheduler_says_what_it_does_not_take(
    scheduler: Scheduler, question: dict[str, object], why: str
) -> None:
    with pytest.raises(RefusedError, match=why):
        scheduler.ask(question)
