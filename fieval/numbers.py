"""How numbers are written; every report asks here, so that all show the same.

For people, rates are percentages and their changes are percentage points; everything else has three decimals. For
programs, floats have 12 significant digits.
"""

from __future__ import annotations

from functools import lru_cache

UNKNOWN = "-"

_SHARES = frozenset(
    {
        "accuracy",
        "cer",
        "coherence",
        "cpwer",
        "der",
        "fact_coverage",
        "faithfulness",
        "jer",
        "judged_resolution",
        "judged_score",
        "macro_f1",
        "missing",
        "repetition",
        "rubric",
        "turn_order",
        "wder",
        "wer",
    },
)
_FINEST = 3  # extra decimals at most, to tell two numbers apart
_SMALLEST_P = 0.0001
_DIGITS = 12


def is_share(metric: str) -> bool:
    """Whether a metric is written as a percentage: error rates, shares and recalls, by name."""
    return (
        metric.removesuffix("_raw") in _SHARES
        or metric.endswith("_rate")
        or metric.startswith("fabricat")
        or "recall" in metric
    )


def value(metric: str, number: float | None, decimals: int | None = None) -> str:
    """A metric's value: `11.2%` or `0.813`."""
    if number is None:
        return UNKNOWN
    return f"{_fixed(metric, number, decimals)}%" if is_share(metric) else _fixed(metric, number, decimals)


def change(metric: str, number: float | None, decimals: int | None = None) -> str:
    """A signed difference without its unit: `+19.7` (percentage points) or `-0.034`."""
    if number is None:
        return UNKNOWN
    text = _fixed(metric, number, decimals)
    return text if text.startswith("-") or float(text) == 0 else f"+{text}"


def points(metric: str, number: float, decimals: int | None = None) -> str:
    """A signed difference with its unit: `+19.7 points` or `-0.034`."""
    text = change(metric, number, decimals)
    return f"{text} points" if is_share(metric) else text


def interval(metric: str, bounds: tuple[float, float] | None, decimals: int | None = None) -> str:
    """An interval of a difference, in the unit of `change`: `15.1 to 24.4`."""
    return f"{_fixed(metric, bounds[0], decimals)} to {_fixed(metric, bounds[1], decimals)}" if bounds else UNKNOWN


def p_value(p: float | None) -> str:
    """A p-value with four decimals where it is small; never `0.0000`."""
    if p is None:
        return UNKNOWN
    if p < _SMALLEST_P:
        return f"<{_SMALLEST_P:.4f}"
    return f"{p:.4f}" if p < 0.1 else f"{p:.3f}"


def p_phrase(p: float) -> str:
    """`p = 0.0012` or `p < 0.0001`."""
    text = p_value(p)
    return f"p < {text[1:]}" if text.startswith("<") else f"p = {text}"


def confidence(alpha: float) -> str:
    """The level of the two-sided interval that goes with one-sided tests at `alpha`: `90%` for 0.05."""
    return f"{round(100 * (1 - 2 * alpha), 4):g}%"


def decimals(metric: str, *numbers: float | None) -> int:
    """How many decimals show that unequal numbers are unequal: 20.04% is above 20.00%, "20.0%" would not be."""
    distinct = {number for number in numbers if number is not None}
    default = _decimals(metric)
    for count in range(default, default + _FINEST + 1):
        if len({_fixed(metric, number, count) for number in distinct}) == len(distinct):
            return count
    return default


def counted(count: int, noun: str) -> str:
    """`1 check`, `2 checks`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def rounded(value: object) -> object:
    """The same value with every float in it rounded to 12 significant digits, and -0.0 made 0.0."""
    if isinstance(value, float):
        return significant(value)
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return value


@lru_cache(maxsize=1 << 16)
def significant(number: float) -> float:
    """A float rounded to 12 significant digits; remembered, since what single interactions score has few values."""
    return float(f"{number:.{_DIGITS}g}") + 0.0


def _decimals(metric: str) -> int:
    return 1 if is_share(metric) else 3


def _fixed(metric: str, number: float, count: int | None) -> str:
    scaled = 100 * number if is_share(metric) else number
    text = f"{scaled:.{_decimals(metric) if count is None else count}f}"
    return text.removeprefix("-") if float(text) == 0 else text
