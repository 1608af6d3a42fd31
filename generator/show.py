"""A resolved profile for its reader: as YAML, and the exemptions in it that have ended."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import yaml
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver

from profiles.document import find
from profiles.load import ResolvedProfile
from profiles.models import DOMAINS, Domain, Profile
from profiles.policy import RULES

_TEXT = "tag:yaml.org,2002:str"
# Wider than any line, so that no text is folded.
_WIDTH = 1 << 20
# Where nothing is declared is null; so the empty list can only stand for the word.
_ANY = ("databases", "apiServer")


def text(resolved: ResolvedProfile) -> str:
    """The profile as YAML, all that it extends merged in: every key, in the order of the models.

    With a line `extends: production` it is a profile file again, of the same meaning.
    """
    shown = yaml.dump(
        _data(resolved.profile),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=_WIDTH,
    )
    return (
        f"# The profile {_one_line(resolved.name)} with all that it extends merged in.\n"
        "# A file of your own states less: `extends: NAME`, and what differs.\n"
        f"{shown}"
    )


def ended(resolved: ResolvedProfile, today: datetime.date) -> Iterator[str]:
    """A warning for each exemption of the profile whose last day is before `today`, with its place."""
    for index, exemption in enumerate(resolved.profile.exemptions):
        if exemption.until is not None and exemption.until < today:
            place = find(resolved.tree, ("exemptions", index, "until"))[0].place
            yield (
                f"{place}: warning: exemption {index + 1}, until: {exemption.until} has passed; "
                "the exemption no longer counts; delete it, or write a later day"
            )


def _data(profile: Profile) -> dict[str, Any]:
    """The profile as plain data: what holds for both domains once, at the top."""
    data = _settings(profile)
    # The size has done its work: replicas and resources are what it made of them.
    del data["extends"], data["size"]
    for product in DOMAINS:
        domain = _settings(profile.domain(product))
        own = {key: value for key, value in domain.items() if key not in data or value != data[key]}
        data[product] = own
    return data


def _settings(settings: Profile | Domain) -> dict[str, Any]:
    data = settings.model_dump(mode="json", by_alias=True)
    data["rules"] = {rule: data["rules"][rule] for rule in RULES if rule in data["rules"]}
    for key in _ANY:
        if data["network"][key] == []:
            data["network"][key] = "any"
    # A key that an operation does not have is not one of value null.
    data["patches"] = [
        patch.model_dump(mode="json", by_alias=True, exclude_unset=True) for patch in settings.patches
    ]
    return data


def _one_line(name: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in name)


class _Dumper(yaml.SafeDumper):
    """YAML that means the same to readers of YAML 1.1 and 1.2."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _quoted_where_needed(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    # PyYAML quotes what YAML 1.1 reads as something else; 1e3 is a number only since 1.2.
    plain = _RESOLVER.resolve(ScalarNode, value, (True, False)) == _TEXT
    return dumper.represent_scalar(_TEXT, value, style=None if plain else '"')


_RESOLVER: Any = VersionedResolver()
_Dumper.add_representer(str, _quoted_where_needed)
