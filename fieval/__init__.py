"""fieval: a regression gate for customer interaction analytics.

`fieval.run("configs/default.yaml")` runs the gate and returns its `Report`; everything else is imported when asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os

    from fieval.model import Redacted, Report

__version__ = "0.1.0"
__all__ = ["__version__", "run"]


def run(  # noqa: PLR0913 - each is an option of the command line
    config: str | os.PathLike[str] | None = None,
    *,
    dataset: str | None = None,
    candidate: str | None = None,
    baseline: str | None = None,
    out: str | os.PathLike[str] | None = None,
    ignore_unknown: bool = False,
    replay: bool | None = None,
    redacted: Redacted | None = None,
) -> Report:
    """Run the gate: score the candidate, compare it with the baseline, hold both against the config's rules.

    Without `config` it takes `./fieval.yaml`, else `configs/default.yaml`. `dataset`, `candidate` and `baseline`
    override the config's, and so do `replay`: whether a failure is looked into by running the steps' commands, and
    `redacted`: whether transcripts with masked passages are refused, or scored without those. With
    `out` the run folder is written there. Raises `fieval.errors.InvalidInput` where
    config or data cannot be used; a failed gate is a report like any other (`report.verdict`, `report.exit_code`).
    """
    from fieval.run_folder import write_run
    from fieval.runner import Request, run_gate

    found = run_gate(Request(config=config, dataset=dataset, candidate=candidate, baseline=baseline,
                             ignore_unknown=ignore_unknown, replay=replay, redacted=redacted))  # fmt: skip
    if out is not None:
        write_run(found, out)
    return found.report
