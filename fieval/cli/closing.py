"""What a run says last, where a reader's eye is: how it ended, where it lies, and what to type next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from fieval.cli.printing import harmless, note
from fieval.files import shown

if TYPE_CHECKING:
    from fieval.model import Report, Run


def close(found: Run, folder: Path) -> None:
    """Verdict, folder and the next command, on stderr."""
    from fieval.reports.wording import VERDICTS

    note(f"{VERDICTS[found.report.verdict]} (exit {found.report.exit_code}). Run folder: {shown(folder)}")
    for words in _next(found, folder):
        command = shlex.join(words)
        if command == harmless(command):  # what is changed to be shown could not be typed
            note(f"Next: {command}")


def _next(found: Run, folder: Path) -> Iterator[list[str]]:
    worst = _worst(found)
    if worst is not None:
        yield ["fieval", "show", shown(folder), worst]
    elif _can_be_blessed(found.report):
        yield ["fieval", "bless", shown(folder)]


def _worst(found: Run) -> str | None:
    """The worst interaction of the step to look at, else of the first that failed and has any."""
    from fieval.reports.findings import failed_steps, worst

    cause = found.report.root_cause
    failed = failed_steps(found.report)
    steps = [cause.look_at, *failed] if cause and failed else failed
    return next((item.id for step in steps for item in worst(found, step)), None)


def _can_be_blessed(report: Report) -> bool:
    """Whether all that a run lacks is the baseline that its config names."""
    from fieval import config, evals
    from fieval.blessing import lacks_a_baseline_only

    if report.verdict != "inconclusive" or not lacks_a_baseline_only(report):
        return False
    path = Path(report.provenance.config.path)
    return config.load(path, evals.kinds(path), dataset="", candidate="").baseline is not None
