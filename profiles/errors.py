"""The errors of this floor, and how they show what a user wrote: what, where, why, cure."""

from __future__ import annotations

_LONGEST = 60


class ProfileError(ValueError):
    """A profile or a compiled policy that cannot be used.

    `where` is `file:line:column`, or the name of the source. The text is one line per problem.
    """


def shown(found: object) -> str:
    """What a user wrote, for a message: text in quotes and cut short, of other values their kind.

    Not a text with `@` or `=`: a URL with its password may have landed in any field.
    """
    if not isinstance(found, (str, int, float)) or isinstance(found, bool):
        return kind(found)
    if isinstance(found, str) and _may_hold_a_password(found):
        return "a text with @ or = (not shown, for it may hold a password)"
    written = repr(found)
    return written if len(written) <= _LONGEST else written[:_LONGEST] + "..."


def kind(found: object) -> str:
    """What `found` is, without its content: a patch may carry what nobody should read."""
    if found is None:
        return "nothing (null)"
    if isinstance(found, bool):
        return str(found).lower()
    if isinstance(found, dict):
        return "a map"
    if isinstance(found, (list, tuple)):
        return "a list"
    if isinstance(found, str):
        return "text"
    return "a decimal number" if isinstance(found, float) else "a number"


def _may_hold_a_password(text: str) -> bool:
    # A digest behind an image's tag is none.
    return "=" in text or "@" in text.replace("@sha256:", "")
