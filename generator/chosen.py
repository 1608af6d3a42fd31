"""Which policy a command judges manifests by: as scalardl-harden chooses it, or that of one domain."""

from __future__ import annotations

import os

from generator.profile_cli import product_of, refuse
from postrender import policy_source
from postrender.policy_source import VARIABLE, Chosen
from profiles import policy
from profiles.compile import compile_policy
from profiles.load import load
from profiles.models import DOMAINS


def chosen(profile: str | None, domain: str | None, stream: str) -> Chosen:
    """The policy for the manifests in `stream`. Raises UsageError or ProfileError where it cannot be used."""
    if domain is None:
        return policy_source.choose(profile, stream)
    if domain not in DOMAINS:
        refuse(f"--for {domain}: no such domain; write ledger or auditor")
    name = profile or os.environ.get(VARIABLE)
    if not name:
        refuse(f"--for {domain}: of which profile? Name it with --profile")
    resolved = load(name)
    compiled = compile_policy(resolved, product_of(resolved, domain))
    source = f"--profile {name}" if profile else f"{VARIABLE}={name}"
    return Chosen(policy.from_json(compiled, name), f"{source} --for {domain}")
