"""Amazon Connect Contact Lens: the file that it leaves in S3 of each call or chat, and its real-time segments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fieval.importers.base import Imported, SourceFile
from fieval.importers.parts.aws import PLACES, duration, spoken, told_of_skipped
from fieval.importers.parts.node import Node
from fieval.importers.parts.platforms import Platform
from fieval.importers.parts.roles import channel, in_order, remark, speaker
from fieval.model import Turn


class ContactLens(Platform):
    """One call or chat a file; the id is its contact's, else the file's name up to `_analysis`.

    Gives turns, the summary after the contact, and the overall sentiment of either side, -5..5, as the scores
    `sentiment` (the customer's) and `agent_sentiment`. Who speaks stands with the participants, not with the turn.
    """

    name = "contact_lens"
    holds = "a list Transcript with Participants, or a list Segments"
    places = PLACES

    def told(self, document: Node, source: SourceFile) -> Imported:
        medium = channel(document.get("Channel").text()) or "voice"
        is_call = medium == "voice"
        turns = in_order(spoken(_said(document), _Roles(document))) if is_call else tuple(_messages(document))
        remark(document, turns)
        told_of_skipped(document.get("JobDetails").get("SkippedAnalysis"), "Feature", "ReasonCode")
        contact = document.get("CustomerMetadata").get("ContactId").name()
        return Imported(
            id=contact or source.stem.partition("_analysis")[0].strip() or source.stem,
            turns=turns,
            channel=medium,
            language=document.get("LanguageCode").text(),
            duration=duration(document),
            meta={"contact_lens": {"file": source.name}},
        )


class _Roles:
    """The role of who said a turn: on the turn itself in real-time segments, else by the participant's id."""

    def __init__(self, document: Node) -> None:
        self._roles: Mapping[str, str] = {
            each.get("ParticipantId").name(): each.get("ParticipantRole").text()
            for each in document.get("Participants").objects()
        }

    def __call__(self, turn: Node) -> str:
        own, identifier = turn.get("ParticipantRole").text(), turn.get("ParticipantId").name()
        return own or self._roles.get(identifier) or identifier


def _said(document: Node) -> Iterator[Node]:
    yield from document.get("Transcript").objects()
    for segment in document.get("Segments").objects():
        if turn := segment.get("Transcript"):
            yield turn


def _messages(document: Node) -> Iterator[Turn]:
    """What was written, in seconds from the first message or event; joins, leaves and attachments are no turns."""
    role_of, begin = _Roles(document), None
    for node in _said(document):
        at = node.get("AbsoluteTime").moment()
        begin = at if begin is None else begin
        text = node.get("Content").text()
        kind = node.get("Type").text() or "MESSAGE"
        if text and kind == "MESSAGE":
            start = None if at is None or begin is None else round(max(at - begin, 0.0), 6)
            yield Turn(speaker(role_of(node)), text, start)
