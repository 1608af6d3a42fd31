"""One run of the plugin: the chart as Argo CD would render it, hardened; all of it or nothing."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import NoReturn

from generator.argocd import helm, paths
from generator.argocd.command import call, chart_folder, excluded
from generator.argocd.given import Asked, read
from generator.errors import UNREADABLE, USAGE, GenerateError
from postrender.errors import DEFECT, POLICY_UNMET, HardenError
from postrender.harden import harden
from postrender.manifests.stream import BOM, decode, split
from postrender.policy_source import built_in, choose
from profiles.policy import RULES

# 128 and the signal's number, as shells have it.
_TERMINATED = 128 + 15


def manifests(folder: Path, environment: Mapping[str, str]) -> bytes:
    """The manifests of the Application whose source is `folder`. Raises GenerateError, of one line."""
    try:
        return _manifests(folder, environment)
    except HardenError as error:
        raise GenerateError(_line(error), error.exit_code) from None
    except GenerateError as error:
        raise GenerateError(_line(error), error.exit_code) from None
    except Exception as error:
        if environment.get("SCALARDL_HARDEN_DEBUG"):
            raise
        raise GenerateError(_defect(error), DEFECT) from None


def _manifests(folder: Path, environment: Mapping[str, str]) -> bytes:
    asked = read(environment)
    where = paths.source(folder, environment)
    hardening = asked.one_of("hardening", ("on", "off"))
    rules = excluded(asked, RULES)
    rendered = _render(asked, where, environment)
    text = decode(rendered)
    if all(document.blank for document in split(text.removeprefix(BOM))):
        raise GenerateError(
            "the chart renders no object, and Argo CD would delete what is there; correct its values",
            UNREADABLE,
        )
    if hardening == "off":
        return rendered
    return _hardened(text.removeprefix(BOM), _profile(asked, where), rules).encode(errors="backslashreplace")


def _render(asked: Asked, where: paths.Source, environment: Mapping[str, str]) -> bytes:
    chart = chart_folder(asked, where)
    wanted = call(asked, where, environment)
    single = [value for name in ("set", "set-string") for _, value in asked.pairs(name)]
    try:
        with helm.private_folder() as private:
            program = helm.Helm(
                asked.text("helm"),
                chart,
                private,
                helm.untold(wanted.values, single),
                helm.environment(private, environment),
            )
            return program.template(wanted.arguments, wanted.values)
    except OSError as error:
        raise GenerateError(
            f"TMPDIR: no place for temporary files: {error.strerror}; mount an emptyDir at /tmp",
            USAGE,
        ) from None


def _profile(asked: Asked, where: paths.Source) -> str | None:
    """The profile that the Application names: a built-in one, or the path of its file."""
    name = asked.text("profile")
    # What the plugin's own environment gives may stand anywhere, and `choose` reads it there.
    if not name or asked.by_operator("profile"):
        return None
    if name in built_in():
        return name
    file = paths.inside(where, name, asked.where("profile"))
    return os.path.relpath(file, where.folder) if where.folder == Path.cwd() else str(file)


def _hardened(text: str, profile: str | None, rules: frozenset[str]) -> str:
    chosen = choose(profile, text)
    result = harden(text, chosen.policy, time.strftime("%Y-%m-%d", time.gmtime()), rules)
    if result.text is None:
        first, *others = result.refused
        more = f" (and {len(others)} more)" if others else ""
        raise GenerateError(f"policy {chosen.policy.profile} cannot be met: {first.line}{more}", POLICY_UNMET)
    return result.text


def end_on_sigterm() -> None:
    """From now on SIGTERM ends this process only after temporary files are removed, and Helm with it."""

    def end(number: int, frame: FrameType | None) -> NoReturn:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.exit(_TERMINATED)

    signal.signal(signal.SIGTERM, end)


def _line(error: Exception) -> str:
    return "; ".join(line.strip() for line in str(error).splitlines() if line.strip())


def _defect(error: Exception) -> str:
    """The type and the place, never the text, which could quote the input."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "unknown"
    return (
        f"a defect of this program ({type(error).__name__} at {place}); nothing was written; report it "
        "(SCALARDL_HARDEN_DEBUG=1 shows the traceback)"
    )
