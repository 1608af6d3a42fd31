"""What a scalar means to Kubernetes, and how to write one that cannot be misread.

Kubernetes reads YAML through sigs.k8s.io/yaml: YAML 1.1 booleans, `0644` is 420, `1_000` is 1000,
`1:30` and dates are strings. Source: https://pkg.go.dev/sigs.k8s.io/yaml
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

Scalar = str | int | float | bool | None

_CONSTANTS: dict[str, Scalar] = {"": None, "~": None}
for _word, _meaning in (("null", None), ("true", True), ("yes", True), ("on", True), ("y", True),
                        ("false", False), ("no", False), ("off", False), ("n", False)):  # fmt: skip
    for _spelling in (_word, _word.capitalize(), _word.upper()):
        _CONSTANTS[_spelling] = _meaning
for _word, _number in ((".nan", "nan"), (".inf", "inf"), ("+.inf", "inf"), ("-.inf", "-inf")):
    for _spelling in (_word, _word.upper(), _word.replace("inf", "Inf").replace("nan", "NaN")):
        _CONSTANTS[_spelling] = float(_number)

_INFINITY = float("inf")
# More than 20 digits are beyond 64 bits, and Python refuses to convert thousands of them.
_INT = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|0[0-7]*|[1-9][0-9]{0,19})")
_BINARY = re.compile(r"0b([+-][01]+)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
# What begins with a dot is read by Go's ParseFloat, which takes an underscore only between digits.
_FRACTION = re.compile(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?")
_OCTAL = re.compile(r"([+-]?)0[oO]?([0-7]+)")

# Plain where every reader of YAML agrees that it is a string: a word, a path, a quantity with its unit.
_PLAIN = re.compile(
    r"[A-Za-z][A-Za-z0-9_./-]*|[0-9]+(?:\.[0-9]+){3}/[0-9]+|[0-9]+(?:m|[KMGTPE]i)|/[A-Za-z0-9_./-]*"
)
_AMBIGUOUS = re.compile(r"(?:y|n|yes|no|on|off|true|false|null|nan|inf)", re.IGNORECASE)
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")


# A release repeats itself: the same few hundred words are most of its scalars.
@lru_cache(maxsize=4096)
def resolve(text: str) -> Scalar:
    """The value of a plain (unquoted) scalar, as Kubernetes reads it."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in "0123456789+-.":
        return text
    number = text.replace("_", "")
    if text[0] == ".":
        return _decimal(number, text) if _FRACTION.fullmatch(text) else text
    if _INT.fullmatch(number):
        octal = _OCTAL.fullmatch(number)
        value = int(octal[1] + octal[2], 8) if octal else int(number, 0)
        if -(2**63) <= value < (2**63 if number[0] == "+" else 2**64):
            return value
    if _FLOAT.fullmatch(number):
        return _decimal(number, text)
    if binary := _BINARY.fullmatch(number):
        # Go reads the digits behind `0b` with a sign of their own.
        value = int(binary[1], 2)
        return value if -(2**63) <= value < 2**63 else text
    return text


@lru_cache(maxsize=4096)
def key_text(text: str) -> str:
    """A plain key as JSON has it: always text."""
    return key_of(resolve(text), text)


def key_of(value: Scalar, text: str) -> str:
    """A key that means `value` and is written as `text`, as JSON has it."""
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, float):
        return _float_key(value)
    return str(value) if isinstance(value, (str, int)) else text


def _decimal(number: str, text: str) -> float | str:
    decimal = float(number)
    # Go refuses a number beyond its range, and so it stays text.
    return text if decimal in (_INFINITY, -_INFINITY) else decimal


def _float_key(value: float) -> str:
    """A fraction that is a key as Kubernetes has it: the shortest digits that are the same in 32 bits."""
    import struct  # hardly anybody has such keys

    def narrow(number: float) -> float:
        try:
            return float(struct.unpack("f", struct.pack("f", number))[0])
        except OverflowError:
            return _INFINITY if number > 0 else -_INFINITY

    small = narrow(value)
    if small in (_INFINITY, -_INFINITY) or small != small:
        return {_INFINITY: ".inf", -_INFINITY: "-.inf"}.get(small, ".nan")
    digits = next(digits for digits in range(10) if narrow(float(f"{small:.{digits}e}")) == small)
    text = f"{small:.{digits}e}"
    exponent = int(text.partition("e")[2])
    return f"{small:.{max(digits - exponent, 0)}f}" if -4 <= exponent < 6 else text


def quoted(value: Any, indent: int | None = None) -> str:
    """A text in double quotes, or any other value as JSON: valid as YAML too."""
    written = json.dumps(value, ensure_ascii=False, indent=indent)
    return _UNPRINTABLE.sub(lambda c: f"\\u{ord(c[0]):04x}", written)


def written(value: Scalar) -> str:
    """`value` as a scalar that every reader of YAML takes for the same value."""
    return _text(value) if isinstance(value, str) else json.dumps(value)


@lru_cache(maxsize=4096)
def _text(value: str) -> str:
    plain = _PLAIN.fullmatch(value) and not _AMBIGUOUS.fullmatch(value)
    return value if plain else quoted(value)
