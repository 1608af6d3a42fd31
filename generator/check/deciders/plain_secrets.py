"""Secrets in the open: in variables, properties, arguments, values. The name of each is told, never more."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from generator.check.answers import Said, Spot, met, wrong
from generator.check.deciders.by_rule import of_rule
from generator.check.deciders.shared import contents, secrets_of
from generator.check.deciders.told import references
from generator.check.evidence import Manifests, Side
from generator.check.inputs import Values
from generator.check.row import Row
from postrender.manifests import java_properties, properties
from postrender.manifests.jdbc import UNKNOWN
from postrender.manifests.manifest import Manifest, Path
from postrender.manifests.workload import Workload, called
from profiles.scalardl import CREDENTIAL_KEYS, DEFAULT_CREDENTIALS, SERVING

REQUIREMENT = "no-plain-secrets"
RULE = "default-credentials"
# Names of what is secret, in any spelling; and endings by which a name is about a secret, and not one itself.
_SECRET = re.compile(
    r"pass(?:word|wd|phrase)|secret|token|credential|(?:private|cipher|access|api|license|licence)_?key",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"(?:path|file|dir|folder|name|enabled|id|method|type|url|uri|host|version|issuer|algorithm|expiration|"
    r"millis|ms|secs|seconds|minutes|hours|days|ttl|interval|length|size|count|policy|user|audience|engine|"
    r"store|provider|role|prefix|usage)s?$|expiration_time",
    re.IGNORECASE,
)
# In values much names a Secret or a key in one (existingSecret, certChainSecret, passwordKey): there the name
# must end so.
_IN_VALUES = re.compile(
    r"(?:pass(?:word|wd|phrase)|token|(?:private|cipher|access|api|licen[cs]e)_?key(?:_?pem)?|client_?secret)$|"
    r"^(?:aws_?)?secret(?:_?access)?_?key$",
    re.IGNORECASE,
)
# A value that is none, or that something else fills in.
_NONE = re.compile(r"\s*(?:true|false|null|none|<[^<>]*>)?\s*", re.IGNORECASE)
_FILLED = re.compile(
    r"\$\{env:\w+(?::-)?\}|\$\{file:[^}]*\}|\{\{-?\s*(?:default\s+)?\.Env\.\w+\s*(?:\"\")?\s*-?\}\}|"
    # What SOPS encrypts, and what vals fetches.
    r"ENC\[[^\]]*\]|ref\+\S+"
)
# What stands in a URL for something else: a variable, a template, a placeholder.
_INSTEAD = re.compile(r"\$\([^)]*\)|\$\{[^}]*\}|\$\w+|\{\{.*?\}\}|<[^<>]*>|ENC\[[^\]]*\]|\*{3,}")
_URL = re.compile(r"(?:jdbc:|\b[a-z][a-z0-9+.-]*://)[^\s'\"]+", re.IGNORECASE)
_LOGIN_IN_URL = re.compile(
    r"//[^/?#;\s]*:[^/?#;\s@]+@|^jdbc:oracle:\w+:[^@(/]+/[^@(]+@|[?&;,(]\s*(?:\w*password[123]?|passwd|pwd)\s*=\s*[^&;)\s]",
    re.IGNORECASE,
)
# What the charts and the guides keep in Secrets, and nobody else.
_OF_SCALARDL = (CREDENTIAL_KEYS[1], "private-key")
_OPTIONS = ("--password", "--passwd", "--token", "--secret", "--secret-key")
_IN_SHELL = re.compile(r"(?:^|\s)(--(?:password|passwd|token|secret|secret-key))[ =]['\"]?(?![\s$'\"<-])\S")
_PROPERTIES = re.compile(r"\.properties(?:\.tmpl)?$")
_TEMPLATED = re.compile(r"\$\(|\$\{|\{\{")
_CURE = "take it from a Secret, and change it: who could read this has it"


def has_login(text: str) -> bool:
    """Whether a URL in the text has a password in it."""
    several = [text] if text.startswith("jdbc:") else _URL.findall(text)
    return any(_LOGIN_IN_URL.search(_INSTEAD.sub("", url)) for url in several)


def is_secret(name: str) -> bool:
    """Whether a variable, property or option of that name holds a secret."""
    flat = re.sub(r"[-.]", "_", name)
    return bool(_SECRET.search(flat)) and not _ABOUT.search(flat)


def _literal(value: object) -> bool:
    """Whether the value is there, and neither a word that is no secret nor filled in by something else."""
    text = value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""
    return not isinstance(value, bool) and not _NONE.fullmatch(text) and not _FILLED.fullmatch(text.strip())


def _plain(side: Side) -> Iterator[Said]:
    """no-plain-secrets: what stands in the open in manifests and values; a deployment file has no secret."""
    found = [said for values in side.values for said in _of_values(values)]
    places = [f"values {values.file}" for values in side.values]
    if side.manifests:
        found += _of_manifests(side.manifests)
        places.append("variables, properties, arguments and Secrets of the manifests")
    yield from found
    if not any(said.finding and not said.finding.exempt for said in found):
        if places:
            yield met(f"no secret stands in {' and '.join(places)}")
        elif side.declared:
            yield met("the values name Secrets and hold none")


def _of_manifests(manifests: Manifests) -> Iterator[Said]:
    yield from of_rule(manifests, REQUIREMENT, RULE)
    for config in manifests.release.of_kind("ConfigMap"):
        yield from _of_config(manifests, config)
    yield from _of_secrets(manifests)
    for workload in manifests.workloads():
        yield from _of_variables(manifests, workload)
        yield from _of_arguments(manifests, workload)


def _of_config(manifests: Manifests, config: Manifest) -> Iterator[Said]:
    for file, text in config.texts("data").items():
        if _PROPERTIES.search(file):
            for name in _in_properties(text):
                yield manifests.wrong(
                    REQUIREMENT, config, ("data", file), f"{name} stands in {file} in the open", _CURE
                )
        elif "\n" not in text.strip() and ((is_secret(file) and _literal(text)) or has_login(text)):
            what = "" if is_secret(file) else "the login in the URL of "
            problem = f"{what}{_shown(file)} stands in a ConfigMap in the open"
            yield manifests.wrong(REQUIREMENT, config, ("data", file), problem, _CURE)


def _in_properties(text: str) -> Iterator[str]:
    """The properties that hold a secret as it is."""
    for name, value in java_properties.parse(text).items():
        login = name.endswith("contact_points") and _LOGIN_IN_URL.search(_INSTEAD.sub("", value))
        if login or (is_secret(name) and _literal(value)):
            yield f"the login in the URL of {_shown(name)}" if login else _shown(name)


def _of_variables(manifests: Manifests, workload: Workload) -> Iterator[Said]:
    """Variables that hold a secret, by their name or because a property takes its secret from them."""
    taken = {
        variable
        for file in properties.files(manifests.release, workload)
        for name, value in file.written.items()
        if is_secret(name)
        for variable in references(value)
    }
    for path, container in workload.containers():
        known = properties.environment(workload.manifest, path)
        for index, variable in enumerate(workload.manifest.maps(*path, "env")):
            name = str(variable.get("name"))
            value = known.get(name) or ""
            secret = (name in taken or is_secret(name)) and UNKNOWN not in value and _literal(value)
            if secret or has_login(str(variable.get("value") or "")):
                what = "its secret" if secret else "a URL with its login"
                yield manifests.wrong(
                    REQUIREMENT,
                    workload.manifest,
                    (*path, "env", str(index)),
                    f"the variable {_shown(name)} of {called(path, container)} holds {what} in the open",
                    _CURE,
                )


def _of_arguments(manifests: Manifests, workload: Workload) -> Iterator[Said]:
    options = (*_OPTIONS, "-p") if workload.role == "loader" else _OPTIONS
    for path, container in workload.containers():
        for field in ("command", "args"):
            words = [str(word) for word in workload.manifest.list(*path, field)]
            for index, word in enumerate(words):
                option = _in_words(word, words[index + 1] if index + 1 < len(words) else "", options)
                if not option and not has_login(word):
                    continue
                what = f"the argument {option}" if option else "a URL with its login among the arguments"
                yield manifests.wrong(
                    REQUIREMENT,
                    workload.manifest,
                    (*path, field, str(index)),
                    f"{what} of {called(path, container)} stands in the open",
                    f"write {option or 'there'} $(VARIABLE), and fill the variable from a Secret; change the "
                    "secret",
                )


def _in_words(word: str, following: str, options: tuple[str, ...]) -> str:
    """The option of a command line that is followed by a secret; empty where there is none."""
    name, equals, value = word.partition("=")
    if name in options:
        secret = value if equals else following
        # An option of the loader's may follow at once, where no password is given.
        lacking = not equals and secret.startswith("-")
        return name if _literal(secret) and not _TEMPLATED.search(secret) and not lacking else ""
    shell = _IN_SHELL.search(word) if " " in word else None
    return shell[1] if shell else ""


def _of_secrets(manifests: Manifests) -> Iterator[Said]:
    """Secrets that a chart made, with what only values can have put there; those of a cluster are not asked.

    Of the charts' default login its rule tells. Other charts make Secrets of their own, by chance.
    """
    ours = {
        (one.manifest.namespace, name)
        for one in manifests.workloads(*SERVING, "loader", "admin")
        for name in secrets_of(one)
    }
    for secret in manifests.release.of_kind("Secret"):
        if secret.text("metadata", "uid"):
            continue
        used = (secret.namespace, secret.name) in ours
        for field, key, content in contents(secret):
            if _recognised(key, content, used):
                yield manifests.wrong(
                    REQUIREMENT,
                    secret,
                    (field, key),
                    f"{_shown(key)} stands in the manifests in the open, and in what they were rendered from",
                    "make the Secret apart from the release, and name it in the values (existingSecret or "
                    "secretName), and make a new password",
                )


def _recognised(key: str, content: bytes, used: bool) -> bool:
    """Whether an entry of a Secret is a password or a private key. `used`: by ScalarDL's own pods."""
    text = content.decode(errors="replace")
    if key == CREDENTIAL_KEYS[1] and text == DEFAULT_CREDENTIALS:
        return False
    by_name = key in _OF_SCALARDL or (used and (is_secret(key) or key == "tls.key"))
    return _literal(text) and (by_name or (used and "PRIVATE KEY-----" in text) or (used and has_login(text)))


