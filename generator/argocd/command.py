"""The arguments of `helm template`, in the order in which Argo CD's own Helm source gives them.

Each flag and its value are one argument, `--flag=value`: no value can become a flag, and there is no shell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from generator.argocd.given import Asked
from generator.argocd.paths import Source, inside, is_address, value_files
from generator.errors import USAGE, GenerateError
from profiles.problems import nearest

# https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ and Helm's limit of 53.
_RELEASE = re.compile(r"(?=.{1,53}\Z)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_NAMESPACE = re.compile(r"(?=.{1,63}\Z)[a-z0-9]([-a-z0-9]*[a-z0-9])?")
# The numbers of a version, as Argo CD hands it to Helm: v1.30.2-gke.100 is 1.30.2.
_VERSION = re.compile(r"\s*v?((?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))+)")
# A key of --set-file; what follows a bare comma would be a second one, with a file of its own choice.
_KEY = re.compile(r"(?:\\.|[^\\,={])+", re.DOTALL)


# Helm reads the values of this name from stdin.
_STDIN = "-"


class Call(NamedTuple):
    """A call of Helm: all arguments after `helm`, and the inline values for its stdin: they touch no disk."""

    arguments: tuple[str, ...]
    values: str


def call(asked: Asked, where: Source, environment: Mapping[str, str]) -> Call:
    """The call of Helm for what is asked. Raises GenerateError for what cannot be asked of it."""
    arguments = ["template", ".", f"--name-template={release_name(asked, environment)}"]
    if namespace := _namespace(asked, environment):
        arguments.append(f"--namespace={namespace}")
    if version := _kube_version(asked):
        arguments.append(f"--kube-version={version}")
    arguments += [f"--set={key}={_value(value)}" for key, value in asked.pairs("set")]
    arguments += [f"--set-string={key}={_value(value)}" for key, value in asked.pairs("set-string")]
    arguments += [_set_file(where, key, path) for key, path in asked.pairs("set-file")]
    missing = asked.true("ignore-missing-value-files")
    files = value_files(where, asked.texts("value-files"), may_be_missing=missing)
    arguments += [f"--values={_listed(file)}" for file in files]
    # Argo CD reads values only where there is no valuesObject.
    values = asked.text("values-object") or asked.text("values")
    if values:
        arguments.append(f"--values={_STDIN}")
    arguments += [f"--api-versions={_listed(each)}" for each in asked.texts("api-versions")]
    if not asked.true("skip-crds"):
        arguments.append("--include-crds")
    if asked.true("skip-schema-validation"):
        arguments.append("--skip-schema-validation")
    if asked.true("skip-tests"):
        arguments.append("--skip-tests")
    return Call(tuple(arguments), values)


def chart_folder(asked: Asked, where: Source) -> Path:
    """The folder of the chart. Raises GenerateError where there is none."""
    name = asked.text("chart")
    folder = inside(where, name, asked.where("chart"))
    if not (folder / "Chart.yaml").is_file():
        raise GenerateError(
            f"chart: no Chart.yaml in {name!r} of the source; correct the source's path, or chart",
            USAGE,
        )
    return folder


def release_name(asked: Asked, environment: Mapping[str, str]) -> str:
    """The name of the release. Raises GenerateError where it is none.

    Helm takes it for a template, which can read the environment: so nothing but a name is let through.
    """
    # In any namespace the Application's name is NAMESPACE_NAME.
    application = environment.get("ARGOCD_APP_NAME", "").rpartition("_")[2]
    name = asked.text("release-name") or application
    if not name:
        raise GenerateError(
            "release-name: none, and no ARGOCD_APP_NAME to take it from; set the parameter release-name",
            USAGE,
        )
    if not _RELEASE.fullmatch(name):
        source = asked.where("release-name") if asked.text("release-name") else "ARGOCD_APP_NAME"
        raise GenerateError(
            f"{source}: {name[:60]!r} is no name of a release; write 1 to 53 of a-z, 0-9, - and .", USAGE
        )
    return name


def _namespace(asked: Asked, environment: Mapping[str, str]) -> str:
    name = asked.text("namespace") or environment.get("ARGOCD_APP_NAMESPACE", "")
    if name and not _NAMESPACE.fullmatch(name):
        source = asked.where("namespace") if asked.text("namespace") else "ARGOCD_APP_NAMESPACE"
        raise GenerateError(
            f"{source}: {name[:70]!r} is no namespace; write 1 to 63 of a-z, 0-9 and -", USAGE
        )
    return name


def _kube_version(asked: Asked) -> str:
    text = asked.text("kube-version")
    found = _VERSION.match(text)
    if text and not found:
        raise GenerateError(
            f"{asked.where('kube-version')}: {text[:40]!r} is no version of Kubernetes; write it as 1.33.1",
            USAGE,
        )
    return found[1] if found else ""


def _value(text: str) -> str:
    """A value of --set: a comma is part of it, except in a list {a,b} and where it is escaped already."""
    if text.startswith("{") and text.endswith("}"):
        return text
    return re.sub(r"(?<!\\),", r"\\,", text)


def _set_file(where: Source, key: str, path: str) -> str:
    if not _KEY.fullmatch(key):
        raise GenerateError(f"set-file: {key[:60]!r} is no key; write one path, as in tls.caRootCert", USAGE)
    named = path
    if not is_address(path, "set-file"):
        file = inside(where, path, "set-file")
        if not file.is_file():
            raise GenerateError(f"set-file: {path!r} is not there; correct its path", USAGE)
        named = str(file)
    return f"--set-file={key}=" + re.sub(r"([\\,])", r"\\\1", named)


def _listed(text: str) -> str:
    """An item of a flag that Helm reads as a line of CSV."""
    return '"' + text.replace('"', '""') + '"' if re.search(r'[,"\r\n]', text) else text


def excluded(asked: Asked, rules: tuple[str, ...]) -> frozenset[str]:
    """The rules to leave out. Raises GenerateError for one that is none."""
    for name in asked.texts("exclude"):
        if name not in rules:
            cure = nearest(name, rules) or f"the rules are {', '.join(rules)}"
            raise GenerateError(f"{asked.where('exclude')}: {name[:60]!r}: no such rule; {cure}", USAGE)
    return frozenset(asked.texts("exclude"))
