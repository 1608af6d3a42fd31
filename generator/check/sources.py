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
        title, at = manifest.title, pointer(path)
        document = manifest.parsed.document
        if document.number == 0:
            return Spot(object=title, path=at)
        offset = _offset(manifest.parsed.tree.root, (*manifest.base, *path))
        before = document.text[:offset]
        # A document may begin with the separator before its source.
        line = document.line + before.count("\n")
        number = bisect.bisect_right(self.starts, line) - 1
        source = self.sources[number]
        if source.rendered:
            return Spot(
                f"{source.file}/{document.source}" if document.source else source.file, 0, 0, title, at
            )
        line -= self.starts[number] - 1
        return Spot(source.file, line, offset - before.rfind("\n"), title, at)


def stream(sources: tuple[Source, ...]) -> Stream:
    """The sources one after another, as `joined` lays them."""
    starts: list[int] = []
    for number in range(len(sources)):
        text = joined(source.text for source in sources[: number + 1])
        last = sources[number].text
        starts.append(text.count("\n") + 1 - (last if last.endswith("\n") else last + "\n").count("\n"))
    return Stream(sources, joined(source.text for source in sources), tuple(starts))


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
