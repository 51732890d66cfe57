"""A summary, claim by claim, fact by fact and by a user's own rubric."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fieval.evals.asking.base import Asking, Ids, Scores, Yes
from fieval.judge import Question
from fieval.judge.canaries import Canary
from fieval.judge.summaries import COVERED, FACTS, RUBRIC, YES, prompt, question
from fieval.judge.support import CLAIMS, SUPPORTED
from fieval.judge.transcript import is_trivial
from fieval.model import Interaction, Output
from fieval.speech.sentences import sentences

RUBRIC_PREFIX = "rubric."
_NUMBERED = re.compile(r"([sf])[1-9][0-9]*")
_NUMBERED_PARTS = {"s": CLAIMS, "f": FACTS}
_FAITHFULNESS = Yes("faithfulness", CLAIMS, SUPPORTED, silent=("not_checkable",))
_COVERAGE = Yes("fact_coverage", FACTS, COVERED)
_RUBRIC = Yes("rubric", RUBRIC, YES, silent=("na",))


class AskingSummary(Asking):
    """`faithfulness` is the mean share of a summary's claims that the gold turns support, `fact_coverage` that of the
    gold facts that it tells, `rubric` that of the rubric's items that hold. Each summary counts once.

    A missing summary, and one with too little in it to be judged, has 0 of each.
    """

    def __init__(self, rubric: Mapping[str, str]) -> None:
        self.prompt = prompt({f"{RUBRIC_PREFIX}{name}": text for name, text in rubric.items()})
        self.fixed_ids = {RUBRIC.name: tuple(dict(self.prompt.rubric))} if rubric else {}
        self.measures = (_FAITHFULNESS, _COVERAGE, *([_RUBRIC] if rubric else []))

    def applies(self, interaction: Interaction) -> bool:
        return bool(interaction.turns)

    def material(self, interaction: Interaction, output: Output | None) -> str | None:
        return output.summary if output is not None and any(map(str.isalnum, output.summary)) else None

    def settled(self, interaction: Interaction, output: Output | None) -> Scores | None:
        if not self.applies(interaction):
            return (None,) * len(self.measures)
        summary = self.material(interaction, output)
        if summary is not None and not is_trivial(summary):
            return None
        return (0.0, 0.0 if interaction.facts else None, *([0.0] if self.prompt.rubric else []))

    def scores(self, interaction: Interaction, output: Output | None, verdicts: Mapping[str, str]) -> Scores:
        """A summary of which no claim can be checked says nothing of this conversation, and is not faithful to it."""
        faithfulness, *rest = super().scores(interaction, output, verdicts)
        claims = [verdicts.get(name) for name in self.ids(interaction, output)[CLAIMS.name]]
        empty = None not in claims and set(claims) <= set(_FAITHFULNESS.silent)
        return (0.0 if empty else faithfulness, *rest)

    def ids(self, interaction: Interaction, output: Output | None) -> Ids:
        return {CLAIMS.name: tuple(_claims(output)), FACTS.name: tuple(_facts(interaction)), **self.fixed_ids}

    def offered(self, name: str) -> tuple[str, ...]:
        """Items of an earlier rubric may have been judged as well."""
        numbered = _NUMBERED.fullmatch(name)
        if numbered:
            return _NUMBERED_PARTS[numbered[1]].verdicts
        return RUBRIC.verdicts if name.startswith(RUBRIC_PREFIX) else ()

    def question(self, interaction: Interaction, output: Output | None, subject: str = "") -> Question:
        return question(self.prompt, interaction.turns, _claims(output), _facts(interaction), subject)

    def canary(self, canary: Canary) -> tuple[Question, str]:
        return question(self.prompt, canary.spoken(), canary.claims, {}, canary.subject), SUPPORTED


def _claims(output: Output | None) -> dict[str, str]:
    found = sentences(output.summary) if output is not None else []
    return {f"s{number}": claim for number, claim in enumerate(found, 1)}


def _facts(interaction: Interaction) -> dict[str, str]:
    return {f"f{number}": fact.text for number, fact in enumerate(interaction.facts, 1)}
