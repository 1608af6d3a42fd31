"""The Secrets that a domain needs: all that its pods read and no other; how a shell makes them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from generator.bundle import secret_commands
from generator.bundle.secrets import DOCKER, OPAQUE, TLS, NeededSecret, needed
from generator.values import umbrella
from profiles.models import DOMAINS, Domain, Product
from tests.generator.bundle.domains import Over, load_with, made
from tests.generator.deployments import KINDS, Kind, of_kind, values_of

HMAC: Over = {"authentication": {"method": "hmac"}}
GIVEN: Over = {"tls": {"mode": "secrets"}}
PLAIN: Over = {"tls": {"mode": "none"}}


def of(over: Over | None = None, product: Product = "ledger") -> dict[str, NeededSecret]:
    return {secret.name: secret for secret in needed(load_with(over).profile, product)}


def keys(over: Over | None, product: Product) -> dict[str, list[str]]:
    return {name: [key.name for key in secret.keys] for name, secret in of(over, product).items()}


@pytest.mark.parametrize(
    ("over", "product", "expected"),
    [
        (
            {},
            "ledger",
            {
                "lapis-pull": [".dockerconfigjson"],
                "lapis-database": ["db-username", "db-password"],
                "lapis-keys": ["private-key"],
                "lapis-metricsca": ["ca.crt"],
            },
        ),
        (
            {},
            "auditor",
            {
                "amber-pull": [".dockerconfigjson"],
                "amber-database": ["db-username", "db-password"],
                "amber-keys": ["private-key", "certificate"],
                "amber-environment": ["SCALAR_DL_LICENSE_KEY", "SCALAR_DL_LICENSE_CHECK_CERT_PEM"],
                "amber-metricsca": ["ca.crt"],
                "amber-authority-of-the-other": ["ca.crt"],
            },
        ),
        (
            {
                **HMAC,
                **PLAIN,
                "auditor": {"licensed": False, "images": {"auditor": {"repository": "me/auditor"}}},
            },
            "auditor",
            {
                "amber-pull": [".dockerconfigjson"],
                "amber-database": ["db-username", "db-password"],
                "amber-environment": ["SCALAR_DL_HMAC_CIPHER_KEY", "SCALAR_DL_HMAC_SECRET_KEY"],
            },
        ),
        (
            {**GIVEN, "ledger": {"images": {"pullSecrets": []}, "monitoring": {"serviceMonitor": False}}},
            "ledger",
            {
                "lapis-database": ["db-username", "db-password"],
                "lapis-keys": ["private-key"],
                "lapis-producttls": ["ca.crt", "tls.crt", "tls.key"],
                "lapis-envoytls": ["ca.crt", "tls.crt", "tls.key"],
            },
        ),
        (
            {**PLAIN, "auditorMode": False, "assetProof": False},
            "ledger",
            {"lapis-pull": [".dockerconfigjson"], "lapis-database": ["db-username", "db-password"]},
        ),
        (
            {**HMAC, **PLAIN, "auditorMode": False, "assetProof": False, "ledger": {"licensed": True}},
            "ledger",
            {
                "lapis-pull": [".dockerconfigjson"],
                "lapis-database": ["db-username", "db-password"],
                "lapis-environment": [
                    "SCALAR_DL_HMAC_CIPHER_KEY",
                    "SCALAR_DL_LICENSE_KEY",
                    "SCALAR_DL_LICENSE_CHECK_CERT_PEM",
                ],
            },
        ),
    ],
    ids=["ledger", "auditor", "hmac", "given certificates", "ledger alone", "licensed"],
)
def test_what_the_profile_needs_and_nothing_else(
    over: Over, product: Product, expected: dict[str, list[str]]
) -> None:
    assert keys(over, product) == expected


def named(values: Any) -> set[str]:
    """The Secrets that values name."""
    if isinstance(values, dict):
        found = {value for key, value in values.items() if isinstance(value, str) and "secret" in key.lower()}
        pulls = values.get("imagePullSecrets", [])
        return found.union({pull["name"] for pull in pulls}, *map(named, values.values()))
    return set().union(*map(named, values)) if isinstance(values, list) else set()


# Where the values name no Secret because the chart's own name for it is the profile's.
BY_THE_CHART = {"ledger": "ledger-keys", "auditor": "auditor-keys"}


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_they_are_those_that_the_values_name(kind: Kind) -> None:
    for product in DOMAINS:
        domain = of_kind(kind).profile.domain(product)
        names = {secret.name for secret in needed(of_kind(kind).profile, product)}
        keys_of_chart = {BY_THE_CHART[product]} if kind.method == "digital-signature" else set()
        # A Secret of cert-manager is named by nobody; the schema loader names the database's.
        assert names == named(values_of(kind, product).data) | keys_of_chart
        assert domain.secrets.database in names


def test_umbrella_names_are_seen_by_the_test_above() -> None:
    resolved = load_with(GIVEN)
    assert named(umbrella.values(resolved, "auditor").data) == set(of(GIVEN, "auditor"))


@pytest.mark.parametrize("product", DOMAINS)
def test_each_is_in_the_namespace_of_who_reads_it(product: Product) -> None:
    resolved = load_with({**GIVEN, "monitoring": {"namespace": "watchers"}})
    domain = resolved.profile.domain(product)
    for secret in needed(resolved.profile, product):
        watched = secret.name == domain.secrets.metrics_ca
        assert secret.namespace == ("watchers" if watched else domain.namespace)


def test_types() -> None:
    types = {secret.name: secret.type for secret in of(GIVEN).values()}
    assert types["lapis-pull"] == DOCKER == "kubernetes.io/dockerconfigjson"
    assert types["lapis-producttls"] == types["lapis-envoytls"] == TLS == "kubernetes.io/tls"
    assert types["lapis-database"] == types["lapis-keys"] == types["lapis-metricsca"] == OPAQUE == "Opaque"


def test_each_says_why_and_from_whom() -> None:
    for product in DOMAINS:
        for over in (HMAC, GIVEN, {}):
            for secret in of(over, product).values():
                assert secret.why.endswith("]")
                assert secret.from_whom
                assert all(key.what and key.how for key in secret.keys)


@pytest.mark.parametrize(
    ("storage", "user", "password"),
    [
        ({"storage": "dynamo", "region": "ap-northeast-1"}, "access key id", "secret access key"),
        ({"storage": "cosmos", "uri": "https://a.example.net:443/"}, "empty", "key of the account"),
        ({"storage": "cassandra", "hosts": ["a.example.net"]}, "user", "password"),
    ],
)
def test_the_login_is_that_of_the_storage(storage: Over, user: str, password: str) -> None:
    found = of({"ledger": {"database": storage}})["lapis-database"].keys
    assert user in found[0].what
    assert password in found[1].what


def test_the_metrics_authority_of_cert_manager_is_copied() -> None:
    # The chart's Certificate has a Secret of its own name: corpus, scalardl-4.12.0-tls.yaml.
    assert of()["lapis-metricsca"].copied_from == "lapis-release-scalardl-tls-cert"
    assert of(product="auditor")["amber-metricsca"].copied_from == "amber-release-scalardl-audit-tls-cert"
    assert not of(GIVEN)["lapis-metricsca"].copied_from


def test_what_the_other_administrators_give_waits() -> None:
    assert [name for name, secret in of(product="auditor").items() if secret.waits] == [
        "amber-authority-of-the-other"
    ]
    assert of(HMAC, "auditor")["amber-environment"].waits
    assert not any(secret.waits for secret in of(HMAC).values())


def test_a_mirror_is_named_as_the_registry() -> None:
    mirror = {"repository": "mirror.example.net:5000/scalardl/x"}
    images = {"images": dict.fromkeys(("ledger", "envoy", "loader"), mirror)}
    assert of({"ledger": images})["lapis-pull"].keys[0].file == "mirror.example.net:5000"


# What a shell does with the commands. The stand-ins write down their arguments, and what they are given.
KUBECTL = r"""#!/bin/bash
printf '%s\n' "kubectl $*" >>"$SEEN/arguments"
for argument in "$@"; do
  case $argument in
    --from-file=*) source=${argument#--from-file=}; cat "${source#*=}" >"$SEEN/${source%%=*}" ;;
    get) printf %s "$ENCODED" ;;
    apply) cat >/dev/null ;;
  esac
