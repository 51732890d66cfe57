"""What `plan`, `selfcheck`, `calibrate` and `compare` print: text or JSON, rendered and never computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from fieval.calibration import Calibration
    from fieval.comparing import RunComparison
    from fieval.gate.plan import Plan
    from fieval.gate.selfcheck import Selfcheck

    Study = Plan | Selfcheck | Calibration | RunComparison

PageFormat = Literal["text", "json"]


def page(found: Study, form: PageFormat) -> str:
    """What was found, in the format that is asked for."""
    from fieval.calibration import Calibration  # here, since other pages need none of what these load
    from fieval.comparing import RunComparison
    from fieval.gate.plan import Plan
    from fieval.gate.selfcheck import Selfcheck
    from fieval.pages import calibration, comparison, plan, selfcheck
    from fieval.pages.layout import as_json

    match found:
        case Plan():
            return plan.render(found) if form == "text" else as_json(plan.SCHEMA, found)
        case Selfcheck():
            return selfcheck.render(found) if form == "text" else as_json(selfcheck.SCHEMA, found)
        case Calibration():
            return calibration.render(found) if form == "text" else as_json(calibration.SCHEMA, found)
        case RunComparison():
            return comparison.render(found) if form == "text" else as_json(comparison.SCHEMA, found)
