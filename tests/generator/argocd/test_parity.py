"""With hardening off, the plugin's objects are those of Argo CD's native call of Helm, by real Helm 3 and 4.

The native flags are those that Argo CD 3 builds (util/helm/cmd.go, reposerver/repository/repository.go).
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.conftest import ROOT
from tests.generator.argocd import charts

OFF = {"name": "hardening", "string": "off"}
BASE = ("--name-template", "app", "--namespace", "place")


class Case(NamedTuple):
    """What an Application asks, and the flags of the native call."""

    parameters: list[dict[str, Any]]
    flags: tuple[str, ...] = ()
    variables: dict[str, str] = {}  # noqa: RUF012 -- never changed
    base: tuple[str, ...] = (*BASE, "--include-crds")


INLINE = "text: costs $5 and ${HOME}, or $$\nother: '{{ .Values.x }}'\n"
CASES = {
    "nothing": Case([]),
    "capabilities from Argo CD": Case(
        [],
        (
            "--kube-version",
            "1.31.4",
            "--api-versions",
            "apps/v1",
            "--api-versions",
            "monitoring.coreos.com/v1",
        ),
        {"KUBE_VERSION": "v1.31.4-gke.100", "KUBE_API_VERSIONS": "apps/v1,monitoring.coreos.com/v1"},
    ),
    "empty capabilities": Case([], (), {"KUBE_VERSION": "", "KUBE_API_VERSIONS": ""}),
    "capabilities of its own": Case(
        [
            {"name": "kube-version", "string": "1.29"},
            {"name": "api-versions", "array": ["monitoring.coreos.com/v1"]},
        ],
        ("--kube-version", "1.29", "--api-versions", "monitoring.coreos.com/v1"),
        {"KUBE_VERSION": "1.31.4", "KUBE_API_VERSIONS": "apps/v1"},
    ),
    "value files": Case(
        [{"name": "value-files", "array": ["one.yaml", "two.yaml"]}],
        ("--values", "one.yaml", "--values", "two.yaml"),
    ),
    "value files may be missing": Case(
        [
            {"name": "value-files", "array": ["one.yaml", "none.yaml", "no-*.yaml"]},
            {"name": "ignore-missing-value-files", "string": "true"},
        ],
        ("--values", "one.yaml"),
    ),
    "a pattern leaves a named file its place": Case(
        [{"name": "value-files", "array": ["*o*.yaml", "one.yaml"]}],
        ("--values", "two.yaml", "--values", "one.yaml"),
        {},
    ),
    "a folder's files come before those of its folders": Case(
        [{"name": "value-files", "array": ["envs/**/*.yaml"]}],
        ("--values", "envs/a.yaml", "--values", "envs/z.yaml", "--values", "envs/nested/c.yaml"),
    ),
    "a value file of the application's name": Case(
        [{"name": "value-files", "array": ["$ARGOCD_APP_PROJECT_NAME.yaml"]}],
        ("--values", "two.yaml"),
        {"ARGOCD_APP_PROJECT_NAME": "two"},
    ),
    "a value file with a comma": Case(
        [{"name": "value-files", "array": ["a,b.yaml"]}], ("--values", '"a,b.yaml"')
    ),
    "inline values over files": Case(
        [{"name": "value-files", "array": ["one.yaml"]}, {"name": "values", "string": INLINE}],
        ("--values", "one.yaml", "--values", "inline.yaml"),
    ),
    "an object stands in for inline values": Case(
        [
            {"name": "values", "string": "number: 7\nmore: 1\n"},
            {"name": "values-object", "string": '{"text": "of the object"}'},
        ],
        ("--set-string", "text=of the object"),
    ),
    "parameters": Case(
        [
            {"name": "values", "string": "number: 7\n"},
            {
                "name": "set",
                "map": {
                    "number": "8",
                    "a.b": "1,2",
                    "list": "{x,y}",
                    "kept": r"1\,2",
                    "dotted\\.key": "true",
                },
            },
            {"name": "set-string", "map": {"text": "8", "id": "$ARGOCD_APP_NAME/$$1"}},
        ],
        (
            *("--set", "number=8", "--set", r"a.b=1\,2", "--set", "list={x,y}", "--set", r"kept=1\,2"),
            *("--set", r"dotted\.key=true", "--set-string", "text=8", "--set-string", "id=app/$1"),
        ),
    ),
    "parameters from files": Case(
        [{"name": "set-file", "map": {"text": "a,b.yaml"}}], ("--set-file", r"text=a\,b.yaml")
    ),
    "skips": Case(
        [
            {"name": "skip-crds", "string": "true"},
            {"name": "skip-tests", "string": "true"},
            {"name": "skip-schema-validation", "string": "true"},
            {"name": "set", "map": {"number": "none"}},
        ],
        ("--skip-tests", "--skip-schema-validation", "--set", "number=none"),
        base=BASE,
    ),
    "names of its own": Case(
        [{"name": "release-name", "string": "mine"}, {"name": "namespace", "string": "elsewhere"}],
        base=("--name-template", "mine", "--namespace", "elsewhere", "--include-crds"),
    ),
}
FILES = {
    "one.yaml": "text: one\nnumber: 2\n",
    "two.yaml": "text: two\n",
    "a,b.yaml": "text: a and b\n",
    "inline.yaml": INLINE,
    "envs/a.yaml": "text: a\nnumber: 3\n",
    "envs/z.yaml": "text: z\n",
    "envs/nested/c.yaml": "text: c\n",
    "values.schema.json": json.dumps({"properties": {"number": {"type": "integer"}}}),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_objects_are_those_of_the_native_call(helm: Path, case: Case, tmp_path: Path) -> None:
    source = charts.write(tmp_path, FILES)
    done = charts.generate(helm, source, [OFF, *case.parameters], **case.variables)
    assert done.returncode == 0, done.stderr
    assert charts.objects(done.stdout) == charts.native(helm, source, *case.base, *case.flags)


@pytest.mark.parametrize("chart", ["ledger", "auditor", "schema-loading"])
def test_the_products_charts_too(helm: Path, chart: str) -> None:
    source = ROOT / "tests" / "charts" / chart
    done = charts.generate(helm, source, [OFF])
    assert done.returncode == 0, done.stderr
    assert charts.objects(done.stdout) == charts.native(helm, source, *BASE, "--include-crds")


def test_an_application_in_any_namespace(helm: Path, tmp_path: Path) -> None:
    done = charts.generate(helm, charts.write(tmp_path), [OFF], ARGOCD_APP_NAME="team_app")
    assert charts.objects(done.stdout) == charts.native(helm, tmp_path, *BASE, "--include-crds")


def test_a_parameter_goes_before_the_applications_variable_before_the_plugins(
    helm: Path, tmp_path: Path
) -> None:
    source = charts.write(tmp_path)
    own = {"HELM_SET": "number=1", "SCALARDL_HARDENING": "off"}
    environment = {"ARGOCD_ENV_HELM_SET": "number=2\ntext=two"}
    parameter = {"name": "set", "map": {"number": "3"}}
    for parameters, variables, flags in (
        ([], own, ["number=1"]),
        ([], own | environment, ["number=2", "text=two"]),
        ([parameter], own | environment, ["number=3"]),
    ):
        done = charts.generate(helm, source, parameters, **variables)
        wanted = [word for flag in flags for word in ("--set", flag)]
        assert charts.objects(done.stdout) == charts.native(helm, source, *BASE, "--include-crds", *wanted)


def test_without_hardening_the_bytes_are_helms(helm4: Path, tmp_path: Path) -> None:
    config = "kind: ConfigMap\r\napiVersion: v1\r\nmetadata: {name: x}  # kept\r\n"
    source = charts.write(tmp_path, {"templates/crlf.yaml": config})
    command = [str(helm4), "template", ".", "--name-template=app", "--namespace=place", "--include-crds"]
    native = subprocess.run(command, cwd=source, capture_output=True, check=True)
    assert charts.generate(helm4, source, [OFF]).stdout == native.stdout.decode()
