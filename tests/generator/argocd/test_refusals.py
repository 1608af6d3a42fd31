"""What the plugin refuses: in one line, with nothing on stdout. Hostile values are data."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from generator.argocd import paths
from tests.conftest import ROOT
from tests.generator.argocd import charts

NO, USAGE, UNREADABLE = 1, 2, 3
LEDGER = ROOT / "tests" / "charts" / "ledger"
HOSTILE = [
    "; touch owned",
    "$(touch owned)",
    "`touch owned`",
    "--post-renderer=touch",
    "-f",
    "one\ntwo",
    'a\' "b" \\ c',
    "x{{ env `HOME` }}",
]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return charts.write(tmp_path / "source")


def parameter(name: str, value: Any) -> list[dict[str, Any]]:
    kind = {str: "string", list: "array", dict: "map"}[type(value)]
    return [{"name": name, kind: value}]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_is_data(helm4: Path, source: Path, value: str) -> None:
    asked = [
        {"name": "hardening", "string": "off"},
        {"name": "set-string", "map": {"text": value.replace("$", "$$").replace("\\", "\\\\")}},
        {"name": "values", "string": json.dumps({"inline": value})},
        {"name": "api-versions", "array": [value, "monitoring.coreos.com/v1"]},
    ]
    done = charts.generate(helm4, source, asked)
    assert done.returncode == 0, done.stderr
    (shown,) = (each for each in charts.objects(done.stdout) if each["kind"] == "ConfigMap")
    values = json.loads(shown["data"]["values"])
    assert (values["text"], values["inline"]) == (value, value)
    assert shown["data"]["monitored"] == "yes"
    assert not list(source.rglob("owned"))


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize(
    "name", ["release-name", "namespace", "kube-version", "chart", "profile", "hardening"]
)
def test_a_hostile_name_is_refused(helm4: Path, source: Path, name: str, value: str) -> None:
    assert charts.fails(helm4, source, parameter(name, value)).exit_code == USAGE
    assert not list(source.rglob("owned"))


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_name_of_no_file_is_refused(helm4: Path, source: Path, value: str) -> None:
    for asked in (parameter("value-files", [value]), parameter("set-file", {"text": value})):
        assert charts.fails(helm4, source, asked).exit_code == USAGE
    assert not list(source.rglob("owned"))


@pytest.mark.parametrize("name", ["-f", "--post-renderer=touch", 'a"b.yaml', "x=y.yaml", "a,b.yaml", "a b"])
def test_a_hostile_name_of_a_file_is_a_name(helm4: Path, source: Path, name: str) -> None:
    (source / name).write_text("text: out of the file\n")
    off = parameter("hardening", "off")
    for asked, expected in (
        (parameter("value-files", [name]), "out of the file"),
        (parameter("set-file", {"text": name}), "text: out of the file\n"),
    ):
        done = charts.generate(helm4, source, off + asked)
        assert done.returncode == 0, done.stderr
        (shown,) = (each for each in charts.objects(done.stdout) if each["kind"] == "ConfigMap")
        assert json.loads(shown["data"]["values"])["text"] == expected


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (parameter("value-files", ["../../secret.yaml"]), "leads out of the repository"),
        (parameter("value-files", ["../../*.yaml"]), "leads out of the repository"),
        (parameter("value-files", ["linked.yaml"]), "leads out of the repository"),
        (parameter("value-files", ["values.yaml,/etc/passwd"]), "is not there"),
        (parameter("value-files", ["/etc/passwd"]), "is not there"),
        (parameter("value-files", ["../../none/*.yaml"]), "leads out of the repository"),
        (parameter("value-files", ["*/../../../*.yaml"]), "leads out of the repository"),
        (parameter("value-files", ["out/*"]), "'out/*' leads out of the repository"),
        (parameter("value-files", ["link*"]), "'link*' leads out of the repository"),
        (parameter("value-files", ["pipe"]), "is not there"),
        (parameter("value-files", ["file:///etc/passwd"]), "Helm reads https and files"),
        (parameter("value-files", ["http://me:hunter2@127.0.0.1/?x=1"]), "value-files: 'http': Helm reads"),
        (parameter("set-file", {"text": "http://127.0.0.1/"}), "set-file: 'http': Helm reads"),
        (parameter("profile", "pipe"), "is no file"),
        (parameter("profile", "./pipe"), "is no file"),
        (parameter("profile", "pipe.json"), "is no file"),
        (parameter("profile", "below-pipe.yaml"), "not a file"),
        (parameter("profile", "below-secret.yaml"), "leads out of the repository"),
        (parameter("profile", "below-linked.yaml"), "leads out of the repository"),
        (parameter("values", "\ud800"), "parameter values: not a text in UTF-8"),
        (parameter("set", {"\ud800": "1"}), "parameter set: not a text in UTF-8"),
        (parameter("value-files", ["\ud800"]), "parameter value-files: not a text in UTF-8"),
        (parameter("value-files", ["$values/ledger.yaml"]), "a file of another source ($values)"),
        (parameter("set-file", {"text": "../../secret.yaml"}), "leads out of the repository"),
        (parameter("set-file", {"text": "none"}), "is not there"),
        (parameter("set-file", {"a=/etc/passwd,text": "values.yaml"}), "is no key"),
        (parameter("profile", "../../secret.yaml"), "leads out of the repository"),
        (parameter("chart", "../.."), "leads out of the repository"),
        (parameter("helm", "/bin/sh"), "only who runs the plugin may set it"),
        (parameter("valuefiles", ["x"]), "did you mean value-files?"),
        (parameter("set", "a=b"), "it is of the kind map"),
        (parameter("set", {"a": 1}), "not a map of strings"),
        (parameter("values", "a: 1") * 2, "it stands there twice"),
        (parameter("skip-crds", "yes"), "not true or false"),
        (parameter("exclude", ["anti-afinity"]), "did you mean anti-affinity?"),
        (parameter("profile", "prodution"), "production"),
        (parameter("profile", "bad.yaml"), "bad.yaml"),
    ],
    ids=lambda value: value if isinstance(value, str) else json.dumps(value),
)
def test_what_cannot_be_asked_is_refused(helm4: Path, source: Path, asked: Any, said: str) -> None:
    (source.parent.parent / "secret.yaml").write_text("text: secret\n")
    (source / "linked.yaml").symlink_to("/etc/passwd")
    (source / "out").symlink_to("/etc")
    for name in ("pipe", "pipe.json"):
        os.mkfifo(source / name)
    for name, base in (("pipe", "./pipe"), ("secret", "../../secret.yaml"), ("linked", "./linked.yaml")):
        (source / f"below-{name}.yaml").write_text(f"extends: {base}\n")
    (source / "bad.yaml").write_text("extends: production\nnonsense: 1\n")
    # Helm loads the whole folder of a chart, and no pipes.
    charts.write(source / "below")
    done = charts.generate(helm4, source, asked, HELM_CHART="below")
    charts.refused(done, USAGE, said)
    assert "hunter2" not in done.stderr


def test_patterns_enter_no_links_and_look_at_no_more_than_they_may(
    helm4: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (source / "round").symlink_to(".")
    (source / "deep" / "deeper").mkdir(parents=True)
    (source / "deep" / "deeper" / "one.yaml").write_text("")
    where = paths.Source(source.resolve(), source.resolve())
    pattern = "/".join(["**"] * 40) + "/one.yaml"
    found = paths.value_files(where, [pattern], may_be_missing=False)
    assert found == [str(source.resolve() / "deep" / "deeper" / "one.yaml")]
    monkeypatch.setattr(paths, "_MOST_ENTRIES", 3)
    assert "more than 3 files" in str(charts.fails(helm4, source, parameter("value-files", ["**"])))


def test_the_charts_own_helm_is_never_run(source: Path) -> None:
    (source / "helm").write_text("#!/bin/sh\ntouch owned\n")
    (source / "helm").chmod(0o755)
    for program in ("helm", "./helm"):
        error = charts.fails(program, source, PATH=".:")
        assert (error.exit_code, "no such program" in str(error)) == (USAGE, True)
    assert not list(source.rglob("owned"))


@pytest.mark.parametrize("hardening", ["on", "off"])
def test_values_that_hold_themselves_end_in_time(helm4: Path, source: Path, hardening: str) -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
    )
    for values in ("a: &a [*a]\n", bomb):
        done = charts.generate(helm4, source, parameter("hardening", hardening) + parameter("values", values))
        assert (done.stdout, len(done.stderr.splitlines())) == ("", 1), done.stderr
        assert done.returncode == UNREADABLE


@pytest.mark.parametrize("hardening", ["on", "off"])
def test_no_objects_are_a_failure(helm4: Path, source: Path, hardening: str) -> None:
    for path in charts.TEMPLATES:
        (source / path).unlink()
    (source / "templates" / "none.yaml").write_text("# nothing\n---\n{{/* nothing */}}\n")
    done = charts.generate(helm4, source, parameter("hardening", hardening))
    charts.refused(done, UNREADABLE, "renders no object")


def test_a_missing_chart_is_a_failure(helm4: Path, tmp_path: Path) -> None:
    charts.refused(charts.generate(helm4, tmp_path), USAGE, "no Chart.yaml")


@pytest.mark.parametrize("version", ["helm3", "helm4"])
def test_dependencies_that_nothing_can_fetch_are_a_failure(
    request: pytest.FixtureRequest, source: Path, version: str
) -> None:
    dependency = "{name: below, version: 0.1.0, repository: http://127.0.0.1:9/charts}"
    charts.write(source, {"Chart.yaml": charts.CHART + f"dependencies: [{dependency}]\n"})
    done = charts.generate(request.getfixturevalue(version), source)
    charts.refused(done, UNREADABLE, "Helm cannot fetch the chart's dependencies")
    assert "commit them in the chart's folder charts" in done.stderr


@pytest.mark.parametrize(
    "rest", ["dependencies: 5\n", "dependencies: [5]\n", "dependencies: {a: b}\n", ": ["]
)
def test_a_chart_that_is_none_is_a_failure(helm4: Path, source: Path, rest: str) -> None:
    charts.write(source, {"Chart.yaml": charts.CHART + rest})
    done = charts.generate(helm4, source)
    charts.refused(done, UNREADABLE, "Helm does not render the chart")


def test_a_missing_helm_is_a_failure(source: Path) -> None:
    charts.refused(charts.generate("no-such-helm", source), USAGE, "no-such-helm: no such program")


def test_a_policy_that_cannot_be_met_says_why(helm4: Path) -> None:
    done = charts.generate(helm4, LEDGER, parameter("set", {"ledger.image.version": "latest"}))
    assert (done.returncode, done.stdout) == (NO, "")
    assert done.stderr.startswith("policy production cannot be met: Deployment app-scalardl-ledger: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "text", ["{", "1", "[" * 30_000, '[{"name": "set", "map": {"a": null}}]', "[1]"], ids=len
)
def test_parameters_that_are_none_are_refused(helm4: Path, source: Path, text: str) -> None:
    done = charts.generate(helm4, source, ARGOCD_APP_PARAMETERS=text)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (USAGE, "", 1), done.stderr


@pytest.mark.parametrize("helm", ["helm3", "helm4"])
@pytest.mark.parametrize(
    "asked",
    [
        parameter("set-string", {"password": "hunter2-very-secret"}),
        parameter("values", "password: hunter2-very-secret\n"),
        parameter("values", "password: |\n  hunter2-very-secret"),
        parameter("values", "hunter2-very-secret"),
        parameter("values", "'hunter2-very-secret"),
        parameter("values-object", "password: hunter2-very-secret\n"),
        parameter("values", "password: |\n  one\n  hunter2-very-secret\n  three\n"),
        parameter("values", 'password: "one\\nError: hunter2-very-secret\\nthree"\n'),
        parameter("values", "password: {hunter2-very-secret: 1}\n"),
        parameter("values", "password: [a, hunter2-very-secret]\n"),
        parameter("values", "password: x-hunter2-very-secret.yaml:1\n"),
        parameter("set", {"password": "a,hunter2-very-secret"}),
        parameter("set", {"password[hunter2-very-secret]": "a"}),
        parameter("set", {"password": "hunter2-very-secret=`"}),
    ],
    ids=json.dumps,
)
@pytest.mark.parametrize(
    "files",
    [
        {"values.schema.json": '{"properties": {"password": {"type": "string", "pattern": "^[0-9]+$"}}}'},
        {"values.schema.json": '{"properties": {"password": {"type": "string", "enum": ["a"]}}}'},
        {"templates/fail.yaml": '{{ fail (printf "bad password %s" .Values.password) }}\n'},
        {"templates/fail.yaml": "a: b\n  {{ .Values.password }}: c\n"},
        {"templates/fail.yaml": "{{ .Values.password.missing.more }}\n"},
    ],
    ids=lambda files: next(iter(files.values())),
)
def test_no_message_tells_an_inline_value(
    request: pytest.FixtureRequest, source: Path, helm: str, files: dict[str, str], asked: Any
) -> None:
    charts.write(source, files)
    error = charts.fails(request.getfixturevalue(helm), source, asked)
    assert error.exit_code == UNREADABLE
    assert "hunter2" not in str(error)


@pytest.mark.parametrize("helm", ["helm3", "helm4"])
@pytest.mark.parametrize(
    ("template", "said"),
    [
        ('{{ fail "hunter2" }}\n', "at shown/templates/fail.yaml:1:3; correct"),
        (
            "{{ .Values.a.b.c }}\n",
            "at shown/templates/fail.yaml:1:10: it reads a value below one that is not there",
        ),
        ("{{ if }}\n", "at shown/templates/fail.yaml:1; correct"),
        ("a: b\n  hunter2: d\n", "at shown/templates/fail.yaml, in line 2 of what it renders; correct"),
        (
            '{{ include "hunter2" . }}\n',
            "at shown/templates/fail.yaml:1:3: it includes a template that is not there",
        ),
    ],
)
def test_a_message_tells_the_place_and_a_known_reason(
    request: pytest.FixtureRequest, source: Path, helm: str, template: str, said: str
) -> None:
    charts.write(source, {"templates/fail.yaml": template})
    error = charts.fails(request.getfixturevalue(helm), source)
    assert (error.exit_code, said in str(error)) == (UNREADABLE, True), str(error)
    assert "helm template in the chart's folder" in str(error)
    assert "hunter2" not in str(error)


@pytest.mark.parametrize("value", ["hunter2-quantity", "a 'hunter2' b", "hunter2" * 20, "x... hunter2"])
def test_no_message_of_hardening_tells_an_inline_value(helm4: Path, value: str) -> None:
    asked = parameter("set-string", {"ledger.resources.requests.memory": value})
    error = charts.fails(helm4, LEDGER, asked)
    assert error.exit_code == UNREADABLE
    assert "(a value)" in str(error)
    assert "hunter2" not in str(error)
