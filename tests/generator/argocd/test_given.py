"""How options are given: arrays and maps in variables, `$NAME` in parameters."""

from __future__ import annotations

import json

import pytest

from generator.argocd.given import expand, read
from generator.errors import GenerateError


@pytest.mark.parametrize(
    "text",
    ["a.yaml,b.yaml", "a.yaml\nb.yaml\n", " a.yaml , b.yaml", '["a.yaml", "b.yaml"]'],
    ids=json.dumps,
)
def test_an_array_in_a_variable(text: str) -> None:
    assert read({"ARGOCD_ENV_HELM_VALUE_FILES": text}).texts("value-files") == ("a.yaml", "b.yaml")


def test_an_item_with_a_comma_needs_json() -> None:
    assert read({"HELM_VALUE_FILES": '["a,b.yaml"]'}).texts("value-files") == ("a,b.yaml",)


@pytest.mark.parametrize("text", ["a=1,2\nb.c==x", '{"a": "1,2", "b.c": "=x"}'], ids=json.dumps)
def test_a_map_in_a_variable(text: str) -> None:
    assert read({"HELM_SET": text}).pairs("set") == (("a", "1,2"), ("b.c", "=x"))


@pytest.mark.parametrize("text", ["{", '{"a": 1}', '["a"]', "a"], ids=json.dumps)
def test_a_map_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(GenerateError, match=r"^HELM_SET: ") as refused:
        read({"HELM_SET": text})
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "parameters", ["", "null", "[]", '[{"name": "values"}]', '[{"name": "set", "map": {}}]']
)
def test_nothing_is_given(parameters: str) -> None:
    asked = read({"ARGOCD_APP_PARAMETERS": parameters, "HELM_SET": "", "KUBE_API_VERSIONS": ""})
    assert (asked.text("values"), asked.pairs("set"), asked.texts("api-versions")) == ("", (), ())
    assert asked.text("hardening") == "on"


def test_an_empty_parameter_leaves_the_variable_as_it_is() -> None:
    asked = read(
        {
            "ARGOCD_APP_PARAMETERS": '[{"name": "release-name", "string": ""}]',
            "ARGOCD_ENV_HELM_RELEASE_NAME": "mine",
        }
    )
    assert asked.text("release-name") == "mine"


# https://pkg.go.dev/os#Expand, and `$$` as Argo CD reads it.
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$NAME", "app"),
        ("${NAME}-x", "app-x"),
        ("$NAME.yaml", "app.yaml"),
        ("$NAMES", ""),
        ("$$NAME", "$NAME"),
        ("$$$NAME", "$app"),
        ("a $ b", "a $ b"),
        ("50%$", "50%$"),
        ("$1x", "x"),
        ("${}", ""),
        ("${NAME", "NAME"),
        ("$-x", "x"),
        ("no dollar", "no dollar"),
    ],
)
def test_names_are_replaced_as_go_does(text: str, expected: str) -> None:
    assert expand(text, {"NAME": "app"}) == expected


def test_only_the_builds_variables_are_replaced() -> None:
    asked = read(
        {
            "ARGOCD_APP_PARAMETERS": '[{"name": "set", "map": {"a": "$ARGOCD_APP_REVISION/$HOME"}}]',
            "ARGOCD_APP_REVISION": "abc",
            "HOME": "/secret",
        }
    )
    assert asked.pairs("set") == (("a", "abc/"),)


def test_what_argo_cd_has_replaced_is_left_alone() -> None:
    environment = {"ARGOCD_ENV_HELM_SET": "a=$ARGOCD_APP_NAME", "ARGOCD_APP_NAME": "app"}
    assert read(environment).pairs("set") == (("a", "$ARGOCD_APP_NAME"),)
