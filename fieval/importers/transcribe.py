"""Amazon Transcribe: files of call analytics and of standard jobs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fieval.importers.base import Imported, SourceFile
from fieval.importers.parts.aws import PLACES, duration, spoken, told_of_skipped
from fieval.importers.parts.node import Node, span
from fieval.importers.parts.platforms import Platform
from fieval.importers.parts.roles import in_order, remark
from fieval.importers.parts.words import Word, turns_of
from fieval.model import Segment, Turn

_DONE = "COMPLETED"


class Transcribe(Platform):
    """One call a file, whose name is the id: a job's name cannot come again (`--map id=JobName`, `id=jobName`).

    Call analytics give turns by role, the generated summary, and the overall sentiment of either side, -5..5, as the
    scores `sentiment` (the customer's) and `agent_sentiment`. Standard jobs give words, which are one turn until
    somebody else speaks or nobody does for a second, and, with speaker labels, segments; speakers are `spk_0`, or the
    channel, `ch_0`.
    """

    name = "transcribe"
    holds = "results of a job, or a list Transcript of call analytics"
    places = PLACES

    def told(self, document: Node, source: SourceFile) -> Imported:
        status = document.get("JobStatus", "status")
        if (status.text() or _DONE) != _DONE:
            status.expected(_DONE)
        results = document.get("results")
        turns = _from_words(results) if results else in_order(spoken(document.get("Transcript").objects(), _role))
        remark(document, turns)
        told_of_skipped(document.get("AnalyticsJobDetails").get("Skipped"), "Feature", "ReasonCode")
        return Imported(
            id=source.stem,
            turns=turns,
            segments=tuple(_segments(results)),
            language=(document.get("LanguageCode") or results.get("language_code")).text(),
            duration=duration(document),
            meta={"transcribe": {"file": source.name, "job": document.get("JobName", "jobName").name()}},
        )


def _role(turn: Node) -> str:
    return turn.get("ParticipantRole").text()


def _from_words(results: Node) -> tuple[Turn, ...]:
    """The words of every channel as turns, in the order of time."""
    channels = list(results.get("channel_labels").get("channels").objects())
    if channels:
        named = [(each.get("channel_label").name(), each.get("items")) for each in channels]
        turns = in_order(turn for name, items in named for turn in turns_of(_words(items, {}, name)))
    else:
        turns = tuple(turns_of(_words(results.get("items"), _speakers(results))))
    return turns or tuple(_without_words(results))


def _words(items: Node, speakers: Mapping[str, str], channel: str = "") -> Iterator[Word]:
    """Words with the punctuation behind them; of alternatives the first."""
    held: Word | None = None
    for item in items.objects():
        content = _content(item)
        if item.get("type").text() == "punctuation":
            if held is not None:
                held = Word(held.speaker, held.text + content, held.start, held.end)
            continue
        if held is not None:
            yield held
        start, end = span(item.get("start_time"), item.get("end_time"))
        who = item.get("speaker_label").text() or speakers.get(_key(item), "") or channel
        held = Word(who, content, start, end) if content else None
    if held is not None:
        yield held


def _content(item: Node) -> str:
    return next((choice.get("content").text() for choice in item.get("alternatives").objects()), "")


def _speakers(results: Node) -> Mapping[str, str]:
    """Speakers by the start of their words, for files whose words do not name them."""
    return {
        _key(item): name
        for segment in results.get("speaker_labels").get("segments").objects()
        if (name := segment.get("speaker_label").text())
        for item in segment.get("items").objects()
    }


def _key(item: Node) -> str:
    return str(item.get("start_time").value)


def _without_words(results: Node) -> Iterator[Turn]:
    for transcript in results.get("transcripts").objects():
        if text := transcript.get("transcript").text():
            yield Turn(text=text)


def _segments(results: Node) -> Iterator[Segment]:
    """Who speaks when, of a file with speaker labels."""
    for each in results.get("speaker_labels").get("segments").objects():
        start, end = span(each.get("start_time"), each.get("end_time"))
        who = each.get("speaker_label").text()
        if who and start is not None and end is not None:
            yield Segment(who, start, end)
