"""Deepgram: the response to a recording, saved as a file."""

from __future__ import annotations

from collections.abc import Iterator

from fieval.importers.base import Imported, SourceFile
from fieval.importers.parts.node import Node, span
from fieval.importers.parts.platforms import Platform
from fieval.importers.parts.roles import in_order, remark
from fieval.importers.parts.words import Word, turns_of
from fieval.model import Turn

_INTENT = "intents.segments[*].intents[max=confidence_score].intent"
_PLACES = {
    "labels.sentiment": ["results.sentiments.average.sentiment"],
    "labels.intent": [f"results.{_INTENT}", f"results.intents.results.{_INTENT}"],
    "scores.sentiment": ["results.sentiments.average.sentiment_score"],
    "summary": ["results.summary[result=success].short", "results.channels[0].alternatives[0].summaries[*].summary"],
}


class Deepgram(Platform):
    """One call a file, whose name is the id: a request's id is another each time (`--map id=metadata.request_id`).

    Gives turns (utterances, else words, which are one turn until somebody else speaks or nobody does for a second),
    the summary, the average sentiment as label and as score, -1..1, and the surest intent with its confidence.
    Speakers are `0`, `1`, …; of several channels the channel, and with speakers told apart in them `0-1`, the channel
    first. `--speaker 0=agent` names them.
    """

    name = "deepgram"
    holds = "results with channels or utterances"
    places = _PLACES

    def told(self, document: Node, source: SourceFile) -> Imported:
        metadata, results = document.get("metadata"), document.get("results")
        channels = list(results.get("channels").objects())
        several = len(channels) > 1 or metadata.get("channels").rough() > 1
        turns = in_order(_utterances(results, several=several)) or in_order(_unparted(channels))
        remark(document, turns)
        return Imported(
            id=source.stem,
            turns=turns,
            language=next((found for each in channels if (found := _language(each))), ""),
            duration=metadata.get("duration").seconds() or None,
            meta={"deepgram": {"file": source.name, "request_id": metadata.get("request_id").name()}},
        )


def _language(channel: Node) -> str:
    spoken = channel.get("detected_language").text()
    if spoken:
        return spoken
    languages = (each for choice in channel.get("alternatives").objects() for each in choice.get("languages").nodes())
    return next((found for each in languages if (found := each.text())), "")


def _utterances(results: Node, *, several: bool) -> Iterator[Turn]:
    for node in results.get("utterances").objects():
        start, end = span(node.get("start"), node.get("end"))
        channel = node.get("channel").name() if several else ""
        text = node.get("transcript").text()
        if text:
            yield Turn(_named(channel, node.get("speaker").name()), text, start, end)


def _unparted(channels: list[Node]) -> Iterator[Turn]:
    """The words of each channel as turns; its whole transcript where it has no words."""
    for index, channel in enumerate(channels):
        name = str(index) if len(channels) > 1 else ""
        for choice in list(channel.get("alternatives").objects())[:1]:
            turns = list(turns_of(_words(choice, name)))
            text = choice.get("transcript").text()
            yield from turns or ([Turn(name, text)] if text else [])


def _words(choice: Node, channel: str) -> Iterator[Word]:
    for node in choice.get("words").objects():
        start, end = span(node.get("start"), node.get("end"))
        text = node.get("punctuated_word", "word").text()
        if text:
            yield Word(_named(channel, node.get("speaker").name()), text, start, end)


def _named(channel: str, speaker: str) -> str:
    return "-".join(part for part in (channel, speaker) if part)
