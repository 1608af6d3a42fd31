"""default-credentials: nobody logs in to the database as the charts' default user."""

from __future__ import annotations

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

Readers = dict[tuple[str | None, str], list[tuple[Workload, str]]]


def find(release: Release, policy: Policy) -> Iterator[Finding]:
    """Secrets with the charts' default credentials, with which a workload logs in to its database."""
    found = [(secret, place) for secret in release.of_kind("Secret") if (place := _default(secret))]
    readers = _readers(release, policy) if found else {}
    for secret, place in found:
        filled = readers.get((secret.namespace, secret.name), [])
        users = [workload for workload, name in filled if _used(release, workload, name)]
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
        decoded = binascii.a2b_base64(encoded)
    except (binascii.Error, ValueError):
        return None
    return ("data", PASSWORD) if decoded == scalardl.DEFAULT_CREDENTIALS.encode() else None


def _readers(release: Release, policy: Policy) -> Readers:
    """The workloads and their variables that are filled with a Secret's password, by that Secret."""
    found: Readers = {}
    for workload in scope.workloads(release, policy, ("ledger", "auditor", "loader")):
        for path, _ in workload.containers():
            for index, variable in enumerate(workload.manifest.maps(*path, "env")):
                reference = (*path, "env", str(index), "valueFrom", "secretKeyRef")
                if workload.manifest.text(*reference, "key") == PASSWORD:
                    secret = (workload.manifest.namespace, workload.manifest.text(*reference, "name"))
                    found.setdefault(secret, []).append((workload, str(variable.get("name"))))
    return found


def _used(release: Release, workload: Workload, name: str) -> bool:
    """Whether the workload logs in with what the variable holds: its arguments or its properties tell."""
    words = [
        str(word)
        for path, _ in workload.containers()
        for key in ("command", "args")
        for word in workload.manifest.list(*path, key)
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
