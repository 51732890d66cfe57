"""Genesys Cloud CX: transcripts of a conversation's communications, its metrics and its summaries, a file each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fieval.importers.base import Clock, Imported, Importer, Reading, SourceFile
from fieval.importers.parts.node import Node
from fieval.importers.parts.phrases import MILLIS, milliseconds, turns_of_phrases
from fieval.importers.parts.picking import Picker
from fieval.importers.parts.roles import channel, remark
from fieval.importers.parts.vendors import opened
from fieval.model import Channel, Output, Turn

_PLACES = {
    "labels.intent": ["reason.text"],
    "labels.resolution": ["resolution.outcome"],
    "scores.sentiment": ["sentimentScore"],
    "summary": ["text", "entities[summaryType=Conversation].summary", "entities[*].summary"],
}


@dataclass(slots=True)
class _Files:
    """The files of one conversation."""

    transcripts: list[SourceFile] = field(default_factory=list)
    others: list[SourceFile] = field(default_factory=list)

    def take(self, source: SourceFile, *, is_transcript: bool) -> None:
        (self.transcripts if is_transcript else self.others).append(source)

    @property
    def first(self) -> SourceFile:
        return (self.transcripts or self.others)[0]


class Genesys(Importer):
    """One output a conversation, with its id; the communications that it is made of are joined in the order of time.

    Gives turns (`decoratedText`, else `text`; who is `internal` is the agent, `external` the customer), the
    conversation's `sentimentScore`, -1..1, as the score `sentiment`, and of its summary (Agent Copilot's, else speech
    and text analytics') the text, the reason as `intent` and the outcome as `resolution`. Metrics and summaries that
    do not name their conversation go by the name of their file, which holds its id. A place of `--map` is looked
    for in the summary, the metrics and the transcripts, in this order.
    """

    name = "genesys"
    endings = (".json",)
    heeds = frozenset({"mapping", "clock"})

    def gather(self, sources: Iterable[SourceFile], reading: Reading) -> Iterator[tuple[SourceFile, Output]]:
        """One output a conversation, by id; each file is read twice, so that one conversation is held at a time."""
        picker = Picker(_PLACES, reading)
        for identifier, files in sorted(_conversations(sources).items()):
            transcripts = _by_communication(_again(files.transcripts))
            others = _one_of_each(_again(files.others))
            told = _told(identifier, files, transcripts, reading.clock)
            documents = [*(summary for each in others if (summary := _summary(each))), *others, *transcripts]
            yield files.first, picker.completed(told, documents)

    def read(self, source: SourceFile, reading: Reading) -> Iterator[Output]:
        for _, output in self.gather([source], reading):
            yield output


def _conversations(sources: Iterable[SourceFile]) -> Mapping[str, _Files]:
    """The files of each conversation by its id."""
    found: dict[str, _Files] = {}
    nameless: list[tuple[SourceFile, bool]] = []
    for source in sources:
        document = opened(source, Genesys.name, "a transcript (transcripts), metrics or summaries of a conversation")
        if document is None:
            continue
        is_transcript = bool(document.get("transcripts"))
        if identifier := _identifier(document):
            found.setdefault(identifier, _Files()).take(source, is_transcript=is_transcript)
        else:
            nameless.append((source, is_transcript))
    for source, is_transcript in nameless:
        owners = source.named_among(found)
        if len(owners) == 1:
            found[owners[0]].take(source, is_transcript=is_transcript)
        elif owners:
            source.problems.file(f"names no conversation, and its name holds the ids of several: {', '.join(owners)}")
        else:
            source.problems.file("names no conversation; put the conversation's id into the file's name")
    return found


def _identifier(document: Node) -> str:
    """The id of a document's conversation; empty where it names none."""
    own = document.get("conversationId") or document.get("conversation").get("id")
    theirs = (entity.get("conversation").get("id") for entity in document.get("entities").objects())
    return own.name() or next((found for each in theirs if (found := each.name())), "")


def _again(sources: Sequence[SourceFile]) -> list[tuple[SourceFile, Node]]:
    """The documents of files that were read before."""
    read = ((source, source.document()) for source in sources)
    return [(source, Node(document, source)) for source, document in read if isinstance(document, dict)]


def _one_of_each(documents: Sequence[tuple[SourceFile, Node]]) -> list[Node]:
    """Metrics and summaries of one conversation; two of a kind must say the same."""
    kept: dict[str, tuple[SourceFile, Node]] = {}
    for source, document in documents:
        kind = next((name for name in ("sessionSummaries", "entities") if name in document.value), "metrics")
        first, other = kept.setdefault(kind, (source, document))
        if other.value != document.value:
            source.problems.file(f"{first.name} has {kind} of the same conversation, and differs")
    return [document for _, (_, document) in sorted(kept.items())]


def _summary(document: Node) -> Node | None:
    """Agent Copilot's record of the whole conversation, else the last that is completed of its sessions."""
    if "sessionSummaries" not in document.value:
        return None
    records = [document.get("summary"), *document.get("sessionSummaries").objects()]
    done = [record for record in records if record and record.get("status").text() in ("", "Completed")]
    if done and done[0].value is document.value.get("summary"):
        return done[0]
    return max(done, key=lambda record: record.get("dateCreated").text(), default=None)


def _told(identifier: str, files: _Files, transcripts: Sequence[Node], clock: Clock) -> Imported:
    """What the transcripts say, in the order of time."""
    turns = turns_of_phrases(transcripts, clock)
    if transcripts:
        remark(transcripts[0], turns)
    else:
        files.first.assumed["nothing was said in a conversation whose transcript is in none of the files"] += 1
    spoken = [each.get("language").text() for document in transcripts for each in document.get("transcripts").objects()]
    return Imported(
        id=identifier,
        turns=turns,
        channel=_channel(transcripts),
        language=next(filter(None, spoken), ""),
        duration=_duration(transcripts, turns),
        meta={"genesys": {"files": sorted(source.name for source in (*files.transcripts, *files.others))}},
    )


def _channel(transcripts: Sequence[Node]) -> Channel:
    """The channel of the first medium that is known."""
    media = [medium for document in transcripts if (medium := document.get("mediaType").text())]
    known = [found for medium in media if (found := channel(medium))]
    if media and not known:
        transcripts[0].assume(f"the channel is voice where the medium is {media[0]}")
    return known[0] if known else "voice"


def _duration(transcripts: Sequence[Node], turns: Sequence[Turn]) -> float | None:
    """The length of a conversation of one communication, unless somebody speaks beyond it."""
    if len(transcripts) != 1:
        return None
    length = milliseconds(transcripts[0].get("duration")).seconds(MILLIS) or None
    last = max((turn.end or turn.start or 0.0 for turn in turns), default=0.0)
    return length if length is None or length >= last else None


def _by_communication(documents: Sequence[tuple[SourceFile, Node]]) -> list[Node]:
    """Transcripts in an order that does not depend on the names of files; one given twice is complained about."""
    seen: dict[str, SourceFile] = {}
    for source, document in documents:
        name = document.get("communicationId").name()
        if name and seen.setdefault(name, source) is not source:
            source.problems.file(f'the communication "{name}" is in {seen[name].name} as well')
    return [document for _, document in sorted(documents, key=lambda each: each[1].get("communicationId").name())]
