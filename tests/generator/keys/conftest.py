"""The commands `keys new` and `keys check` as their user meets them, and the real openssl to compare with."""

from __future__ import annotations

import datetime
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple, Protocol

import pytest

from generator.keys.cli import app


class Run(NamedTuple):
    """One run of a command: its exit code and what it wrote."""

    code: int
    out: str
    err: str


class Command(Protocol):
    """Runs `scalardl-gen keys` with the arguments; `obj` is the day that the main command was given."""

    def __call__(self, *arguments: str | Path, obj: datetime.date | None = None) -> Run: ...


class OpenSSL(Protocol):
    """Runs openssl in the test's folder. Returns what it wrote. It must not fail, or must (`fails`)."""

    def __call__(self, *arguments: str | Path, fails: bool = False) -> str: ...


@pytest.fixture
def keys(capsys: pytest.CaptureFixture[str]) -> Command:
    def run(*arguments: str | Path, obj: datetime.date | None = None) -> Run:
        with pytest.raises(SystemExit) as ended:
            app(args=[str(each) for each in arguments], prog_name="scalardl-gen keys", obj=obj)
        code = ended.value.code
        return Run(code if isinstance(code, int) else 0, *capsys.readouterr())

    return run


@pytest.fixture
def nobody() -> Callable[[], AbstractContextManager[None]]:
    """Root may read and write anything, so for a while it becomes nobody. For others nothing changes."""

    @contextmanager
    def become() -> Iterator[None]:
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(user)

    return become


@pytest.fixture(scope="session")
def openssl_path() -> str:
    found = shutil.which("openssl")
    if found:
        return found
    reason = "not covered: comparison of keys and certificates with openssl (it is not on PATH)"
    if os.environ.get("CI") == "true" or os.environ.get("SCALARDL_REQUIRE_ORACLES") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture
def openssl(openssl_path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OpenSSL:
    monkeypatch.chdir(tmp_path)
    # Not the machine's configuration, which may add extensions.
    (tmp_path / ".openssl.cnf").write_text("[req]\ndistinguished_name=dn\n[dn]\n", encoding="ascii")
    environment = os.environ | {"OPENSSL_CONF": str(tmp_path / ".openssl.cnf")}

    def run(*arguments: str | Path, fails: bool = False) -> str:
        done = subprocess.run(
            [openssl_path, *map(str, arguments)],
            capture_output=True,
            env=environment,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        said = (done.stdout + done.stderr).decode(errors="replace")
        assert (done.returncode != 0) == fails, said
        # Progress of making RSA keys.
        return re.sub(r"^[.+*-]+$\n?", "", said, flags=re.MULTILINE)

    return run
