"""Whose file this is, by the names at its top, so that another platform's is told by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fieval.importers.base import SourceFile
from fieval.importers.parts.node import Node

_Document = Mapping[str, Any]


def opened(source: SourceFile, form: str, what: str) -> Node | None:
    """The document of a file of that format, which holds `what`; None, and a complaint, where it is none."""
    document = source.document()
    if source.problems:
        return None
    if isinstance(document, dict):
        looks = next((name for name, is_it in _LOOKS.items() if is_it(document)), None)
        if looks == form:
            return Node(document, source)
        if looks is not None:
            source.problems.file(f"this looks like {_NAMES[looks]} file: fieval import {looks}")
            return None
    source.problems.file(f"nothing of the format {form} in it: expected {what}")
    return None


def _is_deepgram(document: _Document) -> bool:
    results = document.get("results")
    return isinstance(results, dict) and bool({"channels", "utterances"} & results.keys())


def _is_transcribe(document: _Document) -> bool:
    results = document.get("results")
    if isinstance(results, dict):
        return bool({"transcripts", "items"} & results.keys())
    if "Transcript" not in document or "CustomerMetadata" in document:
        return False
    return bool({"JobName", "AnalyticsJobDetails", "SessionId"} & document.keys()) or not _has_participant_ids(document)


def _has_participant_ids(document: _Document) -> bool:
    """What tells Contact Lens from call analytics, where turns have roles."""
    entries = [each for name in ("Participants", "Transcript") if isinstance(each := document.get(name), list)]
    return any(isinstance(entry, dict) and "ParticipantId" in entry for each in entries for entry in each)


def _is_contact_lens(document: _Document) -> bool:
    segments = document.get("Segments")
    if isinstance(segments, list):
        kinds = {"Transcript", "Categories", "PostContactSummary", "Utterance"}
        return all(isinstance(segment, dict) and kinds & segment.keys() for segment in segments)
    return "Transcript" in document and bool(
        {"Participants", "ConversationCharacteristics", "CustomerMetadata", "ContentMetadata"} & document.keys()
    )


def _is_cxone(document: _Document) -> bool:
    return bool({"interactions", "transcriptBlocks", "transcriptBlock", "interwovenTranscript"} & document.keys()) or (
        "segmentId" in document
    )


def _is_genesys(document: _Document) -> bool:
    marks = {"sessionSummaries", "sentimentScore", "sentimentTrendClass", "participantMetrics", "empathyScores"}
    if marks & document.keys() or ("transcripts" in document and "conversationId" in document):
        return True
    transcripts, entities = document.get("transcripts"), document.get("entities")
    if isinstance(transcripts, list):
        return any(isinstance(each, dict) and "phrases" in each for each in transcripts)
    return isinstance(entities, list) and all(isinstance(each, dict) and "summary" in each for each in entities)


def _is_otlp(document: _Document) -> bool:
    return bool({"resourceSpans", "resource_spans"} & document.keys())


_LOOKS: Mapping[str, Callable[[_Document], bool]] = {
    "deepgram": _is_deepgram,
    "transcribe": _is_transcribe,
    "contact_lens": _is_contact_lens,
    "cxone": _is_cxone,
    "genesys": _is_genesys,
    "otlp": _is_otlp,
}
_NAMES = {
    "deepgram": "a Deepgram",
    "transcribe": "an Amazon Transcribe",
    "contact_lens": "a Contact Lens",
    "cxone": "a CXone",
    "genesys": "a Genesys",
    "otlp": "an OpenTelemetry",
}
