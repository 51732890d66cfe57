"""Waivers hold until a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from fieval.model import Step


def settle_waivers(steps: Sequence[Step], today: date) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    """The steps without the waivers that have expired, and a note on each of those."""
    settled, notes = [], []
    for step in steps:
        gates = {}
        for metric, rules in step.gates.items():
            expired = [rule for rule in rules if rule.waived and date.fromisoformat(rule.waived.until) < today]
            notes += [
                f"{rule.place}: the waiver of {step.name} {metric} has expired: {rule.waived}" for rule in expired
            ]
            gates[metric] = tuple(
                msgspec.structs.replace(rule, waived=None) if rule in expired else rule for rule in rules
            )
        settled.append(msgspec.structs.replace(step, gates=gates))
    return tuple(settled), tuple(notes)
