"""What must hold of a hardened stream, told from the input, the outcomes and another reader of YAML.

What no operation names is there byte for byte; what one names says what RFC 6902 makes of it, to our reader
and to that of Kubernetes; a second run changes nothing.
"""

from __future__ import annotations

import json
import re
import traceback
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

import jsonpatch

from postrender import policy_source
from postrender.errors import HardenError, PolicyUnmetError, UnreadableError
from postrender.harden import FIXED, Outcome, Result, harden
from postrender.manifests import nodes, splice, stream
from postrender.manifests.nodes import Tree
from postrender.patches import APPLIED, RULE
from profiles.policy import RULES, Patch, Policy
from tests.fidelity import kept
from tests.fidelity.oracle import Kubernetes, Unread
from tests.fidelity.streams import Case
from tests.manifests.test_reading import numeric

TODAY = "2026-07-01"
HARDENED, REFUSED, UNREADABLE = "hardened", "refused", "unreadable"
_ADDED = re.compile(r"---\r?\n# Source: scalardl-harden/")


Changes = list[tuple[Outcome, list[dict[str, Any]]]]


class Verdict(NamedTuple):
    """What became of a case. `wrong`: which promise does not hold; empty where all do.

    `documents` and `edited` count; `reason`: why it was refused or could not be read, as a class of reasons.
    `disagreeing`: edited documents that Kubernetes does not read, before and after.
    """

    ended: str
    documents: int
    edited: int = 0
    reason: str = ""
    wrong: str = ""
    disagreeing: int = 0


class WrongError(Exception):
    """A promise that does not hold."""


def policy_of(case: Case) -> Policy:
    """The policy of a case: of a pool so large that no release is refused for its size."""
    named = "production" if case.profile == "none" else case.profile
    policy = policy_source.named(named)
    pool = policy.pool and policy.pool._replace(nodes=5000, max_nodes=5000)
    patches = tuple(Patch(**{**patch, "operations": tuple(patch["operations"])}) for patch in case.patches)
    modes = dict.fromkeys(RULES, "off") if case.profile == "none" else policy.modes
    return policy._replace(pool=pool, modes=modes, patches=patches)  # type: ignore[arg-type]  # modes are drawn words


def check(case: Case, kubernetes: Kubernetes | None = None) -> Verdict:
    """Harden the stream of a case and look at what must hold; without `kubernetes`, to our reader alone."""
    text = case.content.decode()
    before = text.removeprefix(stream.BOM)
    documents = [document for document in stream.split(before) if not document.blank]
    try:
        result = harden(before, policy_of(case), TODAY, frozenset(case.excluded))
    except UnreadableError as error:
        reason = class_of(str(error))
        if kubernetes and not any(
            isinstance(one, Unread) for one in kubernetes.document([d.text for d in documents])
        ):
            reason += " (Kubernetes reads it)"
        return Verdict(UNREADABLE, len(documents), reason=reason)
    except PolicyUnmetError as error:
        return Verdict(REFUSED, len(documents), reason=class_of(str(error)))
    except HardenError as error:
        return Verdict(REFUSED, len(documents), wrong=f"a defect: {error}")
    except Exception:  # noqa: BLE001 -- whatever it is, it is a counter-example
        return Verdict(REFUSED, len(documents), wrong="a traceback: " + traceback.format_exc(limit=-2))
    if result.text is None:
        return Verdict(
            REFUSED, len(documents), reason=f"{result.refused[0].rule}: {class_of(result.refused[0].problem)}"
        )
    try:
        edited, disagreeing = _compare(case, before, result, kubernetes)
        again = harden(result.text, policy_of(case), TODAY, frozenset(case.excluded))
        if again.text != result.text:
            what = "refuses it: " + again.refused[0].line if again.text is None else "changes it again"
            raise WrongError(f"a second run {what}")
    except WrongError as error:
        return Verdict(HARDENED, len(documents), wrong=str(error))
    except HardenError as error:
        return Verdict(HARDENED, len(documents), wrong=f"the result cannot be read: {error}")
    except Exception:  # noqa: BLE001 -- as above
        return Verdict(HARDENED, len(documents), wrong="a traceback: " + traceback.format_exc(limit=-2))
    return Verdict(HARDENED, len(documents), edited, disagreeing=disagreeing)


