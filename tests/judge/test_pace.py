"""The rate gate with a made clock."""

from collections.abc import Callable

import pytest

from fieval.errors import Unmeasurable
from fieval.judge.pace import Limits
from fieval.judge.protocol import CallFailed

from judge.asking import MadeTime


def failing(times: int, **kind: object) -> Callable[[], str]:
    """Fails so many times, then works."""
    left = [CallFailed("no", **kind) for _ in range(times)]  # type: ignore[arg-type]

    def attempt() -> str:
        if left:
            raise left.pop()
        return "done"

    return attempt


@pytest.mark.parametrize("kind", [{}, {"busy": True}], ids=["broken", "busy"])
def test_waits_grow_and_six_tries_are_all(kind: dict[str, bool]) -> None:
    time = MadeTime()
    assert time.pace(Limits()).run(failing(5, **kind)) == "done"
    assert time.slept == [0.25, 1.0, 4.0, 16.0, 60.0]
    with pytest.raises(CallFailed):
        MadeTime().pace(Limits()).run(failing(6, **kind))


@pytest.mark.parametrize(("wait", "slept"), [(60.0, [60.0]), (0.0, [])])
def test_what_is_asked_for_is_waited(wait: float, slept: list[float]) -> None:
    time = MadeTime()
    assert time.pace(Limits()).run(failing(1, busy=True, wait=wait)) == "done"
    assert time.slept == slept


def test_more_than_a_minute_is_not_waited() -> None:
    time = MadeTime()
    pace = time.pace(Limits())
    with pytest.raises(Unmeasurable, match="asks to wait 61 seconds"):
        pace.run(failing(1, busy=True, wait=61.0))
    with pytest.raises(Unmeasurable, match="asks to wait 61 seconds"):
        pace.run(failing(0))
    assert time.slept == []


def test_a_busy_judge_halves_the_calls_at_once_and_success_adds_them_again() -> None:
    time = MadeTime()
    pace = time.pace(Limits())
    for _ in range(200):
        pace.run(failing(0))
    assert pace.allowed == 16
    pace.run(failing(1, busy=True))
    assert pace.allowed == 8
    for _ in range(60):
        pace.run(failing(0))
    assert 12 <= pace.allowed < 14


def test_one_pause_holds_for_everybody_and_halves_once() -> None:
    """Two calls under way are refused; the second one hears nothing new."""
    time = MadeTime()
    pace = time.pace(Limits(attempts=1))
    for _ in range(200):
        pace.run(failing(0))

    def refused() -> str:
        raise CallFailed("no", busy=True, wait=10.0)

    def both_refused() -> str:
        with pytest.raises(CallFailed):
            pace.run(refused)
        return refused()

    with pytest.raises(CallFailed):
        pace.run(both_refused)
    assert pace.allowed == 8
    assert pace.run(failing(0)) == "done"
    assert time.slept == [10.0]


def test_the_deadline_ends_all_even_within_a_pause() -> None:
    time = MadeTime()
    pace = time.pace(Limits(deadline=30.0))
    with pytest.raises(Unmeasurable, match="longer than 30 seconds in all"):
        pace.run(failing(2, busy=True, wait=50.0))
    assert sum(time.slept) == 30.0


def test_at_the_deadline_the_trouble_before_it_is_told() -> None:
    """Else a service that cannot be reached looks like a slow one."""

    def unreached() -> str:
        raise CallFailed("it cannot be reached")

    pace = MadeTime().pace(Limits(deadline=3.0, attempts=50))
    with pytest.raises(Unmeasurable, match="3 seconds in all; the last call failed: it cannot be reached"):
        pace.run(unreached)


def test_a_row_of_failures_ends_all_and_a_success_breaks_it() -> None:
    pace = MadeTime().pace(Limits())
    for failed in ["a", "b", "c", "d", None, "e", "f", "g", "h"]:
        pace.count(failed)
    pace.check()
    pace.count("i")
    with pytest.raises(Unmeasurable, match="failed 5 times in a row; the last time: i"):
        pace.check()


def test_the_first_reason_to_stop_stands() -> None:
    pace = MadeTime().pace(Limits())
    pace.stop(Unmeasurable("first"))
    pace.stop(Unmeasurable("second"))
    with pytest.raises(Unmeasurable, match="first"):
        pace.run(failing(0))
