"""Asks a language model for verdicts, remembers them, and says what could not be asked; knows no interaction."""

from fieval.judge.modes import default_mode, open_judge
from fieval.judge.protocol import Answer, Failure, Judge, Part, Prompt, Question, Reply, Verdict
from fieval.judge.session import Session
from fieval.judge.settings import Mode, Settings

__all__ = [
    "Answer",
    "Failure",
    "Judge",
    "Mode",
    "Part",
    "Prompt",
    "Question",
    "Reply",
    "Session",
    "Settings",
    "Verdict",
    "default_mode",
    "open_judge",
]
