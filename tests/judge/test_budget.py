"""What is planned and what is set aside."""

import math
import threading

import pytest

from fieval.errors import InvalidInput, Unmeasurable
from fieval.judge.budget import Budget, plan, price_list
from fieval.judge.protocol import Usage

from judge.asking import asked

SONNET, HAIKU = "claude-sonnet-5-5", "claude-haiku-5-5"


def nothing() -> None:
    """No reason to end."""


@pytest.mark.parametrize(
    ("model", "usage", "dollars"),
    [
        (SONNET, Usage(3200, 350), 0.0064 + 0.0035),
        (SONNET, Usage(0, 0, 1_000_000, 1_000_000), 0.10 + 2.50),
        (HAIKU, Usage(100_000, 1000), 0.0100 + 0.0005),
        (HAIKU, Usage(99_999, 1000, 2), 5 * (0.0099999 + 0.0005) + 2 * 0.05e-6),
    ],
)
def test_costs_follow_the_list(model: str, usage: Usage, dollars: float) -> None:
    assert price_list().cost(model, usage) == pytest.approx(dollars)


def test_a_thousand_summaries_cost_what_was_worked_out() -> None:
    """Research gives $9.87 for 1,000 calls of 3.2 thousand tokens in and 350 out."""
    assert 1000 * price_list().cost(SONNET, Usage(3185, 350)) == pytest.approx(9.87)


def test_an_unknown_model_has_no_price() -> None:
    assert math.isnan(price_list().cost("claude-unknown-9", Usage(1, 1)))
    assert plan("claude-unknown-9", [asked(1)], 0, {}, 8192).usd is None
    with pytest.raises(InvalidInput, match="use max_calls"):
        Budget("claude-unknown-9", 8192, 1.0, None)


def test_every_row_is_dated_and_makes_sense() -> None:
    prices = price_list()
    assert prices.as_of.startswith("2026-")
    for price in prices.prices:
        assert 0 < price.cache_read < price.input < price.cache_write < price.output


def test_a_plan_knows_earlier_replies() -> None:
    questions = [asked(number) for number in range(4)]
    first = plan(SONNET, questions, 3, {}, 8192)
    assert (first.cached, first.to_call, first.assumed) == (3, 4, True)
    assert first.output_tokens == (4 * 270, 4 * 540)
    later = plan(SONNET, questions, 3, {"support": list(range(101, 201))}, 8192)
    assert later.output_tokens == (4 * 150, 4 * 195)
    assert not later.assumed
    assert later.usd is not None and first.usd is not None and later.usd[1] < first.usd[1]


def test_the_worst_case_covers_every_reply() -> None:
    question = asked(1)
    worst = Budget(SONNET, 8192, 1.0, None).worst(question)
    assert worst.input >= len((question.content + question.prompt.system).encode())
    assert worst.output == 8192


def test_the_cap_is_not_crossed_by_calls_at_once() -> None:
    """Threads hold their worst case while under way; what they did not need comes back for the others."""
    worst, used = Usage(1000, 8192), Usage(1000, 300)
    cap = 0.3
    budget = Budget(SONNET, 8192, cap, None)
    refused = threading.Event()
    highest = []

    def spend() -> None:
        while not refused.is_set():
            try:
                budget.hold(worst, nothing)
            except Unmeasurable:
                refused.set()
                return
            highest.append((budget.spent.usd or 0.0) + budget._held_usd)
            budget.settle(worst, used)

    threads = [threading.Thread(target=spend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    one, dearest = price_list().cost(SONNET, used), price_list().cost(SONNET, worst)
    assert max(highest) <= cap
    assert budget.spent.usd == pytest.approx(len(highest) * one)
    assert cap - dearest < len(highest) * one + 1e-9


def test_calls_that_were_not_billed_cost_nothing() -> None:
    budget = Budget(SONNET, 8192, None, 1)
    for _ in range(3):
        budget.hold(Usage(1000, 8192), nothing)
        budget.settle(Usage(1000, 8192), None)
    assert budget.spent.calls == 0
    budget.hold(Usage(1000, 8192), nothing)
    budget.settle(Usage(1000, 8192), Usage(10, 10))
    with pytest.raises(Unmeasurable, match="budget of 1 calls is used up"):
        budget.hold(Usage(1000, 8192), nothing)


def test_nobody_waits_for_money_when_all_is_to_end() -> None:
    budget = Budget(SONNET, 8192, None, 1)
    budget.hold(Usage(1, 1), nothing)

    def check() -> None:
        raise Unmeasurable("the end")

    with pytest.raises(Unmeasurable, match="the end"):
        budget.hold(Usage(1, 1), check)
