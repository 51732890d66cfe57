"""Questions about a summary: its claims, the facts that it has to tell, and a user's own yes-or-no items.

Plain instructions, and one call for all of it: elaborate ones made a judge of contact-centre claims worse (F1 0.83 to
0.76; FECT, arXiv 2508.00889). Items are yes or no: graded scales agree less between judges (CheckEval, 2403.18771).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fieval.judge.protocol import Part, Prompt, Question
from fieval.judge.support import CLAIMS
from fieval.judge.transcript import RULES, listed, message, spoken
from fieval.model import Turn

COVERED, YES = "covered", "yes"
FACTS = Part("facts", (COVERED, "missing", "contradicted"), explained=False)
RUBRIC = Part("rubric", (YES, "no", "na"))
_SYSTEM = f"""\
You check the summary that a program wrote of a conversation between a customer and a company.

{RULES}

Judge each claim of the summary by the transcript alone:
- supported: everything in the claim was said or directly follows, with the right speaker, amounts, names and outcome. \
Cite the turns.
- contradicted: the transcript says otherwise. Cite the turns.
- not_mentioned: the transcript does not say it.
- not_checkable: no claim about this conversation.
A claim of which one part is not supported is not supported.

Judge each fact by the claims of the summary alone, whatever its words:
- covered: the summary says it.
- missing: the summary does not say it.
- contradicted: the summary says otherwise."""
_RUBRIC = """

Answer each item of the rubric for the summary as a whole, by the transcript:
- yes or no; cite the turns that it hangs on, if any.
- na: the item cannot apply to this conversation."""
_TASK = "Judge every claim and every fact above by its id."
_TASK_WITH_RUBRIC = "Judge every claim, every fact and every item of the rubric above by its id."


def prompt(rubric: Mapping[str, str]) -> Prompt:
    """The kind of question for summaries; `rubric` holds a user's own items by id."""
    return Prompt(
        name="summary",
        version=1,
        system=_SYSTEM + _RUBRIC if rubric else _SYSTEM,
        task=_TASK_WITH_RUBRIC if rubric else _TASK,
        parts=(CLAIMS, FACTS, RUBRIC) if rubric else (CLAIMS, FACTS),
        rubric=tuple(rubric.items()),
    )


def question(
    kind: Prompt, turns: Sequence[Turn], claims: Mapping[str, str], facts: Mapping[str, str], subject: str = ""
) -> Question:
    """The question about one summary, given as its claims; ids are those of claims, facts and the prompt's rubric."""
    rubric = dict(kind.rubric)
    blocks = [spoken(turns), listed("claims", claims)]
    blocks += [listed(name, texts) for name, texts in (("facts", facts), ("rubric", rubric)) if texts]
    ids = {CLAIMS.name: tuple(claims), FACTS.name: tuple(facts), RUBRIC.name: tuple(rubric)}
    return Question(
        prompt=kind,
        content=message(blocks, kind.task),
        ids={part.name: ids[part.name] for part in kind.parts},
        turns=len(turns),
        subject=subject,
    )
