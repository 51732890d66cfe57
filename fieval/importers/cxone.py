"""NICE CXone Interaction Analytics: lists of analysed segments, and the analysed transcript of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from fieval.importers.base import Imported, Importer, Reading, SourceFile
from fieval.importers.parts.blocks import channel_of_blocks, turns_of_blocks
from fieval.importers.parts.node import Node
from fieval.importers.parts.picking import Picker
from fieval.importers.parts.roles import channel, remark
from fieval.importers.parts.vendors import opened
from fieval.model import Output

_BLOCKS = ("transcriptBlocks", "transcriptBlock", "interwovenTranscript")
_PLACES = {
    "labels.sentiment": ["channels[name=CLIENT].sentiment.value"],
    "labels.intent": ["segmentSummary.primaryIntent.name", "segmentSummaryPrimaryIntentName"],
    "labels.resolution": ["resolution"],
    "scores.sentiment": ["enlightenSentimentIndexScore"],
    "summary": ["segmentSummary.summary"],
}


@dataclass(frozen=True, slots=True)
class _Analysed:
    """What a list says of a segment, and the file that it stands in."""

    source: SourceFile
    node: Node


class CXone(Importer):
    """One output a segment, with its id, which a transcript has as `segmentId` or as the name of its file.

    Gives turns, the segment's summary, its primary intent, the client's sentiment as a label and Enlighten's index as
    the score `sentiment`, and `resolved` as `resolution` (resolved, unresolved). Times of a voice transcript are
    seconds or milliseconds: which of them is seen from the speed of speech and the segment's length, and said; where
    these do not agree, `--unit` must say it.
    A place of `--map` is looked for in the transcript and in the list's entry.
    """

    name = "cxone"
    endings = (".json",)
    heeds = frozenset({"mapping", "unit"})

    def gather(self, sources: Iterable[SourceFile], reading: Reading) -> Iterator[tuple[SourceFile, Output]]:
        """One output a segment, by id; transcripts are read twice, so that one of them is held at a time."""
        picker = Picker(_PLACES, reading)
        listed, transcripts = _sorted_out(sources)
        for identifier in sorted(listed.keys() | transcripts.keys()):
            source = transcripts[identifier] if identifier in transcripts else listed[identifier].source
            entry = listed[identifier].node if identifier in listed else Node(None, source)
            transcript = Node(source.document() if identifier in transcripts else None, source)
            told = _told(identifier, transcript, entry, reading, source)
            yield source, picker.completed(told, [transcript, entry, _resolution(entry)])

    def read(self, source: SourceFile, reading: Reading) -> Iterator[Output]:
        for _, output in self.gather([source], reading):
            yield output


def _sorted_out(sources: Iterable[SourceFile]) -> tuple[Mapping[str, _Analysed], Mapping[str, SourceFile]]:
    """What lists say of segments, and the files of transcripts, by the segment's id."""
    listed: dict[str, _Analysed] = {}
    transcripts: list[tuple[str, SourceFile]] = []
    for source in sources:
        document = opened(source, CXone.name, "analysed segments (interactions) or a transcript (transcriptBlocks)")
        if document is None:
            continue
        if document.get(*_BLOCKS):
            transcripts.append((document.get("segmentId").name(), source))
            continue
        entries = document.get("interactions")
        for entry in entries.objects() if entries else [document]:
            _list(listed, source, entry)
    return listed, _named(transcripts, listed)


def _list(listed: dict[str, _Analysed], source: SourceFile, entry: Node) -> None:
    """Notes an entry; a segment may stand in two lists, as long as they say the same."""
    given = entry.get("segmentId")
    if not (identifier := given.name()):
        given.complain("required, but absent or empty")
    elif listed.setdefault(identifier, _Analysed(source, entry)).node.value != entry.value:
        given.complain(f'"{identifier}" stands in {listed[identifier].source.name} as well, and differs')


def _named(transcripts: Iterable[tuple[str, SourceFile]], listed: Mapping[str, _Analysed]) -> Mapping[str, SourceFile]:
    """The files of transcripts by segment: by their own field, else by the listed id that their name holds."""
    found: dict[str, SourceFile] = {}
    for own, source in transcripts:
        owners = [own] if own else source.named_among(listed)
        if len(owners) > 1:
            source.problems.file(f"names no segment, and its name holds the ids of several: {', '.join(owners)}")
            continue
        identifier = owners[0] if owners else source.stem
        if found.setdefault(identifier, source) is not source:
            source.problems.file(f'the transcript of segment "{identifier}" is in {found[identifier].name} as well')
    return found


def _told(identifier: str, transcript: Node, entry: Node, reading: Reading, source: SourceFile) -> Imported:
    spoken = list(_blocks(transcript).objects())
    medium = channel(entry.get("mediaType").text()) or channel_of_blocks(spoken)
    length = _length(entry) if medium == "voice" else None
    turns = turns_of_blocks(spoken, medium, reading.unit, length)
    if transcript:
        remark(transcript, turns)
    else:
        entry.assume("nothing was said in a segment whose transcript is in none of the files")
    return Imported(
        id=identifier,
        turns=turns,
        channel=medium,
        language=(transcript.get("language") or entry.get("language")).text(),
        duration=length,
        meta={"cxone": {"file": source.name}},
    )


def _blocks(transcript: Node) -> Node:
    """The list of blocks under whichever of its names holds any."""
    kept = [blocks for name in _BLOCKS if (blocks := transcript.get(name)).value]
    found = kept[0] if kept else transcript.get(*_BLOCKS)
    return found.get(*_BLOCKS) if isinstance(found.value, dict) else found


def _length(entry: Node) -> float | None:
    """Seconds from a segment's start to its end."""
    start, end = entry.get("startTime").moment(), entry.get("endTime").moment()
    return None if start is None or end is None or end <= start else round(end - start, 6)


def _resolution(entry: Node) -> Node:
    """`resolved` in the words of a label set."""
    words = {True: "resolved", False: "unresolved"}
    resolved = entry.get("resolved")
    if resolved and not isinstance(resolved.value, bool):
        resolved.expected("true or false")
    return entry.beneath({"resolution": words[resolved.value]} if isinstance(resolved.value, bool) else {})
