"""Run folders with nothing but the report that a test needs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from fieval.model import Report, Result, RunVerdict, Source

import sample_run
from sample_run import result, rule

VALUES = (0.10, 0.12, 0.25, 0.11)


def report(day: int, rows: Sequence[Result] | None = None, *, verdict: RunVerdict = "pass", **shas: str) -> Report:
    """The report of a run on that day; `shas` are digests of its dataset, config, candidate or baseline."""
    made = sample_run.run(rows if rows is not None else [wer(VALUES[(day - 1) % 4])], verdict=verdict).report
    sources = {name: Source(getattr(made.provenance, name).path, sha * 64) for name, sha in shas.items()}
    provenance = msgspec.structs.replace(made.provenance, started=f"2026-11-{day:02}T09:12:00.000", **sources)
    return msgspec.structs.replace(made, provenance=provenance)


def wer(value: float | None, *, step: str = "asr", language: str | None = None, limit: float = 0.2) -> Result:
    """A row with a bound that it keeps or breaks."""
    kept = value is not None and value <= limit
    return result(step, "wer", (0.1, value), cohorts={"language": language} if language else None,
                  rules=[rule("max", limit, "pass" if kept else "fail")])  # fmt: skip


def write(root: Path, name: str, made: Report) -> Path:
    """The folder of a run."""
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_bytes(msgspec.json.encode(made))
    return folder


def four(root: Path) -> None:
    """Runs of four days, the third of which failed."""
    for day in (1, 2, 3, 4):
        write(root, f"run{day}", report(day, verdict="fail" if day == 3 else "pass"))