def _compare(case: Case, before: str, result: Result, kubernetes: Kubernetes | None) -> tuple[int, int]:
    """The numbers of edited documents, and of those that Kubernetes does not read."""
    assert result.text is not None
    old = stream.split(before)
    additions = [
        operation["value"]
        for outcome in result.outcomes
        if outcome.status == FIXED
        for operation in outcome.operations
        if operation["path"] == ""
    ]
    new, added = _without_additions(old, result.text, len(additions))
    if len(new) != len(old):
        raise WrongError(f"{len(old)} documents became {len(new)}")
    operations = _operations(case, result.outcomes)
    for one, text in zip(old, new, strict=True):
        if one.number not in operations and one.text != text:
            raise WrongError(f"document {one.number} was not to be edited, and it was changed")
    edited = [(one, new[one.number - 1], operations[one.number]) for one in old if one.number in operations]
    wanted = [_wanted_by_us(*one) for one in edited]
    for (one, text, _), (tree, after) in zip(edited, wanted, strict=True):
        if gone := kept.lost(one.text, tree, after, text):
            raise WrongError(f"document {one.number}: {gone}")
    if kubernetes is None:
        return len(edited), 0
    _told_apart(before, result.text, len(additions), kubernetes)
    read = kubernetes.document([one.text for one, _, _ in edited] + [text for _, text, _ in edited] + added)
    for addition, theirs in zip(additions, read[2 * len(edited) :], strict=True):
        if isinstance(theirs, Unread) or not splice.same(numeric(theirs), numeric(addition)):
            raise WrongError(f"Kubernetes does not read the added {addition['kind']} as it is meant")
    disagreeing = 0
    for (one, _, changes), (tree, _), theirs, now in zip(
        edited, wanted, read, read[len(edited) :], strict=False
    ):
        if isinstance(theirs, Unread):
            disagreeing += 1
        elif isinstance(now, Unread):
            raise WrongError(
                f"document {one.number}: Kubernetes reads it before, and not after: {now.reason}"
            )
        elif not splice.same(numeric(theirs), numeric(tree.data)):
            raise WrongError(f"document {one.number}: Kubernetes reads the input otherwise than we do")
        elif not splice.same(numeric(now), numeric(_wanted(theirs, changes, now))):
            raise WrongError(
                f"document {one.number}: Kubernetes reads something else than the operations say"
            )
    return len(edited), disagreeing


def _wanted_by_us(document: stream.Document, text: str, changes: Changes) -> tuple[Tree, Any]:
    """The document parsed, and what its edited text says: what the operations say, or it is wrong."""
    tree = nodes.compose(document.text, f"document {document.number}", 1)
    after = nodes.compose(text, f"document {document.number}, edited", 1).data
    if not splice.same(after, _wanted(tree.data, changes, after)):
        raise WrongError(
            f"document {document.number}: our reader reads something else than the operations say"
        )
    return tree, after


def _without_additions(old: list[stream.Document], text: str, number: int) -> tuple[list[str], list[str]]:
    """The texts of the documents that were there before, and of those that were added."""
    found = [document.text for document in stream.split(text)]
    places = [index for index, one in enumerate(found) if _ADDED.match(one)][:number]
    if len(places) != number or (places and places[-1] - places[0] != number - 1):
        raise WrongError(f"{number} documents were to be added in one place, and stand at {places}")
    rest = found[: places[0]] + found[places[-1] + 1 :] if places else found
    added = [found[index] for index in places]
    if places:
        first = places[0]
        blank = re.match(r"\s*(?=---)", old[0].text)
        if not old[first].opens:
            # It got a separator: it had none, or one that is not all that its line holds.
            joined = re.sub(r"\A---\r?\n", "", "".join(rest[first:]))
            rest = rest[:first] + [one.text for one in stream.split(joined)]
        elif first == 0 and blank and added[-1].endswith(blank[0]):
            # The blank lines before the first separator.
            rest[0] = blank[0] + rest[0]
    return rest, added