done
"""
OTHERS = ("cat", "base64", "tr", "openssl")
LOGGED = """#!/bin/bash
printf '%s\\n' "{name} $*" >>"$SEEN/arguments"
exec {path} "$@"
"""


class Shell:
    """bash with a kubectl that only looks."""

    def __init__(self, place: Path, domain: Domain) -> None:
        self.seen, tools, home = place / "seen", place / "tools", place / "home"
        self.keys = home / ".scalardl" / domain.cluster.name / domain.namespace
        for folder in (self.seen, tools, self.keys):
            folder.mkdir(parents=True)
        for name in OTHERS:
            path = shutil.which(name)
            if path:
                (tools / name).write_text(LOGGED.format(name=name, path=path))
        (tools / "kubectl").write_text(KUBECTL)
        for tool in tools.iterdir():
            tool.chmod(0o755)
        self.environment = {
            "PATH": f"{tools}:{os.environ['PATH']}",
            "HOME": str(home),
            "SEEN": str(self.seen),
        }

    def run(self, command: str, typed: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        bash = shutil.which("bash")
        if not bash:
            pytest.skip("not covered: the commands that make Secrets (no bash here)")
        return subprocess.run(
            [bash, "-c", command],
            input=typed,
            env=self.environment | more,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    @property
    def arguments(self) -> str:
        return (self.seen / "arguments").read_text()

    def given(self, key: str) -> str:
        return (self.seen / key).read_text()


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path, load_with().profile.ledger)


def command(name: str, over: Over | None = None, product: Product = "ledger") -> str:
    domain = load_with(over).profile.domain(product)
    return secret_commands.create(of(over, product)[name], domain)


# Signs that a shell, printf or YAML would take for something else.
PASSWORD = r"""p'w"$HOME`id`\n%s *#! é"""


