"""Where to write: links, pipes, devices, folders, full disks. All is written or nothing; nothing hangs."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.hostility.measured import GEN, HARDEN, Run, run
from tests.test_bad_input import LEDGER

WRITERS: dict[str, tuple[list[str], str]] = {
    "report": ([HARDEN, "--report"], LEDGER),
    "baseline": ([GEN, "check", "-", "--write-baseline"], LEDGER),
    "init": ([GEN, "init", "--extends", "test", "--yes", "-o"], ""),
}
FOLDERS: dict[str, tuple[list[str], str]] = {
    "kustomize": ([HARDEN, "--emit", "kustomize", "-o"], LEDGER),
    "flux": ([HARDEN, "--emit", "flux", "-o"], LEDGER),
    "bundle": ([GEN, "profile", "test", "-o"], ""),
    "plugin": ([GEN, "argocd", "manifests", "--image", "example.com/x:1", "-o"], ""),
    "keys": ([GEN, "keys", "new", "ledger", "-o"], ""),
}
BOTH = {**WRITERS, **FOLDERS}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder to write in; what stands beside it must stay as it is."""
    folder = tmp_path / "here" / "place"
    folder.mkdir(parents=True)
    return folder


def write(name: str, target: str | Path, place: Path, environment: dict[str, str]) -> Run:
    command, stdin = BOTH[name]
    done = run([*command, target], stdin, folder=place, environment=environment)
    assert "Traceback" not in done.err
    return done


