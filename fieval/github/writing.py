"""The job summary and the body of a comment: the Markdown report, or a few lines where there is none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from fieval.errors import InvalidInput
from fieval.github.outcome import Outcome
from fieval.model import RunVerdict
from fieval.reports.cleaning import short
from fieval.reports.markdown import Markdown
from fieval.reports.wording import VERDICTS

LIMIT = 65_000  # characters; GitHub takes 65,536

_KEY = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SHOWN_VERDICT = re.compile(r"^> \*\*([A-Z]+)\*\*", re.MULTILINE)
_ALERTS: Mapping[RunVerdict, str] = {"unmeasurable": "WARNING", "interrupted": "WARNING"}
_REASONS: Mapping[RunVerdict, str] = {
    "invalid": "Usage, config or data cannot be used",
    "unmeasurable": "It cannot be measured now; another try may succeed",
    "interrupted": "The run was interrupted",
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a verdict came from; `foreign` where code of a fork reached it."""

    run_url: str | None
    sha: str | None
    foreign: bool


def marker(key: str) -> str:
    """The hidden first line by which fieval finds its own comment again. Raises InvalidInput."""
    if not _KEY.fullmatch(key):
        raise InvalidInput(f'--key "{short(key, 80)}": expected 1 to 64 letters, digits, dots, dashes or underscores')
    return f"<!-- fieval:{key} -->"


def page(outcome: Outcome) -> str:
    """The outcome in Markdown that nothing in it can break out of."""
    return Markdown().render(outcome.run) if outcome.run is not None else _without_report(outcome)


def comment(outcome: Outcome, mark: str, origin: Origin, before: str | None) -> str:
    """The body of a comment, of at most 65,000 characters. `before` is the body that it replaces."""
    recovered = "Recovered from what stood here before.\n\n" if _recovers(outcome, before) else ""
    return f"{mark}\n{page(outcome)}\n{recovered}{_footer(origin)}".rstrip() + "\n"


def _recovers(outcome: Outcome, before: str | None) -> bool:
    shown = _SHOWN_VERDICT.search(before or "")
    return outcome.verdict == "pass" and shown is not None and shown[1] != VERDICTS["pass"]


def _without_report(outcome: Outcome) -> str:
    why = _REASONS.get(outcome.verdict, "fieval itself failed, or did not start")
    alert = _ALERTS.get(outcome.verdict, "CAUTION")
    told = f"**{VERDICTS[outcome.verdict]}** {why} (exit {outcome.exit_code}). No verdict was reached."
    said = "\n".join(line.replace("`", "'") for line in outcome.said)
    return f"> [!{alert}]\n> {told}\n" + (f"\n```text\n{said}\n```\n" if said else "")


def _footer(origin: Origin) -> str:
    parts = (
        f" on commit `{origin.sha[:12]}`" if origin.sha else "",
        f" in [this workflow run]({origin.run_url})" if origin.run_url else "",
        ", by the code of a fork" if origin.foreign else "",
    )
    return f"Measured{''.join(parts)}.\n" if any(parts) else ""
