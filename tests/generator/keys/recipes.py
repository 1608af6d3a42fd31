"""How openssl makes keys, certificates and requests of every sort, and the verdict on them."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path

from generator.keys.judge import Judged, judge
from generator.keys.names import Purpose
from tests.generator.keys.conftest import OpenSSL

# Later than all that the tests make.
NOW = datetime.now(UTC) + timedelta(days=1)
PASSWORD = "pass:correct-horse"

KEY = "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ledger-key.pem"
SIGN = "req -new -x509 -key ledger-key.pem -subj /CN=ledger -days 365 -out ledger.pem"
ASK = "req -new -key ledger-key.pem -subj /CN=ledger -out ledger.csr"
ROOT = """
genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out root-key.pem
req -new -x509 -key root-key.pem -subj /CN=root -days 365 -out root.pem \
-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
"""


def make(openssl: OpenSSL, recipe: str) -> None:
    """Make files in the current folder: each line of the recipe is a command of openssl's."""
    for line in recipe.strip().splitlines():
        openssl(*shlex.split(line))


def issue(openssl: OpenSSL, extensions: str, *options: str) -> None:
    """Make tls.key and, signed by root.pem with the extensions (one a line), tls.crt."""
    Path("extensions.cnf").write_text(extensions, encoding="ascii")
    make(
        openssl,
        ROOT
        + """
genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out tls.key
req -new -key tls.key -subj /CN=ledger -out tls.csr
""",
    )
    openssl(
        *("x509", "-req", "-in", "tls.csr", "-CA", "root.pem", "-CAkey", "root-key.pem", "-CAcreateserial"),
        *("-days", "365", "-extfile", "extensions.cnf", "-out", "tls.crt", *options),
    )


def judged_file(file: str | Path, use: Purpose | None = None, now: datetime = NOW) -> Judged:
    return judge(str(file), Path(file).read_bytes(), 0o600, now, use)


def weights(judged: Judged) -> list[tuple[str, str]]:
    return [(finding.level.value, finding.requirement) for finding in judged.findings]


def rsa(bits: int) -> str:
    return f"genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:{bits} -out ledger-key.pem"


def on(curve: str) -> str:
    return f"ecparam -name {curve} -genkey -noout -out ledger-key.pem"
