"""What the page says above single interactions: rows, tables of shades and pictures of every step, in words shared with
the other reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fieval import numbers
from fieval.model import Report, Result, Run
from fieval.reports import wording
from fieval.reports.findings import StepView, fate, findings, step_views
from fieval.reports.html import charts, pictures
from fieval.reports.html.cases import Cases
from fieval.reports.titles import metric_title, slice_title

SHADES = 4
WIDEST_TABLE = 6  # metrics beside each other
WIDEST_CONFUSION = 14
_STRIKING = 0.05
_SEPARATE = ("missing", "worse_rate")


@dataclass(frozen=True, slots=True)
class Row:
    """One metric on one slice; texts are ready to be shown."""

    metric: str
    where: str
    n: int
    baseline: str
    candidate: str
    change: str
    interval: str
    p: str
    verdict: str
    allowed: str
    moved: pictures.Change | None
    level: pictures.Level | None


@dataclass(frozen=True, slots=True)
class Share:
    """The share of one cohort that misses the step's bar; the widths are percent."""

    where: str
    n: int
    before: float | None
    after: float
    told: str
    change: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Shade:
    """One cell of a table of slices: `tone` is w1 to w4 for worse, b1 to b4 for better, or nothing."""

    value: str
    change: str
    tone: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Shades:
    """Metrics (columns) on slices (rows)."""

    metrics: tuple[str, ...]
    rows: tuple[tuple[str, int, tuple[Shade | None, ...]], ...]


@dataclass(frozen=True, slots=True)
class StepPage:
    """Everything about one step. `state` is the worst fate of its checks."""

    name: str
    place: int
    state: str
    told: str
    bar: str
    coverage: str
    shares: tuple[Share, ...]
    rows: tuple[Row, ...]
    folded: tuple[Row, ...]
    shades: Shades | None
    confusions: tuple[charts.Confusion, ...]
    sureness: dict[str, list[charts.Sureness]]
    spreads: tuple[charts.Spread, ...]


def step_pages(run: Run, cases: Cases | None) -> list[StepPage]:
    """Every step in the order of the report."""
    return [_step(view, place, run.report, cases) for place, view in enumerate(step_views(run))]


def _step(view: StepView, place: int, report: Report, cases: Cases | None) -> StepPage:
    own = [result for result in report.results if result.step == view.name]
    whole = [result for result in view.shown if result.slice is None]
    parts = [result for result in (*view.shown, *view.folded) if result.slice is not None]
    confusions, sureness, spreads = _charts(view.name, own, cases)
    return StepPage(
        name=view.name,
        place=place,
        state=_state(own),
        told=_told(own),
        bar=cases.inside.bars.get(view.name, "") if cases else "",
        coverage=wording.coverage(view.coverage),
        shares=tuple(_share(result) for result in own if result.metric == "fail_rate" and result.candidate is not None),
        rows=tuple(map(_row, whole)),
        folded=tuple(map(_row, parts)),
        shades=_shades(own),
        confusions=tuple(confusions),
        sureness=sureness,
        spreads=tuple(spreads),
    )


def _state(own: Sequence[Result]) -> str:
    """The worst fate of the checks of a step; `none` where it has none."""
    fates = {fate(rule) for result in own for rule in result.rules}
    return next((each for each in wording.CHECKS if each in fates), "none")


def _told(own: Sequence[Result]) -> str:
    """In a few words, the first of what failed, else how the step stands."""
    state = _state(own)
    if state not in ("failed", "tolerated"):
        return "no rules" if state == "none" else next(words for name, words in wording.CHECKS.items() if name == state)
    broken = [result for result in own if any(fate(rule) == state for rule in result.rules)]
    first = min(broken, key=lambda result: result.slice is not None)
    return f"{metric_title(first.metric)} {numbers.change(first.metric, first.change)}"


def _row(result: Result) -> Row:
    metric = result.metric
    p = result.p_value if result.p_adjusted is None else result.p_adjusted
    return Row(
        metric=metric_title(metric),
        where=slice_title(result.slice),
        n=result.n,
        baseline=numbers.value(metric, result.baseline),
        candidate=numbers.value(metric, result.candidate),
        change=numbers.change(metric, result.change),
        interval=numbers.interval(metric, result.interval) if result.interval else "",
        p=numbers.p_value(p),
        verdict=wording.verdict(result),
        allowed=" and ".join(wording.allowed(result, rule) for rule in result.rules),
        moved=pictures.change(result),
        level=pictures.level(result),
    )


