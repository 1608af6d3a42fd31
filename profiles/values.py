"""What one value of a profile may be: quantities, networks, labels, dates, JSON Pointers.

Each type checks, says what is wrong in our words, and returns the value in its canonical form.
"""

from __future__ import annotations

import datetime
import ipaddress
import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from profiles import quantities
from profiles.errors import shown
from profiles.policy import MODES, RULES, Mode

OLDEST_KUBERNETES = (1, 21)
# Beyond these a unit was forgotten: no program lives in less, no pod of ScalarDL asks for more.
LEAST_BYTES = 1 << 20
MOST_CPUS_OF_A_CONTAINER = 64
MOST_CPUS_OF_A_NODE = 2000
# 10.0.0.0/8 (RFC 1918) and fc00::/7 (RFC 4193).
_WIDEST_PRIVATE = {4: 8, 6: 7}


def wrong(text: str) -> PydanticCustomError:
    """The error of a value: `text` says what, why and the cure, and reaches the user as it is."""
    return PydanticCustomError("profile", "{text}", {"text": text})


def _kubernetes_version(value: Any) -> Any:
    if isinstance(value, (int, float)):
        raise wrong('a number to YAML, where 1.30 and 1.3 are the same; put the version in quotes: "1.30"')
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,3}\.[0-9]{1,4}", value):
        raise wrong('not a Kubernetes version; rules follow major and minor only; write "1.30"')
    major, minor = value.split(".")
    if (int(major), int(minor)) < OLDEST_KUBERNETES:
        raise wrong(
            f"{value} is too old; disruption budgets need the policy/v1 API, which came with 1.21 "
            '(requirement kubernetes-version); declare "1.21" or later, and upgrade the cluster'
        )
    return f"{int(major)}.{int(minor)}"


def _quantity(value: Any) -> str:
    try:
        nano = quantities.parse(value)
    except quantities.QuantityError as error:
        raise wrong(f"{error}; Kubernetes would refuse it; write a number and its unit") from None
    if nano < 0:
        raise wrong(f"{value} is negative; an amount is 0 or more; write a positive quantity")
    return quantities.text(nano)


