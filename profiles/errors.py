"""The errors of this floor. Each is meant for a user's eyes: what, where, why, cure."""

from __future__ import annotations


class ProfileError(ValueError):
    """A profile or a compiled policy that cannot be used.

    `where` is `file:line:column`, or the name of the source. The text is one line per problem.
    """
