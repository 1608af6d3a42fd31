"""The commands `scalardl-gen keys new` and `scalardl-gen keys check`."""

from __future__ import annotations

import datetime
import ipaddress
import json
import os
import re
import stat
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from cryptography import x509

from generator.keys import report
from generator.keys.across import across
from generator.keys.judge import Judged, Level, judge
from generator.keys.make import Form, NewFile, NotWrittenError, Wanted, make, write
from generator.keys.names import Purpose, in_shell, shown

NO, USAGE = 1, 2

# No key or chain of certificates comes near it.
LARGEST = 64 * 1024

app = typer.Typer(
    help="Make and check the keys and certificates of ScalarDL.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


class Format(StrEnum):
    """For whom the report is: a person, or a machine."""

    TEXT = "text"
    JSON = "json"


_DAYS = {Purpose.PROOF: 3650, Purpose.TLS: 365}
HOLDER = re.compile(r"[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?")
# What the names of files mean here: see generator.keys.names.
TAKEN = re.compile(r"(^|-)(tls|ca|root)(-|$)")
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}$)(\*\.)?({_LABEL}\.)*{_LABEL}", re.IGNORECASE)


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The holder: ledger, auditor, client-1.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="The folder to write to.")] = Path(),
    use: Annotated[
        Purpose, typer.Option("--for", help="Digital signatures of ScalarDL, or TLS.")
    ] = Purpose.PROOF,
    request: Annotated[
        bool, typer.Option("--csr/--self-signed", help="A signing request, or a certificate.")
    ] = False,
    subject: Annotated[
        str | None, typer.Option(metavar="CN=..,O=..", help="The subject; without it CN=NAME.")
    ] = None,
    dns: Annotated[
        list[str] | None, typer.Option(metavar="HOST", help="TLS: a name or address; localhost is added.")
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=36500, help="Validity; without it 3650, for TLS 365.")
    ] = None,
    form: Annotated[Form, typer.Option(help="SEC1 is for the Go client.")] = Form.PKCS8,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Leave out what to do next: a runbook says it.")
    ] = False,
) -> None:
    """Make a private key and its certificate, or signing request.

    ECDSA on P-256 with SHA-256. NAME-private-key.pem (for TLS NAME-tls-private-key.pem) is readable by its
    owner alone; beside it NAME-certificate.pem, or with --csr NAME-request.pem. Nothing is ever overwritten;
    both files are written or none. Exit code 0: written; 2: wrong usage, or a folder that cannot be
    written to.
    """
    if not HOLDER.fullmatch(name):
        _refuse(f"{name}: no holder's name; write 1 to 50 of a-z, 0-9 and -, as in ledger or client-1")
    if TAKEN.search(name):
        _refuse(f"{name}: tls, ca and root say what a file is; name the holder, and give --for tls for TLS")
    if request and days is not None:
        _refuse("--days: who signs the request decides how long it is valid; leave it out with --csr")
    wanted = Wanted(
        name,
        use,
        _subject(subject if subject is not None else f"CN={name}"),
        _names(dns or [], use),
        None if request else days or _DAYS[use],
        form,
    )
    now = datetime.datetime.now(datetime.UTC)
    files = make(wanted, now)
    try:
        write(out, files)
    except NotWrittenError as error:
        _refuse(str(error))
    for file in files:
        judged = judge(str(out / file.name), file.content, file.mode, now, use)
        _say(report.line(judged))
        for finding in judged.findings:
            typer.echo(str(finding), err=True)
    if not quiet:
        _say(_next(wanted, out, files))


@app.command("check")
def check(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Keys, certificates, requests.")],
    use: Annotated[
        Purpose | None,
        typer.Option("--for", help="What for; without it tls.*, *-tls.* and ca.* are TLS, others proof."),
    ] = None,
    together: Annotated[bool, typer.Option("--pair", help="All FILEs must be of one key.")] = False,
    form: Annotated[Format, typer.Option("--format", help="For a person or a machine.")] = Format.TEXT,
    today: Annotated[
        datetime.datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Judge as at the end of this day (UTC)."
        ),
    ] = None,
) -> None:
    """Judge private keys, certificates, signing requests and public keys.

    Files of one name in one folder belong together and must be of one key: ledger-private-key.pem,
    ledger-key.pem, ledger-certificate.pem, ledger.pem, ledger.csr. So do private-key and certificate, tls.key
    and tls.crt of one folder. Files of different names are of different holders, who must not share a key.
    --pair says that all FILEs belong together, whatever their names. Exit code 0: no failure (there may be
    warnings); 1: a failure; 2: wrong usage, or a FILE that cannot be read.
    """
    now = _now(today.date() if today else context.obj)
    judged: list[Judged] = []
    unusable: list[str] = []
    for file in _distinct(files):
        try:
            content, mode = read_key(file)
        except OSError as error:
            unusable.append(shown(f"{file}: {_reason(error)}"))
        else:
            judged.append(judge(str(file), content, mode, now, use))
    findings = [finding for each in judged for finding in each.findings] + across(judged, together)
    failed = any(finding.level is Level.FAILURE for finding in findings)
    code = USAGE if unusable else NO if failed else 0
    for line in unusable:
        typer.echo(line, err=True)
    if form is Format.JSON:
        typer.echo(json.dumps(report.as_json(judged, findings, unusable, code), indent=2))
    else:
        _say(report.text(judged, findings))
    raise typer.Exit(code)


