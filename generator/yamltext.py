"""YAML as people write it: comments above keys, lists indented, long texts as blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from textwrap import indent
from typing import Any

import yaml
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver

# From the top to a key.
Path = tuple[str, ...]

_TEXT = "tag:yaml.org,2002:str"
# Wider than any line, so that no text is folded.
_WIDTH = 1 << 20
_STEP = "  "


def dump(data: Mapping[str, Any], comments: Mapping[Path, str] | None = None) -> str:
    """The YAML text of `data`, which means the same to readers of YAML 1.1 and 1.2.

    `comments` are texts of one line or more for the keys at these paths; a key at the top that has
    one gets an empty line above it.
    """
    return "".join(_lines(data, comments or {}, ())).lstrip("\n")


def _lines(data: Mapping[str, Any], comments: Mapping[Path, str], above: Path) -> Iterator[str]:
    for key, value in data.items():
        path = (*above, key)
        text = "\n" * (not above and path in comments)
        text += indent(comments.get(path, ""), "# ", lambda line: True) + "\n" * (path in comments)
        if isinstance(value, Mapping) and any(
            len(other) > len(path) and other[: len(path)] == path for other in comments
        ):
            text += _plain({key: None}).removesuffix(" null\n") + "\n"
            text += "".join(_lines(value, comments, path))
        else:
            text += _plain({key: value})
        yield indent(text, _STEP) if above else text


def _plain(data: Mapping[str, Any]) -> str:
    made = yaml.dump(
        dict(data),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=_WIDTH,
    )
    assert isinstance(made, str)
    return made


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        # Lists stand two columns in, as charts write them.
        super().increase_indent(flow, False)


def _text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    if "\n" in value:
        return dumper.represent_scalar(_TEXT, value, style="|")
    # PyYAML quotes most of what YAML 1.1 reads as something else; 1e3 is a number only since 1.2.
    plain = _RESOLVER.resolve(ScalarNode, value, (True, False)) == _TEXT and not _OLD.fullmatch(value)
    return dumper.represent_scalar(_TEXT, value, style=None if plain else '"')


# What Helm and Kubernetes read as a boolean or a number, and neither PyYAML nor YAML 1.2 does.
_OLD = re.compile(r"[yYnN]|[-+]?0[XOB][0-9a-fA-F_]+")
_RESOLVER: Any = VersionedResolver()
_Dumper.add_representer(str, _text)
