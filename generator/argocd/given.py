"""What an Application and the plugin's environment give for each option."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from generator.argocd.options import ANNOUNCED, BY_NAME, OPTIONS, Option
from generator.errors import USAGE, GenerateError
from profiles.problems import nearest

PARAMETERS = "ARGOCD_APP_PARAMETERS"
OWN_PREFIX = "ARGOCD_ENV_"
BUILD_PREFIX = "ARGOCD_APP_"

_Value = str | tuple[str, ...] | tuple[tuple[str, str], ...]


class Given(NamedTuple):
    """A value and who gave it: the Application's parameter, its environment, or the plugin's.

    `where` is that place, for messages.
    """

    value: _Value
    where: str
    by_operator: bool = False


class Asked:
    """All options of one run, typed."""

    def __init__(self, given: Mapping[str, Given]) -> None:
        self._given = given

    def where(self, name: str) -> str:
        """Where the value came from, for messages."""
        return self._given[name].where if name in self._given else name

    def by_operator(self, name: str) -> bool:
        """Whether the plugin's environment gave the value."""
        return name in self._given and self._given[name].by_operator

    def text(self, name: str) -> str:
        """A string; the option's default where none is given."""
        value = self._given[name].value if name in self._given else BY_NAME[name].default
        assert isinstance(value, str)
        return value

    def true(self, name: str) -> bool:
        """A boolean. Raises GenerateError where it is neither true nor false."""
        return self.one_of(name, ("true", "false")) == "true"

    def one_of(self, name: str, words: tuple[str, ...]) -> str:
        """One of the words. Raises GenerateError where it is none of them."""
        value = self.text(name)
        if value not in words:
            raise GenerateError(f"{self.where(name)}: not {' or '.join(words)}; write one of them", USAGE)
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """The items of an array."""
        value = self._given[name].value if name in self._given else ()
        return tuple(item for item in value if isinstance(item, str))

    def pairs(self, name: str) -> tuple[tuple[str, str], ...]:
        """The keys and values of a map, in their order."""
        value = self._given[name].value if name in self._given else ()
        return tuple(item for item in value if isinstance(item, tuple))


def read(environment: Mapping[str, str]) -> Asked:
    """What is given: a parameter before ARGOCD_ENV_X before X. An empty value counts as none.

    In parameters `$NAME` is replaced as Argo CD does in its own Helm source: in names of files and single
    values, and by the variables of the build alone. Argo CD has done so with ARGOCD_ENV_X already. Raises
    GenerateError for what is no option, or not of its kind.
    """
    given: dict[str, Given] = {}
    for option in OPTIONS:
        own = environment.get(OWN_PREFIX + option.variable, "")
        if own and not option.operator_only:
            where = OWN_PREFIX + option.variable
            given[option.name] = Given(_told(_from_variable(option, own, where), where), where)
        elif environment.get(option.variable):
            value = _from_variable(option, environment[option.variable], option.variable)
            _told(value, option.variable)
            given[option.name] = Given(value, option.variable, by_operator=True)
    build = {name: value for name, value in environment.items() if name.startswith(BUILD_PREFIX)}
    for option, value in _parameters(environment.get(PARAMETERS, "")):
        if value:
            where = f"parameter {option.name}"
            given[option.name] = Given(_expanded(option, _told(value, where), build), where)
    return Asked(given)


def _from_variable(option: Option, text: str, where: str) -> _Value:
    """Arrays and maps in a variable: JSON, or a line for each item; items of arrays with commas as well."""
    if option.kind == "string":
        return text
    if text.lstrip().startswith(("[", "{")):
        try:
            return _typed(option, json.loads(text), where)
        except (ValueError, RecursionError):
            raise GenerateError(f"{where}: not the JSON that it begins as; correct it", USAGE) from None
    if option.kind == "array":
        return tuple(item.strip() for item in re.split(r"[,\n]", text) if item.strip())
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not all("=" in line for line in lines):
        raise GenerateError(f"{where}: a line without =; write key=value on each, or a JSON object", USAGE)
    return tuple((key, value) for key, _, value in (line.partition("=") for line in lines))


