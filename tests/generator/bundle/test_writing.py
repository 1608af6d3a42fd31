"""Writing a bundle: everything or nothing, never over what somebody edited, nothing outside of the folder."""

from __future__ import annotations

import errno
import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from generator.bundle.folder import write
from generator.bundle.writing import MARK
from generator.errors import OUTPUT, USAGE, GenerateError
from tests.conftest import ROOT

FIRST = {
    "ledger": {"runbook.md": "one\n", "chart/values.yaml": "a: 1\n", "cluster/old.yaml": "x\n"},
    "auditor": {"runbook.md": "two\n"},
}
SECOND = {
    "ledger": {"runbook.md": "one, changed\n", "chart/values.yaml": "a: 1\n"},
    "auditor": {"runbook.md": "two\n"},
}


def state(folder: Path) -> dict[str, str]:
    """All that is below a folder: contents of files, targets of links."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        elif path.is_file():
            found[name] = path.read_text(encoding="utf-8")
    return found


def texts(contents: dict[str, dict[str, str]]) -> dict[str, str]:
    return {f"{below}/{path}": text for below, files in contents.items() for path, text in files.items()}


def written(folder: Path) -> dict[str, str]:
    return {path: text for path, text in state(folder).items() if Path(path).name != MARK}


def refused(folder: Path, contents: Any = SECOND, code: int = USAGE, force: bool = False) -> str:
    """The refusal; what is around the folder stays as it was."""
    before = state(folder.parent)
    with pytest.raises(GenerateError) as caught:
        write(folder, contents, force=force)
    assert state(folder.parent) == before
    assert caught.value.exit_code == code
    return str(caught.value)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A bundle that was written, in a folder of its own."""
    folder = tmp_path / "around" / "bundle"
    write(folder, FIRST)
    return folder


def test_a_missing_folder_is_made_with_those_above_it(tmp_path: Path) -> None:
    assert write(tmp_path / "a" / "b", FIRST)
    assert written(tmp_path / "a" / "b") == texts(FIRST)
    assert {path.name for path in (tmp_path / "a" / "b").iterdir()} == {"ledger", "auditor"}


def test_an_empty_folder_is_used_and_keeps_its_permissions(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir(mode=0o750)
    folder.chmod(0o750)
    assert write(folder, FIRST)
    assert written(folder) == texts(FIRST)
    assert folder.stat().st_mode & 0o777 == 0o750


def test_the_folder_in_which_one_stands_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert write(Path(), FIRST)
    assert written(tmp_path) == texts(FIRST)


def test_line_ends_and_letters_are_written_as_they_are(tmp_path: Path) -> None:
    write(tmp_path / "b", {"ledger": {"a.txt": "é\r\n\n"}})
    assert (tmp_path / "b" / "ledger" / "a.txt").read_bytes() == "é\r\n\n".encode()


@pytest.mark.parametrize("below", FIRST)
def test_the_mark_of_a_folder_lists_its_files_with_their_digests(bundle: Path, below: str) -> None:
    lines = [line for line in (bundle / below / MARK).read_text().splitlines() if not line.startswith("#")]
    expected = {path: hashlib.sha256(text.encode()).hexdigest() for path, text in FIRST[below].items()}
    assert {line[66:]: line[:64] for line in lines} == expected


def test_a_folder_that_was_handed_over_is_made_anew_alone(bundle: Path) -> None:
    theirs = bundle.parent / "theirs"
    theirs.mkdir()
    (theirs / "letter.txt").write_text("mine\n")
    (bundle / "ledger").rename(theirs / "ledger")
    assert write(theirs, {"ledger": SECOND["ledger"]})
    assert written(theirs) == texts({"ledger": SECOND["ledger"]}) | {"letter.txt": "mine\n"}


def test_the_folder_of_one_domain_holds_no_bundle(bundle: Path) -> None:
    assert f"-o {bundle}" in refused(bundle / "ledger")


def test_a_second_run_touches_nothing(bundle: Path) -> None:
    def touched() -> dict[Path, tuple[int, int]]:
        return {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in bundle.parent.rglob("*")}

    before = touched()
    assert not write(bundle, FIRST)
    assert touched() == before


def test_what_changed_is_written_and_what_is_gone_goes(bundle: Path) -> None:
    assert write(bundle, SECOND)
    assert written(bundle) == texts(SECOND)
    assert not (bundle / "ledger" / "cluster").exists()
    assert not write(bundle, SECOND)


def test_what_others_put_there_stays(bundle: Path) -> None:
    lock = bundle / "ledger" / "chart" / "Chart.lock"
    lock.write_text("lock\n")
    lock.chmod(0o640)
    (bundle / "ledger" / "link").symlink_to("chart")
    (bundle / "notes.txt").write_text("mine\n")
    write(bundle, SECOND)
    others = {"ledger/chart/Chart.lock": "lock\n", "ledger/link": "-> chart", "notes.txt": "mine\n"}
    assert written(bundle) == texts(SECOND) | others
    assert lock.stat().st_mode & 0o777 == 0o640


def test_a_run_for_one_domain_leaves_the_other(bundle: Path) -> None:
    write(bundle, {"ledger": SECOND["ledger"]})
    assert written(bundle) == texts(SECOND)
    (bundle / "auditor" / "runbook.md").write_text("edited\n")
    assert str(bundle / "auditor" / "runbook.md") in refused(bundle, {"auditor": {"runbook.md": "new\n"}})


def test_a_file_that_was_deleted_is_written_again(bundle: Path) -> None:
    (bundle / "ledger" / "runbook.md").unlink()
    assert write(bundle, FIRST)
    assert written(bundle) == texts(FIRST)


def test_what_was_edited_by_hand_is_named_and_kept(bundle: Path) -> None:
    for path in ("ledger/runbook.md", "ledger/cluster/old.yaml"):
        (bundle / path).write_text("edited\n")
    lines = refused(bundle).splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        str(bundle / "ledger/cluster/old.yaml"),
        str(bundle / "ledger/runbook.md"),
    ]
    assert all("--force" in line and "move it away" in line for line in lines)


