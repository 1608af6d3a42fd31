"""What a reader finds in the runbook of a declared deployment."""

from __future__ import annotations

import re

from profiles.models import Product
from tests.generator.bundle.domains import Over, made

BLOCK = re.compile(r"^ *```bash\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def text(over: Over | None = None, product: Product = "ledger") -> str:
    """As a shell takes it in: a command that goes on in the next line is one line."""
    return re.sub(r" \\\n +", " ", made(over, product)["runbook.md"])


def flat(over: Over | None = None, product: Product = "ledger") -> str:
    """The text with all on one line, as a reader takes it in."""
    return " ".join(text(over, product).split())


def section(title: str, over: Over | None = None, product: Product = "ledger") -> str:
    """One section, from its title to the next."""
    found = re.search(rf"^## \d+\. {title}\n(.*?)(?=^## |\Z)", text(over, product), re.MULTILINE | re.DOTALL)
    assert found, f"no section {title}"
    return found[1]


def titles(over: Over | None = None, product: Product = "ledger") -> list[str]:
    return re.findall(r"^## (\d+\. .+)$", text(over, product), re.MULTILINE)
