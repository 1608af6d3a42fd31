"""Text that stays text for readers of YAML 1.1, 1.2 and for Helm, which has words of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from generator.yamltext import dump

WORDS = (
    "y",
    "Y",
    "n",
    "N",
    "yes",
    "off",
    "0X1f",
    "0x1f",
    "0o17",
    "1e3",
    "1_000",
    "012",
    "null",
    "~",
    "1.0",
    "=",
    "",
)


@pytest.mark.parametrize("word", WORDS)
def test_a_text_is_read_as_text(word: str) -> None:
    assert yaml.safe_load(dump({"key": word})) == {"key": word}


def test_helm_reads_every_text_as_text(tmp_path: Path, helm3: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("{apiVersion: v2, name: words, version: 0.1.0}")
    (tmp_path / "templates" / "words.yaml").write_text("words: {{ .Values | toJson }}\n")
    values = {"words": list(WORDS), "keys": {f"{word}": "text" for word in WORDS if word}}
    (tmp_path / "values.yaml").write_text(dump(values))
    command = [str(helm3), "template", "words", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert yaml.safe_load(done.stdout)["words"] == values


def test_comments_stand_above_their_keys() -> None:
    text = dump({"a": {"b": 1}, "c": [2]}, {("a", "b"): "why", ("c",): "and this"})
    assert text == "a:\n  # why\n  b: 1\n\n# and this\nc:\n  - 2\n"
