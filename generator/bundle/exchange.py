"""What Ledger's and Auditor's administrators give each other: networks, certificates, a key in common."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from generator import clusters
from generator.bundle import clients, secret_commands, secrets
from generator.clusters import ClusterPlan, Step
from generator.values.names import fullname
from profiles.domains import OTHER
from profiles.models import Domain, Product, Profile

_PEERING = "network-peering"


def facts(profile: Profile, product: Product, plan: ClusterPlan) -> dict[str, object]:
    """The facts of the section, and `own_steps`: the plan's steps that need nothing of the other domain."""
    domain, other = profile.domain(product), OTHER[product]
    connecting = [step for step in plan.create if _connects(step, other)]
    theirs = [step for step in clusters.plan(profile, other).create if _connects(step, product)]
    signing = domain.authentication.method == "digital-signature"
    # To verify the other's Envoy: Auditor always calls Ledger's; who registers a certificate calls both.
    verified = profile.domain(other).tls.mode != "none" and (signing or product == "auditor")
    file = clients.authority_file(profile, product)
    shown = [file] if domain.tls.mode != "none" else []
    shown += [f"from-{other}-ca.crt"] if verified else []
    shown += [f"{product}-certificate.pem", f"from-{other}-certificate.pem"] if signing else []
    return {
        "own_steps": [step for step in plan.create if step not in connecting],
        "connecting": connecting,
        "wanted_of_us": list(_named(domain, _words(theirs, product))) if profile.auditor_mode else [],
        "wanted_of_them": _words(connecting, other),
        "ca_file": file,
        "theirs_needed": verified,
        "awaited": product == "ledger" and any(secret.waits for secret in secrets.needed(profile, "auditor")),
        "save_ca": secret_commands.save_authority(
            f"{fullname(domain, product)}-envoy-tls-cert", file, domain
        ),
        "fingerprints": _fingerprints(domain, shown),
        "copies": _copies(profile, product, verified),
    }


def _connects(step: Step, other: Product) -> bool:
    # A client may be called ledger-portal.
    named = re.search(rf"(?<![\w-]){other}(?![\w-])", step.title, re.IGNORECASE)
    return _PEERING in step.why and named is not None


def _words(steps: list[Step], product: Product) -> list[str]:
    """What only the administrators of `product` know, as the steps name it."""
    found = re.findall(
        rf"<[a-z-]+-of-{product}>", "\n".join(each for step in steps for each in step.commands)
    )
    return sorted(set(found))


def _named(domain: Domain, words: list[str]) -> Iterator[tuple[str, str]]:
    """Each word that the others need, and the command that prints what it stands for, where there is one."""
    region, name = domain.cluster.region or "<region>", domain.cluster.name
    vpc = ["--query", "cluster.resourcesVpcConfig.vpcId", "--output", "text", "--region", region]
    printed = {
        "vpc-id": ["aws", "eks", "describe-cluster", "--name", name, *vpc],
        "account": ["aws", "sts", "get-caller-identity", "--query", "Account", "--output", "text"],
        "id-of-the-network": [
            *("az", "network", "vnet", "show", "--resource-group", name, "--name", name),
            *("--query", "id", "--output", "tsv"),
        ],
        "project": ["gcloud", "config", "get", "project"],
    }
    for word in words:
        yield word, shlex.join(printed.get(word.strip("<>").rpartition("-of-")[0], ()))


def _fingerprints(domain: Domain, files: list[str]) -> str:
    lines = [
        f"cd {secrets.keys_folder(domain)}",
        f"for file in {shlex.join(files)}; do",
        '  test -e "$file" || { echo "$file: not there yet"; continue; }',
        '  echo "$file"; openssl x509 -in "$file" -noout -subject -enddate -fingerprint -sha256',
        "done",
    ]
    return secret_commands.together(lines) if files else ""


def _copies(profile: Profile, product: Product, verified: bool) -> str:
    """What one administrator of both copies from the other product's folder for keys."""
    other, own = OTHER[product], profile.domain(product)
    files = {clients.authority_file(profile, other): f"from-{other}-ca.crt"} if verified else {}
    if product == "auditor" and own.authentication.method == "hmac":
        files["hmac-secret-key"] = "hmac-secret-key"
    there, here = secrets.keys_folder(profile.domain(other)), secrets.keys_folder(own)
    lines = [f"cp {there}/{source} {here}/{target}" for source, target in files.items()]
    return secret_commands.together(lines) if lines else ""
