"""What a step asks of a judge about one output, and what scores the verdicts make."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from fieval.judge import Part, Prompt, Question
from fieval.judge.canaries import Canary, support_question
from fieval.judge.support import SUPPORTED
from fieval.model import Interaction, Output

Verdicts = Mapping[str, str]  # by the id of what was asked
Scores = tuple[float | None, ...]  # one for each metric; None where there is nothing to score
Ids = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Yes:
    """Which verdict of a part of the reply is a yes, which say nothing, and the metric that is the share of yes."""

    metric: str
    part: Part
    yes: str
    silent: tuple[str, ...] = ()


class Asking(ABC):
    """What a step asks of a judge about one output, and what scores the verdicts make. Pure.

    `prompt` is the kind of question, `measures` says what each metric is a share of. Questions that are not
    `about_outputs` are about the conversation alone, and one answer serves all systems. `fixed_ids` are those of a part
    that are asked about every output.
    """

    prompt: Prompt
    measures: tuple[Yes, ...]
    about_outputs: ClassVar[bool] = True
    fixed_ids: Mapping[str, tuple[str, ...]]

    @abstractmethod
    def applies(self, interaction: Interaction) -> bool:
        """Whether there is anything to judge by: what people heard."""

    @abstractmethod
    def material(self, interaction: Interaction, output: Output | None) -> str | None:
        """What of an output is judged, as one text; None where it is missing. Empty where only people's turns are."""

    def part(self, interaction: Interaction, output: Output | None) -> str | None:
        """What of an output its score hangs on; None where it is missing."""
        return self.material(interaction, output)

    @abstractmethod
    def settled(self, interaction: Interaction, output: Output | None) -> Scores | None:
        """The scores of an output that no judge has to see, such as a missing one; None for all others."""

    def ids(self, interaction: Interaction, output: Output | None) -> Ids:
        """What is asked about an output that is not settled, by the part of the reply."""
        return self.fixed_ids

    @abstractmethod
    def question(self, interaction: Interaction, output: Output | None, subject: str = "") -> Question:
        """The question about an output that is not settled."""

    def scores(self, interaction: Interaction, output: Output | None, verdicts: Verdicts) -> Scores:
        """The score of each metric: the share of yes among the verdicts that say something; None if any is lacking."""
        ids = self.ids(interaction, output)
        return tuple(share(measure, ids[measure.part.name], verdicts) for measure in self.measures)

    def offered(self, name: str) -> tuple[str, ...]:
        """The verdicts that are offered where `name` is asked about; nothing where that is never asked."""
        fixed = {each: part.verdicts for part in self.prompt.parts for each in self.fixed_ids.get(part.name, ())}
        return fixed.get(name, ())

    def gold(self, interaction: Interaction) -> Verdicts | None:
        """People's verdicts as far as the dataset's own labels say them; None where they do not."""
        return None

    def canary(self, canary: Canary) -> tuple[Question, str]:
        """A canary as a question of this kind, and the verdict on its wrong claims that would let it pass."""
        return support_question(canary), SUPPORTED


def share(measure: Yes, ids: Sequence[str], verdicts: Verdicts) -> float | None:
    """The share of yes among the verdicts that say something; None where there are none, or any is lacking."""
    counted = [verdicts.get(name) for name in ids if verdicts.get(name) not in measure.silent]
    if None in counted:
        return None
    return sum(verdict == measure.yes for verdict in counted) / len(counted) if counted else None