def _cpu(most: int) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        written = _quantity(value)
        nano = quantities.parse(written)
        if nano % (quantities.NANO // 1000):
            raise wrong(
                f"{written} is finer than 1m; Kubernetes rounds such a cpu up; write whole millicores"
            )
        if nano > most * quantities.NANO:
            whole, rest = divmod(nano, quantities.NANO)
            cpus = written if rest else f"{whole} whole cpus"
            cure = f"write {most} or less" if rest else f"did you mean {whole}m?"
            raise wrong(f"{cpus}, which is more than {most}; {cure}")
        return written

    return check


def _memory(value: Any) -> str:
    written = _quantity(value)
    size, rest = divmod(quantities.parse(written), quantities.NANO)
    if rest:
        raise wrong(
            f"{written} is not a whole number of bytes (m is a thousandth); write a unit such as 400Mi"
        )
    if 0 < size < LEAST_BYTES:
        # 32 is meant as 32Gi and 512 as 512Mi; what has a unit, or is larger, could be anything.
        guess = f"did you mean {size}{'Gi' if size <= 256 else 'Mi'}?"
        bare = str(value).isdecimal() and size < 1 << 16
        cure = guess if bare else "write a unit such as 400Mi"
        raise wrong(f"{size} byte{'s' * (size != 1)}; {cure}")
    return written


def _above_zero(value: str) -> str:
    if quantities.parse(value) == 0:
        raise wrong("0 is no amount to run with; every container needs some; write what it needs")
    return value


def _cidr(value: Any) -> Any:
    if not isinstance(value, str):
        raise wrong("a network in CIDR notation is expected, as text; write one such as 10.0.0.0/16")
    try:
        if "%" in value:  # a zone, which is of one machine; Python takes any text for it
            raise ValueError
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        if len(value) <= _LONGEST_HOST and _HOST_NAME.fullmatch(value):
            raise wrong(
                f"{shown(value)} is a name; NetworkPolicies know no names, only networks; "
                "write the network of its addresses, such as 10.0.0.0/16"
            ) from None
        raise wrong(
            f"{shown(value)} is not a network in CIDR notation; write one such as 10.0.0.0/16"
        ) from None
    if "/" not in value:
        raise wrong(
            f"{value} has no prefix length; without one nobody knows how large the network is; "
            f"write it behind the address (/{network.max_prefixlen} is this one address and no other)"
        )
    if str(network.network_address) != str(ipaddress.ip_address(value.split("/")[0])):
        raise wrong(f"{value} has bits set beyond its prefix; Kubernetes would mask them; write {network}")
    return str(network)


def _private_cidr(value: Any) -> Any:
    try:
        network = ipaddress.ip_network(value, strict=False) if isinstance(value, str) else None
    except ValueError:
        network = None
    if network is None:
        return value  # the network's own type says what is wrong
    if network.prefixlen == 0:
        raise wrong(
            f"{value} is the whole internet; Ledger and Auditor are reached over private networks only "
            "(requirement private-access); write the networks of those who call"
        )
    if network.prefixlen < _WIDEST_PRIVATE[network.version]:
        raise wrong(
            f"{value} is wider than any private range; Ledger and Auditor are reached over private networks "
            "only (requirement private-access); write the networks of those who call"
        )
    if network.is_loopback or network.is_link_local or network.is_multicast:
        raise wrong(
            f"{value} is a loopback, link-local or multicast range; nobody is reached by it over a network; "
            "write the range of the network itself"
        )
    return value


def _networks(value: Any) -> Any:
    if _is_any(value) or (isinstance(value, list) and any(map(_is_any, value))):
        raise wrong(
            "any exists for databases and apiServer only; here it would let everyone in; "
            "write the networks, or null if undecided"
        )
    return value


def _any_or_networks(value: Any, info: ValidationInfo) -> Any:
    if value == "any":
        return ()
    if isinstance(value, list) and any(map(_is_any, value)):
        raise wrong(
            "any in a list; it stands for all addresses, so it stands alone; "
            f"write {to_camel(info.field_name or 'here')}: any"
        )
    if isinstance(value, list) and not value:
        raise wrong(
            "an empty list says neither none nor all; write any, or the networks, or null if undecided"
        )
    if value is not None and not isinstance(value, list):
        raise wrong("a list of networks is expected; write any, or the networks, or null if undecided")
    return value


def _is_any(value: Any) -> bool:
    return isinstance(value, str) and value.lower() == "any"


def some_operations(value: Any) -> Any:
    """Refuses an empty list of operations."""
    if value == []:
        raise wrong("empty, so the patch would do nothing; write at least one operation or delete the patch")
    return value


def empty_for_null(value: Any) -> Any:
    """The empty list for null, which clears an inherited one."""
    return [] if value is None else value


def _none_is_no_map(value: Any) -> Any:
    return {} if value is None else value


_LONGEST_HOST = 270
# A host, perhaps with a port or a prefix length behind it; an IPv6 address has more colons.
_HOST_NAME = re.compile(r"[A-Za-z0-9*._-]*[A-Za-z][A-Za-z0-9*._-]*(:[0-9]+)?(/[0-9]+)?")
_LABEL_NAME = r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
_LABEL_PREFIX = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*"


def _label_key(value: str) -> str:
    prefix, slash, name = value.rpartition("/")
    named = re.fullmatch(_LABEL_NAME, name)
    if not named or (slash and (len(prefix) > 253 or not re.fullmatch(_LABEL_PREFIX, prefix))):
        raise wrong(
            f"{shown(value)} is no label key; Kubernetes wants [domain/]name of at most 63 characters"
        )
    return value


def _label_value(value: str) -> str:
    if value and not re.fullmatch(_LABEL_NAME, value):
        raise wrong(
            f"{shown(value)} is no label value; Kubernetes wants letters, digits, - _ . and at most 63"
        )
    return value


def _rule(value: str) -> str:
    if value not in RULES:
        raise PydanticCustomError("unknown_rule", "{text}", {"text": value})
    return value


def _requirement(value: str) -> str:
    from profiles.requirements import requirements  # few profiles exempt one

    if value not in requirements():
        raise wrong(f"{shown(value)} is no requirement of the guides; scalardl-gen explain lists them")
    return value


def _date(value: Any) -> Any:
    if value is None or isinstance(value, datetime.date):
        return value
    try:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            return datetime.date.fromisoformat(value)
    except ValueError:
        pass
    raise wrong("not a date; an exemption ends at the end of a day; write one such as 2027-03-31, or null")


def _stated(cure: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not value.strip():
            raise wrong(f"empty; {cure}")
        return value

    return check


def _pointer(value: str) -> str:
    if (value and not value.startswith("/")) or re.search(r"~(?![01])", value):
        raise wrong(
            f"{shown(value)} is no JSON Pointer; RFC 6901 wants /spec/replicas, with ~1 for / and ~0 for ~"
        )
    return value


_QUANTITY_SCHEMA: dict[str, Any] = {
    "type": ["string", "number"],
    "pattern": r"^\+?[0-9.]+([eE][+-]?[0-9]+|[A-Za-z]*)$",
}
_ANY_OR_NETWORKS_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"const": "any"},
        {"type": "array", "items": {"type": "string"}, "minItems": 1},
        {"type": "null"},
    ]
}
_MODES_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {rule: {"enum": list(MODES)} for rule in RULES},
    "additionalProperties": False,
}

