"""Claims against a conversation: whether each is supported by what was said. Plain instructions, since these do best.

With elaborate ones a judge of contact-centre claims got worse (F1 0.83 to 0.76; FECT, arXiv 2508.00889).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fieval.judge.protocol import Part, Prompt, Question
from fieval.judge.transcript import RULES, listed, message, spoken
from fieval.model import Turn

SUPPORTED = "supported"
CLAIMS = Part(
    "claims", (SUPPORTED, "contradicted", "not_mentioned", "not_checkable"), grounded=(SUPPORTED, "contradicted")
)
PROMPT = Prompt(
    name="support",
    version=1,
    system=f"""\
You check claims that a program made about a conversation between a customer and a company.

{RULES}

Judge each claim by the transcript alone:
- supported: everything in the claim was said or directly follows, with the right speaker, amounts, names and outcome. \
Cite the turns.
- contradicted: the transcript says otherwise. Cite the turns.
- not_mentioned: the transcript does not say it.
- not_checkable: no claim about this conversation.
A claim of which one part is not supported is not supported.""",
    task="Judge every claim above by the transcript above.",
    parts=(CLAIMS,),
)


def question(turns: Sequence[Turn], claims: Mapping[str, str], subject: str = "", sample: int = 0) -> Question:
    """The question whether each of these claims (by id) is supported by these turns."""
    return Question(
        prompt=PROMPT,
        content=message([spoken(turns), listed("claims", claims)], PROMPT.task),
        ids={CLAIMS.name: tuple(claims)},
        turns=len(turns),
        subject=subject,
        sample=sample,
    )
