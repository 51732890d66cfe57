"""The report on a terminal: verdict first, then what failed and by how much, what is open, and one table per step."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from fieval import numbers
from fieval.model import Report, Result, Run, RunVerdict
from fieval.reports import wording
from fieval.reports.base import Format
from fieval.reports.causes import HEADS, causes, how_to_read, left_out
from fieval.reports.cleaning import flat, one_line, short
from fieval.reports.findings import (
    Finding,
    StepView,
    by_step,
    failed_steps,
    findings,
    step_views,
    worst,
)

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
    page = io.StringIO()
    console = Console(
        file=page, width=width, color_system=None, force_terminal=False, force_jupyter=False,
        legacy_windows=False, _environ={},
    )  # fmt: skip
    console.print(TerminalReport(run, show_text=show_text))
    return "".join(f"{line.rstrip()}\n" for line in page.getvalue().splitlines())


def verdict_line(report: Report) -> str:
    """The verdict and the headline; all that `--quiet` leaves."""
    return f"{wording.VERDICTS[report.verdict]}  {one_line(report.headline)}"


def _parts(run: Run, show_text: bool, width: int) -> Iterator[RenderableType]:
    yield from _opening(run.report)
    yield from _sentences("What failed", "bold red", findings(run.report, "failed"), run)
    yield from _causes(run.report, width)
    yield from _worst(run, show_text)
    yield from _sentences("Failed, but does not block", "bold yellow", findings(run.report, "tolerated"), run)
    yield from _sentences("Undecided", "bold yellow", findings(run.report, "undecided"), run)
    yield from _reasons("Not measured", findings(run.report, "unmeasured"))
    for view in step_views(run):
        yield from _step(view, run, width)
    yield Text()
    yield Text(wording.how_to_read(run.alpha), style="dim")


def _opening(report: Report) -> Iterator[RenderableType]:
    label = Text(wording.VERDICTS[report.verdict], style=_VERDICT_STYLES.get(report.verdict, _BAD))
    yield Text.assemble(label, "  ", (one_line(report.headline), "bold"))
    yield Text(wording.counts(report), style="dim")


def _sentences(title: str, style: str, rows: Sequence[Finding], run: Run) -> Iterator[RenderableType]:
    if not rows:
        return
    yield Text(f"\n{title}", style=style)
    for step, own in by_step(rows).items():
        yield _remark(short(step), style="bold")
        for row in own[:SHOWN_PER_STEP]:
            yield _item(_told(wording.sentence(row, run.alpha), style))
        if len(own) > SHOWN_PER_STEP:
            yield _item(Text(f"and {len(own) - SHOWN_PER_STEP} more, see the table below", style="dim"))


def _causes(report: Report, width: int) -> Iterator[RenderableType]:
    rows = causes(report, short)
    if not rows:
        return
    yield Text("\nWhich step broke", style="bold")
    traced = any(row.cells[-1] != numbers.UNKNOWN for row in rows)
    table = Table(box=None, padding=(0, 2 if width >= WIDE else 1, 0, 0), pad_edge=False, header_style="dim")
    for title in ("metric", *HEADS[2 : None if traced else -1]):
        left = title in ("metric", "goes with", "traced to")
        table.add_column(Text(title), justify="left" if left else "right", overflow="fold")
    for row in rows:
        name = Text(f"{short(row.step, 60)} {short(row.metric, 60)}{f' {row.where}' if row.where else ''}")
        table.add_row(name, *(Text(cell) for cell in (row.cells if traced else row.cells[:-1])))
    yield Padding(table, (0, 0, 0, 2))
    if left_out(report):
        yield _remark(f"{left_out(report)} more in report.json.")
    yield _remark(how_to_read(report))


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
        yield _table(view.shown, run.alpha, width)
    if view.folded:
        yield _remark(f"{numbers.counted(len(view.folded), 'slice')} without a rule not shown; report.json has all.")
    told = wording.coverage(view.coverage)
    if told:
        yield _remark(told, style=_OPEN)


def _remark(text: str, style: str = "dim") -> RenderableType:
    return Padding(Text(text, style=style), (0, 0, 0, 2))


def _table(rows: Sequence[Result], alpha: float, width: int) -> RenderableType:
    columns = _columns(alpha, wide=width >= WIDE)
    table = Table(box=None, padding=(0, 2 if width >= WIDE else 1, 0, 0), pad_edge=False, header_style="dim")
    for title, _ in columns:
        left = title in ("metric", "verdict")
        table.add_column(Text(title), justify="left" if left else "right", no_wrap=title != "metric", overflow="fold")
    for row in rows:
        table.add_row(*(cell(row) for _, cell in columns))
    return Padding(table, (0, 0, 0, 2))


def _columns(alpha: float, *, wide: bool) -> list[tuple[str, Callable[[Result], Text]]]:
    columns: list[tuple[str, Callable[[Result], Text]]] = [
        ("metric", _name_cell),
        ("n", lambda row: _cell(row, str(row.n))),
        ("baseline", lambda row: _cell(row, numbers.value(row.metric, row.baseline))),
        ("candidate", lambda row: _cell(row, numbers.value(row.metric, row.candidate))),
        ("change", lambda row: _cell(row, numbers.change(row.metric, row.change), stress=True)),
        (f"{numbers.confidence(alpha)} interval", lambda row: _cell(row, _interval(row, wide=wide))),
    ]
    if wide:
        columns.append(("p", lambda row: _cell(row, _p(row))))
    return [*columns, ("verdict", lambda row: _cell(row, wording.verdict(row), stress=True))]


def _interval(row: Result, *, wide: bool) -> str:
    text = numbers.interval(row.metric, row.interval)
    return text if wide else text.replace(" to ", "..")


def _p(row: Result) -> str:
    return numbers.p_value(row.p_value if row.p_adjusted is None else row.p_adjusted)


def _name_cell(row: Result) -> Text:
    if row.slice is None:
        return _cell(row, short(row.metric, 60))
    return _cell(row, f"  {wording.slice_title(row.slice)}")


def _cell(row: Result, text: str, *, stress: bool = False) -> Text:
    """A cell in the colour of its row's verdict; rows without a rule are dim."""
    verdict = wording.verdict(row)
    style = _CELL_STYLES.get(verdict, _OPEN)
    return Text(text, style=style if stress or style == "dim" else "")
