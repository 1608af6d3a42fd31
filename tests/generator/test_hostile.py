"""Values of a profile that its reader accepts and that would be markup, commands or templates elsewhere."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml

from generator.bundle import folder
from generator.templating import ENVIRONMENT
from profiles.load import ResolvedProfile, load
from profiles.models import DOMAINS
from tests.conftest import ROOT

# Each begins with a word by which it is found again.
HOSTILE = [
    "x1 $(touch owned)",
    "x2 `touch owned`",
    "x3 '; touch owned; '",
    'x4 "; touch owned; "',
    "x5 {{ .Values.a }} {% raw %} [[ profile ]] [% if %]",
    "x6: y # z",
    "x7 <script>alert(1)</script>",
    "x8 | y | z",
    "x9 [a](javascript:b) ![c](d)",
    "x10 ${HOME} $HOME \\ && *",
    "x11 ``` ~~~ </svg> ]]> -->",
    "- x12: &a *b !c",
    "@x13 %x >x |x",
]
PROFILE = """\
extends: production
description: {text}
ledger:
  administrativeDomain: {text}
  cluster: {{region: {text}, provider: {provider}}}
auditor:
  administrativeDomain: {other}
  cluster: {{region: {text}, provider: {provider}}}
clients: [{{name: payments, administrativeDomain: {third}, networks: [10.20.0.0/16]}}]
exemptRequirements: [{{requirement: standby-cluster, reason: {text}}}]
exemptions: [{{rule: anti-affinity, kind: Deployment, name: a, reason: {text}}}]
"""


def resolved(text: str, provider: str, tmp_path: Path) -> ResolvedProfile:
    file = tmp_path / "ours.yaml"
    written = {
        name: json.dumps(f"{text}{end}") for name, end in (("text", ""), ("other", " 2"), ("third", " 3"))
    }
    file.write_text(PROFILE.format(**written, provider=provider), "utf-8")
    return load(str(file))


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [found for pair in value.items() for each in pair for found in texts(each)]
    if isinstance(value, list):
        return [found for each in value for found in texts(each)]
    return [str(value)]


def quoted(block: str, at: int) -> bool:
    """Whether what stands at the place is in single quotes, or in a here-document that takes it as it is."""
    return block[:at].replace("'\"'\"'", "").count("'") % 2 == 1 or "<<'EOF'" in block[:at]


@pytest.mark.parametrize("provider", ["none", "eks", "aks", "gke"])
@pytest.mark.parametrize("text", HOSTILE)
def test_each_file_of_a_bundle_holds_it_as_a_value(text: str, provider: str, tmp_path: Path) -> None:
    profile = resolved(text, provider, tmp_path)
    for product in DOMAINS:
        made = folder.files(profile, product)
        for name, content in made.items():
            if name.endswith((".yaml", ".yml")) and "chart/templates" not in name:
                for document in yaml.safe_load_all(content):
                    for found in texts(document):
                        # A policy is JSON within YAML.
                        assert "touch owned" not in found or text in found or json.dumps(text)[1:-1] in found
            elif name.endswith(".json"):
                json.loads(content)
            elif name.endswith(".md"):
                _markdown(content)
        # A chart's own templates are the same for everybody.
        plain = folder.files(load("production"), product)
        assert {name: each for name, each in made.items() if "chart/templates" in name} == {
            name: each for name, each in plain.items() if "chart/templates" in name
        }


def _markdown(content: str) -> None:
    blocks = re.findall(r"^ *```bash\n(.*?)^ *```$", content, re.MULTILINE | re.DOTALL)
    for block in blocks:
        done = subprocess.run(["bash", "-n"], input=block, text=True, capture_output=True, check=False)
        assert done.returncode == 0, (block, done.stderr)
        for found in re.finditer(r"touch owned", block):
            assert quoted(block, found.start()), block
    prose = re.sub(r"^ *```.*?^ *```$", "", content, flags=re.MULTILINE | re.DOTALL)
    prose = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", prose, flags=re.DOTALL)
    for sign in ("<script", "</svg", "](javascript", "{{ .Values", "$(touch", "[[ profile"):
        assert sign not in prose.replace("\\<", ""), sign


def test_there_is_one_environment_of_jinja_and_it_refuses_what_is_not_stated() -> None:
    made = [
        (path.name, node.lineno)
        for path in (ROOT / "generator").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("Environment", "Template")
    ]
    assert [name for name, _ in made] == ["templating.py"]
    assert ENVIRONMENT.undefined is jinja2.StrictUndefined
    with pytest.raises(jinja2.UndefinedError):
        ENVIRONMENT.from_string("[[ nothing ]]").render()


def test_a_template_writes_no_nothing_and_no_control_character() -> None:
    for value in (None, ["a"], {"a": 1}, "a\x1b[31m", "a\x00"):
        with pytest.raises(ValueError, match="template"):
            ENVIRONMENT.from_string("[[ value ]]").render(value=value)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_value_is_no_template(text: str) -> None:
    assert ENVIRONMENT.from_string("[[ value ]]").render(value=text) == text
