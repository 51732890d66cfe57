"""What `plan`, `selfcheck` and `calibrate` print: plain text or JSON, rendered from nouns and never computed."""

from __future__ import annotations

from typing import Literal

from fieval.calibration import Calibration
from fieval.gate.plan import Plan
from fieval.gate.selfcheck import Selfcheck
from fieval.pages import calibration, plan, selfcheck
from fieval.pages.layout import as_json

PageFormat = Literal["text", "json"]


def plan_page(found: Plan, form: PageFormat) -> str:
    """`fieval plan`."""
    return plan.render(found) if form == "text" else as_json(plan.SCHEMA, found)


def selfcheck_page(found: Selfcheck, form: PageFormat) -> str:
    """`fieval selfcheck`."""
    return selfcheck.render(found) if form == "text" else as_json(selfcheck.SCHEMA, found)


def calibration_page(found: Calibration, form: PageFormat) -> str:
    """`fieval calibrate`."""
    return calibration.render(found) if form == "text" else as_json(calibration.SCHEMA, found)
