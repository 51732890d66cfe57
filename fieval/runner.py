"""The story of a run, in the order a reader expects; the only place that knows every room.

config → data → evals → table of sums → statistics → gate → report
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from fieval import __version__, config, data, engine, evals, gate, reports
from fieval.errors import InvalidInput, Unmeasurable, suggestion
from fieval.evals import detail
from fieval.evals.base import Scorer
from fieval.evals.scored import STEP_METRICS, ScoredStep
from fieval.files import shown
from fieval.model import Config, Dataset, Evidence, Provenance, Report, Run, System

SCHEMA = "fieval.report/1"
DEFAULT_CONFIGS = ("fieval.yaml", "configs/default.yaml")
RUNS = Path(".fieval/runs")
_PACKAGES = ("jiwer", "msgspec", "numpy", "rapidfuzz", "scipy")


@dataclass(frozen=True, slots=True)
class Request:
    """What to run; None takes the default or what the config says."""

    config: str | os.PathLike[str] | None = None
    dataset: str | None = None
    candidate: str | None = None
    baseline: str | None = None
    ignore_unknown: bool = False


class Progress(Protocol):
    """Whoever wants to know how far a run is."""

    def stage(self, name: str, total: int | None = None) -> None:
        """A new stage began; `total` counts what it will go through, where that is known."""

    def advance(self) -> None:
        """One more is done."""


class Silence:
    """Progress that nobody watches."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Say nothing."""

    def advance(self) -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that a run reads, read and checked."""

    config: Config
    dataset: Dataset
    candidate: System
    baseline: System | None
    scorers: Mapping[str, Scorer]


def read_inputs(request: Request) -> Inputs:
    """Config, dataset and outputs, and a scorer for each step. Raises InvalidInput."""
    settings = config.load(
        find_config(request.config),
        evals.kinds(),
        dataset=request.dataset,
        candidate=request.candidate,
        baseline=request.baseline,
    )
    dataset = data.read_dataset(Path(settings.dataset))
    config.check_names(settings, dataset.card)
    scorers = _scorers(settings, dataset)
    candidate = data.read_outputs(Path(settings.candidate), dataset, ignore_unknown=request.ignore_unknown)
    baseline = None
    if settings.baseline is not None:
        baseline = data.read_outputs(Path(settings.baseline), dataset, ignore_unknown=request.ignore_unknown)
    inputs = Inputs(settings, dataset, candidate, baseline, scorers)
    _check_exercised(inputs)
    return inputs


def find_config(given: str | os.PathLike[str] | None) -> Path:
    """The config that was named, else the first default there is."""
    if given is not None:
        return Path(given)
    found = [Path(name) for name in DEFAULT_CONFIGS if Path(name).is_file()]
    if not found:
        places = " or ".join(f"./{name}" for name in DEFAULT_CONFIGS)
        raise InvalidInput(f"no config: there is no {places} here; name one with -c CONFIG")
    return found[0]


def run_gate(request: Request, progress: Progress | None = None) -> Run:
    """The whole run, nothing written. Raises InvalidInput or Unmeasurable."""
    progress = progress or Silence()
    started, clock = datetime.now(UTC), time.perf_counter()
    progress.stage("reading")
    inputs = read_inputs(request)
    progress.stage("scoring", len(inputs.scorers) * len(inputs.dataset.interactions))
    steps = engine.score_steps(inputs.scorers, inputs.dataset, inputs.candidate, inputs.baseline, progress.advance)
    progress.stage("comparing")
    ruling = gate.rule_on(steps, inputs.dataset, inputs.config.steps, inputs.config.significance)
    progress.stage("collecting evidence")
    report = Report(
        schema=SCHEMA,
        verdict=ruling.code.word,
        exit_code=int(ruling.code),
        headline=ruling.headline,
        root_cause=None,
        coverage={step.name: step.coverage for step in steps},
        results=tuple(ruling.results),
        provenance=_provenance(inputs, started, clock),
    )
    return Run(
        report=report,
        scores=detail.scores(steps, inputs.dataset.interactions),
        evidence=_evidence(steps, inputs),
        dataset_name=inputs.dataset.card.name,
        alpha=inputs.config.significance.alpha,
    )


def clear_run(folder: str | os.PathLike[str]) -> None:
    """Take an earlier run's files out of a folder, so that no verdict stands there that was not reached now."""
    for report in reports.formats().values():
        if report.file_name is not None:
            with contextlib.suppress(OSError):
                (Path(folder) / report.file_name).unlink()