def test_force_overwrites_what_was_edited(bundle: Path) -> None:
    (bundle / "ledger" / "runbook.md").write_text("edited\n")
    assert write(bundle, SECOND, force=True)
    assert written(bundle) == texts(SECOND)


def test_an_edit_that_a_new_profile_makes_as_well_is_no_conflict(bundle: Path) -> None:
    (bundle / "ledger" / "runbook.md").write_text(SECOND["ledger"]["runbook.md"])
    assert write(bundle, SECOND)
    assert written(bundle) == texts(SECOND)


def test_a_new_file_does_not_replace_one_of_somebody_else(bundle: Path) -> None:
    (bundle / "auditor" / "new.yaml").write_text("mine\n")
    contents = {**FIRST, "auditor": {"runbook.md": "two\n", "new.yaml": "ours\n"}}
    assert str(bundle / "auditor" / "new.yaml") in refused(bundle, contents)


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path, force: bool) -> None:
    folder = tmp_path / "around" / "theirs"
    (folder / "auditor").mkdir(parents=True)
    (folder / "auditor" / "letter.txt").write_text("mine\n")
    message = refused(folder, force=force)
    assert str(folder / "auditor") in message
    assert "another folder" in message


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine\n")
    assert "not a folder" in refused(tmp_path / "file")


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("path", ["ledger", "ledger/chart", "ledger/runbook.md", f"ledger/{MARK}"])
def test_a_symbolic_link_in_the_way_is_refused(bundle: Path, path: str, force: bool) -> None:
    elsewhere = bundle.parent / "elsewhere"
    (bundle / path).rename(elsewhere)
    (bundle / path).symlink_to(elsewhere)
    assert str(bundle / path.removesuffix(f"/{MARK}")) in refused(bundle, force=force)


def test_a_link_to_a_folder_is_refused(bundle: Path) -> None:
    link = bundle.parent / "link"
    link.symlink_to(bundle)
    assert "symbolic link" in refused(link)


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_where_a_file_must_be_is_refused(bundle: Path, force: bool) -> None:
    (bundle / "ledger" / "runbook.md").unlink()
    (bundle / "ledger" / "runbook.md").mkdir()
    assert "move it away" in refused(bundle, force=force)


