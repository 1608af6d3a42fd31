"""Any bytes as a profile, or (where they begin with a brace) as a compiled policy, a baseline, exemptions."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from generator import show
from generator.bundle import folder
from generator.check import baseline, exemptions
from generator.errors import GenerateError
from generator.values import umbrella
from profiles import policy
from profiles.compile import compile_policy, dumps
from profiles.errors import ProfileError
from profiles.load import ResolvedProfile, load
from profiles.models import DOMAINS, Product
from tests.fuzz import seeds
from tests.fuzz.printable import assert_printable

_FOLDER = tempfile.TemporaryDirectory(prefix="scalardl-fuzz-")


def start() -> Iterator[bytes]:
    """Profiles of the tests, the built-in ones and their policies, exemptions and a baseline."""
    yield from seeds.profiles()
    yield from seeds.policies()
    yield b'{"baselineVersion": 1, "findings": {"0123456789abcdef0123456789abcdef": "no-plain-secrets: x"}}'
    yield b'exemptions:\n- requirement: no-plain-secrets\n  object: "Secret *"\n  reason: Known.\n'


def once(data: bytes) -> None:
    """Raises AssertionError, or whatever a defect raises, where bytes are not treated as they must be."""
    file = Path(_FOLDER.name, "ours.yaml")
    file.write_bytes(data)
    if data.lstrip()[:1] == b"{":
        _as_json(data, file)
    try:
        exemptions.of_file(file)
    except ProfileError as error:
        assert_printable(str(error))
    try:
        resolved = load(str(file))
    except ProfileError as error:
        assert_printable(str(error))
        return
    shown = show.text(resolved)
    assert_printable(shown.replace("\t", " "))
    products: list[Product | None] = [None, "ledger"]
    if resolved.profile.auditor_mode:
        products.append("auditor")
    compiled = {product: compile_policy(resolved, product) for product in products}
    for each in compiled.values():
        policy.load(dumps(each), "fuzz")
    file.write_text("extends: production\n" + shown, encoding="utf-8")
    again = load(str(file))
    for product, each in compiled.items():
        # What is assumed is what the user's own file leaves out, and this one leaves out nothing.
        same = {**compile_policy(again, product), "assumed": each["assumed"], "profile": each["profile"]}
        assert same == each, f"show prints another profile (policy of {product})"
    if len(data) % 16 == 0:  # a bundle takes longer than all the rest
        _bundles(resolved)


def _as_json(data: bytes, file: Path) -> None:
    with contextlib.suppress(UnicodeDecodeError):
        try:
            read = policy.load(data.decode(), "fuzz")
        except ProfileError as error:
            assert_printable(str(error))
        else:
            assert read == policy.load(json.dumps(json.loads(data)), "fuzz")
    try:
        baseline.read(file)
    except GenerateError as error:
        assert_printable(str(error))


def _bundles(resolved: ResolvedProfile) -> None:
    """What is made from a profile that loads can be made, or is refused in words."""
    for product in DOMAINS if resolved.profile.auditor_mode else DOMAINS[:1]:
        try:
            umbrella.text(resolved, product, umbrella.over_shipped(resolved, product))
            folder.files(resolved, product)
        except (ProfileError, GenerateError) as error:
            assert_printable(str(error))
