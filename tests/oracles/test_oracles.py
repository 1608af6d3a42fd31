"""The tools that tests compare with are where the tests look for them, and read as Kubernetes reads."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests import conftest
from tests.conftest import HELM3, HELM4, OLD_SCHEMAS, YAMLJSON


@pytest.mark.parametrize("path", [HELM3, HELM4, YAMLJSON, OLD_SCHEMAS])
def test_build_puts_the_tool_where_tests_look(path: str) -> None:
    folder = Path(path).parent if path != OLD_SCHEMAS else Path(path)
    build = (Path(conftest.__file__).parent / "oracles" / "build").read_text()
    named = f'"$cache/{folder}"' if path != OLD_SCHEMAS else f"schemas {folder.name}"
    assert named in build


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
