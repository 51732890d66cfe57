"""What the steps behind the gate are given: job summary, annotations and outputs."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from fieval import reports
from fieval.github.outcome import Outcome
from fieval.github.writing import page
from fieval.model import Run
from fieval.reports.findings import Fate, tally
from fieval.reports.github import GitHub, command, limited
from fieval.reports.places import place, relocated, seen_from
from fieval.reports.wording import CHECKS, VERDICTS

SUMMARY_BYTES = 1024 * 1024  # what GitHub takes of one step; more, and it shows nothing of it

_PROBLEM = re.compile(r"(?:fieval: )?(?P<where>.+?:[0-9]+:[0-9]+): (?P<message>.+)")
_OUTPUT_FILES = {"report-json": "json", "report-md": "markdown", "junit": "junit"}


def in_workspace(run: Run, workspace: str | None) -> Run:
    """The run with its places seen from the root of the repository, where the annotations of GitHub begin."""
    return relocated(run, Path.cwd(), Path(workspace).resolve()) if workspace else run


def annotated(outcome: Outcome, workspace: str | None) -> str:
    """Workflow commands, one a line."""
    if outcome.run is not None:
        return GitHub().render(in_workspace(outcome.run, workspace))
    verdict = VERDICTS[outcome.verdict]
    head = command("error", f"fieval: {verdict}", f"No verdict was reached (exit {outcome.exit_code}).")
    told = [_problem(verdict, line, workspace) for line in outcome.said]
    return "".join(f"{line}\n" for line in limited("error", [head, *told]))


def append_summary(outcome: Outcome, path: Path) -> bool:
    """Add the report to a job summary; False where it does not fit any more, and nothing was added."""
    text = page(outcome).encode("utf-8", "backslashreplace")
    before = path.stat().st_size if path.exists() else 0
    if before + len(text) > SUMMARY_BYTES:
        return False
    with path.open("ab") as file:
        file.write(text)
    return True


def outputs(outcome: Outcome, folder: Path) -> Mapping[str, str]:
    """What later steps may ask of the gate's step; a file that was not written is an empty name."""
    formats = reports.formats()
    files = {name: folder / str(formats[kind].file_name) for name, kind in _OUTPUT_FILES.items()}
    here = {name: str(path.resolve()) if outcome.run and path.exists() else "" for name, path in files.items()}
    return {
        "verdict": outcome.verdict,
        "exit-code": str(outcome.exit_code),
        **here,
        "run-folder": str(folder.resolve()),
        "counts": json.dumps(_counts(outcome), separators=(",", ":")),
    }


def append_outputs(values: Mapping[str, str], path: Path) -> None:
    """Add values to a step's outputs; no value can end itself, for nobody can guess its last line."""
    with path.open("a", encoding="utf-8", errors="surrogateescape") as file:
        for name, value in values.items():
            end = f"fieval_{secrets.token_hex(16)}"
            file.write(f"{name}<<{end}\n{value}\n{end}\n")


def _counts(outcome: Outcome) -> dict[Fate, int]:
    """How many checks met which fate; nothing where no check was made."""
    if outcome.run is None:
        return {}
    found = tally(outcome.run.report)
    return {each: found[each] for each in CHECKS}


def _problem(verdict: str, line: str, workspace: str | None) -> str:
    """A line of stderr as an annotation, on the place that it names."""
    found = _PROBLEM.fullmatch(line)
    spot = place(found["where"]) if found else None
    if found is None or spot is None:
        return command("error", f"fieval: {verdict}", line)
    at = seen_from(spot, Path.cwd(), Path(workspace).resolve()) if workspace else spot
    return command("error", f"fieval: {verdict}", found["message"], at)
