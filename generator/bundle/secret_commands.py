"""Shell commands that make Secrets, for bash and zsh.

Values come from files or from a prompt. None is ever an argument, which `ps` shows to everybody, or a
line of the shell's history; none is written to a disk.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from generator.bundle.secrets import OPAQUE, Key, NeededSecret, keys_folder
from profiles.models import Domain

# Server-side, so that no annotation repeats the content; and it makes the Secret or changes it.
_APPLY = "  kubectl apply --server-side -f -"


def create(secret: NeededSecret, domain: Domain) -> str:
    """Makes the Secret, or brings it up to date."""
    files = [key.file for key in secret.keys if key.source in ("file", "line")]
    lines = [f"cd {keys_folder(domain)}", *_must_be_there(files)] if files else []
    sources = []
    for index, key in enumerate(secret.keys):
        asked, source = _read(key, f"value{index}")
        lines += asked
        sources.append(f"--from-file={shlex.quote(key.name)}={source}")
    return together([*lines, *_created(secret, sources)])


def copy(secret: NeededSecret, domain: Domain) -> str:
    """Copies the certificate of cert-manager's authority, which is no secret."""
    source = """--from-file=ca.crt=<(printf '%s\\n' "$ca")"""
    return together([*read_authority(secret.copied_from, domain), *_created(secret, [source])])


def save_authority(name: str, file: str, domain: Domain) -> str:
    """Saves the certificate of the authority that signed the one in the Secret `name`."""
    lines = read_authority(name, domain)
    return together([f"cd {keys_folder(domain)}", *lines, f"printf '%s\\n' \"$ca\" >{shlex.quote(file)}"])


def read_authority(name: str, domain: Domain) -> list[str]:
    """Lines that set $ca to that certificate."""
    read = shlex.join(["kubectl", "-n", domain.namespace, "get", "secret", name])
    return [
        f"ca=$({read} \\",
        "  -o jsonpath='{.data.ca\\.crt}' | base64 -d)",
        ': "${ca:?the issuer gives none: ask whoever runs it for the certificate of its authority}"',
    ]


def together(lines: Sequence[str]) -> str:
    """One command of these lines, which ends at the first that fails."""
    return "\n".join(["(", "  set -eu", *(f"  {line}" for line in lines), ")"])


def ask(prompt: str, variable: str, hidden: bool = False) -> list[str]:
    """Lines that ask for a value and set the variable to it."""
    # `read -p` would be bash's alone.
    shown = f"{prompt} (not shown): " if hidden else f"{prompt}: "
    read = f"IFS= read -r{'s' * hidden} {variable}" + "; echo >&2" * hidden
    return [f"printf %s {shlex.quote(shown)} >&2", read, f': "${{{variable}:?nothing was typed}}"']


def _created(secret: NeededSecret, sources: list[str]) -> list[str]:
    words = ["kubectl", "-n", secret.namespace, "create", "secret", "generic", secret.name]
    words += [f"--type={secret.type}"] if secret.type != OPAQUE else []
    arguments = [shlex.join(words), *sources, "--dry-run=client -o yaml |"]
    return [*" \\\n  ".join(arguments).splitlines(), _APPLY]


def _must_be_there(files: list[str]) -> list[str]:
    # What stands in <( ) may fail unseen, and an empty value would be taken.
    return [
        f"for file in {shlex.join(files)}; do",
        '  test -s "$file" || { echo "$file: missing or empty" >&2; exit 1; }',
        "done",
    ]


def _read(key: Key, variable: str) -> tuple[list[str], str]:
    """The lines that ask for a value, and the file from which kubectl reads it."""
    if key.source == "file":
        return [], shlex.quote(key.file)
    if key.source == "line":
        return [], f'<(printf %s "$(cat {shlex.quote(key.file)})")'
    if key.source == "empty":
        return [], "/dev/null"
    if key.source == "login":
        asked = [
            *([f"registry={shlex.quote(key.file)}"] if key.file else ask("registry", "registry")),
            *ask("user of the registry", "user"),
            *ask("token of that user", "token", hidden=True),
            r"""auth=$(printf '%s:%s' "$user" "$token" | base64 | tr -d '\n')""",
        ]
        return asked, """<(printf '{"auths":{"%s":{"auth":"%s"}}}' "$registry" "$auth")"""
    return ask(f"{key.name}, {key.what}", variable, key.source == "hidden"), f'<(printf %s "${variable}")'
