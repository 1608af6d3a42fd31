"""A URL with a password in it, in any field of a profile: no message shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from profiles.errors import ProfileError
from profiles.load import load
from tests.profiles.shapes import SCHEMA, resolved

CANARY = "canary-7f3a"
URLS = {
    "postgresql": f"jdbc:postgresql://db.acme.example/ledger?user=admin&password={CANARY}",
    "postgresql-user-info": f"jdbc:postgresql://admin:{CANARY}@db.acme.example/ledger",
    "mysql": f"jdbc:mysql://(host=db.acme.example,user=admin,password={CANARY})/ledger",
    "mysql-second-factor": f"jdbc:mysql://db.acme.example/ledger?password2={CANARY}",
    "mariadb": f"jdbc:mariadb://admin:{CANARY}/x@db.acme.example/ledger",
    "oracle": f"jdbc:oracle:thin:admin/{CANARY}@//db.acme.example:1521/ledger",
    "oracle-oci": f"jdbc:oracle:oci:admin/{CANARY}@ledger",
    "sqlserver": f"jdbc:sqlserver://db.acme.example:1433;databaseName=ledger;password={CANARY};encrypt=true",
    "sqlserver-token": f"jdbc:sqlserver://db.acme.example;accessToken={CANARY}",
    "db2": f"jdbc:db2://db.acme.example:50000/ledger:user=admin;password={CANARY};",
    "trust-store": f"jdbc:mysql://db.acme.example/ledger?trustCertificateKeyStorePassword={CANARY}",
    "https": f"https://admin:{CANARY}@db.acme.example/",
}


def everywhere(part: dict[str, Any], leaf: Any) -> Any:
    """A value of the shape `part`, in which every leaf is the one that is given."""
    part = resolved(part)
    if part.get("properties"):
        return {key: everywhere(below, leaf) for key, below in part["properties"].items() if key != "extends"}
    if "items" in part:
        return [everywhere(part["items"], leaf)]
    if "additionalProperties" in part:
        return {"scalar.db.some": leaf, "scalar.db.some_password": leaf, str(leaf): leaf}
    return leaf


def refusal(folder: Path, data: dict[str, Any]) -> str:
    file = folder / "profile.yaml"
    with file.open("w", encoding="utf-8") as stream:
        YAML(typ="safe", pure=True).dump({"extends": "production", **data}, stream)
    with pytest.raises(ProfileError) as caught:
        load(str(file))
    return str(caught.value)


@pytest.mark.parametrize("url", URLS.values(), ids=URLS)
def test_a_url_with_a_password_is_refused_and_not_shown(url: str, tmp_path: Path) -> None:
    text = refusal(tmp_path, {"ledger": {"database": {"url": url}}})
    assert "ledger.database.url: " in text
    assert CANARY not in text


@pytest.mark.parametrize("url", URLS.values(), ids=URLS)
@pytest.mark.parametrize("wrapped", [False, True], ids=["alone", "in-a-list-and-a-map"])
def test_no_field_shows_a_password(url: str, wrapped: bool, tmp_path: Path) -> None:
    leaf: Any = [{url: url}, url] if wrapped else url
    text = refusal(tmp_path, everywhere(SCHEMA, leaf))
    assert len(text.splitlines()) > 200
    assert CANARY not in text


@pytest.mark.parametrize("url", URLS.values(), ids=URLS)
@pytest.mark.parametrize("key", ["administrativeDomain", "certificateHolder"])
def test_a_line_that_a_contradiction_would_name_holds_no_password(key: str, url: str, tmp_path: Path) -> None:
    text = refusal(tmp_path, {"ledger": {key: url}, "auditor": {key: url}})
    assert CANARY not in text
    assert f"ledger.{key}: a URL with a user or a password in it" in text


@pytest.mark.parametrize(
    "text",
    [
        f"extends: https://admin:{CANARY}@git.acme.example/base.yaml\n",
        f"extends: production\n? jdbc:mysql://admin:{CANARY}@db\n: 1\n",
        f"extends: production\nledger: {{database: {{url: jdbc:mysql://admin:{CANARY}@db, }}\n",
        f"extends: production\nledger: jdbc:mysql://admin: {CANARY}@db\n",
        f"extends: production\n{{a: jdbc:mysql://admin:{CANARY}@db}}: 1\n",
        f'extends: production\nledger: "jdbc:mysql://admin:{CANARY}@db\n',
    ],
    ids=["extends", "key", "flow-map", "map-in-text", "map-as-key", "open-quote"],
)
def test_what_is_no_yaml_or_no_key_is_not_shown_either(text: str, tmp_path: Path) -> None:
    (tmp_path / "profile.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ProfileError) as caught:
        load(str(tmp_path / "profile.yaml"))
    assert CANARY not in str(caught.value)


def test_an_address_instead_of_a_file_is_not_shown() -> None:
    with pytest.raises(ProfileError) as caught:
        load(f"https://admin:{CANARY}@git.acme.example/base.yaml")
    assert CANARY not in str(caught.value)