def test_a_password_is_asked_for_and_is_no_argument(shell: Shell) -> None:
    done = shell.run(command("lapis-database"), f"lapis user\n{PASSWORD}\n")
    assert done.returncode == 0, done.stderr
    assert (shell.given("db-username"), shell.given("db-password")) == ("lapis user", PASSWORD)
    assert PASSWORD not in shell.arguments + done.stdout + done.stderr
    assert "-n lapis-namespace create secret generic lapis-database " in shell.arguments
    assert "kubectl apply --server-side -f -" in shell.arguments


def test_a_registry_token_is_asked_for_and_is_no_argument(shell: Shell) -> None:
    done = shell.run(command("lapis-pull"), "robot\ntoken-of-robot\n")
    assert done.returncode == 0, done.stderr
    (host, login), *others = json.loads(shell.given(".dockerconfigjson"))["auths"].items()
    assert (host, others) == ("ghcr.io", [])
    assert b64decode(login["auth"]) == b"robot:token-of-robot"
    assert "token-of-robot" not in shell.arguments + done.stdout + done.stderr
    assert login["auth"] not in shell.arguments
    assert "--type=kubernetes.io/dockerconfigjson" in shell.arguments


def test_keys_come_from_files_and_are_no_arguments(shell: Shell) -> None:
    (shell.keys / "ledger-private-key.pem").write_text("-----BEGIN\nsecret words\n")
    done = shell.run(command("lapis-keys"))
    assert done.returncode == 0, done.stderr
    assert shell.given("private-key") == "-----BEGIN\nsecret words\n"
    assert "secret words" not in shell.arguments


