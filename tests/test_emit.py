"""The command with --emit: what it writes where, what it leaves alone, and what it refuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Harden
from tests.samples import JOB, LATEST, PINNED, SECRET, policy_in_stream, profile
from tests.test_kustomize import CUSTOM, CUSTOM_PATCH


def test_a_refusal_writes_no_file(harden: Harden, tmp_path: Path) -> None:
    done = harden(LATEST, "--emit", "kustomize", "-o", tmp_path / "out")
    assert (done.returncode, done.stdout, (tmp_path / "out").exists()) == (1, "", False)


def test_no_manifests_are_no_reason_to_write_files(harden: Harden, tmp_path: Path) -> None:
    done = harden("", "--emit", "kustomize", "-o", tmp_path / "out")
    assert (done.returncode, (tmp_path / "out").exists()) == (3, False)


def test_the_same_input_gives_the_same_bytes(harden: Harden, tmp_path: Path) -> None:
    for name in ("first", "second"):
        harden(PINNED, "--emit", "kustomize", "-o", tmp_path / name)
    for file in ("kustomization.yaml", "objects.yaml"):
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / "second" / file).read_bytes()


def test_the_files_are_named(harden: Harden, tmp_path: Path) -> None:
    done = harden(PINNED, "--emit", "flux", "-o", tmp_path / "out")
    assert "out/postrenderers.yaml and " in done.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "objects.yaml",
        "postrenderers.yaml",
    ]


def test_what_needs_no_more_objects_leaves_none_behind(harden: Harden, tmp_path: Path) -> None:
    harden(PINNED, "--emit", "kustomize", "-o", tmp_path / "out")
    harden(harden(PINNED).stdout, "--emit", "kustomize", "-o", tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["kustomization.yaml"]


def test_a_file_of_the_user_is_not_written_over(harden: Harden, tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources: []\n")
    done = harden(PINNED, "--emit", "kustomize", "-o", tmp_path)
    assert (done.returncode, "kustomization.yaml: it is not from --emit" in done.stderr) == (2, True)
    assert (tmp_path / "kustomization.yaml").read_text() == "resources: []\n"
    assert not (tmp_path / "objects.yaml").exists()


@pytest.mark.parametrize(
    "args",
    [
        ("--emit", "kustomize"),
        ("-o", "out"),
        ("--emit", "helm", "-o", "out"),
        ("--emit", "flux", "-o", "out", "--check"),
        ("--emit", "flux", "-o", "out", "--krm"),
    ],
)
def test_wrong_usage(harden: Harden, args: tuple[str, ...]) -> None:
    done = harden(PINNED, *args)
    assert (done.returncode, done.stdout) == (2, "")


def test_a_folder_that_cannot_be_made_is_said(harden: Harden, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = harden(PINNED, "--emit", "kustomize", "-o", tmp_path / "file" / "out")
    assert (done.returncode, "cannot be written" in done.stderr) == (74, True)


def test_an_empty_name_of_a_folder_is_refused(harden: Harden, tmp_path: Path) -> None:
    done = harden(PINNED, "--emit", "kustomize", "-o", "")
    assert (done.returncode, done.stdout, "-o: the name of the folder is empty" in done.stderr) == (
        2,
        "",
        True,
    )


@pytest.mark.parametrize(("first", "second"), [("kustomize", "flux"), ("flux", "kustomize")])
@pytest.mark.parametrize("text", [PINNED, SECRET], ids=["objects", "no-objects"])
def test_the_files_of_the_other_form_stay(
    harden: Harden, tmp_path: Path, first: str, second: str, text: str
) -> None:
    assert harden(text, "--emit", first, "-o", tmp_path / "out").returncode == 0
    before = {path: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    done = harden(text, "--emit", second, "-o", tmp_path / "out")
    assert (done.returncode, f"it is from --emit {first}; give -o" in done.stderr) == (2, True), done.stderr
    assert {path: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_a_kustomization_of_the_user_is_not_in_the_way_of_flux(harden: Harden, tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources: [objects.yaml]\n")
    assert harden(PINNED, "--emit", "flux", "-o", tmp_path).returncode == 0
    assert (tmp_path / "kustomization.yaml").read_text() == "resources: [objects.yaml]\n"


@pytest.mark.parametrize("name", ["kustomization.yaml", "objects.yaml"])
@pytest.mark.parametrize("content", [None, "theirs", "# Written by scalardl-harden --emit kustomize; ours"])
def test_nothing_is_written_through_a_link(
    harden: Harden, tmp_path: Path, name: str, content: str | None
) -> None:
    elsewhere = tmp_path / "elsewhere"
    if content is not None:
        elsewhere.write_text(content)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).symlink_to(elsewhere)
    done = harden(PINNED, "--emit", "kustomize", "-o", tmp_path / "out")
    assert (done.returncode, f"{name}: it is a link or a folder" in done.stderr) == (2, True), done.stderr
    assert (elsewhere.read_text() if elsewhere.exists() else None) == content
    assert [path.name for path in (tmp_path / "out").iterdir()] == [name]


def test_a_file_is_made_anew_and_then_named(harden: Harden, tmp_path: Path) -> None:
    """What another process reads is the old file or the new one; the second name keeps the old."""
    harden(PINNED, "--emit", "kustomize", "-o", tmp_path / "out")
    kept = (tmp_path / "out" / "kustomization.yaml").read_bytes()
    (tmp_path / "second-name").hardlink_to(tmp_path / "out" / "kustomization.yaml")
    harden(harden(PINNED).stdout, "--emit", "kustomize", "-o", tmp_path / "out")
    assert (tmp_path / "second-name").read_bytes() == kept
    assert (tmp_path / "out" / "kustomization.yaml").read_bytes() != kept
    assert (tmp_path / "out" / "kustomization.yaml").stat().st_mode == (
        tmp_path / "second-name"
    ).stat().st_mode


SECRET_PATCH = """
patches:
- select: {kind: Secret}
  operations:
  - {op: replace, path: /stringData/db-password, value: correct-horse}
"""


@pytest.mark.parametrize(
    ("text", "patch", "why"),
    [
        (SECRET + PINNED, SECRET_PATCH, "Secret x-ledger: the profile's patches change it"),
        (PINNED + PINNED, "", "Deployment x-ledger: it stands there twice"),
        (JOB.replace("  name: load-", "  generateName: load-"), "", "it has no metadata.name"),
        (PINNED + CUSTOM, CUSTOM_PATCH, "ClusterRole x: it states no namespace, and whether its kind"),
    ],
)
def test_what_kustomize_cannot_be_told_is_refused(
    harden: Harden, tmp_path: Path, text: str, patch: str, why: str
) -> None:
    ours = profile(tmp_path, patch)
    done = harden(text, "--profile", ours, "--emit", "kustomize", "-o", tmp_path / "out")
    assert (done.returncode, why in done.stderr, (tmp_path / "out").exists()) == (1, True, False)
    assert "correct-horse" not in done.stderr


def test_the_way_of_a_post_renderer_imports_none_of_it() -> None:
    code = (
        "import sys, io; sys.stdin = io.TextIOWrapper(io.BytesIO(b'kind: Pod\\napiVersion: v1\\n'));"
        "from postrender.cli import run; run([]);"
        "print({'postrender.krm', 'postrender.kustomize', 'argparse'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"


def test_a_policy_in_the_stream_counts(harden: Harden, tmp_path: Path) -> None:
    done = harden(policy_in_stream("test") + PINNED, "--emit", "kustomize", "-o", tmp_path / "out")
    assert "profile test: " in done.stderr
