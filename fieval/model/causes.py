"""Why something got worse: what steps before explain of it, what was looked up and what was run again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

CARRIES = 0.5  # of a worsening, at least, to be blamed for it

Against = Literal["baseline", "anchor"]
Repair = Literal["baseline", "anchor", "gold"]
Evidenced = Literal["traced", "associated", "replayed", "none"]


class Share(msgspec.Struct, frozen=True):
    """How much of a worsening goes with the worsening of one step before; `failed`: that step has a failed rule too."""

    step: str
    share: float
    interval: tuple[float, float] | None
    failed: bool


class Control(msgspec.Struct, frozen=True):
    """The interactions for which no step before changed: how many there are, and by how much they got worse."""

    n: int
    worsening: float | None


class TracedItems(msgspec.Struct, frozen=True):
    """Specifics newly made up, or facts newly left out, that one step is the origin of, less those that it mended.

    `ids` names some of the interactions.
    """

    step: str
    items: int
    ids: tuple[str, ...]


class Replayed(msgspec.Struct, frozen=True):
    """What became of a worsening when the steps behind one `step` ran again on another output of that.

    `repair` says whose output was put in; `disappears` (with its interval) and `remains` add up to the worsening.
    `reran` interactions were changed by that and run again; `unsteady` is the share of those that were checked for
    which the commands, on the candidate's own inputs, do not give what the candidate has. What disappears is held
    against what they do give. Two parts of what remains tell nothing of the step: `unreproduced` goes away when the
    commands merely run again, `dropped` lies on interactions that the candidate has no output for.
    """

    step: str
    repair: Repair
    disappears: float
    interval: tuple[float, float] | None
    remains: float
    reran: int
    unsteady: float
    unreproduced: float = 0.0
    dropped: float = 0.0

    @property
    def untold(self) -> float:
        """How much of the worsening could be the step's though it did not disappear."""
        return max(0.0, self.unreproduced) + max(0.0, self.dropped)


class Explanation(msgspec.Struct, frozen=True):
    """Where the worsening of one failed row came from.

    `worsening` is `against` the baseline, or the anchor; `shares` and `own` add up to it. `kind` is the evidence that
    `blamed` rests on, or `none`. `controlled`: in some interactions no step before changed. `traced` is None where
    nothing can be looked up, `replayed` where nothing was run again. `upstream_failed` are all steps before it, near
    and far, that have a failed rule.
    """

    step: str
    metric: str
    slice: Mapping[str, str] | None
    against: Against
    worsening: float
    kind: Evidenced
    blamed: str | None
    shares: tuple[Share, ...]
    own: float
    own_interval: tuple[float, float] | None
    control: Control | None
    controlled: bool
    traced: tuple[TracedItems, ...] | None
    upstream_failed: tuple[str, ...]
    statement: str
    replayed: tuple[Replayed, ...] | None = None

    def less_than_half(self, bounds: tuple[float, float] | None) -> bool:
        """Whether what has these bounds is certainly too small a part of the worsening to be blamed for it."""
        return bounds is not None and bounds[1] < CARRIES * self.worsening

    def repaired(self, step: str) -> Replayed | None:
        """What became of it when the earlier output of a step before was put in; None where that was not tried."""
        return next((each for each in self.replayed or () if (each.step, each.repair) == (step, self.against)), None)

    def acquitted(self, step: str) -> bool:
        """Whether most of it certainly stays when the earlier output of a step before is put in, as far as all of it
        could be run again.
        """
        found = self.repaired(step)
        if found is None or found.interval is None:
            return False
        return self.less_than_half((found.interval[0], found.interval[1] + found.untold))


class RootCause(msgspec.Struct, frozen=True):
    """Which step to look at first, and why: the explanation that speaks for the run, and those of all failed rows.

    `blamed` is a step before the failed `step` that carries at least half of its worsening, or None.
    """

    look_at: str
    blamed: str | None
    kind: Evidenced
    step: str
    metric: str
    slice: Mapping[str, str] | None
    statement: str
    explanations: tuple[Explanation, ...]
