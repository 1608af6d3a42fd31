"""Writes what the image's Python side consists of: container/sbom.cdx.json (CycloneDX) and docs/licences.md.

Names and versions come from container/requirements.lock, licences and dependencies from the metadata of the
installed packages, which must be those of the lock: run it with the project's virtual environment, as
`.venv/bin/python container/bill_of_materials.py`.
"""

from __future__ import annotations

import json
import re
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HERE = Path(__file__).parent
LOCK = HERE / "requirements.lock"
PROJECT = HERE.parent / "pyproject.toml"
SBOM = HERE / "sbom.cdx.json"
LICENCES = HERE.parent / "docs" / "licences.md"

_CLASSIFIER = "License :: OSI Approved :: "
# The classifiers that mean one licence only.
_SPDX = {"MIT License": "MIT", "ISC License (ISCL)": "ISC"}


class Part(NamedTuple):
    """A package of the image: its licence in its own words, and which other parts it needs."""

    name: str
    version: str
    licence: str
    needs: tuple[str, ...]

    @property
    def purl(self) -> str:
        return f"pkg:pypi/{self.name}@{self.version}"


def locked() -> dict[str, str]:
    """The version of each package in the lock, by its name."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", LOCK.read_text("utf-8"), re.MULTILINE))


def parts() -> list[Part]:
    """The packages of the lock, by name. Raises SystemExit where another version is installed."""
    versions = locked()
    found = []
    for name, version in sorted(versions.items()):
        installed = metadata.distribution(name)
        if installed.version != version:
            raise SystemExit(f"{name}: {installed.version} is installed, and the lock has {version}")
        needs = _needed(installed.requires or [])
        found.append(Part(name, version, licence(installed.metadata), tuple(sorted(needs & set(versions)))))
    return found


def _needed(requirements: list[str]) -> set[str]:
    wanted = map(Requirement, requirements)
    return {
        canonicalize_name(each.name)
        for each in wanted
        if each.marker is None or each.marker.evaluate({"extra": ""})
    }


def licence(about: metadata.PackageMetadata) -> str:
    """What the package says that its licence is: an SPDX expression, or words of its own."""
    texts = about.get_all("License-Expression") or [
        each.removeprefix(_CLASSIFIER) for each in about.get_all("Classifier") or [] if _CLASSIFIER in each
    ]
    texts = texts or about.get_all("License") or ["not stated"]
    return " / ".join(_SPDX.get(text, text) for text in texts)


def sbom() -> str:
    """The bill of materials, as CycloneDX 1.6. The same parts give the same bytes."""
    project = tomllib.loads(PROJECT.read_text("utf-8"))["project"]
    every = parts()
    purls = {part.name: part.purl for part in every}
    root = Part(
        project["name"],
        project["version"],
        project["license"],
        tuple(sorted(_needed(project["dependencies"]))),
    )
    components = [_component(part, "library") for part in every]
    return (
        json.dumps(
            {
                "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
                "bomFormat": "CycloneDX",
                "specVersion": "1.6",
                "version": 1,
                "metadata": {"component": _component(root, "application")},
                "components": components,
                "dependencies": [
                    {"ref": part.purl, "dependsOn": [purls[name] for name in part.needs]}
                    for part in (root, *every)
                ],
            },
            indent=1,
        )
        + "\n"
    )


def _component(part: Part, kind: str) -> dict[str, Any]:
    # Words of a package's own are no SPDX expression, and may not stand where one is expected.
    spdx = re.fullmatch(r"[A-Za-z0-9.-]+( (AND|OR|WITH) [A-Za-z0-9.-]+)*", part.licence)
    licences = [{"expression": part.licence}] if spdx else [{"license": {"name": part.licence}}]
    return {
        "type": kind,
        "bom-ref": part.purl,
        "name": part.name,
        "version": part.version,
        "purl": part.purl,
        "licenses": licences,
    }


def licences() -> str:
    """The page of licences, as Markdown."""
    lines = [
        "# Licences of what runs",
        "",
        "The packages that `scalardl-gen` and `scalardl-harden` run with, in the versions of the container",
        "image, with the licence that each states. The same as CycloneDX:",
        "[container/sbom.cdx.json](../container/sbom.cdx.json). Python, Debian and Helm in the image are not",
        "in this list: a scanner of images lists them. Written by `container/bill_of_materials.py`.",
        "",
        "| package | version | licence |",
        "|---|---|---|",
        *(f"| {part.name} | {part.version} | {part.licence} |" for part in parts()),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    SBOM.write_text(sbom(), encoding="utf-8")
    LICENCES.write_text(licences(), encoding="utf-8")