def write_run(run: Run, folder: str | os.PathLike[str] | None = None) -> Path:
    """Write every report into the run folder, `report.json` last: where it stands, the folder is complete."""
    if folder is not None and not str(folder):
        raise InvalidInput("--out: the name of the run folder is empty")
    target = Path(folder) if folder is not None else _new_folder(run.report.provenance)
    try:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder is None:
            (RUNS.parent / ".gitignore").write_text("*\n", encoding="utf-8")  # evidence holds what customers said
        for report in sorted(reports.formats().values(), key=lambda report: report.file_name == "report.json"):
            if report.file_name is not None:
                _write(target / report.file_name, report.render(run))
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        raise InvalidInput(f"{shown(target)}: cannot write the run folder: {error.strerror}") from error
    except OSError as error:
        raise Unmeasurable(f"{shown(target)}: writing the run folder failed: {error.strerror}") from error
    return target


def _write(path: Path, text: str) -> None:
    """Write aside and rename, so that no reader ever sees half a file."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    aside = Path(name)
    try:
        with open(descriptor, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123 - it is open already
            file.write(text)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def _new_folder(provenance: Provenance) -> Path:
    """`.fieval/runs/<time>-<fingerprint of the inputs>`, with a number behind it where that is taken."""
    sources = [provenance.config, provenance.dataset, provenance.candidate, provenance.baseline]
    shas = "".join(source.sha256 for source in sources if source is not None)
    moment = provenance.started.replace("-", "").replace(":", "").partition(".")[0]
    name = f"{moment}Z-{hashlib.sha256(shas.encode()).hexdigest()[:8]}"
    taken = [path.name for path in RUNS.glob(f"{name}*")]
    return RUNS / (name if name not in taken else f"{name}-{len(taken) + 1}")


def _scorers(settings: Config, dataset: Dataset) -> dict[str, Scorer]:
    """A scorer for each step; all steps that cannot have one are reported at once."""
    scorers, problems = {}, []
    for step in settings.steps:
        try:
            scorer = evals.evaluators()[step.evaluator](**step.options).scorer(step.name, dataset.card)
        except InvalidInput as error:
            problems += [f"{step.place}: {problem}" if step.place else problem for problem in error.problems]
            continue
        scorers[step.name] = scorer
        known = {metric.name for metric in scorer.metrics} | {metric.name for metric in STEP_METRICS}
        for metric in sorted(set(step.gates) - known):
            place = next((f"{rule.place}: " for rule in step.gates[metric] if rule.place), "")
            problems.append(f"{place}steps.{step.name}.gates: no {metric} here{suggestion(metric, known)}")
    if problems:
        raise InvalidInput(problems)
    return scorers


def _check_exercised(inputs: Inputs) -> None:
    """A step that no interaction exercises would pass for want of anything to fail."""
    idle = [
        f"{step.place}: steps.{step.name}: no interaction of {inputs.config.dataset} exercises this step"
        for step in inputs.config.steps
        if not any(map(inputs.scorers[step.name].applies, inputs.dataset.interactions))
    ]
    present = {name for interaction in inputs.dataset.interactions for name in interaction.cohorts}
    idle += [
        f"{rule.place}: steps.{step.name}.gates.{metric}.by: no interaction has the cohort {cohort}"
        for step in inputs.config.steps
        for metric, rules in step.gates.items()
        for rule in rules
        for cohort in rule.by
        if cohort not in present
    ]
    if idle:
        raise InvalidInput(idle)


def _evidence(steps: list[ScoredStep], inputs: Inputs) -> list[Evidence]:
    before = None if inputs.baseline is None else inputs.baseline.outputs
    return [
        found
        for step in steps
        for found in detail.evidence(
            step, inputs.scorers[step.name], inputs.dataset.interactions, inputs.candidate.outputs, before
        )
    ]


def _provenance(inputs: Inputs, started: datetime, clock: float) -> Provenance:
    return Provenance(
        fieval=__version__,
        python=platform.python_version(),
        packages={name: version(name) for name in _PACKAGES},
        started=started.isoformat(timespec="milliseconds").removesuffix("+00:00"),
        seconds=round(time.perf_counter() - clock, 3),
        dataset=inputs.dataset.source,
        candidate=inputs.candidate.source,
        baseline=None if inputs.baseline is None else inputs.baseline.source,
        config=inputs.config.source,
    )
