"""Properties that a profile states by hand, against those that its own keys set."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from generator.values import properties as generated
from profiles.load import load
from profiles.models import DOMAINS, Product
from profiles.properties import set_by

PROFILES = [
    "extends: production\n",
    "extends: test\nledger: {licensed: true}\nauthentication: {method: hmac}\n",
    "extends: production\nledger: {licensed: true, database: {poolSize: 20}}\ntls: {mode: secrets}\n",
    "extends: production\nledger: {database: {storage: cassandra, hosts: [a.acme.example], port: 9142}}\n",
]


@pytest.mark.parametrize("text", PROFILES)
@pytest.mark.parametrize("product", DOMAINS)
def test_what_the_generator_writes_is_set_by_a_key_of_the_profile(
    product: Product, text: str, tmp_path: Path
) -> None:
    (tmp_path / "ours.yaml").write_text(text, encoding="utf-8")
    written = generated.of_product(load(str(tmp_path / "ours.yaml")).profile, product)
    names = re.findall(r"^([^#=\s]+)=", written, re.MULTILINE)
    assert len(names) > 5
    assert [name for name in names if set_by(product, name) is None] == []


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("scalar.db.jdbc.connection_pool.max_total", "ledger.database.poolSize"),
        ("scalar.db.jdbc.connection_pool.max_idle", None),
        ("scalar.db.jdbc.admin.connection_pool.max_total", None),
        ("scalar.dl.ledger.server.tls.cert_chain_path", "tls"),
        ("scalar.dl.ledger.server.port", None),
        ("scalar.dl.auditor.ledger.host", None),
    ],
)
def test_a_property_of_ledger_is_set_by_the_key_that_means_it(name: str, key: str | None) -> None:
    assert set_by("ledger", name) == key