def _parameters(text: str) -> Iterator[tuple[Option, _Value]]:
    try:
        # An Application without parameters: null.
        listed: object = json.loads(text or "null") or []
    except (ValueError, RecursionError):
        raise GenerateError(f"{PARAMETERS}: not JSON; Argo CD writes it, so set it nowhere", USAGE) from None
    if not isinstance(listed, list):
        raise GenerateError(f"{PARAMETERS}: not a list; Argo CD writes it, so set it nowhere", USAGE)
    seen = set()
    for each in listed:
        name = each.get("name") if isinstance(each, dict) else None
        option = BY_NAME.get(str(name))
        if option is None or option.operator_only:
            if option is None:
                cure = nearest(str(name), [known.name for known in ANNOUNCED]) or "see docs/argocd.md"
            else:
                cure = f"only who runs the plugin may set it, as {option.variable}"
            raise GenerateError(f"parameter {str(name)[:60]!r}: no such parameter; {cure}", USAGE)
        if option.name in seen:
            raise GenerateError(f"parameter {option.name}: it stands there twice; remove one", USAGE)
        seen.add(option.name)
        filled = {kind: each[kind] for kind in ("string", "array", "map") if each.get(kind) is not None}
        if set(filled) - {option.kind}:
            raise GenerateError(
                f"parameter {option.name}: it is given as {', '.join(filled)}; it is of the kind "
                f"{option.kind}: write it under {option.kind}:",
                USAGE,
            )
        if filled:
            yield option, _typed(option, filled[option.kind], f"parameter {option.name}")


def _typed(option: Option, value: object, where: str) -> _Value:
    if option.kind == "string" and isinstance(value, str):
        return value
    if option.kind == "array" and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    if option.kind == "map" and isinstance(value, dict) and all(map(_is_text, value.values())):
        return tuple(value.items())
    raise GenerateError(f"{where}: not {_KINDS[option.kind]}; write one", USAGE)


def _told(value: _Value, where: str) -> _Value:
    """The value, which a program can be given. Raises GenerateError for half a character of UTF-16."""
    several = (value,) if isinstance(value, str) else value
    for text in (part for each in several for part in ((each,) if isinstance(each, str) else each)):
        try:
            text.encode()
        except UnicodeEncodeError:
            raise GenerateError(f"{where}: not a text in UTF-8; correct it", USAGE) from None
    return value


_KINDS = {"string": "a string", "array": "a list of strings", "map": "a map of strings"}


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _expanded(option: Option, value: _Value, build: Mapping[str, str]) -> _Value:
    if option.name == "value-files":
        return tuple(_named(str(item), build) for item in value)
    if option.kind == "map":
        pairs = tuple(item for item in value if isinstance(item, tuple))
        if option.name == "set-file":
            return tuple((key, _named(text, build)) for key, text in pairs)
        return tuple((key, expand(text, build)) for key, text in pairs)
    return value


def _named(path: str, build: Mapping[str, str]) -> str:
    """The path of a file. Argo CD's own Helm source takes those of other sources, `$name/file`, too."""
    first = path.split("/")[0]
    if re.fullmatch(r"\$[A-Za-z0-9_-]+", first) and first[1:] not in build:
        raise GenerateError(
            f"{path[:80]!r}: a file of another source ({first}); a plugin sees its own alone; "
            "put the file there",
            USAGE,
        )
    return expand(path, build)


def expand(text: str, variables: Mapping[str, str]) -> str:
    """`$NAME` and `${NAME}` replaced, `$$` for one `$`, by the rules of Go's os.Expand, which Argo CD uses.

    An unknown name becomes nothing; a `$` before anything else stays.
    """

    def value(match: re.Match[str]) -> str:
        if match["broken"]:
            return ""
        name = match["braced"] or match["plain"]
        return "$" if name == "$" else variables.get(name, "")

    return _VARIABLE.sub(value, text)


_VARIABLE = re.compile(
    r"\$(?:\{(?P<braced>[^}]+)\}|(?P<broken>\{\}?)|(?P<plain>[*#$@!?\-0-9]|[A-Za-z_][A-Za-z0-9_]*))"
)
