"""A part of a values file: its data, and comments for some of its keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from generator.yamltext import Path

Data = dict[str, Any]


class Block(NamedTuple):
    """Values and the comments above their keys; paths begin at the block."""

    data: Data
    comments: Mapping[Path, str] = {}

    def under(self, key: str, comment: str = "") -> Block:
        """The block below `key`, which gets the comment; nothing where the block is empty."""
        if not self.data:
            return Block({})
        below = {(key, *path): text for path, text in self.comments.items()}
        return Block({key: self.data}, {(key,): comment, **below} if comment else below)


def joined(*blocks: Block) -> Block:
    """The blocks one after the other; no two have a key in common."""
    data: Data = {}
    comments: dict[Path, str] = {}
    for block in blocks:
        assert not data.keys() & block.data.keys(), data.keys() & block.data.keys()
        data.update(block.data)
        comments.update(block.comments)
    return Block(data, comments)


def entry(key: str, value: Any, comment: str = "") -> Block:
    """One key and its value, with a comment or without; nothing where there is no value."""
    if value is None or value in ({}, [], ""):
        return Block({})
    return Block({key: value}, {(key,): comment} if comment else {})