def _share(result: Result) -> Share:
    before = None if result.baseline is None else round(100 * result.baseline, 2)
    return Share(
        where=slice_title(result.slice) or "all",
        n=result.n,
        before=before,
        after=round(100 * (result.candidate or 0.0), 2),
        told=numbers.value(result.metric, result.candidate),
        change=numbers.change(result.metric, result.change),
        verdict=wording.verdict(result),
    )


def _shades(own: Sequence[Result]) -> Shades | None:
    """The metrics with rules first, then the others, as many as fit."""
    parts = [result for result in own if result.slice is not None]
    every = list(dict.fromkeys(result.metric for result in own))
    ruled = {result.metric for result in own if result.rules}
    wanted = [each for each in every if each not in _SEPARATE and not each.startswith("recall.")]
    metrics = sorted(wanted, key=lambda metric: metric not in ruled)[:WIDEST_TABLE]
    slices = list(dict.fromkeys(_exact(result) for result in parts))
    if not slices or not metrics:
        return None
    cells = {(_exact(result), result.metric): result for result in parts}
    most = {metric: _darkest(metric, own) for metric in metrics}
    rows = []
    for each in slices:
        line = [cells.get((each, metric)) for metric in metrics]
        n = max(cell.n for cell in line if cell is not None) if any(line) else 0
        rows.append(
            (
                slice_title(dict(each)),
                n,
                tuple(None if cell is None else _shade(cell, most[cell.metric]) for cell in line),
            )
        )
    return Shades(tuple(map(metric_title, metrics)), tuple(rows))


def _exact(result: Result) -> tuple[tuple[str, str], ...]:
    """Its slice; titles are cut, so that two slices may have the same."""
    return tuple((result.slice or {}).items())


def _darkest(metric: str, own: Sequence[Result]) -> float:
    """The worsening that is shaded most: the largest there is, but no small one."""
    rows = [result for result in own if result.metric == metric]
    margins = [rule.margin for result in rows for rule in result.rules if rule.margin]
    return max(_STRIKING, *(2 * margin for margin in margins), *(abs(result.worsening or 0.0) for result in rows))


def _shade(cell: Result, most: float) -> Shade:
    worsening = cell.worsening or 0.0
    strength = round(SHADES * abs(worsening) / most) if most else 0
    tone = f"{'w' if worsening > 0 else 'b'}{strength}" if strength else ""
    told = wording.verdict(cell)
    return Shade(numbers.value(cell.metric, cell.candidate), numbers.change(cell.metric, cell.change), tone, told)


_Charts = tuple[list[charts.Confusion], dict[str, list[charts.Sureness]], list[charts.Spread]]


def _charts(step: str, own: Sequence[Result], cases: Cases | None) -> _Charts:
    """What fits the kind of a step: labels have confusions, everything else a spread of values."""
    if cases is None:
        return [], {}, []
    places = cases.places(step)
    kind, _, name = cases.inside.answers.get(step, "").partition(".")
    card = cases.inside.dataset.card
    if kind == "labels" and name in card.labels:
        few = len(card.labels[name].values) <= WIDEST_CONFUSION
        confusions = charts.confusions(cases.inside, name, places) if few else []
        return confusions, charts.sureness(cases.inside, name, places), []
    if kind == "scores" and name in card.scores:
        return [], {}, [charts.score_spread(cases.inside, name, places)]
    first = next((result.metric for result in own), "")
    fared = [cases.of(cases.inside.dataset.roster[place])[step] for place in places]
    spread = charts.metric_spread(first, metric_title(first), fared)
    return [], {}, [spread] if spread else []


def failures(report: Report) -> list[tuple[str, wording.Sentence]]:
    """The checks that block, as sentences, with their steps."""
    return [(row.result.step, wording.sentence(row, report.alpha)) for row in findings(report, "failed")]