def test_a_variable_has_no_line_end(shell: Shell) -> None:
    (shell.keys / "hmac-cipher-key").write_text("cipher\n")
    (shell.keys / "hmac-secret-key").write_text("secret")
    done = shell.run(command("lapis-environment", HMAC))
    assert done.returncode == 0, done.stderr
    assert shell.given("SCALAR_DL_HMAC_CIPHER_KEY") == "cipher"
    assert shell.given("SCALAR_DL_HMAC_SECRET_KEY") == "secret"
    assert "cipher" not in shell.arguments.replace("hmac-cipher-key", "").replace("CIPHER_KEY", "")


def test_cosmos_knows_no_user(shell: Shell) -> None:
    over = {"ledger": {"database": {"storage": "cosmos", "uri": "https://a.example.net:443/"}}}
    assert shell.run(command("lapis-database", over), "account key\n").returncode == 0
    assert (shell.given("db-username"), shell.given("db-password")) == ("", "account key")


@pytest.mark.parametrize("typed", ["", "\n", "user\n", "user\n\n"])
def test_nothing_typed_makes_no_secret(shell: Shell, typed: str) -> None:
    assert shell.run(command("lapis-database"), typed).returncode != 0
    assert not (shell.seen / "arguments").exists()


@pytest.mark.parametrize("content", [None, ""])
def test_a_file_that_is_missing_or_empty_makes_no_secret(shell: Shell, content: str | None) -> None:
    (shell.keys / "hmac-cipher-key").write_text("cipher")
    if content is not None:
        (shell.keys / "hmac-secret-key").write_text(content)
    done = shell.run(command("lapis-environment", HMAC))
    assert done.returncode != 0
    assert "hmac-secret-key: missing or empty" in done.stderr
    assert not (shell.seen / "arguments").exists()


def test_the_authority_of_cert_manager_is_copied(shell: Shell) -> None:
    copy = secret_commands.copy(of()["lapis-metricsca"], load_with().profile.ledger)
    done = shell.run(copy, ENCODED="QSBjZXJ0aWZpY2F0ZQo=")
    assert done.returncode == 0, done.stderr
    assert shell.given("ca.crt") == "A certificate\n"
    assert "-n lapis-namespace get secret lapis-release-scalardl-tls-cert" in shell.arguments
    assert "-n monitoring create secret generic lapis-metricsca" in shell.arguments


def test_an_issuer_that_gives_no_authority_is_told_of(shell: Shell) -> None:
    copy = secret_commands.copy(of()["lapis-metricsca"], load_with().profile.ledger)
    done = shell.run(copy, ENCODED="")
    assert done.returncode != 0
    assert "the issuer gives none" in done.stderr
    assert "create" not in shell.arguments


def test_an_hmac_key_is_made_once_and_for_its_owner_alone(shell: Shell) -> None:
    if not shutil.which("openssl"):
        pytest.skip("not covered: the command that makes HMAC keys (no openssl here)")
    found = re.search(r"```bash\n(\([^`]*hmac-cipher-key[^`]*openssl rand[^`]*)```", made(HMAC)["runbook.md"])
    assert found
    for _ in range(2):
        done = shell.run(found[1])
        assert done.returncode == 0, done.stderr
        keys = {path.name: path.read_text() for path in shell.keys.iterdir()}
        assert keys.keys() == {"hmac-cipher-key", "hmac-secret-key"}
        assert all(re.fullmatch("[0-9a-f]{64}", key) for key in keys.values())
        assert len(set(keys.values())) == 2
        assert all(path.stat().st_mode & 0o077 == 0 for path in shell.keys.iterdir())
        assert not any(key in shell.arguments for key in keys.values())
    assert "there already" in done.stderr
