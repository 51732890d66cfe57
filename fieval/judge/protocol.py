"""What a judge is asked and what it answers, and the one small interface that a provider fills in.

A judge answers in words of closed sets and cites turns by number (from 1). Scores are made of them in code, elsewhere.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from fieval.judge.identity import Identity

CANARY = "canary "  # how the subject of a question begins whose answer is known
FailureKind = Literal["refused", "truncated", "invalid", "rejected"]
Schema = dict[str, Any]


class Part(msgspec.Struct, frozen=True):
    """One list of a reply: the verdicts that its entries may have, and which of these must cite turns.

    Entries of a part that is not `explained` are an id and a verdict only, which costs fewer tokens.
    """

    name: str
    verdicts: tuple[str, ...]
    grounded: tuple[str, ...] = ()
    explained: bool = True


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of question. Whatever is changed in its texts makes another judge of it; so does its `version`.

    `rubric` holds ids and texts that a user wrote; `aggregation` is the version of the code that makes scores of the
    verdicts.
    """

    name: str
    version: int
    system: str
    task: str
    parts: tuple[Part, ...]
    rubric: tuple[tuple[str, str], ...] = ()
    aggregation: int = 1


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One call: `content` as `transcript.message` makes it, and for each part of the prompt the ids to be answered.

    `turns` is how many turns can be cited. `subject` says to people, and to the cache when it explains a miss, what
    is asked about; `sample` tells repeats of one question apart.
    """

    prompt: Prompt
    content: str
    ids: Mapping[str, tuple[str, ...]]
    turns: int
    subject: str = ""
    sample: int = 0

    @property
    def batchable(self) -> bool:
        """Whether it may wait for its answer; what shows that a judge can be used may not."""
        return not self.subject.startswith(CANARY)

    def __post_init__(self) -> None:
        every = [name for ids in self.ids.values() for name in ids]
        if set(self.ids) != {part.name for part in self.prompt.parts} or len(set(every)) < len(every):
            raise ValueError(f"{self.prompt.name}: ids must be unique and given for each part of the prompt")


class Verdict(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """What the judge says of one id; `why` is its own words and may repeat what people said."""

    id: str
    verdict: str
    evidence_turns: tuple[int, ...] = ()
    why: str = ""


class Usage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Tokens of one call as billed; those read from and written to the provider's prompt cache are not in `input`."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0

    @property
    def prompt(self) -> int:
        """All tokens that were sent."""
        return self.input + self.cache_read + self.cache_write


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A complete and valid reply: one verdict for each id, in the order asked. `model` is the one that replied."""

    verdicts: tuple[Verdict, ...]
    model: str
    usage: Usage = Usage()
    request_id: str = ""

    def by_id(self) -> dict[str, Verdict]:
        return {verdict.id: verdict for verdict in self.verdicts}


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A question without an answer, which is counted and is never a score."""

    kind: FailureKind
    message: str
    usage: Usage = Usage()


Reply = Answer | Failure


class CallFailed(Exception):
    """A call that may succeed at another try.

    `busy` means that all callers should slow down, `wait` (seconds) is what the provider asked for, and `billed` that
    it may have been paid for all the same.
    """

    def __init__(self, message: str, *, busy: bool = False, wait: float | None = None, billed: bool = False) -> None:
        super().__init__(message)
        self.busy, self.wait, self.billed = busy, wait, billed


class Judge(ABC):
    """One provider's model. What it is and what it is sent are known without any connection."""

    model: str

    @abstractmethod
    def identity(self, prompt: Prompt) -> Identity:
        """Everything about this judge that can change its answers to such questions."""

    @abstractmethod
    def request(self, question: Question) -> Mapping[str, object]:
        """The body that is sent, exactly."""

    @abstractmethod
    def connect(self) -> str:
        """Make calls possible; returns where the credentials come from. Raises Unmeasurable without any."""

    @abstractmethod
    def ask(self, question: Question, seconds: float) -> Reply:
        """One try at one question, within so many seconds.

        Raises CallFailed where another try may help and Unmeasurable where no call can succeed now.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of connections."""


def reply_schema(prompt: Prompt) -> Schema:
    """JSON Schema of a reply. Ids are plain strings, so that one schema serves all questions of a prompt."""
    return _object({part.name: {"type": "array", "items": _entry(part)} for part in prompt.parts})


def _entry(part: Part) -> Schema:
    """Evidence before reason before verdict: what is written first weighs on what follows."""
    evidence: Schema = {"evidence_turns": {"type": "array", "items": {"type": "integer"}}, "why": {"type": "string"}}
    verdict: Schema = {"verdict": {"type": "string", "enum": list(part.verdicts)}}
    return _object({"id": {"type": "string"}} | (evidence if part.explained else {}) | verdict)


def _object(properties: Schema) -> Schema:
    return {"type": "object", "additionalProperties": False, "required": list(properties), "properties": properties}
