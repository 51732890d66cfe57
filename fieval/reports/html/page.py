"""Puts the page of a run together: what its templates are filled with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from markupsafe import Markup

from fieval.model import Report, Run
from fieval.reports import wording
from fieval.reports.causes import HEADS, causes, left_out
from fieval.reports.causes import how_to_read as causes_explained
from fieval.reports.cleaning import short
from fieval.reports.findings import failed_steps, findings, worst
from fieval.reports.html import blocks, overview, pictures
from fieval.reports.html.cases import Cases, parts
from fieval.reports.html.making import environment, policy, text, together
from fieval.reports.html.singles import packed_singles, packed_texts
from fieval.reports.html.standings import standings

_SCRIPTS = ("data", "align", "marks", "list", "one", "ways")  # in this order


def page(run: Run, *, texts: bool) -> str:
    """The whole page; without `texts` nothing that people said is in it."""
    inside = None if run.inside is None or run.inside.large else run.inside
    cases = None if inside is None else Cases(inside, standings(run.scores, run.report), texts)
    style = text("page.css")
    script = text("theme.js") + together(text(f"{name}.js") for name in _SCRIPTS)
    steps = overview.step_pages(run, cases)
    told = causes(run.report, short)
    made = (
        environment()
        .get_template("page.html.j2")
        .stream(
            report=run.report,
            verdict=wording.VERDICTS[run.report.verdict],
            style=Markup(style),
            script=Markup(script),
            policy=policy(style, script),
            steps=steps,
            flow=_flow(run),
            look_at=_look_at(run.report),
            blamed=_blamed(run.report),
            failures=overview.failures(run.report),
            worst=_worst(run, cases),
            tolerated=_sentences(run.report, "tolerated"),
            undecided=_sentences(run.report, "undecided"),
            reasons=wording.grouped(findings(run.report, "unmeasured")),
            causes=told,
            cause_heads=HEADS if any(row.replayed for row in told) else HEADS[:-1],
            causes_left_out=left_out(run.report),
            causes_explained=causes_explained(run.report),
            settings=Markup(blocks.escaped(_settings(run, cases, steps))),
            cases=cases,
            large=run.inside is not None and run.inside.large,
            packed=_packed(cases),
        )
    )
    return "".join(made)


def _flow(run: Run) -> pictures.Pipeline | None:
    """The steps and what they feed on; a report alone does not tell."""
    return None if run.inside is None else pictures.pipeline({step.name: step.after for step in run.inside.steps})


def _look_at(report: Report) -> str:
    """The step that broke: the one that the root cause names, else the first that failed."""
    if report.root_cause is not None:
        return report.root_cause.look_at
    return next(iter(failed_steps(report)), "")


def _blamed(report: Report) -> tuple[tuple[str, str], ...]:
    """The pairs of steps of which the second got worse because of the first."""
    told = () if report.root_cause is None else report.root_cause.explanations
    return tuple(dict.fromkeys((each.blamed, each.step) for each in told if each.blamed))


def _worst(run: Run, cases: Cases | None) -> dict[str, list[str]]:
    """The interactions to look at, by failed step, as far as the page has them."""
    there = {} if cases is None else cases.found
    own = {step: [item.id for item in worst(run, step) if item.id in there] for step in failed_steps(run.report)}
    return {step: ids for step, ids in own.items() if ids}


def _sentences(report: Report, fate: Any) -> list[tuple[str, wording.Sentence]]:
    return [(row.result.step, wording.sentence(row, report.alpha)) for row in findings(report, fate)]


def _settings(run: Run, cases: Cases | None, steps: list[overview.StepPage]) -> dict[str, Any]:
    """What the script has to know besides the interactions."""
    return {
        "steps": [] if cases is None else [step.name for step in cases.inside.steps],
        "states": {step.name: step.state for step in steps},
        "bars": {} if cases is None else dict(cases.inside.bars),
        "baseline": cases is not None and cases.inside.baseline is not None,
        "texts": cases is not None and cases.texts,
        "transcripts": {} if cases is None else dict(cases.inside.transcripts),
    }


def _packed(cases: Cases | None) -> Iterator[tuple[str, Markup]]:
    """The blocks of the page by their ids: the index, then the interactions. In base64 nothing is markup."""
    if cases is not None:
        yield "index", Markup(blocks.packed(cases.index()))
        for place, block in enumerate(cases.inside.spread(packed_singles, cases.blocks())):
            yield f"block-{place}", Markup(block)
    if cases is not None and cases.texts:
        for place, block in enumerate(cases.inside.spread(packed_texts, parts(cases.inside))):
            yield f"texts-{place}", Markup(block)
