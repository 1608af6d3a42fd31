"""Helm in a private folder: nothing of it outlives the run, and nothing of its messages tells a secret."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from generator.errors import UNREADABLE, USAGE, GenerateError

REPOSITORIES = "HELM_REPOSITORY_CONFIG"
# What who runs the plugin may set for Helm; all else of HELM_* is ours, or has no place here.
_KEPT = ("HELM_REGISTRY_CONFIG", "HELM_REPOSITORY_CACHE", "HELM_PLUGINS")
# Helm needs none of these, and they can hold what an Application keeps to itself.
_WITHHELD = ("ARGOCD_", "PARAM_", "HELM_", "KUBE_", "KUBECONFIG")
# What Helm 3 and 4 say of a chart whose dependencies are not in its folder charts.
_MISSING = b"but missing in charts"
# Of private folders, before the number of the process.
_PREFIX = "scalardl-argocd-"
# The repositories that Helm knows, in the private folder.
_OWN = "repositories.yaml"
_REMOTE = ("https://", "http://")
_HINT = "Use --debug flag"


class Helm(NamedTuple):
    """The Helm program, the chart's folder, a private folder, and the values that no message may tell."""

    program: str
    chart: Path
    private: Path
    untold: frozenset[str]
    environment: Mapping[str, str]

    def template(self, arguments: Sequence[str], values: str) -> bytes:
        """What `helm template` writes, with these values on its stdin; missing dependencies are built.

        Raises GenerateError with what Helm says last.
        """
        content = values.encode(errors="surrogateescape")
        done = self._run(arguments, content)
        if done.returncode and _MISSING in done.stderr:
            self._build_dependencies()
            done = self._run(arguments, content)
        if done.returncode:
            raise self._failure("does not render the chart", done.stderr, "correct the chart or its values")
        return done.stdout

    def _build_dependencies(self) -> None:
        known = {url.rstrip("/") for url in _listed(self.private / _OWN, "repositories", "url")}
        addresses = dict.fromkeys(_listed(self.chart / "Chart.yaml", "dependencies", "repository"))
        for number, address in enumerate(each for each in addresses if each.startswith(_REMOTE)):
            # Helm builds from a lock only with repositories that it has been told.
            if address.rstrip("/") not in known:
                self._dependencies(["repo", "add", f"chart-dependency-{number}", address])
        self._dependencies(["dependency", "build", "."])

    def _dependencies(self, arguments: Sequence[str]) -> None:
        done = self._run(arguments)
        if done.returncode:
            cure = "commit them in the chart's folder charts, or let the sidecar reach their repository"
            raise self._failure("cannot fetch the chart's dependencies", done.stderr, cure)

    def _run(self, arguments: Sequence[str], stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        try:
            # In our own process group: a deadline ends both.
            return subprocess.run(
                [self.program, *arguments],
                input=stdin,
                capture_output=True,
                check=False,
                cwd=self.chart,
                env=dict(self.environment),
            )
        except FileNotFoundError:
            raise GenerateError(
                f"{self.program}: no such program; install Helm, or say where it is with SCALARDL_HELM", USAGE
            ) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "an argument that no program can be given"
            raise GenerateError(f"{self.program}: cannot be run: {reason}; see to that", USAGE) from None

    def _failure(self, what: str, stderr: bytes, cure: str) -> GenerateError:
        said = self._told(stderr.decode("utf-8", "replace"))
        return GenerateError(f"Helm {what}: {said}; {cure}", UNREADABLE)

    def _told(self, stderr: str) -> str:
        lines = [line.strip() for line in stderr.splitlines() if line.strip() and _HINT not in line]
        if not lines:
            return "it does not say why"
        errors = [number for number, line in enumerate(lines) if line.startswith("Error:")]
        last = lines[errors[-1] :] if errors else lines[-1:]
        text = " ".join(dict.fromkeys((last[0].removeprefix("Error: "), last[-1].removeprefix("Error: "))))
        text = text.replace(f"{self.private}{os.sep}", "")
        # What stands in these quotes is a value that Helm did not like.
        text = re.sub(r"`[^`]*`|'[^'/][^']*'", "(a value)", text)
        for secret in sorted(self.untold, key=len, reverse=True):
            text = re.sub(rf"(?<![\w./-]){re.escape(secret)}(?![\w./-])", "(a value)", text)
        return "".join(sign if sign.isprintable() else "?" for sign in text).rstrip(".;")


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """A folder for one run. Raises OSError.

    Argo CD kills a run at its deadline, so what such runs left is removed by the next one.
    """
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        number = left.name.removeprefix(_PREFIX).partition("-")[0]
        if number.isdecimal() and not _runs(int(number)):
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-") as name:
        yield Path(name)


def _runs(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True  # somebody else's
    return True


def environment(private: Path, inherited: Mapping[str, str]) -> dict[str, str]:
    """The environment for Helm, with its homes in the private folder.

    Known repositories, with their credentials, are copied there: Helm writes to that file.
    """
    made = {
        name: value
        for name, value in inherited.items()
        if not name.startswith(_WITHHELD) or (name in _KEPT and value)
    }
    repositories = private / _OWN
    if inherited.get(REPOSITORIES):
        try:
            shutil.copyfile(inherited[REPOSITORIES], repositories)
            repositories.chmod(0o600)
        except OSError as error:
            raise GenerateError(
                f"{REPOSITORIES}: cannot be read: {error.strerror}; mount it, or unset the variable", USAGE
            ) from None
    homes = {f"HELM_{home.upper()}_HOME": str(private / home) for home in ("cache", "config", "data")}
    return made | homes | {REPOSITORIES: str(repositories), "HOME": str(private)}


def untold(values: str, single: Sequence[str]) -> frozenset[str]:
    """What is given inline and could be a secret: single values, and all scalars of the values."""
    try:
        read: object = yaml.safe_load(values)
    except (yaml.YAMLError, ValueError, RecursionError):
        read = None
    every = {*single, *map(str, _scalars(read))}
    return frozenset(
        text for text in every if len(text) > 3 and text not in ("true", "false", "None", "null")
    )


def _scalars(value: object) -> Iterator[object]:
    """Each scalar, whatever anchors make of the rest: each map and list is read once."""
    left, seen = [value], set[int]()
    while left:
        each = left.pop()
        if isinstance(each, (dict, list)):
            if id(each) not in seen:
                seen.add(id(each))
                left += each.values() if isinstance(each, dict) else each
        else:
            yield each


def _listed(file: Path, key: str, part: str) -> list[str]:
    """That part of each map in the list under the key; nothing where the file holds no such list."""
    try:
        read: object = yaml.safe_load(file.read_bytes())
    except (OSError, yaml.YAMLError, ValueError, RecursionError):
        return []
    listed = read.get(key) if isinstance(read, dict) else None
    maps = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return [str(each[part]) for each in maps if each.get(part)]
