"""What is remembered of a judge's answers, in the cache here and in the cassette that is committed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from fieval.court import mode_of
from fieval.doctor.nouns import Finding, Section, wrong
from fieval.errors import ExitCode, FievalError, InvalidInput
from fieval.evals.base import Scorer
from fieval.evals.judged import JudgedScorer
from fieval.files import shown
from fieval.judge import Settings, cassette
from fieval.judge.anthropic_judge import AnthropicJudge
from fieval.judge.cache import Cache
from fieval.judge.canaries import shipped
from fieval.judge.health import FileHealth, Holding, file_health, holdings
from fieval.judge.identity import Identity, differences
from fieval.numbers import counted


def memory(settings: Settings, scorers: Iterable[Scorer]) -> Section:
    """The cache and the cassette; `scorers` tell which judges the config has, where that is known."""
    judges = _judges(settings, scorers)
    return Section("remembered answers", (*_cache(settings.cache, judges), *_cassette(settings, judges)))


def _judges(settings: Settings, scorers: Iterable[Scorer]) -> list[Identity]:
    """The judge of each kind of question that a run asks, its canaries' included."""
    asking = [scorer.asking for scorer in scorers if isinstance(scorer, JudgedScorer)]
    prompts = [prompt for each in asking for prompt in (each.prompt, each.canary(shipped()[0])[0].prompt)]
    try:
        judge = AnthropicJudge(settings)
    except InvalidInput:
        return []  # of which is told elsewhere
    return list({each.fingerprint: each for each in map(judge.identity, prompts)}.values())


def _cache(path: Path, judges: list[Identity]) -> list[Finding]:
    if not path.exists():
        return [Finding("cache", f"{shown(path)}: not there yet")]
    try:
        store = Cache(path)
        try:
            found = holdings(store)
        finally:
            store.close()
        health = file_health(path)
    except FievalError as error:
        return wrong("cache", error)
    told = f"{shown(path)}: {_counted(found)}, {_sizes(health)}"
    if health.broken:
        broken = f"{shown(path)}: broken: {health.broken[0]}; remove it, what is in a cassette is not lost"
        return [Finding("cache", broken, ExitCode.INVALID), *_by_judge(found, judges)]
    return [Finding("cache", f"{told}, integrity ok"), *_by_judge(found, judges)]


def _cassette(settings: Settings, judges: list[Identity]) -> list[Finding]:
    path = settings.cassette
    if path is None:
        return [Finding("cassette", "none is named; `fieval judge export` writes one for CI to replay")]
    if not path.exists():
        replays = mode_of(settings) == "replay"
        told = f"{shown(path)}: not there{', which a replay needs' if replays else ' yet'}; `fieval judge export`"
        return [Finding("cassette", told, ExitCode.INVALID if replays else ExitCode.PASS)]
    try:
        store = cassette.load(path)
    except FievalError as error:
        return wrong("cassette", error)
    try:
        found = holdings(store)
    finally:
        store.close()
    told = f"{shown(path)}: {_counted(found)}, {_size(path.stat().st_size)}"
    return [Finding("cassette", told), *_by_judge(found, judges)]


def _by_judge(found: Iterable[Holding], judges: list[Identity]) -> Iterator[Finding]:
    for each in found:
        who = each.identity
        name = f"{who.prompt} {who.prompt_version}"
        told = f"{counted(each.answers, 'answer')} of {who.model}, judge {who.fingerprint[:12]}{_whose(who, judges)}"
        yield Finding(f"  {name}", told)


def _whose(who: Identity, judges: list[Identity]) -> str:
    """Whether a judge is one of the config's, and else how it differs from the nearest of these."""
    if not judges:
        return ""
    if any(who.fingerprint == each.fingerprint for each in judges):
        return ", this config's"
    same = [list(differences(each, who)) for each in judges if each.prompt == who.prompt]
    if not same:
        return ", for which this config has no question"
    nearest = min(same, key=len)
    return f", not this config's ({', '.join(nearest).replace('_', ' ')} differs)"


def _counted(found: Iterable[Holding]) -> str:
    return counted(sum(each.answers for each in found), "answer")


def _sizes(health: FileHealth) -> str:
    log = f" and {_size(health.log_size)} of it" if health.log_size else ""
    return f"{_size(health.size)}, journal {health.journal}{log}"


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"
