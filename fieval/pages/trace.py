"""What `fieval show` prints: an interaction's own words, then every step with gold, baseline and candidate abreast."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from fieval.files import shown
from fieval.model import Source
from fieval.reports.abreast import BARS, LONGEST, rows
from fieval.reports.cleaning import in_columns, short
from fieval.reports.tables import plain_lines
from fieval.reports.wording import VERDICTS
from fieval.tracing import RunTraces, StepTrace, Trace

PLAIN_WIDTH = 100
_LONGEST_NAME = 24  # that a narrow terminal does not break
_MARGIN = 5  # of an alignment, where REF: and HYP: stand


def trace_page(found: RunTraces, width: int) -> RenderableType:
    """A page for a terminal of so many columns; nothing in it is markup."""
    return Group(*_opening(found), *(part for trace in found.traces for part in _interaction(trace, width)))


def plain_trace(found: RunTraces, width: int) -> str:
    """The same as text without colours."""
    return "\n".join(plain_lines(trace_page(found, width), width))


def _opening(found: RunTraces) -> Iterator[RenderableType]:
    """The run, its verdict and what it compared."""
    made = found.provenance
    yield Text(f"Run {short(found.run)}: {VERDICTS[found.verdict]}")
    yield Text(f"candidate {_source(made.candidate)}", style="dim")
    yield Text("no baseline" if made.baseline is None else f"baseline {_source(made.baseline)}", style="dim")


def _source(source: Source) -> str:
    at = f" ({source.revision[:12]})" if source.revision else ""
    return f"{short(shown(source.path))}{at}"


def _interaction(trace: Trace, width: int) -> Iterator[RenderableType]:
    yield Text()
    yield from _head(trace)
    for step in trace.steps:
        yield from _step(step, trace, width)


def _head(trace: Trace) -> Iterator[RenderableType]:
    one = trace.interaction
    cohorts = ", ".join(f"{short(name, 40)}={short(value, 40)}" for name, value in sorted(one.cohorts.items()))
    yield Text.assemble((short(one.id, 80), "bold"), f"  {cohorts}, group {short(one.group, 60)}")
    if one.turns:
        talk = Table.grid(padding=(0, 2, 0, 0))
        for turn in one.turns:
            talk.add_row(Text(short(turn.speaker or "-", 20), style="dim"), Text(short(turn.text, LONGEST)))
        yield Padding(talk, (1, 0, 0, 2))


def _step(step: StepTrace, trace: Trace, width: int) -> Iterator[RenderableType]:
    if not step.applies:
        yield Text.assemble("\n", (short(step.step), "bold"), ("  does not apply", "dim"))
        return
    yield Text.assemble("\n", (short(step.step), "bold"), (f"  {_held(step)}", "dim"))
    yield Padding(_table(step, trace), (0, 0, 0, 2))
    before, after = (list(_blocks(evidence or {}, width - 4)) for evidence in step.evidence)
    both = {"baseline and candidate": after} if before == after else {"baseline": before, "candidate": after}
    for name, blocks in both.items():
        for block in blocks:
            yield Padding(Text(f"{name}\n{block}", no_wrap=True), (1, 0, 0, 4))


def _held(step: StepTrace) -> str:
    """How both systems did by the step's own bar."""
    systems = zip(("baseline", "candidate"), step.failed, strict=True)
    told = ", ".join(f"{name} {BARS[failed]}" for name, failed in systems if failed is not None)
    return f"{told} ({step.bar})" if step.bar else told


def _table(step: StepTrace, trace: Trace) -> RenderableType:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    shown = list(rows(step.metrics, step.evidence, step.traced))
    longest = max((len(word) for name, *_ in shown for word in name.split()), default=0)
    table.add_column("", overflow="fold", min_width=min(longest, _LONGEST_NAME))
    for column in ("gold", *(["baseline"] if trace.has_baseline else []), "candidate"):
        table.add_column(column, overflow="fold")
    for name, *cells in shown:
        kept = cells if trace.has_baseline else [cells[0], cells[2]]
        table.add_row(Text(name, style="dim"), *map(Text, kept))
    return table


def _blocks(evidence: Mapping[str, object], width: int) -> Iterator[str]:
    """Evidence of several lines, whose columns mean something."""
    for value in evidence.values():
        if isinstance(value, str) and "\n" in value:
            yield "\n".join(_cut([in_columns(line) for line in value.splitlines()], width))


def _cut(lines: Sequence[str], width: int) -> Iterator[str]:
    """Lines that belong together, cut where all of them have a blank; the first columns are repeated."""
    lines = [line for line in lines if line[:_MARGIN].strip() in ("REF:", "HYP:", "")]
    rest = [line[_MARGIN:] for line in lines]
    while any(line.strip() for line in rest):
        end = _place_to_cut(rest, width - _MARGIN)
        yield from (f"{line[:_MARGIN]}{part[:end]}".rstrip() for line, part in zip(lines, rest, strict=True))
        rest = [part[end:] for part in rest]


def _place_to_cut(lines: Sequence[str], width: int) -> int:
    if max(map(len, lines)) <= width:
        return width
    blank = (end for end in range(width, 0, -1) if all(line[end - 1 : end] in ("", " ") for line in lines))
    return next(blank, width)
