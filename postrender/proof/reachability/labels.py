"""What a label selector asks of labels, as sets of values: they can be met, subtracted and told.

Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

Scope = Literal["pod", "namespace"]
Label = tuple[Scope, str]

# Every namespace has its name as a label, and nobody can change it.
NAMESPACE_NAME = "kubernetes.io/metadata.name"
NAME: Label = ("namespace", NAMESPACE_NAME)
# Stands for the release's own namespace where nobody says its name. No label has an empty key.
HOME: Label = ("namespace", "")


class Values(NamedTuple):
    """The values that a label may have: these, or (`others`) all but these. None: the label is not there."""

    others: bool
    these: frozenset[str | None]

    @property
    def empty(self) -> bool:
        return not self.others and not self.these

    def meet(self, other: Values) -> Values:
        """What is in both."""
        if self.others and other.others:
            return Values(True, self.these | other.these)
        if self.others:
            return Values(False, other.these - self.these)
        return Values(False, self.these - other.these if other.others else self.these & other.these)

    def minus(self, other: Values) -> Values:
        """What is in this one only."""
        return self.meet(Values(not other.others, other.these))


ANY = Values(True, frozenset())
THERE = Values(True, frozenset((None,)))
ABSENT = Values(False, frozenset((None,)))
OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


def one(value: str) -> Values:
    """That value and no other."""
    return Values(False, frozenset((value,)))


def asked(selector: Mapping[str, Any] | None, scope: Scope) -> dict[Label, Values]:
    """What a selector asks of each label that it names; an empty selector asks for nothing.

    NotIn and DoesNotExist hold where the label is not there. The operators must be known ones.
    """
    found: dict[Label, Values] = {}
    for key, value in ((selector or {}).get("matchLabels") or {}).items():
        found[scope, key] = one(value or "")
    for expression in (selector or {}).get("matchExpressions") or []:
        label: Label = (scope, expression["key"])
        found[label] = found.get(label, ANY).meet(_values(expression))
    return found


def _values(expression: Mapping[str, Any]) -> Values:
    operator, values = expression["operator"], frozenset(expression.get("values") or ())
    if operator in ("In", "NotIn"):
        return Values(operator == "NotIn", values)
    return THERE if operator == "Exists" else ABSENT


def text(key: str, values: Values) -> str:
    """What stands after `with`: `app=envoy`, `app in (a, b)`, `app other than a`, `no app=a`, `no app`."""
    named = sorted(value for value in values.these if value is not None)
    listed = f"={named[0]}" if len(named) == 1 else f" in ({', '.join(named)})"
    missing = None in values.these
    if values.others:
        if not named:
            return f"some {key}" if missing else ""
        return f"{key} other than {', '.join(named)}" if missing else f"no {key}{listed}"
    return " or ".join([f"{key}{listed}"] * bool(named) + [f"no {key}"] * missing)
