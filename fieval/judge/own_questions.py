"""A user's own question: yes or no about what a pipeline made, or which label a conversation has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fieval.judge.protocol import Part, Prompt, Question
from fieval.judge.transcript import RULES, clean, listed, message, spoken
from fieval.model import Turn

YES, NOT_APPLICABLE, UNCLEAR = "yes", "na", "unclear"
ANSWER = "answer"  # the one id of such a question


def yes_or_no(text: str) -> Prompt:
    """A question about an output, answered by yes, no, or na where it cannot apply."""
    return _prompt(
        text, (YES, "no", NOT_APPLICABLE), "yes or no, or na where the question cannot apply to this conversation"
    )


def label_of(text: str, values: Sequence[str]) -> Prompt:
    """A question about a conversation, answered by one value of a label, or unclear, which may be one of its values."""
    clear = tuple(value for value in values if value != UNCLEAR)
    return _prompt(text, (*clear, UNCLEAR), f"one of {', '.join(clear)}, or {UNCLEAR}")


def question(kind: Prompt, turns: Sequence[Turn], made: Mapping[str, str], subject: str = "") -> Question:
    """The question about one conversation; `made` holds what a program made of it, by name."""
    blocks = [spoken(turns), *([listed("output", made)] if made else [])]
    return Question(
        prompt=kind,
        content=message(blocks, kind.task),
        ids={kind.parts[0].name: (ANSWER,)},
        turns=len(turns),
        subject=subject,
    )


def _prompt(text: str, verdicts: tuple[str, ...], answers: str) -> Prompt:
    """The text of the user is part of the judge's identity, like the rest of the instructions."""
    return Prompt(
        name="own question",
        version=1,
        system=f"""\
You answer one question about a conversation between a customer and a company, or about what a program made of it.

{RULES}

The question, which comes from whoever checks the program, is:
{clean(text).strip()}

Answer {answers}. Cite the turns that it hangs on, if any.""",
        task=f'Answer the question for the data above. Its id is "{ANSWER}".',
        parts=(Part("answers", verdicts),),
    )
