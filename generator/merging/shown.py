"""Values as one line of YAML for a report, without what may be a credential.

Hidden is what stands under a key, or in a property or an item, whose name speaks of a password, a
secret or a key; and a value that shows by itself that it holds one (a URL with a password in it).
What is too long for a line is shown by its keys, or by how it begins.
"""

from __future__ import annotations

import json
import re
from typing import Any

from generator.merging.properties import entries
from postrender.manifests import emit

HIDDEN = "(not shown)"

# Characters of a value as a whole, and of one in a map that is shown by its keys.
_LONGEST = 200
_LONGEST_INNER = 30

_SECRET = re.compile(r"password|secret|key", re.IGNORECASE)
_CREDENTIAL = re.compile(
    r"passw|(?:pass|passphrase|pwd|token|credential|access_?key)\w*="
    r"|secret\w*[=:]|private key-|(?::|//)[^\s/@]*[:/][^\s/@]*@",
    re.IGNORECASE,
)
# Names a credential's place and holds none: a variable of the environment, a template without a default.
_REFERENCE = re.compile(r"\$\{env:\w+\}|\{\{-? *(?:default +)?\.Env\.\w+ *(?:\"\")? *-?\}\}")


# Keys of charts and of Kubernetes that speak of a key or a Secret, and hold a name and nothing of it.
_NAMES = frozenset(
    {"key", "topologyKey", "existingSecret", "secretName", "secretRef", "secret", "secretKeyRef"}
    | {"imagePullSecrets", "caRootCertSecret", "certChainSecret", "privateKeySecret"}
    | {"caRootCertForLedgerSecret", "caRootCertSecretForServiceMonitor"}
)


def is_properties(key: str | int) -> bool:
    """Whether the texts under a key are Java properties."""
    return isinstance(key, str) and key.endswith("Properties")


def secret(key: str, around: dict[str, Any]) -> bool:
    """Whether the value under `key` of the map `around` may be a credential."""
    named = key == "value" and _SECRET.search(str(around.get("name", "")))
    return bool(named or (key not in _NAMES and _SECRET.search(key)))


def shown(value: Any, key: str | int, *, ours: bool, hidden: bool) -> str:
    """The value that stands under `key`, on one line.

    `ours`: it comes from the profile, so that references in its properties may be shown. `hidden`: it may
    be a credential as a whole.
    """
    return _line(HIDDEN if hidden else _masked(value, key, ours))


def shown_property(name: str, value: str, *, ours: bool, hidden: bool) -> str:
    """The value of one property, as `shown`."""
    return _line(HIDDEN if hidden else _property(name, value, ours))


def _line(masked: Any) -> str:
    line = _flow(masked)
    if len(line) <= _LONGEST:
        return line
    if isinstance(masked, dict):
        inner = {name: _flow(content) for name, content in masked.items()}
        brief = (f"{_flow(k)}: {v if len(v) <= _LONGEST_INNER else '...'}" for k, v in inner.items())
        line = f"{{{', '.join(brief)}}}"
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}... ({len(_flow(masked))} characters)"


def _flow(masked: Any) -> str:
    return emit.flow(masked).replace(json.dumps(HIDDEN), HIDDEN)


def _property(name: str, value: str, ours: bool) -> str:
    if ours and (_REFERENCE.fullmatch(value) or name.endswith("_path")):
        return value
    # Of a team's own value nobody knows what a URL carries; a user's name may be an access key.
    doubtful = name.endswith(("contact_points", "username")) and not ours and not _REFERENCE.fullmatch(value)
    return HIDDEN if doubtful or _SECRET.search(name) or _CREDENTIAL.search(value) else value


def _masked(value: Any, key: str | int, ours: bool) -> Any:
    if isinstance(value, dict):
        return {
            name: HIDDEN if secret(name, value) else _masked(content, name, ours)
            for name, content in value.items()
        }
    if isinstance(value, list):
        return [_masked(item, key, ours) for item in value]
    if not isinstance(value, str):
        return value
    if is_properties(key):
        return "\n".join(f"{each.name}={_property(each.name, each.value, ours)}" for each in entries(value))
    hides = _CREDENTIAL.search(value) or ("\n" in value and _SECRET.search(value))
    return HIDDEN if hides else value