def tree(folder: Path) -> dict[str, str]:
    """Every path below the folder and what it is: a link's target, a file's text."""
    return {
        str(path.relative_to(folder)): str(path.readlink())
        if path.is_symlink()
        else path.read_text("utf-8", "replace")
        if path.is_file()
        else "folder"
        for path in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize("name", BOTH)
def test_a_full_device(name: str, place: Path, environment: dict[str, str]) -> None:
    done = write(name, "/dev/full", place, environment)
    assert done.code in (2, 74), done.err
    assert tree(place) == {}


@pytest.mark.parametrize("name", WRITERS)
def test_a_folder_where_a_file_belongs(name: str, place: Path, environment: dict[str, str]) -> None:
    (place / "there").mkdir()
    assert write(name, "there", place, environment).code == 2
    assert tree(place) == {"there": "folder"}


@pytest.mark.parametrize("name", FOLDERS)
def test_a_file_where_a_folder_belongs(name: str, place: Path, environment: dict[str, str]) -> None:
    (place / "there").write_text("ours")
    assert write(name, "there", place, environment).code in (2, 74)
    assert tree(place) == {"there": "ours"}


@pytest.mark.parametrize("name", FOLDERS)
def test_a_pipe_where_a_folder_belongs(name: str, place: Path, environment: dict[str, str]) -> None:
    os.mkfifo(place / "pipe")
    assert write(name, "pipe", place, environment).code in (2, 74)
    assert [path.name for path in place.iterdir()] == ["pipe"]


@pytest.mark.parametrize("name", FOLDERS)
def test_pipes_of_the_names_that_count(name: str, place: Path, environment: dict[str, str]) -> None:
    for file in ("kustomization.yaml", "postrenderers.yaml", "objects.yaml", "ledger-private-key.pem"):
        os.mkfifo(place / file)
    for file in ("ledger", "auditor", "argocd"):
        os.mkfifo(place / file)
    before = sorted(path.name for path in place.iterdir())
    assert write(name, ".", place, environment).code in (2, 74)
    assert sorted(path.name for path in place.iterdir()) == before


@pytest.mark.parametrize("name", BOTH)
def test_a_dangling_link(name: str, place: Path, environment: dict[str, str]) -> None:
    (place / "link").symlink_to("../nowhere/file")
    done = write(name, "link", place, environment)
    assert done.code in (2, 74), done.err
    assert tree(place) == {"link": "../nowhere/file"}
    assert not (place.parent / "nowhere").exists()


@pytest.mark.parametrize("name", ["init", *FOLDERS])
def test_a_link_to_itself(name: str, place: Path, environment: dict[str, str]) -> None:
    (place / "link").symlink_to("link")
    done = write(name, "link", place, environment)
    assert done.code in (2, 74), done.err
    assert tree(place) == {"link": "link"}


@pytest.mark.parametrize("name", ["report", "baseline"])
def test_a_link_to_a_file_stays_one(name: str, place: Path, environment: dict[str, str]) -> None:
    (place.parent / "file").write_text("old")
    (place / "link").symlink_to("../file")
    assert write(name, "link", place, environment).code == 0
    assert tree(place) == {"link": "../file"}
    assert len((place.parent / "file").read_text()) > 3


@pytest.mark.parametrize("name", FOLDERS)
def test_links_of_the_names_that_count_lead_nowhere(
    name: str, place: Path, environment: dict[str, str]
) -> None:
    """A link that somebody left in the folder is neither followed nor replaced."""
    outside = place.parent / "outside"
    outside.mkdir()
    (outside / "file").write_text("theirs")
    for file in ("kustomization.yaml", "postrenderers.yaml", "objects.yaml", "ledger-private-key.pem"):
        (place / file).symlink_to(outside / "file")
    for file in ("ledger", "auditor", "argocd"):
        (place / file).symlink_to(outside)
    before = tree(place)
    assert write(name, ".", place, environment).code == 2
    assert tree(place) == before
    assert tree(outside) == {"file": "theirs"}


@pytest.mark.parametrize("name", BOTH)
def test_a_parent_that_is_a_file(name: str, place: Path, environment: dict[str, str]) -> None:
    (place / "file").write_text("ours")
    assert write(name, "file/below", place, environment).code in (2, 74)
    assert tree(place) == {"file": "ours"}


@pytest.mark.parametrize("name", BOTH)
def test_a_name_that_no_file_system_takes(name: str, place: Path, environment: dict[str, str]) -> None:
    assert write(name, "x" * 300, place, environment).code in (2, 74)
    assert tree(place) == {}


@pytest.mark.parametrize("name", ["report", "baseline"])
def test_leading_dashes_and_new_lines(name: str, place: Path, environment: dict[str, str]) -> None:
    assert write(name, "./-rf", place, environment).code == 0
    assert write(name, "a\nb", place, environment).code == 0
    assert sorted(tree(place)) == ["-rf", "a\nb"]


@pytest.mark.parametrize("name", ["kustomize", "bundle"])
def test_out_of_a_folder_into_the_one_above(name: str, place: Path, environment: dict[str, str]) -> None:
    """The folder that one stands in is the same one afterwards."""
    number = place.stat().st_ino
    done = write(name, "..", place, environment)
    assert done.code == 0, done.err
    assert place.stat().st_ino == number
    assert sorted(path.name for path in place.parent.iterdir()) != ["place"]


def test_a_bundle_is_not_exchanged_under_ones_feet(tmp_path: Path, environment: dict[str, str]) -> None:
    """From inside a domain's folder: what one sees there must be what is written."""
    run([GEN, "profile", "test", "-o", tmp_path], environment=environment)
    inside = tmp_path / "ledger" / "chart"
    profile = tmp_path / "ours.yaml"
    profile.write_text("extends: test\nreplicas: {product: 2}\n")
    for folder, target in ((inside.parent, ".."), (inside, "../.."), (inside, tmp_path)):
        before = tree(tmp_path)
        number = folder.stat().st_ino
        done = run([GEN, "profile", profile, "-o", target], folder=folder, environment=environment)
        assert done.code == 2, done.err
        assert "you stand in it" in done.err
        assert (folder.stat().st_ino, tree(tmp_path)) == (number, before)
    # What is as it should be already needs no exchange.
    done = run([GEN, "profile", "test", "-o", ".."], folder=inside.parent, environment=environment)
    assert done.code == 0, done.err


def without_room(
    command: Sequence[str], stdin: str, folder: Path, environment: dict[str, str], most: int
) -> Run:
    """Files may have `most` bytes, as on a disk that is full."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    done = subprocess.run(
        command, input=stdin.encode(), capture_output=True, env=environment, cwd=folder, preexec_fn=limit,
        check=False,
    )  # fmt: skip
    return Run(done.returncode, done.stdout, done.stderr.decode(), 0)


@pytest.mark.parametrize("most", [0, 100])
@pytest.mark.parametrize("name", BOTH)
def test_no_room(name: str, most: int, place: Path, environment: dict[str, str]) -> None:
    command, stdin = BOTH[name]
    done = without_room([*command, "made" if name != "keys" else "."], stdin, place, environment, most)
    assert done.code in (2, 74), done.err
    assert "Traceback" not in done.err
    assert tree(place) == {}


@pytest.mark.parametrize("name", ["report", "baseline", "kustomize", "bundle"])
def test_no_room_leaves_what_was(name: str, place: Path, environment: dict[str, str]) -> None:
    assert write(name, "made", place, environment).code == 0
    before = tree(place)
    command, stdin = BOTH[name]
    changed = stdin.replace("x-ledger", "other-ledger")
    again = ["production" if word == "test" else word for word in command]
    done = without_room([*again, "made"], changed, place, environment, 200)
    assert done.code in (2, 74), done.err
    assert tree(place) == before
