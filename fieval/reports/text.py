"""The report on a terminal: verdict first, then what failed and by how much, what is open, and one table per step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Column as RichColumn
from rich.table import Table
from rich.text import Text

from fieval import numbers
from fieval.model import Report, Result, Run, RunVerdict
from fieval.reports import wording
from fieval.reports.base import Format
from fieval.reports.causes import HEADS, Cause, causes, how_to_read, left_out
from fieval.reports.cleaning import flat, one_line, short
from fieval.reports.findings import (
    Finding,
    StepView,
    by_step,
    failed_steps,
    findings,
    not_gated,
    step_views,
    worst,
)
from fieval.reports.tables import Column, WordTable, below, indented, plain_lines
from fieval.reports.titles import slice_title, titled

PLAIN_WIDTH = 100
WIDE = 96  # narrower than this, tables leave out p; the sentences have it
SHOWN_PER_STEP = 8
EVIDENCE_LENGTH = 400

_VERDICT_STYLES: dict[RunVerdict, str] = {
    "pass": "bold black on green",
    "inconclusive": "bold black on yellow",
    "unmeasurable": "bold black on yellow",
}
_BAD = "bold white on red"
_CELL_STYLES = {
    "FAIL": "bold red",
    "pass": "green",
    "not gated": "dim",
    "": "dim",
}
_OPEN = "yellow"


class TextReport(Format):
    """The report as plain text: no colour codes, 100 columns."""

    name = "text"
    file_name = None

    def render(self, run: Run, *, show_text: bool = False) -> str:
        """What a terminal would show, without colours."""
        return plain(run, show_text=show_text)


class TerminalReport:
    """What `console.print` of rich shows of a run, in the width and colours that the console has."""

    def __init__(self, run: Run, *, show_text: bool = False) -> None:
        self._run = run
        self._show_text = show_text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from _parts(self._run, self._show_text, options.max_width)


def plain(run: Run, *, width: int = PLAIN_WIDTH, show_text: bool = False) -> str:
    """The report as plain text of the given width, without regard to the environment."""
    return "".join(f"{line}\n" for line in plain_lines(TerminalReport(run, show_text=show_text), width))


def _parts(run: Run, show_text: bool, width: int) -> Iterator[RenderableType]:
    yield from _opening(run.report)
    yield from _sentences("What failed", "bold red", findings(run.report, "failed"), run)
    yield from _causes(run.report, width)
    yield from _worst(run, show_text)
    yield from _sentences("Failed, but does not block", "bold yellow", findings(run.report, "tolerated"), run)
    yield from _sentences("Undecided", "bold yellow", findings(run.report, "undecided"), run)
    yield from _reasons("Not measured", findings(run.report, "unmeasured"))
    yield from _reasons("Not gated", not_gated(run.report))
    for view in step_views(run):
        yield from _step(view, run, width)
    yield Text()
    yield Text(wording.how_to_read(run.report.alpha), style="dim")


def _opening(report: Report) -> Iterator[RenderableType]:
    label = Text(wording.VERDICTS[report.verdict], style=_VERDICT_STYLES.get(report.verdict, _BAD))
    yield Text.assemble(label, "  ", (one_line(report.headline), "bold"))
    yield Text(wording.counts(report), style="dim")
    if weighting := wording.weighting(report):
        yield Text(weighting)


def _sentences(title: str, style: str, rows: Sequence[Finding], run: Run) -> Iterator[RenderableType]:
    if not rows:
        return
    yield Text(f"\n{titled(title, rows)}", style=style)
    for step, own in by_step(rows).items():
        yield _remark(short(step), style="bold")
        for row in own[:SHOWN_PER_STEP]:
            yield _item(_told(wording.sentence(row, run.report.alpha), style))
        if len(own) > SHOWN_PER_STEP:
            yield _item(Text(f"and {len(own) - SHOWN_PER_STEP} more, see the table below", style="dim"))


def _causes(report: Report, width: int) -> Iterator[RenderableType]:
    rows = causes(report, short)
    if not rows:
        return
    yield Text("\nWhich step broke", style="bold")
    listed = Group(*(part for row in rows for part in _listed(row)))
    yield Padding(WordTable(_cause_columns(rows), _gap(width), otherwise=listed), (0, 0, 0, 2))
    if left_out(report):
        yield _remark(f"{left_out(report)} more in report.json.")
    yield _remark(how_to_read(report))


def _cause_columns(rows: Sequence[Cause]) -> list[Column]:
    names = [below(Text(_name(row)), Text(row.where)) for row in rows]
    columns = [Column("metric", names, left=True, folds=True)]
    for place, title in enumerate(HEADS[2:]):
        cells = [row.cells[place] for row in rows]
        if any(cell != numbers.UNKNOWN for cell in cells):
            columns.append(
                Column(
                    title,
                    [_parts_of(cell) for cell in cells],
                    left=title in ("goes with", "traced to", "disappears with"),
                )
            )
    return columns


def _listed(row: Cause) -> Iterator[RenderableType]:
    """One row as lines below each other, for pages too narrow for the table."""
    worse, *cells = row.cells
    where = f" for {row.where}" if row.where else ""
    yield Text.assemble((f"{_name(row)}{where}", "bold"), f": {HEADS[2]} {worse}")
    lines = Table.grid(RichColumn(width=max(map(len, HEADS))), padding=(0, 2, 0, 0))
    for title, cell in zip(HEADS[3:], cells, strict=True):
        if cell != numbers.UNKNOWN:
            lines.add_row(Text(title, style="dim"), _parts_of(cell))
    yield indented(lines)


def _parts_of(cell: str) -> Text:
    """The parts of a cell below each other."""
    return Text(cell.replace("; ", "\n"))


def _name(row: Cause) -> str:
    return f"{short(row.step, 60)} {short(row.metric, 60)}"


def _told(told: wording.Sentence, style: str) -> Text:
    return Text.assemble((told.subject, "bold"), " ", (told.movement, style), told.rest)


def _reasons(title: str, rows: Sequence[Finding]) -> Iterator[RenderableType]:
    if not rows:
        return
    yield Text(f"\n{title}", style="bold yellow")
    for reason, subjects in wording.grouped(rows).items():
        yield _item(Text.assemble((reason, "bold"), f" ({wording.together(subjects)})"), indent=2)


def _item(content: Text, indent: int = 4) -> RenderableType:
    item = Table.grid(padding=(0, 1, 0, 0))
    item.add_row(Text("-"), content)
    return Padding(item, (0, 0, 0, indent))


def _worst(run: Run, show_text: bool) -> Iterator[RenderableType]:
    shown = {step: items for step in failed_steps(run.report) if (items := worst(run, step))}
    if not shown:
        return
    yield Text("\nWorst interactions", style="bold")
    for step, items in shown.items():
        yield _item(Text(f"{short(step)}: {', '.join(short(item.id, 60) for item in items)}"), indent=2)
        for item in items if show_text else ():
            yield Padding(Text(short(item.id, 60), style="bold"), (0, 0, 0, 6))
            for name, detail in item.details.items():
                yield Padding(Text(f"{short(str(name), 40)}: {flat(detail, EVIDENCE_LENGTH)}"), (0, 0, 0, 8))


def _step(view: StepView, run: Run, width: int) -> Iterator[RenderableType]:
    yield Text(f"\n{short(view.name)}", style="bold")
    if view.shown:
        yield _table(view.shown, run.report.alpha, width)
    if view.folded:
        yield _remark(f"{numbers.counted(len(view.folded), 'slice')} without a rule not shown; report.json has all.")
    told = wording.coverage(view.coverage)
    if told:
        yield _remark(told, style=_OPEN)


def _remark(text: str, style: str = "dim") -> RenderableType:
    return Padding(Text(text, style=style), (0, 0, 0, 2))


def _table(rows: Sequence[Result], alpha: float, width: int) -> RenderableType:
    wide = width >= WIDE
    columns = [
        Column("metric", [_name_cell(row) for row in rows], left=True, folds=True),
        _column("n", rows, lambda row: str(row.n), rank=2),
        _column("baseline", rows, lambda row: numbers.value(row.metric, row.baseline), rank=1),
        _column("candidate", rows, lambda row: numbers.value(row.metric, row.candidate)),
        _column("change", rows, lambda row: numbers.change(row.metric, row.change), stress=True),
        _column(f"{numbers.confidence(alpha)} interval", rows, lambda row: _interval(row, wide=wide), rank=3),
        *([_column("p", rows, _p)] if wide else []),
        Column("verdict", [_cell(row, wording.verdict(row), stress=True) for row in rows], left=True),
    ]
    return Padding(WordTable(columns, _gap(width)), (0, 0, 0, 2))


def _column(
    title: str, rows: Sequence[Result], told: Callable[[Result], str], *, stress: bool = False, rank: int = 0
) -> Column:
    return Column(title, [_cell(row, told(row), stress=stress) for row in rows], rank=rank)


def _gap(width: int) -> int:
    return 2 if width >= WIDE else 1


def _interval(row: Result, *, wide: bool) -> str:
    text = numbers.interval(row.metric, row.interval)
    return text if wide else text.replace(" to ", "..")


def _p(row: Result) -> str:
    return numbers.p_value(row.p_value if row.p_adjusted is None else row.p_adjusted)


def _name_cell(row: Result) -> RenderableType:
    if row.slice is None:
        return _cell(row, short(row.metric, 60))
    return indented(_cell(row, slice_title(row.slice)))


def _cell(row: Result, text: str, *, stress: bool = False) -> Text:
    """A cell in the colour of its row's verdict; rows without a rule are dim."""
    verdict = wording.verdict(row)
    style = _CELL_STYLES.get(verdict, _OPEN)
    return Text(text, style=style if stress or style == "dim" else "")
