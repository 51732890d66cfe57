"""Whether the turns that a pipeline wrote down hang together."""

from __future__ import annotations

import json
from collections.abc import Sequence

from fieval.evals.asking.base import Asking, Scores, Verdicts, Yes
from fieval.judge import Question
from fieval.judge.conversations import CHECKS, COHERENCE, NOT_APPLICABLE, YES, coherence_question
from fieval.model import Interaction, Output, Turn


class AskingCoherence(Asking):
    """`coherence` is the mean share of checks that the pipeline's own turns on voice calls hold.

    Elsewhere the turns are what the pipeline was given. Where a call has none, it is 0, unless people heard nothing.
    """

    prompt = COHERENCE
    measures = (Yes("coherence", COHERENCE.parts[0], YES, silent=(NOT_APPLICABLE,)),)

    def __init__(self) -> None:
        self.fixed_ids = {self.prompt.parts[0].name: CHECKS}

    def applies(self, interaction: Interaction) -> bool:
        return interaction.channel == "voice"

    def material(self, interaction: Interaction, output: Output | None) -> str | None:
        turns = _turns(output)
        return json.dumps([[turn.speaker, turn.text] for turn in turns], ensure_ascii=False) if turns else None

    def settled(self, interaction: Interaction, output: Output | None) -> Scores | None:
        if not self.applies(interaction):
            return (None,)
        if _turns(output):
            return None
        silent = bool(interaction.turns) and not _spoken(interaction.turns)
        return (None,) if silent else (0.0,)

    def scores(self, interaction: Interaction, output: Output | None, verdicts: Verdicts) -> Scores:
        """Turns of which nothing can be checked are no conversation; where people heard one, it was lost."""
        (score,) = super().scores(interaction, output, verdicts)
        unchecked = score is None and all(verdicts.get(name) == NOT_APPLICABLE for name in CHECKS)
        return (0.0,) if unchecked and sum(_spoken([turn]) for turn in interaction.turns) > 1 else (score,)

    def question(self, interaction: Interaction, output: Output | None, subject: str = "") -> Question:
        return coherence_question(_turns(output), subject)


def _turns(output: Output | None) -> tuple[Turn, ...]:
    turns = () if output is None else output.turns
    return turns if _spoken(turns) else ()


def _spoken(turns: Sequence[Turn]) -> bool:
    return any(any(map(str.isalnum, turn.text)) for turn in turns)
