"""A team's policies are enough exactly when all that the rule would admit passes under them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from functools import lru_cache
from typing import Any

import yaml

from postrender.harden import Result, harden
from tests.proof.reachability.releases import policy, standing_in
from tests.rules.test_cases import TODAY, only

RULE = "network-policies"
LABEL = "scalardl-harden/rule"


@lru_cache
def documents() -> list[dict[str, Any]]:
    """A hardened release whose policies are the team's: they have the rules of ours, and no label of ours."""
    found = [one for one in yaml.load_all(standing_in("ledger", "production"), yaml.CSafeLoader) if one]
    for one in found:
        if one["kind"] == "NetworkPolicy":
            del one["metadata"]["labels"][LABEL]
            one["metadata"]["name"] = f"team-{one['metadata']['name']}"
    return found


def hardened(found: list[dict[str, Any]]) -> Result:
    return harden(yaml.safe_dump_all(found), only(policy("production"), RULE), TODAY)


def with_less() -> Iterator[list[dict[str, Any]]]:
    """The release without one peer, or without one port, of one rule."""
    for number, one in enumerate(documents()):
        for side, key in (("ingress", "from"), ("egress", "to")):
            if one["kind"] != "NetworkPolicy":
                continue
            for index, rule in enumerate(one["spec"][side]):
                for field in (key, "ports"):
                    for place in range(len(rule.get(field) or ())):
                        changed = deepcopy(documents())
                        rules = changed[number]["spec"][side]
                        del rules[index][field][place]
                        if not rules[index][field]:  # none would mean any
                            del rules[index]
                        yield changed


def test_what_admits_as_much_is_enough() -> None:
    result = hardened(documents())
    assert (result.fixed, result.refused) == ([], [])


def test_what_admits_less_is_not_enough() -> None:
    tried = 0
    for changed in with_less():
        tried += 1
        assert [outcome.rule for outcome in hardened(changed).fixed] == [RULE]
    assert tried > 20


def test_without_a_team_s_policy_none_is_evaluated() -> None:
    code = (
        "import sys; from postrender.cli import run; run([]);"
        "sys.exit(any('reachability' in name for name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=standing_in("ledger", "production"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
