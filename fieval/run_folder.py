"""The folder of a run: every report in it, each whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

from fieval import reports
from fieval.errors import InvalidInput, Unmeasurable
from fieval.files import shown
from fieval.model import Provenance, Run

RUNS = Path(".fieval/runs")


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
