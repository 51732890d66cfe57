"""Who a judge is: everything that can change its answers, in parts that people can compare."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import msgspec

KEY_VERSION = 1


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """A judge for one kind of question. `text`, `schema` and `rubric` are digests of what they name.

    `text` covers the instructions and the task. `aggregation` is the version of the code behind the judge: it changes
    scores, not answers.
    """

    provider: str
    host: str
    api_version: str
    model: str
    effort: str
    max_tokens: int
    prompt: str
    prompt_version: int
    text: str
    schema: str
    rubric: str
    aggregation: int

    @property
    def fingerprint(self) -> str:
        """Equal for judges whose scores can be compared."""
        return digest(self.parts())

    @property
    def answering(self) -> str:
        """Equal for judges that give the same answers: the fingerprint without what only scoring does."""
        return digest({name: part for name, part in self.parts().items() if name != "aggregation"})

    def parts(self) -> dict[str, str | int]:
        """Names and values, for people and for files."""
        return {name: getattr(self, name) for name in self.__struct_fields__}


def differences(mine: Identity, other: Identity) -> dict[str, tuple[str | int, str | int]]:
    """The parts that two judges do not share, each with both values."""
    others = other.parts()
    return {name: (part, others[name]) for name, part in mine.parts().items() if part != others[name]}


def digest(value: object) -> str:
    """SHA-256 of plain values as canonical JSON: sorted keys, no blanks, no NaN."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def key(identity: Identity, request: Mapping[str, object], sample: int) -> str:
    """The key of one answer, over everything that can change it and nothing else."""
    return digest([KEY_VERSION, identity.answering, request, sample])
