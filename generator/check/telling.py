"""What a report says beside the answers: what was looked at, and what to know of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.check.answers import Answer
from generator.check.evidence import GUIDES, Evidence, Manifests, Side
from generator.check.exemptions import Exemption
from generator.check.inputs import Given


def given_in_words(evidence: Evidence) -> tuple[str, ...]:
    """What was looked at, a line for each: the deployment, and of each domain manifests, values, keys."""
    return tuple(dict.fromkeys(_given(evidence)))


def _given(evidence: Evidence) -> Iterator[str]:
    if evidence.resolved:
        yield f"deployment {evidence.resolved.tree.place.source}"
    elif evidence.problems:
        yield f"deployment {evidence.problems[0].place.source}"
    told: list[Manifests] = []
    for side in evidence.sides:
        if side.manifests and side.manifests not in told:
            told.append(side.manifests)
            sharing = [one.name for one in evidence.sides if one.manifests is side.manifests]
            yield f"{_whose(*sharing)}{_of(side.manifests)}"
        for file in side.values:
            yield f"{_whose(side.name)}values {file.file}"
        for key in side.keys:
            yield f"{_whose(side.name)}{key.contents.kind.value} {key.name}"
    for key in evidence.keys:
        yield f"{key.contents.kind.value} {key.name}"


def _whose(*names: str) -> str:
    return " and ".join(name.title() for name in names if name) + ": " if any(names) else ""


def _of(manifests: Manifests) -> str:
    count = len(manifests.release.manifests)
    files = [source.file for source in manifests.stream.sources]
    named = "stdin" if files == ["-"] else files[0] if len(files) == 1 else f"{len(files)} files"
    live = " of a cluster" if manifests.live else ""
    judged = f"judged by profile {manifests.policy.profile} ({manifests.source})"
    return f"{count} object{'s' * (count != 1)}{live} in {named}, {judged}"


def remarks(
    evidence: Evidence, given: Sequence[Given], stated: Sequence[Exemption], answers: Sequence[Answer]
) -> tuple[str, ...]:
    """What to know besides, each a sentence."""
    return tuple(dict.fromkeys(_remarks(evidence, given, stated, answers)))


def _remarks(
    evidence: Evidence, given: Sequence[Given], stated: Sequence[Exemption], answers: Sequence[Answer]
) -> Iterator[str]:
    for exemption in stated:
        if not exemption.holds(evidence.today):
            yield (
                f"{exemption.source}: the exemption of {exemption.requirement or exemption.rule} ended on "
                f"{exemption.until} and no longer counts; obey it, or renew it."
            )
        elif not any(exemption.excuses(found) for answer in answers for found in answer.findings):
            yield (
                f"{exemption.source}: the exemption of {exemption.requirement or exemption.rule} excuses "
                "nothing here; delete it, unless it is for another deployment."
            )
    if evidence.resolved is None and evidence.problems:
        yield (
            f"{evidence.problems[0].place.source} cannot be used until what is found in it is mended; "
            "nothing else of it was looked at."
        )
    for side in evidence.sides:
        yield from _of_side(side)
    for each in given:
        if each.ignored:
            names = ", ".join(each.ignored[:3]) + (" ..." if len(each.ignored) > 3 else "")
            yield f"Not looked at, for it is none of ScalarDL's: {names}."


def _of_side(side: Side) -> Iterator[str]:
    manifests = side.manifests
    if manifests:
        for problem in manifests.exemptions.problems:
            yield f"{manifests.spot(problem.manifest, problem.path)}: {problem.problem}; {problem.cure}."
        for entry in manifests.exemptions.unused:
            yield f"The profile exempts {entry.kind} {entry.name} from {entry.rule}, and there is none here."
        if manifests.policy.profile != GUIDES:
            less = [rule for rule, mode in manifests.policy.modes.items() if mode == "off"]
            if less:
                yield (
                    f"Profile {manifests.policy.profile} leaves out {', '.join(less)}; the guides ask for "
                    "them all the same, so they are looked at as in production."
                )
    elif side.values:
        names = ", ".join(file.file for file in side.values)
        yield f"{names}: only searched for secrets; give the chart too, and Helm renders both."