@pytest.mark.parametrize(
    "path",
    [
        "../out",
        "/etc/out",
        "a/../../out",
        "a//b",
        ".",
        "..",
        "a/.",
        "",
        "a\\b",
        "a\0b",
        "a\nb",
        "a b",
        "C:/out",
    ],
)
def test_no_path_leads_out_of_the_folder(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "around" / "bundle"
    for contents in ({"ledger": {path: "x"}}, {path: {"a": "x"}}):
        refused(folder, contents, OUTPUT)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("line", ["0" * 64 + "  ../elsewhere", "0" * 64 + "  /etc/passwd", "what?"])
def test_a_mark_that_was_tampered_with_is_refused(bundle: Path, line: str) -> None:
    (bundle.parent / "elsewhere").write_text("mine\n")
    with (bundle / "auditor" / MARK).open("a") as mark:
        mark.write(line + "\n")
    assert str(bundle / "auditor" / MARK) in refused(bundle)


@pytest.mark.parametrize("count", [1, 3, 5])
def test_a_full_disk_leaves_what_was(bundle: Path, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    _fail(monkeypatch, "write_bytes", count, errno.ENOSPC, "No space left on device")
    message = refused(bundle, code=OUTPUT)
    assert str(bundle) in message
    assert "No space left on device" in message


def test_a_full_disk_leaves_no_folder_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fail(monkeypatch, "write_bytes", 2, errno.ENOSPC, "No space left on device")
    refused(tmp_path / "a" / "b", code=OUTPUT)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As in a folder of mode 555; root, who may run the tests, is let in there.
    _fail(monkeypatch, "mkdir", 2, errno.EACCES, "Permission denied")
    message = refused(tmp_path / "read-only" / "bundle", code=OUTPUT)
    assert str(tmp_path / "read-only" / "bundle") in message
    assert "Permission denied" in message
    assert list(tmp_path.iterdir()) == []


# The former folders go, the new ones come, and what was is let go.
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_a_renaming_that_fails_leaves_what_was(
    bundle: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    _fail(monkeypatch, "rename", count, errno.EBUSY, "Device or resource busy")
    assert "busy" in refused(bundle, code=OUTPUT)


def test_an_interrupted_run_leaves_what_was(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = state(bundle.parent)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write(bundle, SECOND)
    assert state(bundle.parent) == before


KILLED = """
import os, sys
from pathlib import Path
from generator.bundle.folder import write
from tests.generator.bundle.test_writing import SECOND

method, count = sys.argv[2], int(sys.argv[3])
original, calls = getattr(Path, method), []

def killed(*arguments):
    calls.append(1)
    if len(calls) == count:
        os._exit(9)
    return original(*arguments)

setattr(Path, method, killed)
write(Path(sys.argv[1]), SECOND)
"""


@pytest.mark.parametrize(
    ("method", "count"),
    [("write_bytes", 2), ("rename", 1), ("rename", 2), ("rename", 3)],
    ids=["writing", "first", "second", "third"],
)
def test_a_run_that_is_killed_leaves_what_was(bundle: Path, method: str, count: int) -> None:
    killed(bundle, method, count)
    # Killed between two renamings, the former folders are put back by the next run.
    assert not write(bundle, FIRST)
    assert visible(bundle) == texts(FIRST)


@pytest.mark.parametrize("count", [4, 5], ids=["one", "both"])
def test_a_folder_that_took_its_place_stays_when_the_run_is_killed(bundle: Path, count: int) -> None:
    killed(bundle, "rename", count)
    (bundle / "ledger" / "notes.txt").write_text("mine\n")
    write(bundle, SECOND)
    assert visible(bundle) == texts(SECOND) | {"ledger/notes.txt": "mine\n"}


def killed(bundle: Path, method: str, count: int) -> None:
    command = [sys.executable, "-c", KILLED, str(bundle), method, str(count)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 9


def visible(folder: Path) -> dict[str, str]:
    """What is written, without the hidden folder that a killed run could not remove."""
    return {path: text for path, text in written(folder).items() if not path.startswith(".")}


def _fail(monkeypatch: pytest.MonkeyPatch, method: str, count: int, number: int, text: str) -> None:
    """From its `count`-th call on, until cleaning up, a method of Path fails as the system would."""
    original, calls = getattr(Path, method), []

    def failing(self: Path, *arguments: Any, **more: Any) -> Any:
        calls.append(self)
        if len(calls) == count:
            raise OSError(number, text, str(self))
        return original(self, *arguments, **more)

    monkeypatch.setattr(Path, method, failing)
