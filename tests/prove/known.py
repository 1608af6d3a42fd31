"""Where Kubernetes does otherwise than the planner says, and why that stays so."""

from __future__ import annotations

# Question and trial -> why, with the place in the source of Kubernetes.
KNOWN: dict[tuple[str, str], str] = {}
