"""Manifests with the files that they came from, so that a finding has a place in a file of its user's."""

from __future__ import annotations

import bisect
from typing import NamedTuple

from generator.check.answers import Spot
from generator.manifests_in import joined
from postrender.manifests.manifest import Manifest, Path, pointer
from postrender.manifests.nodes import MAPPING, SEQUENCE, Node


class Source(NamedTuple):
    """A text of manifests. `file`: as its user named it, `-` for stdin, or the chart that it came from."""

    file: str
    text: str
    rendered: bool = False


class Stream(NamedTuple):
    """Several sources as one stream. `starts`: the line of the stream (from 1) where each of them begins."""

    sources: tuple[Source, ...]
    text: str
    starts: tuple[int, ...]

    def spot(self, manifest: Manifest, path: Path = ()) -> Spot:
        """Where what is at `path` stands; the nearest place above it where nothing is there.

        Of a chart's manifests only the template is known, for nobody has the rendered file.
        """
        title, at, identity = manifest.title, pointer(path), _identity(manifest, path)
        document = manifest.parsed.document
        if document.number == 0:
            return Spot(object=title, path=at, identity=identity)
        offset = _offset(manifest.parsed.tree.root, (*manifest.base, *path))
        before = document.text[:offset]
        # A document may begin with the separator before its source.
        line = document.line + before.count("\n")
        number = bisect.bisect_right(self.starts, line) - 1
        source = self.sources[number]
        if source.rendered:
            file = f"{source.file}/{document.source}" if document.source else source.file
            return Spot(file, 0, 0, title, at, identity)
        line -= self.starts[number] - 1
        return Spot(source.file, line, offset - before.rfind("\n"), title, at, identity)

    def file_of(self, line: int) -> str:
        """The file of the document that begins at that line of the stream."""
        # It may begin with the separator before its source.
        return self.sources[bisect.bisect_right(self.starts, line + 1) - 1].file


def stream(sources: tuple[Source, ...]) -> Stream:
    """The sources one after another, as `joined` lays them."""
    starts: list[int] = []
    line = 1
    for source in sources:
        line += bool(starts and not source.text.startswith("---"))  # the separator before it
        starts.append(line)
        line += source.text.count("\n") + (not source.text.endswith("\n"))
    return Stream(sources, joined(source.text for source in sources), tuple(starts))


def _identity(manifest: Manifest, path: Path) -> str:
    """The object and the place in it, the same wherever they stand: items of lists go by their names."""
    value: object = manifest.data
    steps = []
    for step in path:
        if isinstance(value, list):
            value = value[int(step)] if step.isdigit() and int(step) < len(value) else None
            name = value.get("name") if isinstance(value, dict) else None
            steps.append(name if isinstance(name, str) else step)
        else:
            value = value.get(step) if isinstance(value, dict) else None
            steps.append(step)
    return "/".join((manifest.namespace or "", manifest.kind, manifest.name, *steps))


def _offset(node: Node | None, path: Path) -> int:
    """Where the value at `path` begins, or its key; where there is none, what is nearest above it."""
    if node is None:
        return 0
    offset = node.start
    for step in path:
        if node.kind == MAPPING:
            found = [(key, value) for key, value in node.value if key.value == step]
            if not found:
                break
            key, node = found[-1]
            offset = key.start
        elif node.kind == SEQUENCE and step.isdigit() and int(step) < len(node.value):
            node = node.value[int(step)]
            offset = node.start
        else:
            break
    return offset
