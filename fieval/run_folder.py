"""The folder of a run: every report in it, each whole or not at all; and the run again from its folder."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import TypeVar

import msgspec

from fieval import reports
from fieval.errors import InvalidInput
from fieval.files import of_system, on_disk, open_stored, put_whole, shown
from fieval.model import SCHEMA, Evidence, Provenance, Report, Run
from fieval.numbers import rounded
from fieval.stored import StoredScores, stored_origins

RUNS = Path(".fieval/runs")
REPORT, EVIDENCE = "report.json", "evidence.jsonl"
SCORES, TRACES = "scores.csv", "traces.csv"
IGNORE = ".gitignore"

_Noun = TypeVar("_Noun", Report, Evidence)


def clear_run(folder: str | os.PathLike[str]) -> None:
    """Take an earlier run's files out of a folder, so that no verdict stands there that was not reached now.

    Raises InvalidInput for a URL, to which no run can be written.
    """
    on_disk(folder)
    for report in reports.formats().values():
        if report.file_name is not None:
            with contextlib.suppress(OSError):
                (Path(folder) / report.file_name).unlink()


def write_run(run: Run, folder: str | os.PathLike[str] | None = None, *, texts: bool = True) -> Path:
    """Write every report into the run folder, `report.json` last: where it stands, the folder is complete.

    Without `texts` none of them holds what people said.
    """
    if folder is not None and not str(folder):
        raise InvalidInput("--out: the name of the run folder is empty")
    target = on_disk(folder) if folder is not None else _new_folder(run.report.provenance)
    try:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder is None:
            (RUNS.parent / IGNORE).write_text("*\n", encoding="utf-8")
        _hide_texts(target / IGNORE)
        for report in sorted(reports.formats().values(), key=lambda report: report.file_name == REPORT):
            if report.file_name is not None and report.wanted(run):
                parts = report.parts(run, show_text=texts and report.keeps_text)
                put_whole(target / report.file_name, (part.encode() for part in parts), 0o600)
            elif report.file_name is not None:
                (target / report.file_name).unlink(missing_ok=True)
    except BaseException as error:  # of an input, too, that has changed and is read again while writing
        clear_run(target)
        if isinstance(error, OSError):
            raise of_system(error, f"{shown(target)}: cannot write the run folder") from error
        raise
    return target


def as_written(run: Run) -> Run:
    """The run with every number as its folder holds it, so that a report made again from there has the same bytes."""
    evidence = tuple(_exact(item, Evidence) for item in run.evidence)
    return msgspec.structs.replace(run, report=_exact(run.report, Report), evidence=evidence)


def read_run(folder: str | os.PathLike[str], *, scores: bool = False) -> Run:
    """An earlier run from its folder, or from its `report.json`; with the `scores` of single interactions if wanted.

    Raises InvalidInput where there is no report that this version can read.
    """
    report = report_file(folder)
    found = read_report(report)
    evidence = _evidence(report.parent / EVIDENCE)
    if not scores:
        return Run(report=found, scores=(), evidence=evidence)
    stored = StoredScores(report.parent / SCORES)
    return Run(report=found, scores=stored, evidence=evidence, origins=stored_origins(report.parent / TRACES))


def report_file(folder: str | os.PathLike[str]) -> Path:
    """Where the report of a run is. Raises InvalidInput for a folder without one."""
    path = on_disk(folder)
    if not path.exists():
        raise InvalidInput(f"{shown(path)}: no such folder; expected the folder of a finished run")
    report = path / REPORT if path.is_dir() else path
    if path.is_dir() and not report.exists():
        raise InvalidInput(f"{shown(path)}: no {REPORT} here; expected the folder of a finished run")
    return report


def read_report(report: Path) -> Report:
    """A `report.json` alone. Raises InvalidInput where this version cannot read it."""
    raw = _bytes(report)
    schema = _schema_of(raw)
    if schema not in (SCHEMA, None):
        raise InvalidInput(f'{shown(report)}: schema is "{schema}"; this version of fieval reads {SCHEMA}')
    return _decoded(report, raw, Report, "")


class _Marked(msgspec.Struct):
    """What every version of a report begins with."""

    schema: str


def _schema_of(raw: bytes) -> str | None:
    """What a report calls itself, before anything else of it is expected; None where it does not say."""
    with contextlib.suppress(ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return msgspec.json.decode(raw, type=_Marked).schema
    return None


def _evidence(path: Path) -> tuple[Evidence, ...]:
    """Kept apart from the report, since it holds what people said; not there where somebody left it out."""
    if not path.exists():
        return ()
    lines = _bytes(path).splitlines()
    return tuple(_decoded(path, line, Evidence, f":{number}") for number, line in enumerate(lines, 1))


def _bytes(path: Path) -> bytes:
    with open_stored(path) as file:
        return file.read()


def _decoded(path: Path, raw: bytes, noun: type[_Noun], line: str) -> _Noun:
    try:
        return msgspec.json.decode(raw, type=noun)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(f"{shown(path)}{line}: not a file of a run folder: {error}") from error


def _exact(noun: _Noun, kind: type[_Noun]) -> _Noun:
    return msgspec.convert(rounded(msgspec.to_builtins(noun)), kind)


def _hide_texts(path: Path) -> None:
    """Keeps git from adding what customers said; a file of the user's own, or a link to one, stays as it is."""
    with contextlib.suppress(FileExistsError), path.open("x", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{report.file_name}\n" for report in reports.formats().values() if report.keeps_text)


def _new_folder(provenance: Provenance) -> Path:
    """`.fieval/runs/<time>-<fingerprint of the inputs>`, with a number behind it where that is taken."""
    sources = [provenance.config, provenance.dataset, provenance.candidate, provenance.baseline]
    shas = "".join(source.sha256 for source in sources if source is not None)
    moment = provenance.started.replace("-", "").replace(":", "").partition(".")[0]
    name = f"{moment}Z-{hashlib.sha256(shas.encode()).hexdigest()[:8]}"
    taken = [path.name for path in RUNS.glob(f"{name}*")]
    return RUNS / (name if name not in taken else f"{name}-{len(taken) + 1}")