def _distinct(files: list[Path]) -> list[Path]:
    """Each file once. A link counts as a file: two holders may share one that way."""
    distinct: dict[Path, Path] = {}
    for file in files:
        distinct.setdefault(file.absolute(), file)
    return list(distinct.values())


def read_key(path: Path) -> tuple[bytes, int | None]:
    """The content of a file and its permissions (none on Windows). Raises OSError."""
    # Without O_NONBLOCK a pipe that nobody writes to would be waited for.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError("not a file, but a device, a pipe or the like; give a file")
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise OSError(f"larger than {LARGEST // 1024} KiB; no key or certificate is; give a smaller file")
    return content, None if os.name == "nt" else stat.S_IMODE(status.st_mode)


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file; give the path of a key or certificate"
    if isinstance(error, IsADirectoryError):
        return "a folder; give the files in it, each by its name"
    if isinstance(error, PermissionError):
        return "cannot be read (permission denied); run this as its owner"
    return f"cannot be read ({error.strerror}); give another file" if error.strerror else str(error)


def _now(day: datetime.date | None) -> datetime.datetime:
    if day is None:
        return datetime.datetime.now(datetime.UTC)
    return datetime.datetime.combine(day, datetime.time.max, datetime.UTC)


def _subject(text: str) -> x509.Name:
    try:
        name = x509.Name.from_rfc4514_string(text)
        name.public_bytes()  # some values are refused only here
    except ValueError:
        name = x509.Name([])
    if not list(name) or not text.isprintable():
        _refuse(
            f"--subject: {text}: no X.509 name; write it as in CN=ledger,O=Acme,C=JP "
            "(CN, O, OU, L, ST, C, STREET, DC, UID; no value longer than 64 signs; a comma in it as \\,)"
        )
    return name


def _names(hosts: list[str], use: Purpose) -> tuple[x509.GeneralName, ...]:
    if use is Purpose.PROOF:
        if hosts:
            _refuse(
                "--dns: a certificate for digital signatures has no host; leave it out, or give --for tls"
            )
        return ()
    if not hosts:
        _refuse("--for tls: no --dns; clients look for the host they connect to; give each name: --dns HOST")
    return tuple(map(_host, dict.fromkeys([*hosts, "localhost"])))


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        if not _HOST.fullmatch(host):
            _refuse(
                f"--dns: {host}: no host name or address; write one as in ledger.example.com, *.example.com"
            )
        return x509.DNSName(host)


def _next(wanted: Wanted, folder: Path, files: tuple[NewFile, NewFile]) -> str:
    """What to do with the new files: the commands that bring them into the cluster.

    The Secrets and their keys have the names of the charts' values and the product's documentation.
    """
    private, other = (file.name for file in files)
    certificate = private.replace("-private-key.pem", "-certificate.pem")
    create = "kubectl create secret generic"
    commands = []
    if folder != Path():
        commands.append(f"cd {in_shell(str(folder))}")
    if wanted.days is None:
        commands.append(f"scalardl-gen keys check {private} {certificate}")
    if wanted.purpose is Purpose.PROOF:
        both = f"--from-file=private-key={private} --from-file=certificate={certificate}"
        commands.append(f"{create} {wanted.holder}-keys {both}")
    else:
        authority = "AUTHORITY.pem" if wanted.days is None else certificate
        commands += [
            f"{create} {wanted.holder}-tls-key --from-file=tls.key={private}",
            f"{create} {wanted.holder}-tls-cert --from-file=tls.crt={certificate}",
            f"{create} {wanted.holder}-tls-ca --from-file=ca.crt={authority}",
        ]
    first = (
        f"Next, have {other} signed, save the certificate as {certificate}, and in the release's namespace:"
        if wanted.days is None
        else "Next, in the release's namespace:"
    )
    return "\n  ".join([first, *commands])


def _say(text: str) -> None:
    """Print to stdout, also where its encoding lacks a sign of a name."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    typer.echo(text.encode(encoding, "backslashreplace").decode(encoding))


def _refuse(text: str) -> NoReturn:
    typer.echo(shown(text), err=True)
    raise typer.Exit(USAGE)
