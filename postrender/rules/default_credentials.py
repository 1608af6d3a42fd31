"""default-credentials: nobody logs in to the database as the charts' default user."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from postrender.manifests import properties
from postrender.manifests.manifest import Manifest, Path
from postrender.manifests.release import Release
from postrender.manifests.workload import Workload
from postrender.rules import scope
from postrender.rules.finding import Finding
from profiles import scalardl
from profiles.policy import Policy

RULE = "default-credentials"
REQUIREMENTS = ("no-plain-secrets",)
PASSWORD = scalardl.CREDENTIAL_KEYS[1]


def find(release: Release, policy: Policy) -> Iterator[Finding]:
    """Secrets with the charts' default credentials, with which a workload logs in to its database."""
    for secret in release.of_kind("Secret"):
        place = _default(secret)
        if place is None:
            continue
        readers = [
            (workload, name)
            for workload in scope.workloads(release, policy, ("ledger", "auditor", "loader"))
            for name in _variables(workload, secret)
        ]
        users = [workload for workload, name in readers if _used(release, workload, name)]
        if users:
            titles = " and ".join(dict.fromkeys(user.manifest.title for user in users))
            yield _finding(
                secret,
                place,
                f"it holds the chart's default credentials, the database login of {titles}",
                "name a Secret of your own with existingSecret or secretName",
            )
        else:
            problem = "it holds the chart's default credentials, which no workload of the release uses"
            yield _finding(secret, place, problem, "nothing to do")._replace(level="note")


def _default(secret: Manifest) -> Path | None:
    """Where the Secret holds the default password. `stringData` goes before `data`, as in Kubernetes."""
    plain = secret.texts("stringData").get(PASSWORD)
    if plain is not None:
        return ("stringData", PASSWORD) if plain == scalardl.DEFAULT_CREDENTIALS else None
    encoded = secret.texts("data").get(PASSWORD, "")
    try:
        decoded = base64.b64decode(encoded)
    except (binascii.Error, ValueError):
        return None
    return ("data", PASSWORD) if decoded == scalardl.DEFAULT_CREDENTIALS.encode() else None


def _variables(workload: Workload, secret: Manifest) -> Iterator[str]:
    """The variables of the workload's containers that are filled with the Secret's password."""
    if workload.manifest.namespace != secret.namespace:
        return
    for path, _ in workload.containers():
        for index, variable in enumerate(workload.manifest.maps(*path, "env")):
            reference = workload.manifest.map(*path, "env", str(index), "valueFrom", "secretKeyRef")
            if reference.get("name") == secret.name and reference.get("key") == PASSWORD:
                yield str(variable.get("name"))


def _used(release: Release, workload: Workload, name: str) -> bool:
    """Whether the workload logs in with what the variable holds: its arguments or its properties tell."""
    words = [
        str(w) for _, c in workload.containers() for key in ("command", "args") for w in c.get(key) or []
    ]
    if any(f"$({name})" in word for word in words):
        return True
    files = properties.files(release, workload)
    if not files:
        # The properties that come with the image use what the charts set; a file named by hand is unknown.
        return "--config" not in words
    reference = re.compile(rf"\.Env\.{re.escape(name)}\b|\$\{{env:{re.escape(name)}[:}}]")
    return any(reference.search(value) for file in files for value in file.written.values())


def _finding(secret: Manifest, place: Path, problem: str, cure: str) -> Finding:
    return Finding(RULE, secret, place, problem, cure, REQUIREMENTS)
