"""A word that stands where secrets stand, in each shape that a secret may have, and the search for it.

A place is a text with `@PLAIN@`, `@BASE64@` and so on where a secret is; `filled` puts the canary there.
"""

from __future__ import annotations

import base64
import re

CANARY = "kAnArIeNvOgElXyZqWvB9482"
# As many characters of a secret as are enough to know it by.
PART = 12

_PEM = "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n"


def _base64(before: str = "", behind: str = "") -> str:
    return base64.b64encode((before + CANARY + behind).encode()).decode()


SHAPES = {
    "PLAIN": CANARY,
    "BASE64": _base64(),
    # The same behind one and two other bytes: each character of it is another one.
    "BASE64_1": _base64("x", "y"),
    "BASE64_2": _base64("xx", "yy"),
    "URLSAFE": base64.urlsafe_b64encode(f"{CANARY}\xff\xfe".encode("latin-1")).decode(),
    "HEX": CANARY.encode().hex(),
    "PERCENT": "".join(f"%{ord(sign):02X}" for sign in CANARY),
    "REVERSED": CANARY[::-1],
}
LEDGER = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: a-ledger, labels: {app.kubernetes.io/app: ledger}}
spec:
  selector: {matchLabels: {app.kubernetes.io/app: ledger}}
  template:
    metadata: {labels: {app.kubernetes.io/app: ledger}}
    spec:
      containers:
      - name: ledger
        image: ghcr.io/scalar-labs/scalardl-ledger:3.13.0
        env:
        - name: HELM_SCALAR_DB_STORAGE
          value: dynamo
"""
_FILLED = {**SHAPES, "PEM": _PEM.format(_base64()), "LEDGER": LEDGER}


def filled(text: str) -> str:
    """The text with the canary in its places. `@PEM@` and `@LEDGER@` take the indent of their line."""

    def fill(found: re.Match[str]) -> str:
        return _FILLED[found[2]].replace("\n", f"\n{found[1]}").rstrip(" ") if found[1] else _FILLED[found[2]]

    text = re.sub(r"^( +)@(PEM)@", lambda found: found[1] + fill(found), text, flags=re.MULTILINE)
    return re.sub(r"()@([A-Z0-9_]+)@", fill, text)


def _parts(shape: str) -> set[str]:
    # What base64 has at its two ends depends on what stands beside the secret.
    return {shape[at : at + PART] for at in range(len(shape) - PART + 1)}


_PARTS = {part.casefold(): shape for shape, text in SHAPES.items() for part in _parts(text)}
# What stands between two characters where a report breaks its lines, escapes or paints.
_BETWEEN = re.compile(r"\x1b\[[0-9;]*m|<!--.*?-->|[\s\\\u200b]+")


def leaks(text: str) -> list[str]:
    """The shapes of which the text has a part, in any case and over the ends of lines; empty: none."""
    searched = (text.casefold(), _BETWEEN.sub("", text).casefold())
    return sorted({shape for part, shape in _PARTS.items() if any(part in each for each in searched)})


def told(text: str) -> list[str]:
    """The leaks of a text for who mends them: the lines, or the shapes where no line has it alone."""
    lines = [line for line in text.splitlines() if leaks(line)]
    return lines or leaks(text)
