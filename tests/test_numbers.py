"""How numbers are written for people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieval import numbers


@pytest.mark.parametrize(
    ("metric", "number", "text"),
    [
        ("wer", 0.1124, "11.2%"),
        ("recall.outage", 1.0, "100.0%"),
        ("term_recall", 0.5, "50.0%"),
        ("fabrication_rate", 0.0004, "0.0%"),
        ("fabricated_per_specific", 0.031, "3.1%"),
        ("macro_f1", 0.71, "71.0%"),
        ("kappa", 0.8126, "0.813"),
        ("weighted_kappa", -0.0001, "0.000"),
        ("brier", 0.1, "0.100"),
        ("bias", -0.25, "-0.250"),
        ("rate_bias", -0.25, "-0.250"),
        ("wer", None, "-"),
    ],
)
def test_value(metric: str, number: float | None, text: str) -> None:
    assert numbers.value(metric, number) == text


@pytest.mark.parametrize(
    ("metric", "number", "text"),
    [
        ("wer", 0.197, "+19.7 points"),
        ("wer", -0.0004, "0.0 points"),
        ("kappa", -0.034, "-0.034"),
        ("kappa", 0.034, "+0.034"),
    ],
)
def test_points(metric: str, number: float, text: str) -> None:
    assert numbers.points(metric, number) == text


def test_interval_has_the_unit_of_the_change() -> None:
    assert numbers.interval("wer", (-0.0123, 0.0456)) == "-1.2 to 4.6"
    assert numbers.interval("kappa", (-0.0123, 0.0456)) == "-0.012 to 0.046"
    assert numbers.interval("wer", None) == "-"


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.0001, "0.0001"), (0.00009, "<0.0001"), (1e-12, "<0.0001"), (0.0412, "0.0412"), (0.5, "0.500"), (1.0, "1.000")],
)
def test_p_value(p: float, text: str) -> None:
    assert numbers.p_value(p) == text


@given(st.floats(min_value=0, max_value=1, exclude_min=True))
def test_p_is_never_shown_as_nothing(p: float) -> None:
    assert float(numbers.p_value(p).lstrip("<")) > 0
    assert numbers.p_phrase(p).startswith(("p = ", "p < "))


def test_confidence_goes_with_one_sided_tests() -> None:
    assert [numbers.confidence(alpha) for alpha in (0.05, 0.01, 0.025, 0.005)] == ["90%", "98%", "95%", "99%"]


@pytest.mark.parametrize(
    ("given_numbers", "count"),
    [
        ((0.2, 0.3), 1),
        ((0.2, 0.2), 1),
        ((0.2, 0.2004), 2),
        ((0.2, 0.20004), 3),
        ((0.1 + 0.2, 0.3), 1),
        ((None, 0.3), 1),
    ],
)
def test_unequal_numbers_look_unequal(given_numbers: tuple[float | None, ...], count: int) -> None:
    assert numbers.decimals("wer", *given_numbers) == count
