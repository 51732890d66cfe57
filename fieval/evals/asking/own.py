"""A user's own question: about a summary, about the pipeline's own turns, or for one of its labels."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal

from fieval.evals.asking.base import Asking, Scores, Verdicts, Yes
from fieval.evals.asking.conversation import AskingForLabel
from fieval.judge import Question
from fieval.judge.own_questions import ANSWER, NOT_APPLICABLE, UNCLEAR, YES, label_of, question, yes_or_no
from fieval.judge.transcript import is_trivial
from fieval.model import Interaction, Output

About = Literal["summary", "turns"]
METRIC = "judged_score"


class AskingAbout(Asking):
    """Yes is 1 and no is 0, of a summary beside people's turns, or of the turns that the pipeline wrote down.

    What is missing, and a summary with too little in it to be judged, is 0.
    """

    def __init__(self, text: str, about: About) -> None:
        self.prompt, self.about = yes_or_no(text), about
        self.fixed_ids = {self.prompt.parts[0].name: (ANSWER,)}
        self.measures = (Yes(METRIC, self.prompt.parts[0], YES, silent=(NOT_APPLICABLE,)),)

    def applies(self, interaction: Interaction) -> bool:
        return interaction.channel == "voice" if self.about == "turns" else bool(interaction.turns)

    def material(self, interaction: Interaction, output: Output | None) -> str | None:
        if output is None:
            return None
        if self.about == "summary":
            return output.summary if any(map(str.isalnum, output.summary)) else None
        said = [[turn.speaker, turn.text] for turn in output.turns]
        return (
            json.dumps(said, ensure_ascii=False) if any(map(str.isalnum, "".join(text for _, text in said))) else None
        )

    def settled(self, interaction: Interaction, output: Output | None) -> Scores | None:
        if not self.applies(interaction):
            return (None,)
        made = self.material(interaction, output)
        return (0.0,) if made is None or (self.about == "summary" and is_trivial(made)) else None

    def question(self, interaction: Interaction, output: Output | None, subject: str = "") -> Question:
        if output is not None and self.about == "turns":
            return question(self.prompt, output.turns, {}, subject)
        return question(self.prompt, interaction.turns, {"summary": output.summary if output else ""}, subject)


class AskingLabel(AskingForLabel):
    """How often a pipeline's label is the one that the judge gives the conversation."""

    def __init__(self, text: str, label: str, values: Sequence[str]) -> None:
        self.prompt, self.label = label_of(text, values), label
        self.fixed_ids = {self.prompt.parts[0].name: (ANSWER,)}
        self.measures = (Yes(METRIC, self.prompt.parts[0], "", silent=(UNCLEAR,)),)

    def question(self, interaction: Interaction, output: Output | None, subject: str = "") -> Question:
        return question(self.prompt, interaction.turns, {}, subject)

    def scores(self, interaction: Interaction, output: Output | None, verdicts: Verdicts) -> Scores:
        answer = verdicts.get(ANSWER)
        if answer is None or answer == UNCLEAR:
            return (None,)
        return (float(self.part(interaction, output) == answer),)

    def gold(self, interaction: Interaction) -> Verdicts | None:
        label = interaction.labels.get(self.label)
        return None if label is None else {ANSWER: label.value}