KubernetesVersion = Annotated[str, BeforeValidator(_kubernetes_version)]
Cpu = Annotated[str, BeforeValidator(_cpu(MOST_CPUS_OF_A_CONTAINER)), WithJsonSchema(_QUANTITY_SCHEMA)]
NodeCpu = Annotated[str, BeforeValidator(_cpu(MOST_CPUS_OF_A_NODE)), WithJsonSchema(_QUANTITY_SCHEMA)]
Memory = Annotated[str, BeforeValidator(_memory), WithJsonSchema(_QUANTITY_SCHEMA)]
SomeCpu = Annotated[Cpu, AfterValidator(_above_zero)]
SomeNodeCpu = Annotated[NodeCpu, AfterValidator(_above_zero)]
SomeMemory = Annotated[Memory, AfterValidator(_above_zero)]
# Kubernetes is made for 5,000 nodes at most: https://kubernetes.io/docs/setup/best-practices/cluster-large/
Count = Annotated[int, Field(strict=True, ge=1, le=5000)]
Cidr = Annotated[str, BeforeValidator(_cidr)]
PrivateCidr = Annotated[Cidr, BeforeValidator(_private_cidr)]
Networks = Annotated[tuple[Cidr, ...] | None, BeforeValidator(_networks)]
PrivateNetworks = Annotated[tuple[PrivateCidr, ...] | None, BeforeValidator(_networks)]
NetworksOrAny = Annotated[
    tuple[Cidr, ...] | None, BeforeValidator(_any_or_networks), WithJsonSchema(_ANY_OR_NETWORKS_SCHEMA)
]
LabelKey = Annotated[str, AfterValidator(_label_key)]
LabelValue = Annotated[str, AfterValidator(_label_value)]
RuleId = Annotated[str, AfterValidator(_rule), WithJsonSchema({"enum": list(RULES)})]
RequirementId = Annotated[str, AfterValidator(_requirement)]
Kind = Annotated[str, AfterValidator(_stated("no object has such a kind; write one such as Deployment"))]
ObjectName = Annotated[
    str, AfterValidator(_stated("no object has such a name; write one such as ledger-*; * is any text"))
]
Reason = Annotated[
    str,
    AfterValidator(
        _stated("an exemption counts only with its reason; write why the rule leaves the object alone")
    ),
]
Pointer = Annotated[str, AfterValidator(_pointer)]
Modes = Annotated[dict[RuleId, Mode], WithJsonSchema(_MODES_SCHEMA)]
Date = Annotated[datetime.date | None, BeforeValidator(_date)]
Labels = Annotated[dict[LabelKey, LabelValue], BeforeValidator(_none_is_no_map)]
