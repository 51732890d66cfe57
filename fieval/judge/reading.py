"""From what a provider sent to an answer, or to the reason why it is none; no grade is ever looked for in free text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec

from fieval.judge.protocol import Answer, Failure, Part, Question, Reply, Usage, Verdict
from fieval.judge.transcript import clean

LONGEST_WHY = 300  # characters

_UNFINISHED = {"max_tokens", "model_context_window_exceeded"}


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What came back from a provider, in its own words."""

    stop_reason: str | None
    text: str
    model: str
    usage: Usage
    request_id: str = ""
    detail: str = ""


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    verdict: str
    evidence_turns: tuple[Annotated[int, msgspec.Meta(ge=1)], ...] = ()
    why: str = ""


class _Wrong(Exception):
    """Why a reply cannot be used; holds nothing that the judge or a caller wrote."""


_decoder = msgspec.json.Decoder(dict[str, tuple[_Entry, ...]])


def read_reply(question: Question, sent: Sent) -> Reply:
    """The reply as an answer to this question. Why it stopped is looked at first: half an answer can look whole."""
    if sent.stop_reason == "refusal":
        return Failure(kind="refused", message=f"the judge refused{sent.detail}", usage=sent.usage)
    if sent.stop_reason in _UNFINISHED:
        return Failure(kind="truncated", message=f"the reply was cut off ({sent.stop_reason})", usage=sent.usage)
    try:
        if sent.stop_reason != "end_turn":
            raise _Wrong(f'unexpected stop reason "{sent.stop_reason}"')
        verdicts = _checked(question, _decoded(sent.text))
    except _Wrong as wrong:
        return Failure(kind="invalid", message=f"the reply is invalid: {wrong}", usage=sent.usage)
    return Answer(verdicts=verdicts, model=sent.model, usage=sent.usage, request_id=sent.request_id)


def fits(question: Question, verdicts: tuple[Verdict, ...]) -> bool:
    """Whether remembered verdicts answer this question, whatever their file says."""
    entries = [_Entry(each.id, each.verdict, each.evidence_turns, each.why) for each in verdicts]
    part_of = {name: part.name for part in question.prompt.parts for name in question.ids[part.name]}
    replies = {
        part.name: tuple(each for each in entries if part_of.get(each.id) == part.name)
        for part in question.prompt.parts
    }
    try:
        return len(entries) == len(part_of) and _checked(question, replies) is not None
    except _Wrong:
        return False


def _decoded(text: str) -> dict[str, tuple[_Entry, ...]]:
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise _Wrong("not the JSON that was asked for") from error


def _checked(question: Question, replies: dict[str, tuple[_Entry, ...]]) -> tuple[Verdict, ...]:
    if set(replies) != set(question.ids):
        raise _Wrong(f"expected {', '.join(question.ids)}")
    return tuple(
        verdict
        for part in question.prompt.parts
        for verdict in _in_order(part, question.ids[part.name], replies[part.name], question.turns)
    )


def _in_order(part: Part, ids: tuple[str, ...], entries: tuple[_Entry, ...], turns: int) -> Iterator[Verdict]:
    by_id = {entry.id: entry for entry in entries}
    if len(by_id) < len(entries):
        raise _Wrong(f"an id twice in {part.name}")
    if set(by_id) != set(ids):
        raise _Wrong(
            f"{len(set(ids) - set(by_id))} ids missing and {len(set(by_id) - set(ids))} unknown in {part.name}"
        )
    for name in ids:
        yield _verdict(part, by_id[name], turns)


def _verdict(part: Part, entry: _Entry, turns: int) -> Verdict:
    if entry.verdict not in part.verdicts:
        raise _Wrong(f"a verdict in {part.name} that was not offered")
    evidence = tuple(dict.fromkeys(entry.evidence_turns))
    if not all(1 <= turn <= turns for turn in evidence):
        raise _Wrong(f"evidence in {part.name} from turns that there are not")
    if entry.verdict in part.grounded and not evidence:
        raise _Wrong(f'"{entry.verdict}" in {part.name} without evidence')
    return Verdict(entry.id, entry.verdict, evidence, clean(entry.why)[:LONGEST_WHY])
