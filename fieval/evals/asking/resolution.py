"""How a conversation ended, which a pipeline's label is then held against."""

from __future__ import annotations

from fieval.evals.asking.base import Scores, Verdicts, Yes
from fieval.evals.asking.conversation import AskingForLabel
from fieval.judge import Question
from fieval.judge.conversations import OUTCOME, RESOLUTION, RESOLVED, UNCLEAR, resolution_question
from fieval.model import Interaction, Output

UNRESOLVED = "unresolved"


class AskingResolution(AskingForLabel):
    """`judged_resolution` is how often a label and the judge agree on whether a conversation was resolved."""

    prompt = RESOLUTION
    measures = (Yes("judged_resolution", RESOLUTION.parts[0], RESOLVED, silent=(UNCLEAR,)),)

    def __init__(self, label: str, resolved: str) -> None:
        self.label, self.resolved = label, resolved
        self.fixed_ids = {self.prompt.parts[0].name: (OUTCOME,)}

    def question(self, interaction: Interaction, output: Output | None, subject: str = "") -> Question:
        return resolution_question(interaction.turns, subject)

    def scores(self, interaction: Interaction, output: Output | None, verdicts: Verdicts) -> Scores:
        outcome = verdicts.get(OUTCOME)
        if outcome is None or outcome == UNCLEAR:
            return (None,)
        given = self.part(interaction, output)
        return (float(given is not None and (given == self.resolved) == (outcome == RESOLVED)),)

    def gold(self, interaction: Interaction) -> Verdicts | None:
        """People's own label says how the conversation ended."""
        label = interaction.labels.get(self.label)
        return None if label is None else {OUTCOME: RESOLVED if label.value == self.resolved else UNRESOLVED}
