"""Which policy a run obeys: argument, SCALARDL_PROFILE, the policy in the stream, built-in production."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Literal, NamedTuple

import profiles
from postrender.errors import UsageError
from postrender.manifests import release
from profiles import policy
from profiles.errors import ProfileError
from profiles.opening import opened
from profiles.policy import Policy
from profiles.scalardl import APP_LABEL

if TYPE_CHECKING:
    from pathlib import Path

VARIABLE = "SCALARDL_PROFILE"
DEFAULT = "production"
DEFAULT_SOURCE = "the default"

# The label that tells the product's pods, in either style of YAML.
_PRODUCT = re.compile(
    rf"^(?: *|[^#\n]*[{{,] *)[\"']?{re.escape(APP_LABEL)}[\"']?:\s*[\"']?(ledger|auditor)\b", re.MULTILINE
)
# Of a release of the schema loader alone.
_LOADED = re.compile(r"name: *[\"']?SCHEMA_TYPE[\"']?\s+value: *[\"']?(ledger|auditor)\b")

_COMPILED = os.path.join(os.path.dirname(profiles.__file__), "compiled")


class Chosen(NamedTuple):
    """A policy and where it came from, in words."""

    policy: Policy
    source: str


def choose(argument: str | None, text: str, *, within: Path | None = None) -> Chosen:
    """The policy for the stream `text`. Raises UsageError where the one that counts cannot be used.

    The files of a profile that is the argument must stand below `within`, where it is given.
    """
    try:
        if argument is not None:
            return Chosen(named(argument, text, within=within), f"--profile {argument}")
        variable = os.environ.get(VARIABLE)
        if variable:
            return Chosen(named(variable, text), f"{VARIABLE}={variable}")
        found = release.policy_in(text)
        if found:
            return Chosen(policy.load(found[0], found[1]), f"in the stream: {found[1]}")
        return Chosen(named(DEFAULT), DEFAULT_SOURCE)
    except ProfileError as error:
        raise UsageError(str(error)) from None


def built_in() -> list[str]:
    """The names of the built-in profiles."""
    return sorted(name.removesuffix(".json") for name in os.listdir(_COMPILED) if name.endswith(".json"))


def named(name: str, text: str = "", *, within: Path | None = None) -> Policy:
    """The policy of a built-in profile, a compiled policy (`.json`) or a user's profile.

    Of a user's profile: of the domain whose product is in the stream `text`, where just one is.
    Raises ProfileError.
    """
    if not name:
        raise ProfileError(f"an empty profile name; the built-in ones are {', '.join(built_in())}")
    if name in built_in():
        return _compiled(os.path.join(_COMPILED, name + ".json"), name)
    if name.endswith(".json"):
        return _compiled(name, name)
    # Only a user's own profile costs the import of the models.
    from profiles.compile import compile_policy
    from profiles.load import load

    resolved = load(name, within=within)
    product = _product_in(text)
    if product == "auditor" and not resolved.profile.auditor_mode:
        raise ProfileError(
            f"{name}: auditorMode is false, but the manifests have an Auditor; nothing says what it must "
            "look like; write auditorMode: true, or give it a profile of its own"
        )
    return policy.from_json(compile_policy(resolved, product), name)


def _product_in(text: str) -> Literal["ledger", "auditor"] | None:
    found = set(_PRODUCT.findall(text) or _LOADED.findall(text))
    if found == {"ledger"}:
        return "ledger"
    return "auditor" if found == {"auditor"} else None


def _compiled(path: str, name: str) -> Policy:
    try:
        with open(path, encoding="utf-8", opener=opened) as stream:
            return policy.load(stream.read(), name)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ProfileError(f"{path}: cannot be read: {reason}") from None
