"""One Kubernetes object of the stream: where it stands, what it says, and how to ask it.

What is missing or null reads as empty; what has the wrong shape (text where a map belongs) ends
the run with the place. Paths are tuples of keys and list positions, from the object's own root.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from postrender.errors import UnreadableError
from postrender.manifests.nodes import Tree
from postrender.manifests.stream import Document
from postrender.printable import one_line

Path = tuple[str, ...]
Object = dict[str, Any]
Items = list[Any]
Maps = list[Object]

# What makes an object a hook, to Helm and to Argo CD: it is not part of what runs.
# https://argo-cd.readthedocs.io/en/stable/user-guide/resource_hooks/
HOOKS = ("helm.sh/hook", "argocd.argoproj.io/hook")

# In the memory of a document, behind a path: what was found good there, as that. No key is like them.
_AS_TEXTS, _AS_MAPS = object(), object()


class Parsed:
    """A document that was parsed. `data` is what it says now: fixes change it in place.

    `touched`: the paths at or below which operations changed it, from the document's root. `memory`: what
    was looked up since it changed last.
    """

    __slots__ = ("document", "tree", "data", "touched", "memory")

    def __init__(self, document: Document, tree: Tree) -> None:
        self.document = document
        self.tree = tree
        self.data: Any = tree.data
        self.touched: set[Path] = set()
        self.memory: dict[tuple[object, ...], Any] = {}

    def touch(self, path: Path) -> None:
        """Note that what stands at or below `path` changes."""
        self.touched.add(path)
        self.memory.clear()


class Manifest:
    """A Kubernetes object: a document of its own, or an item of a List (then `base` leads to it).

    `added_by`: the rule that made the object, None for what Helm handed over. `home`: the release's
    namespace, as far as the stream tells it. `implied`: the apiVersion and kind of an item of a typed
    list, which need not state them.
    """

    __slots__ = ("parsed", "base", "added_by", "home", "implied")

    def __init__(
        self,
        parsed: Parsed,
        base: Path = (),
        added_by: str | None = None,
        implied: tuple[str, str] | None = None,
    ) -> None:
        self.parsed = parsed
        self.base = base
        self.added_by = added_by
        self.implied = implied
        self.home: str | None = None

    @property
    def data(self) -> Object:
        """The object as it is now."""
        data = self.parsed.data
        for step in self.base:
            data = data[int(step)] if isinstance(data, list) else data[step]
        if not isinstance(data, dict):
            raise self.misshapen((), "map", data)
        return data

    @property
    def api_version(self) -> str:
        return self.text("apiVersion") or (self.implied[0] if self.implied else "")

    @property
    def group(self) -> str:
        """The API group: `apps` for `apps/v1`, empty for the core group."""
        return self.api_version.rpartition("/")[0]

    @property
    def kind(self) -> str:
        return self.text("kind") or (self.implied[1] if self.implied else "")

    @property
    def name(self) -> str:
        """metadata.name, or generateName where there is no name."""
        return self.text("metadata", "name") or self.text("metadata", "generateName")

    @property
    def namespace(self) -> str | None:
        """Where the object stands: the namespace that it states, else the release's. None: not known."""
        return self.stated_namespace or self.home

    @property
    def stated_namespace(self) -> str | None:
        """The namespace that the object states, if any."""
        return self.text("metadata", "namespace") or None

    @property
    def labels(self) -> Mapping[str, str]:
        return self.texts("metadata", "labels")

    @property
    def annotations(self) -> Mapping[str, str]:
        return self.texts("metadata", "annotations")

    @property
    def hooks(self) -> tuple[str, ...]:
        """The hooks that the object is, to Helm or Argo CD; empty for an ordinary object."""
        stated = ",".join(self.annotations.get(name, "") for name in HOOKS)
        return tuple(hook.strip() for hook in stated.split(",") if hook.strip())

    @property
    def title(self) -> str:
        """`Deployment ledger`, for messages."""
        return one_line(f"{self.kind or 'object'} {self.name or '(no name)'}")

    @property
    def where(self) -> str:
        """`document 3 (Deployment ledger)`, for errors."""
        return f"document {self.parsed.document.number} ({self._title()})"

    def _title(self) -> str:
        data = self.parsed.data
        for step in self.base:
            data = data[int(step)] if isinstance(data, list) else data[step]
        meta = data.get("metadata") if isinstance(data, dict) else None
        words = [
            data.get("kind") if isinstance(data, dict) else None,
            meta.get("name") if isinstance(meta, dict) else None,
        ]
        # Only what is text: a map where a name belongs may hold anything, the content of a Secret too.
        return one_line(" ".join(word for word in words if isinstance(word, str))) or "no name"

    # -- asking -------------------------------------------------------------------------------

    def at(self, *path: str) -> Any:
        """What stands at `path`; None where nothing does."""
        value: Any = self.data
        for step in path:
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list):
                value = value[int(step)] if step.isdigit() and int(step) < len(value) else None
            else:
                return None
        return value

    def map(self, *path: str) -> Object:
        """The map at `path`; empty where nothing stands there."""
        value = self._through(path)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.misshapen(path, "map", value)
        return value

    def list(self, *path: str) -> Items:
        """The list at `path`; empty where nothing stands there."""
        value = self._through(path)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.misshapen(path, "list", value)
        return value

    def maps(self, *path: str) -> Maps:
        """The list of maps at `path`, such as the containers of a pod."""
        memory, place = self.parsed.memory, (*self.base, *path, _AS_MAPS)
        if place not in memory:
            items = self.list(*path)
            for index, item in enumerate(items):
                if not isinstance(item, dict):
                    raise self.misshapen((*path, str(index)), "map", item)
            memory[place] = items
        found: Maps = memory[place]
        return found

    def text(self, *path: str) -> str:
        """The text at `path`; empty where nothing stands there."""
        value = self._through(path)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.misshapen(path, "text", value)
        return value

    def texts(self, *path: str) -> Mapping[str, str]:
        """The map of text to text at `path`, such as labels. A null value reads as empty text."""
        memory, place = self.parsed.memory, (*self.base, *path, _AS_TEXTS)
        if place not in memory:
            values = self.map(*path)
            for name, value in values.items():
                if value is not None and not isinstance(value, str):
                    raise self.misshapen((*path, name), "text", value)
            memory[place] = {name: value or "" for name, value in values.items()}
        found: Mapping[str, str] = memory[place]
        return found

    def number(self, *path: str) -> int | None:
        """The whole number at `path`; None where nothing stands there."""
        value = self._through(path)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise self.misshapen(path, "whole number", value)
        return value

    def flag(self, *path: str) -> bool | None:
        """The boolean at `path`; None where nothing stands there."""
        value = self._through(path)
        if value is not None and not isinstance(value, bool):
            raise self.misshapen(path, "boolean", value)
        return value

    def selector(self, *path: str) -> Object | None:
        """The label selector at `path`, its shape checked; None where nothing stands there."""
        if self._through(path) is None:
            return None
        self.texts(*path, "matchLabels")
        for index, _ in enumerate(self.maps(*path, "matchExpressions")):
            self.list(*path, "matchExpressions", str(index), "values")
            self.text(*path, "matchExpressions", str(index), "key")
            self.text(*path, "matchExpressions", str(index), "operator")
        return self.map(*path)

    def _through(self, path: Path) -> Any:
        """What stands at `path`, remembered until the document changes."""
        memory = self.parsed.memory
        whole = self.base + path
        try:
            return memory[whole]
        except KeyError:
            value = memory[whole] = self._walk(path)
            return value

    def _walk(self, path: Path) -> Any:
        value: Any = self.data
        for depth, step in enumerate(path):
            if type(value) is dict:
                value = value.get(step)
            elif value is None:
                return None
            elif isinstance(value, list) and step.isdigit():
                value = value[int(step)] if int(step) < len(value) else None
            else:
                raise self.misshapen(path[:depth], "map", value)
        return value

    def misshapen(self, path: Path, wanted: str, found: object) -> UnreadableError:
        """The error for a value of the wrong shape. Names the shape found, never the value."""
        shapes = {
            dict: "a map",
            list: "a list",
            str: "text",
            bool: "a boolean",
            int: "a number",
            float: "a number",
        }
        shape = shapes.get(type(found), "nothing")
        kind = self.at("kind") or (self.implied[1] if self.implied else "")
        if isinstance(kind, str) and "secret" in kind.lower():
            path = path[:1]  # a key below may be a value that lost its indent
        place = one_line(pointer(path)) or "/"
        return UnreadableError(f"{self.where}: {place} is {shape} where a {wanted} belongs")


def pointer(path: Path) -> str:
    """The JSON Pointer (RFC 6901) of a path."""
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in path)


def path_of(text: str) -> Path:
    """The path of a JSON Pointer (RFC 6901)."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in text.split("/")[1:])
