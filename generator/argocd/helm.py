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
_REMOTE, _LOCAL = ("https://", "http://"), "file://"
# Where a chart says what it depends on; the last two are Helm 2's.
_DEPENDENCIES = ("Chart.yaml", "Chart.lock", "requirements.yaml", "requirements.lock")
_PLACE = re.compile(
    r"^Error: (?:template: |execution error at \(|parse error at \(|YAML parse error on )?"
    r"([\w.-]+/(?:charts/[\w.-]+/)*templates/[\w./-]+\.(?:ya?ml|tpl|txt|json)(?::\d+){0,2})"
    r"(?:: error converting YAML to JSON: yaml: line (\d+):)?",
    re.MULTILINE,
)
# What Helm 3 and 4 say, and what it means.
_REASONS = (
    ("but missing in charts", "charts that it depends on are missing"),
    ("nil pointer", "it reads a value below one that is not there (nil pointer)"),
    ("values don't meet the specifications of the schema", "the values do not fit the chart's schema"),
    ("chart requires kubeVersion", "the chart is not for this version of Kubernetes (kubeVersion)"),
    ("could not find template", "it includes a template that is not there"),
    ("no template ", "it includes a template that is not there"),
    ("failed parsing --set", "a parameter of set, set-string or set-file is not as Helm wants it"),
    ("failed to parse", "values are not YAML"),
    ("lock file", "Chart.lock does not fit Chart.yaml; write it anew with helm dependency update"),
    ("is not a valid chart repository or cannot be reached", "a repository cannot be reached"),
    ("could not download", "a chart or its repository cannot be reached"),
    ("dial tcp", "an address cannot be reached"),
    ("failed to fetch", "an address gives no file"),
)


class Helm(NamedTuple):
    """The Helm program, the chart's folder, the top of its repository, and a private folder."""

    program: str
    chart: Path
    top: Path
    private: Path
    environment: Mapping[str, str]

    def template(self, arguments: Sequence[str], values: str) -> bytes:
        """What `helm template` writes, with these values on its stdin; missing dependencies are built.

        Raises GenerateError with the place that Helm names.
        """
        content = values.encode(errors="surrogateescape")
        done = self._run(arguments, content)
        if done.returncode and _MISSING in done.stderr:
            self._build_dependencies()
            done = self._run(arguments, content)
        if done.returncode:
            raise GenerateError(
                f"Helm does not render the chart{_why(done.stderr)}; correct the chart or its values; see "
                "why with: helm template in the chart's folder",
                UNREADABLE,
            )
        return done.stdout

    def _build_dependencies(self) -> None:
        known = {url.rstrip("/") for url in _listed(self.private / _OWN, "repositories", "url") or ()}
        addresses = dict.fromkeys(_repositories(self.chart))
        for address in addresses:
            folder = os.path.realpath(self.chart / address.removeprefix(_LOCAL))
            if address.startswith(_LOCAL) and not Path(folder).is_relative_to(self.top):
                raise GenerateError(
                    "Chart.yaml: the file:// repository of a dependency leads out of the repository; name a "
                    "folder that is in it",
                    USAGE,
                )
        for number, address in enumerate(each for each in addresses if each.startswith(_REMOTE)):
            # Helm builds from a lock only with repositories that it has been told.
            if address.rstrip("/") not in known:
                self._dependencies(["repo", "add", f"chart-dependency-{number}", address])
        self._dependencies(["dependency", "build", "."])

    def _dependencies(self, arguments: Sequence[str]) -> None:
        done = self._run(arguments)
        if done.returncode:
            raise GenerateError(
                f"Helm cannot fetch the chart's dependencies{_why(done.stderr)}; commit them in the chart's "
                "folder charts, or let the sidecar reach their repository; see why with: helm dependency "
                "build in the chart's folder",
                UNREADABLE,
            )

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


def _why(stderr: bytes) -> str:
    """The template and line that Helm names, and the reason where it is a known one.

    Nothing else of what it says: it quotes values, and no pattern tells which.
    """
    said = stderr.decode("utf-8", "replace")
    reason = next((words for sign, words in _REASONS if sign in said), "")
    found = _PLACE.search(said)
    at = f" at {found[1]}" if found else ""
    if found and found[2]:
        at += f", in line {found[2]} of what it renders"
    return at + (f": {reason}" if reason else "")


def found(program: str, environment: Mapping[str, str]) -> str:
    """The path of the Helm program. Raises GenerateError where there is none.

    It is looked for before the chart's folder is entered, which may hold a program of that name.
    """
    if Path(program).is_absolute():
        return program
    path = None if os.sep in program else shutil.which(program, path=environment.get("PATH", os.defpath))
    if path is None:
        raise GenerateError(
            f"{program}: no such program; install Helm, or write its absolute path into SCALARDL_HELM", USAGE
        )
    return path


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
    # Helm runs in the chart's folder: no part of PATH may stand in it.
    search = [each for each in made.get("PATH", os.defpath).split(os.pathsep) if Path(each).is_absolute()]
    made["PATH"] = os.pathsep.join(search)
    homes = {f"HELM_{home.upper()}_HOME": str(private / home) for home in ("cache", "config", "data")}
    return made | homes | {REPOSITORIES: str(repositories), "HOME": str(private)}


def _repositories(chart: Path) -> list[str]:
    """The repositories that the chart's files name. Raises GenerateError where one cannot be read."""
    found = []
    for name in _DEPENDENCIES:
        if (chart / name).is_file():
            listed = _listed(chart / name, "dependencies", "repository")
            if listed is None:
                raise GenerateError(
                    f"{name}: its dependencies cannot be read; correct it, or commit them in the chart's "
                    "folder charts",
                    UNREADABLE,
                )
            found += listed
    return found


class _Plain(yaml.SafeLoader):
    """YAML without the merge key, whose use in itself makes a small file a huge one."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        if any(key.tag == "tag:yaml.org,2002:merge" for key, _ in node.value):
            raise yaml.YAMLError


def _listed(file: Path, key: str, part: str) -> list[str] | None:
    """That part of each map in the list under the key, if any; None where the file cannot be read."""
    try:
        read: object = yaml.load(file.read_bytes(), _Plain)
    except (OSError, yaml.YAMLError, ValueError, RecursionError):
        return None
    listed = read.get(key) if isinstance(read, dict) else None
    maps = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return [str(each[part]) for each in maps if each.get(part)]