def _of_values(values: Values) -> Iterator[Said]:
    root = yaml.compose(values.text, Loader=yaml.SafeLoader)
    if root is not None:
        for path, node, what in _walked(root, (), frozenset()):
            mark = node.start_mark
            yield wrong(
                REQUIREMENT,
                f"{what} stands in the values in the open",
                "name a Secret instead, such as existingSecret or secretName, and make a new password",
                Spot(values.file, mark.line + 1, mark.column + 1, path=".".join(path)),
            )


def _walked(node: yaml.Node, path: Path, above: frozenset[int]) -> Iterator[tuple[Path, yaml.Node, str]]:
    """The keys with a secret: their path, the node of the key, and what to call it."""
    if id(node) in above:
        return
    above |= {id(node)}
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            at = (*path, str(index))
            if isinstance(item, yaml.ScalarNode) and has_login(item.value):
                yield at, item, "a URL with its login"
            yield from _walked(item, at, above)
    elif isinstance(node, yaml.MappingNode):
        entries = {key.value: (key, value) for key, value in node.value if isinstance(key.value, str)}
        variable = entries.get("name")
        for name, (key, value) in entries.items():
            at = (*path, _shown(name))
            if isinstance(value, yaml.ScalarNode):
                if name == "value" and variable and isinstance(variable[1].value, str):
                    name = variable[1].value
                yield from ((at, key, what) for what in _in_scalar(name, value))
            else:
                yield from _walked(value, at, above)


def _in_scalar(name: str, value: yaml.ScalarNode) -> Iterator[str]:
    if "\n" in value.value and re.search(r"^\s*scalar\.", value.value, re.MULTILINE):
        yield from _in_properties(value.value)
        return
    plain = _literal(value.value) and not _TEMPLATED.match(value.value)
    if (
        plain
        and value.tag != "tag:yaml.org,2002:bool"
        and _IN_VALUES.search(name)
        and not _ABOUT.search(name)
    ):
        yield _shown(name)
    elif has_login(value.value):
        yield f"the login in the URL of {_shown(name)}"


def _shown(name: str) -> str:
    """A name as it may be told: one that is no word may be anything, a secret without its key too."""
    return name if re.fullmatch(r"[A-Za-z_][\w.\-/]{0,99}", name) else "an entry without a proper name"


ROWS: dict[str, Row] = {
    REQUIREMENT: Row(("manifests", "values", "deployment"), _plain),
}
