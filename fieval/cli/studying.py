"""`plan`, `selfcheck` and `calibrate`: what a dataset can show, how often a gate errs, how far labels agree."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from fieval.cli.app import app
from fieval.cli.printing import note, say
from fieval.errors import ExitCode
from fieval.options import (
    BaselineOption,
    CandidateOption,
    ConfigOption,
    DatasetOption,
    IgnoreOption,
    JudgeOption,
    PageFormat,
    PageOption,
    UncoveredOption,
)

if TYPE_CHECKING:
    from fieval.model import JudgeMode
    from fieval.pages import Study
    from fieval.watching import Progress


@app.command(epilog="Example: fieval plan -c configs/release_gate.yaml")
def plan(
    config: ConfigOption = None,
    dataset: DatasetOption = None,
    candidate: CandidateOption = None,
    baseline: BaselineOption = None,
    ignore_unknown: IgnoreOption = False,
    allow_uncovered: UncoveredOption = False,
    page: PageOption = PageFormat.TEXT,
) -> int:
    """Say what worsening this dataset finds, what a proof takes.

    For each regression rule and slice: the smallest change that is found, and the interactions to prove the margin.
    """
    from fieval import studies

    request = studies.Request(config, dataset, candidate, baseline, ignore_unknown, allow_uncovered)
    return _shown(lambda watching: studies.plan_for(request, watching), page)


@app.command(epilog="Example: fieval selfcheck --worlds 1000")
def selfcheck(
    config: ConfigOption = None,
    dataset: DatasetOption = None,
    candidate: CandidateOption = None,
    baseline: BaselineOption = None,
    ignore_unknown: IgnoreOption = False,
    allow_uncovered: UncoveredOption = False,
    worlds: Annotated[int, typer.Option(metavar="N", help="How many releases to make.")] = 400,
    page: PageOption = PageFormat.TEXT,
) -> int:
    """Say how often this gate blocks what changed nothing."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # thousands of small products, for which threads only wait
    from fieval import studies

    request = studies.Request(config, dataset, candidate, baseline, ignore_unknown, allow_uncovered)
    return _shown(lambda watching: studies.selfcheck_for(request, worlds, watching), page)


@app.command(epilog="Example: fieval calibrate --format json")
def calibrate(
    config: ConfigOption = None,
    dataset: DatasetOption = None,
    candidate: CandidateOption = None,
    baseline: BaselineOption = None,
    ignore_unknown: IgnoreOption = False,
    allow_uncovered: UncoveredOption = False,
    judge: JudgeOption = None,
    repeats: Annotated[int, typer.Option(metavar="N", min=0, max=20, help="Ask the judge N times more.")] = 0,
    page: PageOption = PageFormat.TEXT,
) -> int:
    """Say how far labels, scores and a judge agree with people.

    And people among themselves, on what several of them judged. What is found of the judge lets its verdicts gate.
    """
    from fieval import studies

    mode: JudgeMode | None = None if judge is None else judge.value
    request = studies.Request(config, dataset, candidate, baseline, ignore_unknown, allow_uncovered, mode)
    return _shown(lambda watching: studies.calibrate_for(request, repeats, watching), page)


def _shown(study: Callable[[Progress], Study], page: PageFormat) -> int:
    """Print what a study finds; whatever that is, it is no verdict."""
    from fieval import pages, progress

    with progress.watched(enabled=True, remark=note) as watching:
        found = study(watching)
    say(pages.page(found, page.value))
    return int(ExitCode.PASS)
