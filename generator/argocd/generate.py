"""One run of the plugin: the chart as Argo CD would render it, hardened; all of it or nothing."""

from __future__ import annotations

import os
import re
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
from postrender.errors import DEFECT, POLICY_UNMET, HardenError, UsageError
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
    except UsageError as error:
        # Of a profile or a policy, which hold no secret.
        raise GenerateError(_line(str(error)), error.exit_code) from None
    except HardenError as error:
        raise GenerateError(_line(_unquoted(str(error))), error.exit_code) from None
    except GenerateError as error:
        raise GenerateError(_line(str(error)), error.exit_code) from None
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
    hardened = _hardened(text.removeprefix(BOM), _profile(asked, where), rules, where.top)
    return hardened.encode(errors="backslashreplace")


def _render(asked: Asked, where: paths.Source, environment: Mapping[str, str]) -> bytes:
    chart = chart_folder(asked, where)
    wanted = call(asked, where, environment)
    try:
        with helm.private_folder() as private:
            known = helm.environment(private, environment)
            program = helm.Helm(helm.found(asked.text("helm"), known), chart, where.top, private, known)
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
    if file.exists() and not file.is_file():
        raise GenerateError(f"{asked.where('profile')}: {name!r} is no file; name one", USAGE)
    return os.path.relpath(file, where.folder) if where.folder == Path.cwd() else str(file)


def _hardened(text: str, profile: str | None, rules: frozenset[str], top: Path) -> str:
    chosen = choose(profile, text, within=top)
    result = harden(text, chosen.policy, time.strftime("%Y-%m-%d", time.gmtime()), rules)
    if result.text is None:
        first, *others = result.refused
        more = f" (and {len(others)} more)" if others else ""
        raise GenerateError(
            f"policy {chosen.policy.profile} cannot be met: {_unquoted(first.line)}{more}", POLICY_UNMET
        )
    return result.text


def end_on_sigterm() -> None:
    """From now on SIGTERM ends this process only after temporary files are removed, and Helm with it."""

    def end(number: int, frame: FrameType | None) -> NoReturn:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.exit(_TERMINATED)

    signal.signal(signal.SIGTERM, end)


def _line(text: str) -> str:
    return "; ".join(line.strip() for line in text.splitlines() if line.strip())


def _unquoted(text: str) -> str:
    """The text without what it quotes of the manifests, which may be an inline value."""
    return _QUOTED.sub("(a value)", text)


# All from the first sign to the last: a value may hold such signs, and one that was cut ends in dots.
_QUOTED = re.compile(r"""(?<!\w)['"`].*(?:\.\.\.|['"`])""", re.DOTALL)


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
