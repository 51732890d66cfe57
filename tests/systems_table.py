"""Writes the README's tables of the bundled systems from real runs: `python tests/systems_table.py`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import fieval
from fieval.model import Explanation, Report

PROJECT = Path(__file__).parents[1]
FOLDER = PROJECT / "golden_datasets/contact_center"
README = PROJECT / "README.md"
BEGIN, END = "<!-- systems, by tests/systems_table.py -->\n", "<!-- end of systems -->\n"
CANDIDATES = ("fair", "asr_8khz", "summary_bug", "intent_retrain")
STEPS = ("diarization", "asr", "summary", "intent", "sentiment", "resolution", "coherence", "csat")
MEASURED = {
    "WER": ("asr", "wer"),
    "DER": ("diarization", "der"),
    "fabrication": ("summary", "fabrication_rate"),
    "fact recall": ("summary", "fact_recall"),
    "intent": ("intent", "accuracy"),
    "sentiment": ("sentiment", "accuracy"),
    "resolution": ("resolution", "accuracy"),
    "coherence": ("coherence", "accuracy"),
    "CSAT MAE": ("csat", "mae"),
}


def tables() -> str:
    """What the gate says of the four candidates, what was measured, and what two kinds of evidence say of the cause."""
    reports = {name: gated(name) for name in CANDIDATES}
    again = {name: replayed(name) for name in CANDIDATES}
    return "\n".join(map(_table, (_verdicts(reports), _values(reports), _causes(again))))


@cache
def gated(candidate: str) -> Report:
    """A run of the default gate."""
    return fieval.run(PROJECT / "configs/default.yaml", candidate=str(FOLDER / f"candidates/{candidate}.jsonl"))


@cache
def replayed(candidate: str) -> Report:
    """A run of `configs/replay.yaml` with another candidate and its own versions of the steps."""
    text = (PROJECT / "configs/replay.yaml").read_text("utf-8")
    text = text.replace("asr_8khz", candidate).replace("../golden", f"{PROJECT}/golden")
    path = os.environ["PATH"]
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), path])  # its python3 is this one
    try:
        with TemporaryDirectory() as folder:
            config = Path(folder) / "replay.yaml"
            config.write_text(text, encoding="utf-8")
            return fieval.run(config)
    finally:
        os.environ["PATH"] = path


def _verdicts(reports: Mapping[str, Report]) -> Iterator[Sequence[str]]:
    yield ("candidate", "exit", *STEPS, "look at")
    for name, report in reports.items():
        failed = {row.step for row in report.results if any(rule.blocks for rule in row.rules)}
        words = ["**fail**" if step in failed else "pass" for step in STEPS]
        found = report.headline.partition(" broke")[0] if failed else "–"
        yield (f"`{name}`", str(report.exit_code), *words, found)


def _values(reports: Mapping[str, Report]) -> Iterator[Sequence[str]]:
    yield ("system", *MEASURED)
    yield ("`main`", *(_value(reports["fair"], *metric, of_baseline=True) for metric in MEASURED.values()))
    for name, report in reports.items():
        yield (f"`{name}`", *(_value(report, *metric) for metric in MEASURED.values()))


def _value(report: Report, step: str, metric: str, *, of_baseline: bool = False) -> str:
    (row,) = (row for row in report.results if (row.step, row.metric, row.slice) == (step, metric, None))
    value = row.baseline if of_baseline else row.candidate
    assert value is not None
    return f"{value:.2f}" if metric == "mae" else f"{value:.1%}"


def _causes(reports: Mapping[str, Report]) -> Iterator[Sequence[str]]:
    yield ("candidate", "worse, in points", "goes with worse asr", "disappears with the baseline's turns")
    for name, report in reports.items():
        found = report.root_cause.explanations if report.root_cause is not None else ()
        for each in found:
            yield (f"`{name}`", f"{each.step} `{each.metric}` {_points(each.worsening)}", *_shares(each))
        if not found:
            yield (f"`{name}`", "nothing", "–", "–")


def _shares(found: Explanation) -> tuple[str, str]:
    (share,), rerun = found.shares, found.repaired("asr")
    assert rerun is not None
    return _with_interval(share.share, share.interval), _with_interval(rerun.disappears, rerun.interval)


def _with_interval(value: float | None, interval: tuple[float, float] | None) -> str:
    assert value is not None
    bounds = "" if interval is None else f" ({_points(interval[0])} to {_points(interval[1])})"
    return f"{_points(value)}{bounds}"


def _points(value: float) -> str:
    return f"{100 * value + 0.0:.1f}".replace("-0.0", "0.0")


def _table(rows: Iterator[Sequence[str]]) -> str:
    head, *others = rows
    lines = [head, ["---"] * len(head), *others]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def written(text: str) -> str:
    """A README with the tables as they are now."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{tables()}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(written(README.read_text("utf-8")), encoding="utf-8")
