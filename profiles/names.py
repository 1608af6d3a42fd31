"""What a name in a profile may be: hosts, namespaces, Secrets, images, durations, JDBC URLs.

Each type checks, says what is wrong in our words, and returns the value as it stands.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from profiles.errors import shown
from profiles.scalardl import JDBC_PORTS
from profiles.values import wrong

_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_DNS_LABEL = re.compile(_LABEL)
_DNS_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")
_PROVIDER_NAME = re.compile(r"[A-Za-z0-9]([-_A-Za-z0-9]{0,98}[A-Za-z0-9])?")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}(@sha256:[0-9a-f]{64})?")
_REPOSITORY = re.compile(r"([a-zA-Z0-9.-]+(:[0-9]{1,5})?/)?[a-z0-9]+((\.|__?|-+|/)[a-z0-9]+)*")
# Units from the largest down: Prometheus takes no other order.
_DURATION = re.compile(r"(?=.)([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?([0-9]{1,6}ms)?")
_HTTPS = re.compile(r"https://[^\s@/?#]+(/\S*)?")
_AWS_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}")
_SUBPROTOCOL = re.compile(r"jdbc:([A-Za-z0-9]+):[!-~]+")
# After Oracle's driver everything before the @ is who logs in. Elsewhere it stands before an @, or in
# parameters; what only has such a word in its name, such as passwordCharacterEncoding, does not count.
_CREDENTIALS = re.compile(
    r"(?i)^jdbc:oracle:\w+:(?!/@)[^@(]+@|^jdbc:(?!oracle:)[^?;]*@|^\w+://[^/?#]*@"
    r"|[?&;,:(]\s*(user|user_?name|user_?id|uid|\w*(password[123]?|passwd|pwd|secret|token))\s*="
)
# Helm's limit for a release's name, so that what is made of it fits into 63 characters.
_LONGEST_RELEASE = 53
_PROPERTY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def _matching(pattern: re.Pattern[str], what: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise wrong(f"{shown(value)} is {what}")
        return value

    return check


def _release(value: str) -> str:
    if len(value) > _LONGEST_RELEASE:
        raise wrong(
            f"{len(value)} characters; Helm allows a release {_LONGEST_RELEASE}, for other names are made "
            "of it; write a shorter one"
        )
    if not value[0].isalpha():
        raise wrong(
            f"{shown(value)} begins with a digit; Services are named after the release, and a Service's "
            "name begins with a letter; write such a name"
        )
    return value


def _namespace(value: str) -> str:
    if value == "default" or value.startswith("kube-"):
        raise wrong(
            f"{value} belongs to the cluster; ScalarDL has a namespace of its own "
            "(requirement own-namespace); write one such as scalardl"
        )
    return value


def _host(value: str) -> str:
    if _is_address(value):
        raise wrong(
            f"{value} is an address; a load balancer's may change, and certificates name hosts; "
            "write a DNS name of yours, such as ledger.example.com"
        )
    if value == "localhost":
        raise wrong(
            "localhost is the caller itself, wherever it runs; certificates and clients need the load "
            "balancer's name; write one such as ledger.example.com"
        )
    if not _DNS_NAME.fullmatch(value):
        raise wrong(
            f"{shown(value)} is no host name; it stands in certificates and properties, in small letters, "
            "without scheme and port; write one such as ledger.example.com"
        )
    return value


def _contact_point(value: str) -> str:
    if "," in value:
        raise wrong("several hosts in one text; each is an item of the list; write them apart")
    if not _is_address(value) and not _DNS_NAME.fullmatch(value.lower()):
        raise wrong(
            f"{shown(value)} is neither a host name nor an address; the port stands in port, once for "
            "all of them; write one such as cassandra-1.example.com"
        )
    return value


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return "%" not in value  # a zone, which is of one machine


def _image_version(value: Any) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        raise wrong('a number to YAML, which would drop digits; put the version in quotes: "3.13.0"')
    return value


def _repository(value: str) -> str:
    if re.search(r":[^/]*$", value):
        raise wrong(
            f"{shown(value)} has a tag; the chart puts the version behind it, so there would be two; "
            "write the repository alone, and the tag as version"
        )
    if not _REPOSITORY.fullmatch(value):
        raise wrong(
            f"{shown(value)} is no image repository; registries know it by small letters, without scheme "
            "and tag; write one such as ghcr.io/acme/scalardl-ledger"
        )
    return value


def _jdbc_url(value: str) -> str:
    # The URL itself is never shown: it may hold what must not be.
    if _CREDENTIALS.search(value):
        raise wrong(
            "the URL holds a user or a password; values are no place for secrets (requirement "
            "no-plain-secrets); leave them to the Secret of secrets.database"
        )
    found = _SUBPROTOCOL.fullmatch(value)
    if not found:
        raise wrong(
            "not a JDBC URL; ScalarDB hands it to the driver as it stands; "
            "write one such as jdbc:postgresql://db.example.com:5432/ledger"
        )
    driver = found[1]
    if driver not in JDBC_PORTS:
        raise wrong(
            f"ScalarDB has no driver for {shown(driver)} (requirement supported-database); "
            f"write the URL of one of: {', '.join(JDBC_PORTS)}"
        )
    if driver != "oracle" and not re.search(r"//[^/?;]", value) and "serverName=" not in value:
        raise wrong(
            "the URL names no host; a pod would look for the database in itself; "
            f"write one such as jdbc:{driver}://db.example.com:{JDBC_PORTS[driver]}/ledger"
        )
    return value


def _https_url(value: str) -> str:
    # Never shown either: of a wrong one nobody knows what it is.
    if not _HTTPS.fullmatch(value):
        raise wrong(
            "not an https address without user and password; the account's key is in the Secret of "
            "secrets.database; write one such as https://db.example.com:443/"
        )
    return value


def _duration(value: str) -> str:
    if not _DURATION.fullmatch(value):
        raise wrong(
            f"{shown(value)} is no duration; Prometheus and cert-manager want whole numbers with units, "
            "hours first; write one such as 30s, 1h30m or 8760h"
        )
    if not seconds(value):
        raise wrong(f"{value} is no time at all; nothing can be done that often; write one such as 30s")
    return value


def seconds(duration: str) -> float:
    """How long a Duration is."""
    length = {"h": 3600, "m": 60, "s": 1, "ms": 0.001}
    return sum(int(number) * length[unit] for number, unit in re.findall(r"([0-9]+)([a-z]+)", duration))


def _one_line(value: str) -> str:
    # What stands on a line may be named in a message, so it must be fit for one.
    if _CREDENTIALS.search(value):
        raise wrong(
            "a URL with a user or a password in it; a profile is no place for secrets (requirement "
            "no-plain-secrets); leave them out"
        )
    if not value.strip() or not value.isprintable():
        raise wrong(
            "empty, or with a control character in it; it stands on a line of a report or a file; "
            "write one line of text"
        )
    return value


DnsLabel = Annotated[
    str,
    AfterValidator(
        _matching(
            _DNS_LABEL,
            "no name that Kubernetes takes; it wants small letters, digits and -, 63 at most; "
            "write one such as scalardl-ledger",
        )
    ),
]
DnsName = Annotated[
    str,
    AfterValidator(
        _matching(
            _DNS_NAME,
            "no name that Kubernetes takes; it wants small letters, digits, - and .; "
            "write one such as ledger-keys",
        )
    ),
]
SecretName = DnsName
ProviderName = Annotated[
    str,
    AfterValidator(
        _matching(
            _PROVIDER_NAME,
            "no name that a provider takes; they want letters, digits, - and _, 100 at most; "
            "write one such as scalardl-ledger",
        )
    ),
]
Namespace = Annotated[DnsLabel, AfterValidator(_namespace)]
Release = Annotated[DnsLabel, AfterValidator(_release)]
Host = Annotated[str, AfterValidator(_host)]
ContactPoint = Annotated[str, AfterValidator(_contact_point)]
AwsRegion = Annotated[
    str,
    AfterValidator(
        _matching(
            _AWS_REGION,
            "no AWS region; ScalarDB finds DynamoDB by its id; write one such as ap-northeast-1",
        )
    ),
]
ImageVersion = Annotated[
    str,
    BeforeValidator(_image_version),
    AfterValidator(
        _matching(
            _TAG,
            "no image tag; registries want letters, digits, - _ and .; write one such as 3.13.0, with or "
            "without @sha256:DIGEST behind it",
        )
    ),
]
Repository = Annotated[str, AfterValidator(_repository)]
Duration = Annotated[str, AfterValidator(_duration)]
HttpsUrl = Annotated[str, AfterValidator(_https_url), Field(json_schema_extra={"pattern": "^https://"})]
JdbcUrl = Annotated[str, AfterValidator(_jdbc_url), Field(json_schema_extra={"pattern": "^jdbc:"})]
Line = Annotated[str, Field(max_length=200), AfterValidator(_one_line)]
PropertyName = Annotated[
    str,
    AfterValidator(
        _matching(
            _PROPERTY,
            "no property; a name is words with dots between them, and its value stands behind a colon; "
            "write one such as scalar.db.isolation_level: SERIALIZABLE",
        )
    ),
]
MachineType = Annotated[
    str,
    AfterValidator(
        _matching(
            re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}"),
            "no machine type; write the provider's name of it, such as m5.xlarge",
        )
    ),
]
