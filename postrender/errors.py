"""The errors of this floor and the exit codes, named in this one place."""

from __future__ import annotations

import os

DONE = 0
POLICY_UNMET = 1
USAGE = 2
UNREADABLE = 3
DEFECT = 70
OUTPUT_CLOSED = 74
INTERRUPTED = 130
TERMINATED = 143


class HardenError(Exception):
    """An end of the run that its user may see: one line or more, without any content of a Secret."""

    exit_code = DEFECT


class PolicyUnmetError(HardenError):
    """The release cannot be made to obey the policy; nothing is written."""

    exit_code = POLICY_UNMET


class UsageError(HardenError):
    """A wrong option, or a profile or policy that cannot be used."""

    exit_code = USAGE


class UnreadableError(HardenError):
    """Input that is not a stream of Kubernetes objects; names the document and the line."""

    exit_code = UNREADABLE


class OutputError(HardenError):
    """What was to be written could not be."""

    exit_code = OUTPUT_CLOSED


class DefectError(HardenError):
    """A promise of ours that did not hold, such as an edit that does not read as it should."""

    exit_code = DEFECT


DEBUG = "SCALARDL_HARDEN_DEBUG"


def defect(error: Exception) -> str:
    """A defect in one line: the type and the place, never the text, which could quote the input."""
    trace = error.__traceback__
    place = ""
    while trace is not None:
        place = f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return (
        f"a defect of this program ({type(error).__name__} at {place}); nothing was written. "
        f"Please report it; {DEBUG}=1 shows the traceback, which may quote what came in"
    )
