"""A profile to begin with: what holds without an answer, and the commented text that the answers make."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from generator.init import sizes
from generator.init.layout import CERT_MANAGER, layout
from generator.init.questions import MODES, QUESTIONS, Answers, Question, question_of
from profiles.errors import ProfileError, shown
from profiles.load import BUILTIN, load
from profiles.models import DOMAINS
from profiles.problems import suggestion
from profiles.product import NEEDS

# Where completion and checks in an editor come from.
SCHEMA_FILE = "scalardl.schema.json"
_EXTENDED = "production"
_ADMINISTRATORS = "application-team"
_CLIENT = re.compile("[^=]+=[^=]+")
_COUNT = re.compile("[0-9]{1,9}")
_NAMED_ISSUERS = ("issuer", "cluster-issuer")
# For answers that must still be given, so that what else is wrong can be told before.
_STAND_INS = {"issuer": "issuer", "ledger_database": "ap-northeast-1", "auditor_database": "ap-northeast-1"}
_NEED_IN_WORDS = {"region": "AWS region", "uri": "URI", "url": "JDBC URL", "hosts": "hosts"}
# Hosts that nobody has (RFC 2606), as the built-in profiles have them.
_PLACEHOLDERS = {"uri": "https://{}-db.example.com:443/", "hosts": "{}-db.example.com"}
_ADDRESS = "{}.scalardl.example.com"


def default(question: Question, answers: Answers) -> str | None:
    """What holds where `question` is not answered; None: nothing is declared.

    Mostly what the extended profile says. Raises ProfileError where `answers` names none.
    """
    if question.key == "extends":
        return _EXTENDED
    if question.key == "client":
        return None
    if question.key == "client_admin":
        return _ADMINISTRATORS
    if question.key.endswith("_database"):
        return _database(question.paths[0], answers)
    found = _inherited(question.paths[0], answers)
    if question.key.endswith("_address") and answers.client and found.endswith(".cluster.local"):
        # A name of the cluster's own, which clients elsewhere do not know.
        return _ADDRESS.format(question.key.partition("_")[0])
    if question.key == "nodes" and found is not None:
        return str(max(found, *sizes.replicas(answers.size)))
    return None if found is None else str(found)


def needless(question: Question, answers: Answers) -> str | None:
    """Why an answer to `question` would say nothing beside the other answers; None: it says something."""
    mode = _said("tls", answers)
    if question.key == "issuer" and mode in MODES and mode not in _NAMED_ISSUERS:
        return f"TLS of the mode {mode} asks no issuer; write --tls issuer or --tls cluster-issuer too"
    if question.key == "client_admin" and not answers.client:
        return "no application is declared; write --client NAME=CIDR too"
    if question.key in ("nodes", "zones") and _inherited("nodePool", answers) is None:
        return f"the profile {answers.extends} has no node pool; write --extends production or multi-az"
    return None


def needed(question: Question, answers: Answers) -> str | None:
    """Why `question` must be answered, for no default could be right; None: it need not."""
    mode = _said("tls", answers)
    if question.key == "issuer" and mode in _NAMED_ISSUERS:
        return f"TLS of the mode {mode} asks an issuer of cert-manager; write its name"
    if question.key.endswith("_database") and default(question, answers) is None:
        return "DynamoDB is in a region of AWS; write which, such as ap-northeast-1"
    return None


def unusable(answers: Answers) -> Iterator[str]:
    """What is wrong with applications that are not of the form NAME=CIDR."""
    for each in answers.client or ():
        if not _CLIENT.fullmatch(each):
            yield f"{shown(each)} is not of that form; write NAME=CIDR, such as payments=10.20.0.0/16"


def stood_in(answers: Answers) -> Answers:
    """The answers with something in place of those that are needed and not given, without unusable ones."""
    missing = [q.key for q in QUESTIONS if getattr(answers, q.key) is None and needed(q, answers)]
    standing: dict[str, Any] = {key: _STAND_INS[key] for key in missing}
    clients = tuple(each for each in answers.client or () if _CLIENT.fullmatch(each))
    return answers._replace(client=clients or None, **standing)


def wanted(question: Question, answers: Answers) -> str:
    """The words that ask `question`."""
    return question.asked.replace("NEED", _NEED_IN_WORDS.get(_need(answers), "place"))


def owner(name: str) -> Question | None:
    """The question whose answer an error of the profile is about; `name` is how the error names the value."""
    # What a size decides is a matter of the size; clients entry 1, networks entry 2 is clients.networks.
    name = re.sub(r"^(replicas|resources)\b.*", "size", re.sub(r"^client\b", "clients", name))
    path = re.sub(r"( entry)? [0-9]+(, )?", ".", name).strip(".")
    product, _, shared = path.partition(".")
    for place in (path, shared) if product in DOMAINS else (path,):
        above = [(len(p), q.key) for q in QUESTIONS for p in q.paths if f"{place}.".startswith(f"{p}.")]
        if above:
            return question_of(max(above)[1])
    return None


def text(answers: Answers, schema: bool = False) -> str:
    """The profile file that the answers make: what differs from the extended profile, what else could.

    With `schema` its first line tells editors that SCHEMA_FILE stands beside it. Raises ProfileError
    where `answers` names no profile to extend.
    """
    stated = _stated(answers)

    def in_force(path: str) -> Any:
        return stated.get(path, _inherited(path, answers))

    first = (
        f"# yaml-language-server: $schema={SCHEMA_FILE}"
        if schema
        else f"# For completion and checks in an editor: scalardl-gen schema > {SCHEMA_FILE}"
    )
    return f"{first}\n{layout(stated, in_force)}"


def _stated(answers: Answers) -> dict[str, Any]:
    """The values that were answered, or that differ from those of the extended profile, by their paths.

    An answer is stated though it is what is inherited too: only what a file states was declared by somebody.
    """
    stated: dict[str, Any] = {"extends": _said("extends", answers)}
    for question in QUESTIONS[1:]:
        answer = _said(question.key, answers)
        if answer is not None and not needless(question, answers):
            for path, value in _values(question, answer, answers):
                if value != _inherited(path, answers) or getattr(answers, question.key) is not None:
                    stated[path] = value
    stated |= {path: value for path, value in _following(answers) if value != _inherited(path, answers)}
    return stated


def _following(answers: Answers) -> Iterator[tuple[str, Any]]:
    """Values without which an answer could not stand, with their paths."""
    if answers.client:
        # They call from outside of the cluster.
        yield "network.clients", None
        yield "loadBalancer.type", "internal"
    if _said("tls", answers) in CERT_MANAGER:
        yield from ((f"{product}.cluster.addOns.certManager", True) for product in DOMAINS)


def _values(question: Question, answer: Any, answers: Answers) -> Iterator[tuple[str, Any]]:
    """An answer as the values of the profile that it fills, with their paths."""
    for path in question.paths:
        if question.key == "client":
            yield path, _clients(answer, _said("client_admin", answers))
        elif question.key.endswith("_database"):
            need = _need(answers)
            yield f"{path}.{need}", re.split(r"\s*,\s*", answer) if need == "hosts" else answer
        elif question.key != "client_admin":
            yield path, int(answer) if question.metavar == "N" and _COUNT.fullmatch(answer) else answer


def _clients(said: tuple[str, ...], administrators: str) -> list[dict[str, Any]]:
    networks: dict[str, list[str]] = {}
    for name, _, network in (each.partition("=") for each in said):
        networks.setdefault(name, []).append(network)
    return [
        {"name": name, "administrativeDomain": administrators, "networks": found}
        for name, found in networks.items()
    ]


def _said(key: str, answers: Answers) -> Any:
    """The answer, or what holds without one."""
    answer = getattr(answers, key)
    return default(question_of(key), answers) if answer is None else answer


def _need(answers: Answers) -> str:
    """The key that says where a database of the storage is."""
    return NEEDS.get(_said("storage", answers), ("url",))[0]


def _database(path: str, answers: Answers) -> str | None:
    """Where a database is taken to be: the inherited one, or a placeholder that can be seen as such."""
    need = _need(answers)
    inherited = _inherited(f"{path}.{need}", answers)
    if inherited is not None:
        return str(inherited)
    if need == "region":
        # Of the providers' regions, only those of AWS are DynamoDB's.
        return answers.region if answers.provider == "eks" else None
    return _PLACEHOLDERS[need].format(path.partition(".")[0])


def _inherited(path: str, answers: Answers) -> Any:
    """What the extended profile has at `path`; None: nothing."""
    found: Any = _base(_EXTENDED if answers.extends is None else answers.extends)
    for step in path.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found


@lru_cache
def _base(extends: str) -> dict[str, Any]:
    if extends not in BUILTIN:
        raise ProfileError(
            f"extends: {shown(extends)} is no built-in profile; "
            f"{suggestion(extends, BUILTIN, 'write one of')} "
            "(a file of yours can be written there afterwards)"
        )
    data: dict[str, Any] = load(extends).profile.model_dump(mode="json", by_alias=True)
    return data