def _told_apart(before: str, after: str, added: int, kubernetes: Kubernetes) -> None:
    """Kubernetes must see as many documents as there were, and those that were added."""
    old, new = kubernetes.documents([before, after])
    # What stands on a separator's own line hides that separator from Kubernetes.
    hidden = any(not one.opens for one in stream.split(before)[1:])
    if missing := _seen(old) - _seen(new):
        raise WrongError(f"Kubernetes does not see {sorted(missing)} any more")
    if len(new) != len(old) + added and not (hidden and len(new) == len(old) + added + 1):
        raise WrongError(f"to Kubernetes {len(old)} documents and {added} added ones are {len(new)}")


def _seen(documents: list[Any]) -> set[str]:
    """What Kubernetes finds in a stream: kinds and names."""
    maps = [one for one in documents if isinstance(one, dict)]
    return {
        f"{one.get('kind')} {one['metadata'].get('name')}"
        for one in maps
        if isinstance(one.get("metadata"), dict)
    }


def _operations(case: Case, outcomes: tuple[Outcome, ...]) -> dict[int, Changes]:
    """The operations by document; those on a Secret, which no outcome shows, from the patches."""
    found: dict[int, Changes] = {}
    for outcome in outcomes:
        if outcome.status != FIXED or not outcome.document:
            continue
        changes = [operation for operation in outcome.operations if operation["path"]]
        if outcome.rule == RULE:
            number = re.match(r"patch (\d+) ", outcome.problem)
            assert number
            changes = list(case.patches[int(number[1]) - 1]["operations"])
        if changes:
            found.setdefault(outcome.document, []).append((outcome, changes))
    return found


def _wanted(data: Any, changes: Changes, after: Any) -> Any:
    """What the document must say: the operations applied, and the annotation that names the rules."""
    wanted = deepcopy(data)
    marked: dict[tuple[str, ...], set[str]] = {}
    for outcome, operations in changes:
        base = _base(data, outcome)
        prefix = "".join(f"/{step}" for step in base)
        moved = [
            {**op, "path": prefix + op["path"]} | ({"from": prefix + op["from"]} if "from" in op else {})
            for op in operations
        ]
        wanted = jsonpatch.apply_patch(wanted, moved)
        marked.setdefault(base, set()).add(outcome.rule)
    for base, rules in marked.items():
        mine, theirs = _at(wanted, base), _at(after, base)
        text = ((theirs.get("metadata") or {}).get("annotations") or {}).get(APPLIED)
        names = set(str(text).split(", "))
        if not isinstance(text, str) or not rules - {RULE} <= names:
            raise WrongError("an edited object does not say which rules changed it")
        meta = mine.setdefault("metadata", {})
        meta["annotations"] = {**(meta.get("annotations") or {}), APPLIED: text}
    return wanted


def _base(data: Any, outcome: Outcome) -> tuple[str, ...]:
    """Where in its document the object of an outcome stands."""
    items = data.get("items")
    if not str(data.get("kind")).endswith("List") or not isinstance(items, list):
        return ()
    for index, item in enumerate(items):
        meta = item.get("metadata") or {}
        if outcome.name == (meta.get("name") or meta.get("generateName")):
            return ("items", str(index))
    raise WrongError(f"no item of the list is called {outcome.name}")


def _at(data: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        data = data[int(step)] if isinstance(data, list) else data[step]
    return data


def class_of(message: str) -> str:
    """A message without what is special to its case."""
    message = re.sub(r"^document \d+(?: \([^)]*\))?(?:, line \d+)?: ", "", message.splitlines()[0])
    message = re.sub(r"/\S*|\b[\w-]*\d[\w-]*|\(.*?\)", "…", message)
    return message[:110]


def write(case: Case, wrong: str, path: Path) -> None:
    """A case as a file, and beside it as JSON what is wrong and how it is hardened."""
    path.write_bytes(case.content)
    data = {"wrong": wrong} | {name: value for name, value in case._asdict().items() if name != "content"}
    path.with_suffix(".json").write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")


def read(path: Path) -> Case:
    """The case in a file."""
    data = json.loads(path.with_suffix(".json").read_text())
    return Case(path.read_bytes(), data["profile"], tuple(data["excluded"]), tuple(data["patches"]))
