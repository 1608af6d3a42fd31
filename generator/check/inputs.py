"""What a check is given: paths, told apart by what they hold.

A file is a deployment (a profile: it says `extends`), values of a ScalarDL chart, Kubernetes manifests,
or a key or certificate; a folder holds any of them, below it too; a folder with Chart.yaml is a chart.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, NoReturn

import yaml

from generator import manifests_in
from generator.check.sources import Source
from generator.errors import UNREADABLE, USAGE, GenerateError
from generator.keys.cli import LARGEST
from generator.values.interface import defaults
from postrender.manifests import nodes
from postrender.manifests.stream import BOM
from profiles.models import DOMAINS

STDIN = manifests_in.STDIN
_TEXTS = (".yaml", ".yml", ".json")
_KEYS = (".pem", ".key", ".crt", ".cer", ".cert", ".csr", ".p8", ".pk8", ".der", ".p12", ".pfx", ".pub")
_KEY_NAMES = ("private-key", "certificate", "tls.key", "tls.crt", "ca.crt")
_ARCHIVES = (".tgz", ".tar.gz")
_EXTENDS = re.compile(r"^[\"']?extends[\"']?[ \t]*:", re.MULTILINE)
_MANIFEST = re.compile(
    r"^[\"']?(?:apiVersion|kind)[\"']?[ \t]*:|\A\s*\{\s*\"(?:apiVersion|kind|items)\"", re.MULTILINE
)
# A chart of ours is called so, and its values have the key `hardening`.
_UMBRELLA = ("hardening", "scalardl-ledger-monitoring", "scalardl-auditor-monitoring")


class Values(NamedTuple):
    """A values file: its name, its text and what it says."""

    file: str
    text: str
    data: dict[str, Any]


class Named(NamedTuple):
    """A path and what stands there: it is read later, by what knows how."""

    sort: Literal["profile", "key", "chart", "ignored"]
    path: str


Thing = Source | Values | Named


class Given(NamedTuple):
    """What stood at the paths. `profiles`: the names of deployment files. `charts`: paths that Helm can
    render. `ignored`: files of a folder that are none of these.
    """

    manifests: tuple[Source, ...] = ()
    profiles: tuple[str, ...] = ()
    values: tuple[Values, ...] = ()
    keys: tuple[str, ...] = ()
    charts: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        return not (self.manifests or self.profiles or self.values or self.keys or self.charts)


def read(paths: Sequence[str]) -> Given:
    """What stands at the paths. Raises GenerateError for one that is not there or that is none of these."""
    found = [thing for path in paths for thing in _read(path)]
    named = [each for each in found if isinstance(each, Named)]
    profiles, keys, charts, ignored = (
        tuple(dict.fromkeys(each.path for each in named if each.sort == sort))
        for sort in ("profile", "key", "chart", "ignored")
    )
    return Given(
        tuple(each for each in found if isinstance(each, Source)),
        profiles,
        tuple(each for each in found if isinstance(each, Values)),
        keys,
        charts,
        ignored,
    )


def _read(path: str) -> Iterator[Thing]:
    place = Path(path)
    try:
        folder = path != STDIN and place.is_dir()
        place.exists()  # too long a name, or one with a zero byte, is refused here
    except (OSError, ValueError):
        folder = None
    if folder is None or not path or not path.isprintable():
        raise GenerateError(f"{path[:60]!r}: no path that can be read; check it", USAGE)
    if path == STDIN:
        yield Source(STDIN, manifests_in.readable(manifests_in.content(None), None))
    elif not folder:
        yield _file(place, path, alone=True)
    elif (place / "Chart.yaml").is_file():
        yield Named("chart", path)
    else:
        several = [each for name in _below(place) for each in _named(name)]
        if not several:
            raise GenerateError(
                f"{path}: no manifests, values, deployment file, chart or keys in it; name the folder that "
                "holds some",
                USAGE,
            )
        yield from several


def _below(folder: Path) -> Iterator[Path]:
    """The files below a folder by name, and the charts, into which nobody goes; nothing that is hidden."""

    def refuse(error: OSError) -> NoReturn:
        raise GenerateError(f"{error.filename}: cannot be read: {error.strerror}; leave it out", USAGE)

    for above, folders, files in os.walk(folder, onerror=refuse):
        here = Path(above)
        charts = [name for name in sorted(folders) if (here / name / "Chart.yaml").is_file()]
        folders[:] = sorted(name for name in folders if name not in charts and not name.startswith("."))
        yield from (here / name for name in charts)
        # What is no file, such as a pipe, would be waited for.
        yield from (
            here / name for name in sorted(files) if not name.startswith(".") and (here / name).is_file()
        )


def _named(place: Path) -> Iterator[Thing]:
    if place.is_dir():
        yield Named("chart", str(place))
    elif place.suffix in _TEXTS or _is_key(place):
        yield _file(place, str(place), alone=False)


def _is_key(place: Path) -> bool:
    return place.suffix.lower() in _KEYS or place.name in _KEY_NAMES


def _file(place: Path, name: str, alone: bool) -> Thing:
    """What a file is. Of a folder's files one that is nothing of ours is no error."""
    if name.endswith(_ARCHIVES) and place.is_file():
        return Named("chart", name)
    if _is_key(place):
        return Named("key", name)
    content = manifests_in.content(place)
    if content[:LARGEST].lstrip().startswith(b"-----BEGIN "):
        return Named("key", name)
    text = content.decode("utf-8", "replace").removeprefix(BOM)
    if _EXTENDS.search(text) and not _MANIFEST.search(text):
        if not place.is_file():
            raise GenerateError(f"{name}: a deployment file is read by its name; give a file, no pipe", USAGE)
        return Named("profile", name)
    if not alone and not _has_object(text) and not _EXTENDS.search(text) and _MANIFEST.search(text):
        return Named("ignored", name)  # a plugin.yaml has an apiVersion and no kind
    if not _MANIFEST.search(text):
        values = _values(name, text)
        if values:
            return values
        if not alone:
            return Named("ignored", name)
        if text.strip() and isinstance(_loaded(name, text), dict):
            raise GenerateError(
                f"{name}: neither manifests (apiVersion, kind), nor a deployment file (extends: production), "
                "nor values of a ScalarDL chart; name one of these",
                UNREADABLE,
            )
    return Source(name, manifests_in.readable(content, place))


