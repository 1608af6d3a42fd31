"""A resolved profile for its reader: as YAML, and the exemptions in it that have ended."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from generator.yamltext import dump
from profiles.document import find
from profiles.load import ResolvedProfile
from profiles.models import DOMAINS, Domain, Profile
from profiles.policy import RULES

# Where nothing is declared is null; so the empty list can only stand for the word.
_ANY = ("databases", "apiServer")


def text(resolved: ResolvedProfile) -> str:
    """The profile as YAML, all that it extends merged in: every key, in the order of the models.

    With a line `extends: production` it is a profile file again, of the same meaning.
    """
    return (
        f"# The profile {resolved.name} with all that it extends merged in.\n"
        "# A file of your own states less: `extends: NAME`, and what differs.\n"
        f"{dump(_data(resolved.profile))}"
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
