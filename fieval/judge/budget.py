"""What the judge may cost: a price list with a date, a plan before the first call, and a cap that is never crossed."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import resources

import msgspec

from fieval.errors import InvalidInput, Unmeasurable
from fieval.judge.protocol import Question, Usage, reply_schema

CHARACTERS_PER_TOKEN = 2.7
Tokens = tuple[int, int]

_ASSUMED_TOKENS = (150, 60)  # of a reply: in any case, and for each id
_UNSEEN_TOKENS = 1000  # that a provider adds to a request, at most
_ENOUGH_SEEN = 10  # replies, before what they took counts for more than the assumption
_TYPICAL, _HIGH = 0.5, 0.95
_POLL = 0.1


class Price(msgspec.Struct, frozen=True):
    """US dollars for a million tokens, for requests of up to `prompt_up_to` tokens."""

    model: str
    input: float
    output: float
    cache_read: float
    cache_write: float
    prompt_up_to: int | None = None


class Rebate(msgspec.Struct, frozen=True):
    """What is left of every price where questions are asked in a batch, as it was on a day (ISO 8601)."""

    factor: float
    as_of: str
    source: str


class PriceList(msgspec.Struct, frozen=True):
    """Prices as they were on a day (ISO 8601)."""

    as_of: str
    source: str
    unit: str
    batch: Rebate
    prices: tuple[Price, ...]

    def knows(self, model: str) -> bool:
        return any(price.model == model for price in self.prices)

    def cost(self, model: str, usage: Usage) -> float:
        """US dollars of a call by the row for requests of its size; of an unknown model NaN."""
        rows = (row for row in self.prices if row.model == model)
        row = next((row for row in rows if row.prompt_up_to is None or usage.prompt <= row.prompt_up_to), None)
        if row is None:
            return math.nan
        millionths = usage.input * row.input + usage.output * row.output
        return (millionths + usage.cache_read * row.cache_read + usage.cache_write * row.cache_write) / 1e6


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of questions is going to take; ranges are low and high, `usd` is None for a model without prices.

    Of those `to_call` so many are `batched`, and of these so many `handed_in` before.
    """

    model: str
    cached: int
    to_call: int
    batched: int = 0
    handed_in: int = 0
    input_tokens: Tokens
    output_tokens: Tokens
    usd: tuple[float, float] | None
    prices_as_of: str
    assumed: bool


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """What this process has paid, at most: a call that broke off counts as the dearest that it can have been."""

    calls: int
    usd: float | None


_prices = msgspec.json.Decoder(PriceList)  # made here: msgspec's types must not be first met by several threads


@cache
def price_list() -> PriceList:
    """The prices that ship with this version."""
    return _prices.decode(resources.files("fieval.judge").joinpath("prices.json").read_bytes())


def plan(
    model: str,
    questions: Sequence[Question],
    cached: int,
    seen: Mapping[str, Sequence[int]],
    max_tokens: int,
    batches: bool = False,
) -> Plan:
    """The plan for these questions; `seen` holds, for each prompt's name, tokens that earlier replies took."""
    replies = [_reply_tokens(question, seen.get(question.prompt.name, ()), max_tokens) for question in questions]
    sent = [math.ceil(_characters(question) / CHARACTERS_PER_TOKEN) for question in questions]
    prices = price_list()
    batched = [batches and question.batchable for question in questions]
    shares = [prices.batch.factor if each else 1.0 for each in batched]
    low, high = (
        sum(
            share * prices.cost(model, Usage(size, reply[side]))
            for size, reply, share in zip(sent, replies, shares, strict=True)
        )
        for side in (0, 1)
    )
    return Plan(
        model=model,
        cached=cached,
        to_call=len(questions),
        batched=sum(batched),
        input_tokens=(sum(sent), sum(sent)),
        output_tokens=(sum(reply[0] for reply in replies), sum(reply[1] for reply in replies)),
        usd=(low, high) if prices.knows(model) else None,
        prices_as_of=prices.as_of,
        assumed=any(len(seen.get(question.prompt.name, ())) < _ENOUGH_SEEN for question in questions),
    )


