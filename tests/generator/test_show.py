"""The text of a resolved profile means what the profile means."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator import show
from profiles.compile import compile_policy
from profiles.document import plain, read
from profiles.load import BUILTIN, load
from profiles.models import Profile

PRODUCTION = load("production")
ACCEPTED = sorted(map(str, (Path(__file__).parent.parent / "profiles" / "accepted").glob("*.yaml")))
OURS = """\
extends: multi-az
description: "ours: 全部"
kubernetesVersion: "1.31"
caps: {ledger: null}
network: {clients: [10.1.0.0/16], otherDomain: [], databases: any}
exemptions:
  - {rule: node-pool, kind: Job, name: load-*, reason: "yes", until: 2027-03-31}
  - {rule: pod-security, kind: DaemonSet, name: "*", reason: "#1: agent"}
patches:
  - select: {role: ledger, labels: {tier: "1", "no": "off"}}
    operations:
      - {op: replace, path: /a, value: null}
      - {op: remove, path: /b}
      - {op: move, from: /c, path: /d}
      - {op: add, path: /e, value: ["1e3", "0o17", "null", "~", "12:30", 1.5, 1e20, true, "a\\nb", " x", ""]}
"""


def meaning(file: str) -> dict[str, Any]:
    """The policy of a profile, but for its name and for what it took because no user declared it."""
    policy = compile_policy(load(file))
    del policy["profile"]
    # The text states the pool that was taken, so it is declared from then on.
    policy["assumed"] = [line for line in policy["assumed"] if not line.startswith("nodePool.")]
    return policy


def written(folder: Path, text: str) -> str:
    (folder / "ours.yaml").write_text(text, encoding="utf-8")
    return str(folder / "ours.yaml")


@pytest.mark.parametrize("name", BUILTIN)
def test_a_built_in_profile_shown_is_a_profile_of_the_same_policy(name: str, tmp_path: Path) -> None:
    again = written(tmp_path, "extends: production\n" + show.text(load(name)))
    assert meaning(again) == meaning(name)


def test_a_file_shown_is_a_profile_of_the_same_policy(tmp_path: Path) -> None:
    ours = written(tmp_path, OURS)
    expected = meaning(ours)
    assert meaning(written(tmp_path, "extends: production\n" + show.text(load(ours)))) == expected


def test_what_is_shown_is_shown_the_same_again(tmp_path: Path) -> None:
    first = show.text(load(written(tmp_path, OURS)))
    assert show.text(load(written(tmp_path, "extends: production\n" + first))) == first


@pytest.mark.parametrize("file", [*BUILTIN, *ACCEPTED], ids=lambda file: Path(file).stem)
def test_what_is_shown_is_an_equal_profile_again(file: str, tmp_path: Path) -> None:
    shown = load(file)
    again = load(written(tmp_path, "extends: test\n" + show.text(shown)))
    # What was extended, and the size, have done their work.
    done = {"extends", "size"}
    assert again.profile.model_dump(exclude=done) == shown.profile.model_dump(exclude=done)


def test_keys_stand_in_the_order_of_the_models_and_none_is_left_out() -> None:
    aliases = [field.alias for field in Profile.model_fields.values()]
    shown = list(yaml.safe_load(show.text(load("test"))))
    assert shown == [key for key in aliases if key not in ("extends", "size")]


def test_null_is_shown() -> None:
    shown = yaml.safe_load(show.text(load("test")))
    assert (shown["nodePool"], shown["disruptionBudget"]) == (None, None)


def test_any_is_shown_as_it_is_written() -> None:
    assert yaml.safe_load(show.text(load("test")))["network"]["databases"] == "any"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100)
@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], include_characters="\n\t"), max_size=12
    )
)
def test_any_text_is_read_again_as_it_was(tmp_path: Path, text: str) -> None:
    operation = {"op": "add", "path": "/a", "value": text}
    patch = {"select": {"kind": "Job"}, "operations": [operation]}
    changed = Profile.model_validate({**PRODUCTION.profile.model_dump(by_alias=True), "patches": [patch]})
    file = Path(written(tmp_path, show.text(replace(PRODUCTION, profile=changed))))
    assert plain(read(file, "ours.yaml", 0))["patches"] == [patch]
