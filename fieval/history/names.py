"""Which metric a user means."""

from __future__ import annotations

from collections.abc import Sequence

from fieval.errors import InvalidInput, suggestion
from fieval.history.rows import Cohorts, Name


def meant(metric: str, cohorts: Cohorts, known: Sequence[Name]) -> Name:
    """`step.metric`, or a metric's name alone where only one step has it. Raises InvalidInput for anything else."""
    whole = list(dict.fromkeys((name.step, name.metric) for name in known))
    dotted = {f"{step}.{name}": (step, name) for step, name in whole}
    found = [dotted[metric]] if metric in dotted else [each for each in whole if each[1] == metric]
    if len(found) > 1:
        raise InvalidInput(f"{metric}: several steps have it; name one of {', '.join(f'{s}.{m}' for s, m in found)}")
    if not found:
        raise InvalidInput(f"{metric}: no run has this metric{suggestion(metric, {*dotted, *(m for _, m in whole)})}")
    _check_slice(cohorts, Name(*found[0]), known)
    return Name(*found[0], cohorts)


def parsed(slices: Sequence[str]) -> Cohorts:
    """`language=es`, one for each cohort of the slice. Raises InvalidInput."""
    pairs = [text.partition("=")[::2] for text in slices]
    bad = [text for text, (cohort, value) in zip(slices, pairs, strict=True) if not cohort or not value]
    if bad:
        raise InvalidInput(f"--slice {bad[0]}: expected COHORT=VALUE, such as language=es")
    if len({cohort for cohort, _ in pairs}) < len(pairs):
        raise InvalidInput("--slice: a cohort is named twice; an interaction has one value of it")
    return tuple(sorted(pairs))


def _check_slice(cohorts: Cohorts, name: Name, known: Sequence[Name]) -> None:
    own = {_slice(each.cohorts) for each in known if each[:2] == name[:2] and each.cohorts}
    if cohorts and _slice(cohorts) not in own:
        near = suggestion(_slice(cohorts), own)
        raise InvalidInput(f"--slice {_slice(cohorts)}: no run has {name.step}.{name.metric} on it{near}")


def _slice(cohorts: Cohorts) -> str:
    return " --slice ".join(f"{cohort}={value}" for cohort, value in cohorts)
