"""Quantities against the Kubernetes documentation and an independent exact computation."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.quantities import NANO, QuantityError, parse, scaled, text

FACTOR = {
    "n": Fraction(1, 10**9), "u": Fraction(1, 10**6), "m": Fraction(1, 1000), "": Fraction(1),
    "k": Fraction(10**3), "M": Fraction(10**6), "G": Fraction(10**9), "T": Fraction(10**12),
    "P": Fraction(10**15), "E": Fraction(10**18),
    "Ki": Fraction(1024), "Mi": Fraction(1024**2), "Gi": Fraction(1024**3), "Ti": Fraction(1024**4),
    "Pi": Fraction(1024**5), "Ei": Fraction(1024**6),
}  # fmt: skip


def away_from_zero(exact: Fraction) -> int:
    return math.ceil(exact) if exact >= 0 else math.floor(exact)


@pytest.mark.parametrize(
    ("written", "nano"),
    [
        ("1000m", NANO), ("1", NANO), (1, NANO), (1.0, NANO), ("+1", NANO), ("1.", NANO), ("0.1", NANO // 10),
        (".1", NANO // 10), ("100m", NANO // 10), (0.1, NANO // 10), ("1e3", 1000 * NANO),
        ("1E3", 1000 * NANO),
        ("1E", 10**18 * NANO), ("1e-3", NANO // 1000), (1e22, 10**22 * NANO), ("1Ki", 1024 * NANO),
        ("1k", 1000 * NANO), ("128974848", 128974848 * NANO), ("129e6", 129 * 10**6 * NANO),
        ("129M", 129 * 10**6 * NANO), ("123Mi", 123 * 2**20 * NANO), ("1.5Gi", 3 * 2**29 * NANO),
        ("100n", 100), ("1n", 1), ("0.1n", 1), ("1.00000000001", NANO + 1), ("-0.1n", -1),
        ("0", 0), ("-0", 0),
    ],
)  # fmt: skip
def test_known_quantities(written: object, nano: int) -> None:
    assert parse(written) == nano


@pytest.mark.parametrize(
    "written",
    ["", " ", ".", "m", "Ki", "1 Gi", " 1", "1\n", "1gi", "1K", "1e", "1e3m", "1Kim", "--1", "0x10", "1_000",
     "1,5", "٣", "1٣", "inf", "nan", float("inf"), float("nan"), True, False, None, [], {}, b"1"],
    ids=repr,
)  # fmt: skip
def test_what_kubernetes_refuses(written: object) -> None:
    with pytest.raises(QuantityError):
        parse(written)


@pytest.mark.parametrize(
    "written", ["9" * 5000, 10**5000, "0." + "0" * 5000], ids=["text", "int", "fraction"]
)
def test_endless_digits_are_refused(written: object) -> None:
    with pytest.raises(QuantityError):
        parse(written)


@given(
    st.sampled_from(["", "+", "-"]),
    st.integers(0, 10**24),
    st.one_of(st.none(), st.text("0123456789", max_size=15)),
    st.sampled_from(list(FACTOR)),
)
def test_parsing_is_exact(sign: str, whole: int, fraction: str | None, suffix: str) -> None:
    number = Fraction(whole) + (Fraction(int(fraction), 10 ** len(fraction)) if fraction else 0)
    exact = number * FACTOR[suffix] * NANO * (-1 if sign == "-" else 1)
    written = f"{sign}{whole}{'' if fraction is None else '.' + fraction}{suffix}"
    assert parse(written) == away_from_zero(exact)


@given(st.integers(-(10**9), 10**9), st.integers(-30, 30), st.sampled_from("eE"))
def test_exponents_are_exact(digits: int, exponent: int, letter: str) -> None:
    exact = Fraction(digits) * Fraction(10) ** exponent * NANO
    assert parse(f"{digits}{letter}{exponent}") == away_from_zero(exact)


@given(st.integers(-(10**30), 10**30))
def test_the_text_of_a_quantity_means_it(nano: int) -> None:
    assert parse(text(nano)) == nano


@pytest.mark.parametrize("written", ["0", "2", "500m", "4Gi", "1500M", "250u", "7n", "3800m", "7Gi"])
def test_a_canonical_text_stays(written: str) -> None:
    assert text(parse(written)) == written


@given(st.integers(0, 1000), st.integers(0, 10_000))
def test_percentages_round_as_asked(percent: int, total: int) -> None:
    exact = Fraction(percent * total, 100)
    assert scaled(f"{percent}%", total, round_up=True) == math.ceil(exact)
    assert scaled(f"{percent}%", total, round_up=False) == math.floor(exact)


@pytest.mark.parametrize("value", ["25", "", "%", "2.5%", "٣%", True, None, 1.5], ids=repr)
def test_what_is_neither_count_nor_percentage(value: object) -> None:
    with pytest.raises(QuantityError):
        scaled(value, 3, round_up=True)


def test_a_count_is_itself() -> None:
    assert scaled(1, 3, round_up=True) == 1
