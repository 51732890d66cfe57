"""OTLP/JSON: what single interactions scored, as evaluation spans beside the spans that they were imported from.

Attributes are those of OpenTelemetry's `gen_ai.evaluation.result`, which wants the evaluated span as parent, and
`gen_ai.evaluation.target_span_id` and `gen_ai.span.kind`, which FutureAGI reads. Only the candidate's scores are
written: the baseline's belong to other traces, and to a run of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import msgspec

from fieval.errors import InvalidInput
from fieval.model import Origin, Provenance, Report, Run, Score
from fieval.numbers import significant
from fieval.reports.base import Format
from fieval.reports.json_report import escaped
from fieval.reports.scores_csv import harmless_name
from fieval.reports.traces_csv import spelled

_INTERNAL = 1  # SpanKind
_SECOND = 1_000_000_000  # nanoseconds

Json = dict[str, Any]


class OtlpReport(Format):
    """JSON Lines, one object with resource, scope and spans for each interaction that has a score.

    There is a span for each step and metric, in the trace of the interaction's output and below its span; where the
    output names none, in a trace of its own. Ids are digests of the run's inputs, so that a span that is sent twice is
    the same span. Its label is that of the step's own bar, as `failed` in `scores.csv`.
    """

    name = "otlp"
    file_name = None

    def render(self, run: Run, *, show_text: bool = False) -> str:
        """All lines, in the order of the dataset."""
        return "".join(self.parts(run))

    def parts(self, run: Run, *, show_text: bool = False) -> Iterator[str]:
        """Line by line: a large dataset has millions of spans."""
        about = _About(run)
        origins = spelled(run.origins)
        for name, scores in groupby(run.scores, key=lambda score: harmless_name(score.id)):
            spans = [about.span(name, score, origins.get(name)) for score in scores if _told(score)]
            if spans:
                yield escaped(msgspec.json.encode(about.around(spans)).decode()) + "\n"


class _About:
    """What all spans of a run have in common."""

    def __init__(self, run: Run) -> None:
        report, provenance = run.report, run.report.provenance
        sources = (provenance.config, provenance.dataset, provenance.candidate, provenance.baseline)
        self._inputs = [None if source is None else source.sha256 for source in sources]
        self._start, self._end = _nanoseconds(provenance)
        self._resource = {"attributes": _attributes({"service.name": "fieval", **_of_run(report)})}
        self._scope = {"name": "fieval", "version": provenance.fieval}

    def around(self, spans: list[Json]) -> Json:
        """Spans as a file of OTLP has them."""
        return {"resourceSpans": [{"resource": self._resource, "scopeSpans": [{"scope": self._scope, "spans": spans}]}]}

    def span(self, name: str, score: Score, origin: Origin | None) -> Json:
        """One metric of one interaction."""
        target = "" if origin is None else origin.span_id
        what = f"{harmless_name(score.step)}.{harmless_name(score.metric)}"
        return {
            "traceId": self._id(32, name) if origin is None else origin.trace_id,
            "spanId": self._id(16, name, what),
            **({"parentSpanId": target} if target else {}),
            "name": f"evaluation {what}",
            "kind": _INTERNAL,
            "startTimeUnixNano": str(self._start),
            "endTimeUnixNano": str(self._end),
            "attributes": _attributes(_of_score(score, name, what, target)),
        }

    def _id(self, digits: int, *parts: str) -> str:
        return hashlib.sha256(msgspec.json.encode([self._inputs, parts])).hexdigest()[:digits]


def _told(score: Score) -> bool:
    return score.system == "candidate" and score.value is not None


def _of_run(report: Report) -> dict[str, str | float]:
    return {"fieval.dataset": report.dataset, "fieval.verdict": report.verdict}


def _of_score(score: Score, name: str, what: str, target: str) -> dict[str, str | float]:
    """The attributes of a span; none of them holds what anybody said."""
    bar = "misses" if score.failed else "meets"
    return {
        "gen_ai.span.kind": "EVALUATOR",
        "gen_ai.evaluation.name": what,
        "gen_ai.evaluation.score.value": significant(score.value or 0.0),
        "gen_ai.evaluation.score.label": "fail" if score.failed else "pass",
        "gen_ai.evaluation.explanation": f"The interaction {bar} the step's own bar (fail_above and the like).",
        **({"gen_ai.evaluation.target_span_id": target} if target else {}),
        "fieval.interaction.id": name,
    }


def _attributes(values: dict[str, str | float]) -> list[Json]:
    return [
        {"key": key, "value": {"stringValue": value} if isinstance(value, str) else {"doubleValue": value}}
        for key, value in values.items()
    ]


def _nanoseconds(provenance: Provenance) -> tuple[int, int]:
    """When the run started and ended, since 1970. Raises InvalidInput for a report that says no time."""
    try:
        began = datetime.fromisoformat(provenance.started)
        since = (began.replace(tzinfo=UTC) if began.tzinfo is None else began) - datetime(1970, 1, 1, tzinfo=UTC)
        start = (since.days * 86_400 + since.seconds) * _SECOND + since.microseconds * 1_000
        if start < 0 or not provenance.seconds >= 0:
            raise ValueError("before 1970, or over before it began")
        return start, start + round(provenance.seconds * _SECOND)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(f"report.json: provenance.started and seconds are no time: {error}") from error
