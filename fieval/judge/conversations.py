"""Questions about a conversation: whether it solved the customer's problem, and whether it hangs together."""

from __future__ import annotations

from collections.abc import Sequence

from fieval.judge.protocol import Part, Prompt, Question
from fieval.judge.transcript import RULES, message, spoken
from fieval.model import Turn

RESOLVED, UNCLEAR = "resolved", "unclear"
OUTCOME = "outcome"  # the one id of a question of resolution
RESOLUTION = Prompt(
    name="resolution",
    version=1,
    system=f"""\
You judge how a conversation between a customer and a company ended.

{RULES}

Look at what the customer came for, and at the end of the conversation. The outcome is:
- resolved: what the customer came for was done or answered before the end. Cite the turn that decides it.
- partly: only a part of it was. Cite the turn that decides it.
- follow_up_agreed: it is not done, but who does what next was agreed. Cite the turn that decides it.
- unresolved: none of these. A promise alone solves nothing.
- unclear: the transcript does not show what the customer came for, or breaks off.""",
    task=f'Judge the outcome of the conversation above. Its id is "{OUTCOME}".',
    parts=(
        Part(
            "resolution",
            (RESOLVED, "partly", "follow_up_agreed", "unresolved", UNCLEAR),
            grounded=(RESOLVED, "partly", "follow_up_agreed"),
        ),
    ),
)

YES, NOT_APPLICABLE = "yes", "na"
CHECKS = ("answers", "consistent", "follows", "closes")
COHERENCE = Prompt(
    name="coherence",
    version=1,
    system=f"""\
You check whether the transcript of a conversation between a customer and a company, as a program wrote it down, hangs \
together.

{RULES}

Answer yes, no, or na where the check cannot apply:
- answers: replies fit what was asked; no question gets the answer to another one.
- consistent: nobody contradicts what they said before without saying why.
- follows: no turn stands where nothing before it or after it explains it, and none stands there twice.
- closes: the end fits how the conversation went.
For a no, cite the turns that show it.""",
    task="Answer every check above for the transcript above; the ids are " + ", ".join(CHECKS) + ".",
    parts=(Part("checks", (YES, "no", NOT_APPLICABLE), grounded=("no",)),),
)


def resolution_question(turns: Sequence[Turn], subject: str = "") -> Question:
    """The question how a conversation ended."""
    return _question(RESOLUTION, turns, (OUTCOME,), subject)


def coherence_question(turns: Sequence[Turn], subject: str = "") -> Question:
    """The question whether a transcript hangs together."""
    return _question(COHERENCE, turns, CHECKS, subject)


def _question(kind: Prompt, turns: Sequence[Turn], ids: tuple[str, ...], subject: str) -> Question:
    return Question(
        prompt=kind,
        content=message([spoken(turns)], kind.task),
        ids={kind.parts[0].name: ids},
        turns=len(turns),
        subject=subject,
    )
