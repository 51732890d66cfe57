"""A conversation as people heard it, for which a judge's answer is held against a label of the pipeline."""

from __future__ import annotations

from typing import ClassVar

from fieval.evals.asking.base import Asking, Scores
from fieval.model import Interaction, Output


class AskingForLabel(Asking):
    """The judge sees people's turns and not the label, so that it is asked once for all systems.

    What it finds unclear says nothing of any system; a missing label is a disagreement.
    """

    about_outputs: ClassVar[bool] = False
    label: str

    def applies(self, interaction: Interaction) -> bool:
        return bool(interaction.turns)

    def material(self, interaction: Interaction, output: Output | None) -> str | None:
        return ""

    def part(self, interaction: Interaction, output: Output | None) -> str | None:
        given = output.labels.get(self.label) if output is not None else None
        return None if given is None else given.label

    def settled(self, interaction: Interaction, output: Output | None) -> Scores | None:
        return None if self.applies(interaction) else (None,)
