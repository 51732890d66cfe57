"""Questions in, replies out: what is remembered is looked up, the rest is planned, asked and kept, or named missing."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import msgspec

from fieval.errors import SHOWN_PROBLEMS, Unmeasurable, shown
from fieval.judge import budget, cassette
from fieval.judge.batch import Batching
from fieval.judge.batch_judge import BatchJudge
from fieval.judge.budget import Budget, Plan, Spent
from fieval.judge.cache import Cache, Record
from fieval.judge.calling import Calling, Progress
from fieval.judge.handed_in import Ledger
from fieval.judge.identity import Identity, digest, key
from fieval.judge.misses import Asked, cause
from fieval.judge.pace import Limits, Pace
from fieval.judge.protocol import Answer, Failure, Judge, Prompt, Question, Reply
from fieval.judge.reading import fits
from fieval.judge.settings import Mode, Settings
from fieval.numbers import counted

Pacing = Callable[[Limits], Pace]


class Session:
    """One judge for one run, in one mode; `stores` are what is remembered, the first of them counts first.

    `store` is where new answers go; it is None where none can come.
    """

    def __init__(
        self,
        judge: Judge,
        mode: Mode,
        settings: Settings,
        stores: Sequence[Cache],
        store: Cache | None,
        pacing: Pacing = Pace,
    ) -> None:
        self.mode, self.source = mode, ""
        self._judge, self._settings, self._pacing = judge, settings, pacing
        self._stores, self._store = tuple(stores), store
        self._budget = Budget(judge.model, settings.max_tokens, settings.max_usd, settings.max_calls)
        self._one_at_a_time = threading.RLock()
        self._models: dict[str, str] = {}  # that answered, by key

    @property
    def spent(self) -> Spent:
        """What was paid until now."""
        return self._budget.spent

    def identity(self, prompt: Prompt) -> Identity:
        """Who judges such questions here."""
        return self._judge.identity(prompt)

    def ask(self, question: Question) -> Reply:
        """The reply to one question."""
        return self.ask_all([question])[0]

    def ask_all(
        self,
        questions: Sequence[Question],
        planned: Callable[[Plan], None] | None = None,
        progress: Progress | None = None,
    ) -> tuple[Reply, ...]:
        """The replies in the order of the questions; equal questions are asked once. Failures are replies, too.

        `planned` hears what it is going to cost before anything is sent. Raises Unmeasurable when it cannot go on, for
        instance in replay for a question that was never asked; what was answered is kept.
        """
        with self._one_at_a_time:
            asked = [self._asked(question) for question in questions]
            replies: dict[str, Reply] = dict(self._remembered(asked))
            missing = list({each.key: each for each in asked if each.key not in replies}.values())
            if planned is not None:
                planned(self._plan(missing, len({each.key for each in asked}) - len(missing)))
            if missing:
                replies |= self._called(missing, progress)
            self._check(replies)
            return tuple(replies[each.key] for each in asked)

    def plan(self, questions: Sequence[Question]) -> Plan:
        """What asking all of these is going to take; equal questions count once."""
        with self._one_at_a_time:
            asked = list({each.key: each for each in map(self._asked, questions)}.values())
            known = self._remembered(asked)
            return self._plan([each for each in asked if each.key not in known], len(known))

    def remembered(self, questions: Sequence[Question]) -> dict[str, Answer | None]:
        """For each of these questions, by its key, the answer that is remembered; None where none fits."""
        with self._one_at_a_time:
            asked = [self._asked(question) for question in questions]
            known = self._remembered(asked)
            return {each.key: known.get(each.key) for each in asked}

    def keys(self) -> set[str]:
        """The keys of all answers that are remembered, whoever asked for them."""
        return {record.key for store in self._stores for record in store.records()}

    def export(self, path: Path, *, reasons: bool, keys: Collection[str] | None = None) -> int:
        """Write a cassette of these answers, else of all that was asked in this session; returns how many they are."""
        return cassette.export(self._stores, path, reasons=reasons, keys=self._models if keys is None else keys)

    def close(self) -> None:
        self._judge.close()
        for store in self._stores:
            store.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _asked(self, question: Question) -> Asked:
        identity = self._judge.identity(question.prompt)
        return Asked(
            question=question,
            identity=identity,
            key=key(identity, self._judge.request(question), question.sample),
            text=digest(question.content),
        )

    def _remembered(self, asked: Sequence[Asked]) -> Mapping[str, Answer]:
        """Live, only what was asked in this session: equal texts have equal verdicts, whoever asks and when."""
        known = [each.key for each in asked if self.mode != "live" or each.key in self._models]
        found: dict[str, Answer] = {}
        for store in self._stores:
            found = {**store.get([name for name in known if name not in found]), **found}
        questions = {each.key: each.question for each in asked}
        return {name: answer for name, answer in found.items() if fits(questions[name], answer.verdicts)}

    def _plan(self, missing: Sequence[Asked], cached: int) -> Plan:
        prompts = {each.question.prompt.name for each in missing}
        model = self._judge.model
        seen = {name: [n for store in self._stores for n in store.reply_tokens(model, name)] for name in prompts}
        questions = [each.question for each in missing]
        plan = budget.plan(model, questions, cached, seen, self._settings.max_tokens, self.mode == "batch")
        if self._store is None or not plan.batched:
            return plan
        return msgspec.structs.replace(plan, handed_in=len(Ledger(self._store).claimed(each.key for each in missing)))

    def _called(self, missing: Sequence[Asked], progress: Progress | None) -> dict[str, Reply]:
        if self._store is None:
            raise Unmeasurable(self._told_misses(missing))
        if not self.source:
            self.source = self._judge.connect()
        settings = self._settings
        calling = Calling(
            judge=self._judge,
            cache=self._store,
            budget=self._budget,
            pace=self._pacing(Limits(threads=settings.threads, deadline=settings.longest(self.mode))),
            seconds=settings.seconds,
            threads=settings.threads,
            anew=self.mode == "live",
        )
        if isinstance(self._judge, BatchJudge):
            return Batching(judge=self._judge, calling=calling, ledger=Ledger(self._store)).ask_all(missing, progress)
        return calling.ask_all(missing, progress)

    def _check(self, replies: Mapping[str, Reply]) -> None:
        """Failures are counted, but not a service that only fails; nor a judge that was replaced behind its name."""
        self._models |= {name: reply.model for name, reply in replies.items() if isinstance(reply, Answer)}
        failed = [reply.message for reply in replies.values() if isinstance(reply, Failure)]
        if failed and not self._models:
            raise Unmeasurable(f"the judge answered none of {counted(len(replies), 'question')}: {failed[0]}")
        models = Counter(self._models.values())
        if len(models) > 1:
            told = ", ".join(f"{name} ({count})" for name, count in sorted(models.items()))
            raise Unmeasurable(f"the verdicts come from more than one model: {told}; ask all anew with --judge live")

    def _told_misses(self, missing: Sequence[Asked]) -> str:
        """What is not there and why, of the first ones."""
        judges = {name: identity for store in self._stores for name, identity in store.identities().items()}
        causes = [cause(each, self._near(each), judges) for each in missing[:SHOWN_PROBLEMS]]
        told = [f"  {each}: {why}" for each, why in zip(missing, causes, strict=False)]
        rest = (str(each) for each in missing[SHOWN_PROBLEMS:])
        most = Counter(causes).most_common(1)[0][0]
        head = f"no verdict is recorded for {counted(len(missing), 'question')} ({most}); record where credentials are"
        return "\n".join([head, *shown([*told, *rest])])

    def _near(self, asked: Asked) -> list[Record]:
        question = asked.question
        return [
            each for store in self._stores for each in store.near(question.subject, question.prompt.name, asked.text)
        ]