class Budget:
    """Keeps spending below a cap: the dearest that a call can become is set aside before it is sent.

    Raises InvalidInput where a cap in dollars is asked for a model without prices.
    """

    def __init__(self, model: str, max_tokens: int, max_usd: float | None, max_calls: int | None) -> None:
        if max_usd is not None and not price_list().knows(model):
            raise InvalidInput(
                f'judge max_usd: no price is known for "{model}" (prices as of {price_list().as_of}); use max_calls'
            )
        self._model, self._max_tokens = model, max_tokens
        self._max_usd, self._max_calls = max_usd, max_calls
        self._room = threading.Condition()
        self._usd, self._calls = 0.0, 0
        self._held_usd, self._held_calls = 0.0, 0

    @property
    def spent(self) -> Spent:
        return Spent(calls=self._calls, usd=self._usd if price_list().knows(self._model) else None)

    def worst(self, question: Question) -> Usage:
        """The most tokens that a call can take: no token is shorter than a byte."""
        return Usage(len(_sent_text(question).encode()) + _UNSEEN_TOKENS, self._max_tokens)

    def hold(self, worst: Usage, check: Callable[[], None]) -> None:
        """Set the worst case aside; where others hold too much, wait for them. `check` raises when all is to end.

        Raises Unmeasurable where the cap could be crossed although nobody else holds anything.
        """
        dearest = self._cost(worst)
        with self._room:
            while (reason := self._over(dearest)) is not None:
                if self._held_calls == 0:
                    raise Unmeasurable(f"{reason}; what was answered is kept: raise the cap and run again")
                check()
                self._room.wait(_POLL)
            self._held_usd += dearest
            self._held_calls += 1

    def hold_batch(self, worsts: Sequence[Usage]) -> None:
        """Set the worst case of a whole batch aside, at its price. Raises Unmeasurable where a cap could be crossed."""
        dearest = price_list().batch.factor * sum(map(self._cost, worsts))
        with self._room:
            if self._max_calls is not None and self._calls + self._held_calls + len(worsts) > self._max_calls:
                over = f"the judge's budget of {self._max_calls} calls"
            elif self._max_usd is not None and self._usd + self._held_usd + dearest > self._max_usd:
                over = (
                    f"the judge's budget of ${self._max_usd:.2f} (${self._usd:.4f} spent, up to ${dearest:.4f} to come)"
                )
            else:
                self._held_usd += dearest
                self._held_calls += len(worsts)
                return
        raise Unmeasurable(
            f"{over} could be crossed by a batch of {len(worsts)}, which cannot be stopped half-way: it is "
            "not handed in, and what was answered is kept; raise the cap, or ask one by one with --judge record"
        )

    def settle(self, worst: Usage, used: Usage | None, *, batched: bool = False) -> None:
        """Give back what was set aside and book what a call took; None for a call that was not billed."""
        share = price_list().batch.factor if batched else 1.0
        with self._room:
            self._held_calls -= 1
            self._held_usd = self._held_usd - share * self._cost(worst) if self._held_calls else 0.0
            self._book(used, share)
            self._room.notify_all()

    def book_batched(self, used: Usage) -> None:
        """Book what was asked for by an earlier process, which no cap can stop any more."""
        with self._room:
            self._book(used, price_list().batch.factor)

    def _book(self, used: Usage | None, share: float) -> None:
        if used is not None:
            self._usd += share * self._cost(used)
            self._calls += 1

    def cost(self, used: Usage, *, batched: bool = False) -> float | None:
        """US dollars of a call; None for a model without prices."""
        share = price_list().batch.factor if batched else 1.0
        return share * self._cost(used) if price_list().knows(self._model) else None

    def _cost(self, used: Usage) -> float:
        cost = price_list().cost(self._model, used)
        return 0.0 if math.isnan(cost) else cost

    def _over(self, dearest: float) -> str | None:
        if self._max_calls is not None and self._calls + self._held_calls >= self._max_calls:
            return f"the judge's budget of {self._max_calls} calls is used up"
        if self._max_usd is not None and self._usd + self._held_usd + dearest > self._max_usd:
            return (
                f"the judge's budget of ${self._max_usd:.2f} could be crossed by the next call "
                f"(${self._usd:.4f} spent, up to ${dearest:.4f} a call)"
            )
        return None


def _reply_tokens(question: Question, seen: Sequence[int], max_tokens: int) -> tuple[int, int]:
    if len(seen) >= _ENOUGH_SEEN:
        ordered = sorted(seen)
        return _quantile(ordered, _TYPICAL), _quantile(ordered, _HIGH)
    base, each = _ASSUMED_TOKENS
    assumed = base + each * sum(map(len, question.ids.values()))
    return min(assumed, max_tokens), min(2 * assumed, max_tokens)


def _quantile(ordered: Sequence[int], share: float) -> int:
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


def _characters(question: Question) -> int:
    return len(_sent_text(question))


def _sent_text(question: Question) -> str:
    return question.prompt.system + question.content + json.dumps(reply_schema(question.prompt))
