"""What the name of a file says: whose key it holds, and for what; and how a name is printed."""

from __future__ import annotations

import re
import shlex
from enum import StrEnum
from pathlib import PurePath
from typing import NamedTuple


class Purpose(StrEnum):
    """For what a key is: digital signatures of ScalarDL (asset proofs, requests), or TLS."""

    PROOF = "proof"
    TLS = "tls"


class Owner(NamedTuple):
    """Whose key it is. Files of one holder in one folder belong together."""

    folder: str
    holder: str


_ENDING = re.compile(
    r"\.(?:pem|key|crt|cer|cert|csr|p10|der|pub|p8|pk8|pkcs8|sec1|p12|pfx|new)", re.IGNORECASE
)
_SORT = re.compile(
    r"(?:^|[-_.])(?:private[-_]?key|public[-_]?key|privkey|certificate|request|fullchain|cert|key|csr|pub)$",
    re.IGNORECASE,
)
_TLS = re.compile(r"(?:^|[-_.])(?:tls|ca)(?:[-_.]|$)", re.IGNORECASE)
_CA = re.compile(r"(?:^|[-_.])(?:ca|root)(?:[-_.]|$)", re.IGNORECASE)


def owner(name: str) -> Owner:
    """Whose key a file holds.

    `ledger-private-key.pem`, `ledger-key.pem`, `ledger.pem`, `ledger.csr` are of the holder `ledger`. A name
    that says no more than what it is (`private-key`, `certificate`, `tls.key`, `tls.crt`: the keys of the
    Secrets) leaves that to its folder: `ledger-keys/private-key` is of the holder `ledger-keys`.
    """
    path = PurePath(name)
    folder, stem = str(path.parent), _stem(path)
    return Owner(folder, folder if stem.lower() in ("", "tls") else stem)


def purpose(name: str) -> Purpose:
    """TLS where the name has the word `tls` or `ca` (`tls.crt`, `ca.crt`, `ledger-tls.pem`), else proof."""
    return Purpose.TLS if _TLS.search(_stem(PurePath(name))) else Purpose.PROOF


def names_authority(name: str) -> bool:
    """Whether the file is called a certificate authority's: `ca.crt`, `ledger-ca.pem`, `root.pem`."""
    return _CA.search(_stem(PurePath(name))) is not None


def shown(text: str) -> str:
    """The text on one line, without a sign that a terminal would obey or hide."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def in_shell(name: str) -> str:
    """The file's name as a word of a command to copy; FILE where it cannot be printed."""
    return shlex.quote(name) if name.isprintable() else "FILE"


def _stem(path: PurePath) -> str:
    while _ENDING.fullmatch(path.suffix):
        path = path.with_suffix("")
    return _SORT.sub("", path.name, count=1)
