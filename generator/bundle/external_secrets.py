"""external-secrets.yaml: the Secrets that the External Secrets operator fetches from an encrypted store.

Fields: https://external-secrets.io/latest/api/externalsecret/ (external-secrets.io/v1).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from generator.bundle.secrets import OPAQUE, NeededSecret
from generator.yamltext import dump
from profiles.product import ExternalSecrets

VERSION = "external-secrets.io/v1"


def text(secrets: Sequence[NeededSecret], source: ExternalSecrets) -> str:
    """One ExternalSecret for each Secret that a store can hold."""
    return "---\n".join(_text(secret, source) for secret in secrets if not secret.copied_from)


def entry(secret: NeededSecret, source: ExternalSecrets) -> str:
    """Where the store has the Secret's content."""
    return f"{source.prefix}{secret.name}"


def _text(secret: NeededSecret, source: ExternalSecrets) -> str:
    keys = [key for key in secret.keys if key.source != "empty"]
    empty = {key.name: "" for key in secret.keys if key.source == "empty"}
    target: dict[str, Any] = {"name": secret.name, "creationPolicy": "Owner"}
    if empty or secret.type != OPAQUE:
        # Merge: the fetched keys stay beside those of the template.
        target["template"] = {
            **({"type": secret.type} if secret.type != OPAQUE else {}),
            **({"mergePolicy": "Merge", "data": empty} if empty else {}),
        }
    made = {
        "apiVersion": VERSION,
        "kind": "ExternalSecret",
        "metadata": {"name": secret.name, "namespace": secret.namespace},
        "spec": {
            "refreshInterval": source.refresh,
            "secretStoreRef": {"name": source.store, "kind": source.kind},
            "target": target,
            "data": [
                {
                    "secretKey": key.name,
                    "remoteRef": {"key": entry(secret, source), "property": key.name},
                }
                for key in keys
            ],
        },
    }
    return dump(made, {("apiVersion",): f"{secret.why[0].upper()}{secret.why[1:]}."})
