"""Kubernetes quantities and int-or-percent values, exact.

A quantity is held as a whole number of nano-units (1 cpu = 10**9, 1 byte = 10**9): the finest
step Kubernetes keeps. What is finer is rounded up, as the API server does.
Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

from __future__ import annotations

import re

from profiles.errors import shown as quoted

NANO = 10**9

_QUANTITY = re.compile(
    r"(?P<sign>[+-]?)(?P<whole>[0-9]*)(?:\.(?P<fraction>[0-9]*))?"
    r"(?:(?P<binary>[KMGTPE]i)|[eE](?P<exponent>[+-]?[0-9]{1,3})|(?P<decimal>[numkMGTPE]?))"
)
# Far beyond any node or disk, and below what int() reads (4,300 digits) so that it never raises.
_MOST_CHARACTERS = 1000
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_PERCENT = re.compile(r"([0-9]{1,9})%")


class QuantityError(ValueError):
    """A text that Kubernetes does not read as a quantity."""


def parse(value: object) -> int:
    """The quantity that `value` (as found in a manifest: text, whole or decimal number) stands for.

    Returns nano-units. Raises QuantityError where Kubernetes would refuse the value.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise QuantityError(f"{quoted(value)} is not a quantity")
    try:
        shown = str(value)
    except ValueError:  # an int of more digits than Python writes
        raise QuantityError("a number too long to be a quantity") from None
    if len(shown) > _MOST_CHARACTERS:
        raise QuantityError("a text too long to be a quantity")
    found = _QUANTITY.fullmatch(shown)
    if not found or not (found["whole"] or found["fraction"]):
        raise QuantityError(f"{quoted(value)} is not a quantity such as 500m, 2 or 4Gi")
    digits = int(found["whole"] + (found["fraction"] or "") or "0")
    power = -len(found["fraction"] or "")
    scale = 1
    if found["binary"]:
        scale = 2 ** _BINARY[found["binary"]]
    elif found["exponent"] is not None:
        power += int(found["exponent"])
    else:
        power += _DECIMAL[found["decimal"]]
    power += 9
    amount = digits * scale
    nano: int = amount * 10**power if power >= 0 else -(-amount // 10**-power)
    return -nano if found["sign"] == "-" else nano


def text(nano: int) -> str:
    """The shortest canonical text of a quantity: `2`, `500m`, `4Gi`, `1500M`."""
    if nano == 0:
        return "0"
    if nano % NANO:
        for suffix, step in (("m", 10**6), ("u", 10**3), ("n", 1)):
            if nano % step == 0:
                return f"{nano // step}{suffix}"
    whole = nano // NANO
    for suffix, bits in reversed(_BINARY.items()):
        if whole % (1 << bits) == 0:
            return f"{whole >> bits}{suffix}"
    for suffix in "EPTGM":
        if whole % 10 ** _DECIMAL[suffix] == 0:
            return f"{whole // 10 ** _DECIMAL[suffix]}{suffix}"
    return str(whole)


def scaled(value: object, total: int, *, round_up: bool) -> int:
    """An int-or-percent (`1`, `"25%"`) of `total` pods, as a count.

    maxSurge rounds up, maxUnavailable rounds down; a budget's values round up.
    Raises QuantityError for anything else.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    found = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise QuantityError(f"{value!r} is neither a whole number nor a percentage such as 25%")
    product = int(found[1]) * total
    return -(-product // 100) if round_up else product // 100