def _has_object(text: str) -> bool:
    """Whether apiVersion and kind are both there, as in every Kubernetes object."""
    return all(
        re.search(rf"^[\s{{]*[\"']?{key}[\"']?[ \t]*:", text, re.MULTILINE) for key in ("apiVersion", "kind")
    )


def _values(name: str, text: str) -> Values | None:
    """The values in a file, where it has a key of a chart of ScalarDL's."""
    data = _loaded(name, text)
    if isinstance(data, dict):
        nodes.compose(text, name, 1)  # bounds what aliases may grow to
    if not isinstance(data, dict) or not any(key in _known() for key in data):
        return None
    return Values(name, text, {str(key): value for key, value in data.items()})


def _loaded(name: str, text: str) -> object:
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        why = str(getattr(error, "problem", None) or "a sign that YAML does not allow")
        what = "not YAML" if "'" in why else f"not YAML: {why}"  # a quoted word may be a secret
        cure = "correct it there" if mark else "leave it out, if it is no text"
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        raise GenerateError(f"{where}: {what}; {cure}", UNREADABLE) from None


def _known() -> set[str]:
    """The keys at the top of values that tell a chart of ScalarDL's."""
    charts = [chart for product in DOMAINS for chart in defaults(product).items()]
    keys = {key for _, values in charts for key in values} - {"global", "nameOverride", "fullnameOverride"}
    return keys | {name for name, _ in charts} | set(_UMBRELLA)
