"""`report.md`: the report as a comment on a merge request or the summary of a job, for GitHub and GitLab."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fieval import numbers
from fieval.model import Report, Result, Run, RunVerdict
from fieval.reports import wording
from fieval.reports.base import Format
from fieval.reports.causes import HEADS, Cause, causes, left_out
from fieval.reports.causes import how_to_read as causes_explained
from fieval.reports.cleaning import flat, one_line, short
from fieval.reports.findings import Finding, StepView, failed_steps, findings, not_gated, step_views, worst
from fieval.reports.titles import slice_title, titled

LIMIT = 60_000  # characters; a comment on GitHub takes 65,536

_ALERTS: dict[RunVerdict, str] = {"pass": "NOTE", "inconclusive": "WARNING", "unmeasurable": "WARNING"}
_PLAIN_WORD = re.compile(r"[\w.,;:%()=+/'\"?–—·’“”−-]*")
_LIVELY = re.compile(  # emphasis, links, and what GitHub makes of GH-1, of :emoji: and of the name of a commit
    r"(?<![^\W_])_|_(?![^\W_])|://|www\.|\bGH(SA)?-|:[a-z_+-][\w+-]*:|\b[0-9a-f]{7,64}\b", re.IGNORECASE
)
_HEADLINE_LENGTH = 600
EVIDENCE_LENGTH = 400
_CELL_LENGTH = 60
_RESERVED = 600  # for the line that says what was cut


@dataclass(frozen=True, slots=True)
class Section:
    """Rows between an opening and a closing; it may lose rows from its end. The higher the rank, the sooner."""

    opening: str
    rows: tuple[str, ...]
    closing: str = "\n"
    rank: int = 0


class Markdown(Format):
    """The report in Markdown of at most 60,000 characters: failures first, quiet slices folded, step tables cut first.

    Whatever comes from data stands in code spans where it could otherwise be read as Markdown, HTML or a mention.
    """

    name = "markdown"
    file_name = "report.md"

    def render(self, run: Run, *, show_text: bool = False) -> str:
        """Same run, same bytes: no times and no host."""
        opening, footer = _opening(run), _footer(run)
        return opening + _fitted(list(_sections(run, show_text)), LIMIT - len(opening) - len(footer)) + footer


def prose(text: str) -> str:
    """A sentence with data in it: words that are more than letters and punctuation become code spans."""
    return " ".join("&lt;" if word == "<" else _word(word) for word in one_line(text).split(" "))


def code(text: str, length: int = _CELL_LENGTH) -> str:
    """Data as a code span, in which nothing is markup; backticks and pipes, which could end it, are replaced."""
    inner = short(text, length).replace("`", "'").replace("|", "¦")
    return f"`{inner}`" if inner.strip() else "(empty)"


def _word(word: str) -> str:
    lively = _LIVELY.search(word) or not _PLAIN_WORD.fullmatch(word)
    return code(word, _HEADLINE_LENGTH) if lively else word


def _opening(run: Run) -> str:
    report = run.report
    verdict = wording.VERDICTS[report.verdict]
    headline = prose(short(report.headline, _HEADLINE_LENGTH))
    told = [f"**{verdict}** {headline}", wording.counts(report), wording.weighting(report)]
    return f"> [!{_ALERTS.get(report.verdict, 'CAUTION')}]\n> " + "\n>\n> ".join(filter(None, told)) + "\n\n"


def _footer(run: Run) -> str:
    return f"---\nDataset {code(run.report.dataset)}. {wording.how_to_read(run.report.alpha)}\n"


def _sections(run: Run, show_text: bool) -> Iterator[Section]:
    report = run.report
    yield from _failures("What failed", findings(report, "failed"), run.report.alpha)
    yield from _failures("Failed, but does not block", findings(report, "tolerated"), run.report.alpha)
    yield from _causes(report)
    yield from _worst(run, show_text)
    undecided = findings(report, "undecided")
    yield from _list(titled("Undecided", undecided), _sentences(undecided, run.report.alpha))
    yield from _list("Not measured", _reasons(findings(report, "unmeasured")))
    yield from _list("Not gated", _reasons(not_gated(report)))
    for view in step_views(run):
        yield from _step(view, run.report.alpha)


def _failures(title: str, rows: Sequence[Finding], alpha: float) -> Iterator[Section]:
    if rows:
        head = "| step | metric | slice | baseline | candidate | change | p | allowed |"
        opening = f"### {titled(title, rows)}\n\n{head}\n|:--|:--|:--|--:|--:|--:|--:|:--|\n"
        yield Section(opening, tuple(_failure(row, alpha) for row in rows))


def _causes(report: Report) -> Iterator[Section]:
    rows = causes(report, code)
    if rows:
        shown = len(HEADS) - (not any(row.replayed for row in rows))
        heads = (*HEADS[:2], "slice", *HEADS[2:shown])
        marks = (":--", ":--", ":--", "--:", ":--", "--:", "--:", ":--", ":--")[: len(heads)]
        opening = f"### Which step broke\n\n| {' | '.join(heads)} |\n|{'|'.join(marks)}|\n"
        more = f"{left_out(report)} more in report.json. " if left_out(report) else ""
        yield Section(
            opening, tuple(_causes_row(row, shown - 2) for row in rows), f"\n{more}{causes_explained(report)}\n\n"
        )


def _causes_row(row: Cause, shown: int) -> str:
    where = code(row.where, 2 * _CELL_LENGTH) if row.where else "all"
    return f"| {' | '.join([code(row.step), code(row.metric), where, *row.cells[:shown]])} |\n"


def _failure(row: Finding, alpha: float) -> str:
    result = row.result
    told = wording.sentence(row, alpha)
    finest, finer = wording.value_decimals(row), wording.change_decimals(row)
    cells = [
        code(result.step),
        f"**{code(result.metric)}**",
        _slice(result),
        numbers.value(result.metric, result.baseline, finest),
        f"**{numbers.value(result.metric, result.candidate, finest)}**",
        f"**{numbers.change(result.metric, result.change, finer)}** {_interval(result)}".rstrip(),
        _p(result),
        prose(f"{told.allowed}. {told.full_note}" if told.full_note else told.allowed),
    ]
    return f"| {' | '.join(cells)} |\n"


def _sentences(rows: Sequence[Finding], alpha: float) -> list[str]:
    told = [(code(row.result.step), wording.sentence(row, alpha)) for row in rows]
    return [f"- {step} {prose(str(sentence))}\n" for step, sentence in told]


def _reasons(rows: Sequence[Finding]) -> list[str]:
    return [
        f"- {prose(reason)} ({prose(wording.together(subjects))})\n"
        for reason, subjects in wording.grouped(rows).items()
    ]


def _list(title: str, rows: Sequence[str]) -> Iterator[Section]:
    if rows:
        yield Section(f"### {title}\n\n", tuple(rows))


def _worst(run: Run, show_text: bool) -> Iterator[Section]:
    shown = [(step, item) for step in failed_steps(run.report) for item in worst(run, step)]
    rows = []
    for step, item in shown:
        rows.append(f"- {code(step)} {code(item.id)}\n")
        if show_text:
            rows += [
                f"  - {code(str(name))} {code(flat(detail, EVIDENCE_LENGTH), 2 * EVIDENCE_LENGTH)}\n"
                for name, detail in item.details.items()
            ]
    yield from _list("Worst interactions", rows)


def _step(view: StepView, alpha: float) -> Iterator[Section]:
    told = wording.coverage(view.coverage)
    yield Section(f"### {code(view.name)}\n\n", (f"{told}\n\n",) if told else (), "", rank=1)
    if view.shown:
        yield Section(_head(alpha), tuple(map(_row, view.shown)), rank=1)
    if view.folded:
        summary = f"<details><summary>{numbers.counted(len(view.folded), 'slice')} without a rule</summary>\n\n"
        yield Section(summary + _head(alpha), tuple(map(_row, view.folded)), "\n</details>\n\n", rank=2)


def _head(alpha: float) -> str:
    interval = f"{numbers.confidence(alpha)} interval"
    head = f"| metric | slice | n | baseline | candidate | change | {interval} | p | verdict |"
    return f"{head}\n|:--|:--|--:|--:|--:|--:|--:|--:|:--|\n"


def _row(result: Result) -> str:
    cells = [
        code(result.metric),
        _slice(result),
        str(result.n),
        numbers.value(result.metric, result.baseline),
        numbers.value(result.metric, result.candidate),
        numbers.change(result.metric, result.change),
        numbers.interval(result.metric, result.interval),
        _p(result),
        _verdict(result),
    ]
    return f"| {' | '.join(cells)} |\n"


def _slice(result: Result) -> str:
    return code(slice_title(result.slice), 2 * _CELL_LENGTH) if result.slice else "all"


def _interval(result: Result) -> str:
    return f"({numbers.interval(result.metric, result.interval)})" if result.interval else ""


def _p(result: Result) -> str:
    p = result.p_value if result.p_adjusted is None else result.p_adjusted
    return numbers.p_value(p).replace("<", "&lt;")


def _verdict(result: Result) -> str:
    verdict = wording.verdict(result)
    return f"**{verdict}**" if verdict == "FAIL" else verdict


def _fitted(sections: Sequence[Section], limit: int) -> str:
    """The sections in order, in at most `limit` characters: the last rows of the highest rank go first."""
    if sum(map(_length, sections)) <= limit:
        return "".join(map(_joined, sections))
    left = limit - _RESERVED
    kept: dict[int, Section] = {}
    for place in sorted(range(len(sections)), key=lambda place: sections[place].rank):
        kept[place] = _shortened(sections[place], left)
        left -= _length(kept[place])
    cut = sum(len(section.rows) - len(kept[place].rows) for place, section in enumerate(sections))
    note = f"**Cut to {LIMIT:,} characters: {numbers.counted(cut, 'row')} left out.** All are in report.json.\n\n"
    return "".join(_joined(kept[place]) for place in sorted(kept)) + note


def _shortened(section: Section, limit: int) -> Section:
    """As many rows as fit, or nothing at all."""
    used = len(section.opening) + len(section.closing)
    if used > limit:
        return Section("", (), "")
    rows = []
    for row in section.rows:
        used += len(row)
        if used > limit:
            break
        rows.append(row)
    return Section(section.opening, tuple(rows), section.closing) if rows or not section.rows else Section("", (), "")


def _length(section: Section) -> int:
    return len(_joined(section))


def _joined(section: Section) -> str:
    return section.opening + "".join(section.rows) + section.closing
