"""Who judges, in which mode, by whose leave, for how long and at what price."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime

import msgspec

from fieval.court import mode_of
from fieval.doctor.nouns import Finding, wrong
from fieval.errors import ExitCode, InvalidInput, Unmeasurable
from fieval.judge import Settings, default_mode
from fieval.judge.anthropic_judge import is_alias
from fieval.judge.budget import price_list
from fieval.judge.lifecycle import SOON, Catalogued, Life
from fieval.judge.modes import has_credentials
from fieval.judge.settings import DEFAULT_MODEL
from fieval.judge.support import PROMPT

_NO_CREDENTIALS = (
    "none: no ANTHROPIC_API_KEY, ANTHROPIC_AUTH_TOKEN or ANTHROPIC_PROFILE, no identity federation, no profile on disk"
)


def credentials(settings: Settings) -> list[Finding]:
    """Where the judge would take its credentials from, never what they are; nothing is sent."""
    if not has_credentials():
        doubtful = settings.mode in ("live", "record")
        return [Finding("credentials", _NO_CREDENTIALS, doubtful=doubtful)]
    try:
        judge = Catalogued(msgspec.structs.replace(settings, model=DEFAULT_MODEL))  # an alias is told of elsewhere
        try:
            return [Finding("credentials", judge.connect())]
        finally:
            judge.close()
    except InvalidInput:
        return [Finding("credentials", "not looked at, since the address of the API is wrong")]
    except Unmeasurable as error:
        return wrong("credentials", error)


def model(settings: Settings, now: datetime, *, offline: bool) -> list[Finding]:
    """Mode, model, its life and its price."""
    mode = Finding("mode", f"{mode_of(settings)}, since {_why(settings)}")
    if is_alias(settings.model):
        told = f"{settings.model} is an alias, whose model can change; name a pinned one, such as {DEFAULT_MODEL}"
        return [mode, Finding("model", told, ExitCode.INVALID)]
    try:
        judge = Catalogued(settings)
    except InvalidInput as error:
        return [mode, *wrong("model", error)]
    told = f"{settings.model} (pinned), effort {settings.effort}, at {judge.identity(PROMPT).host}"
    return [mode, Finding("model", told), _life(judge, now, offline=offline), *_price(settings)]


def in_ci() -> bool:
    """Whether this is CI: where even credentials do not make the usual mode record."""
    return default_mode({**os.environ, "ANTHROPIC_API_KEY": "some"}) == "replay"


def _why(settings: Settings) -> str:
    if settings.mode is not None:
        return "the config says so"
    if default_mode() == "record":
        return "there are credentials and this is no CI"
    reasons = [*(["CI is set"] if in_ci() else []), *([] if has_credentials() else ["there are no credentials"])]
    return " and ".join(reasons)


def _life(judge: Catalogued, now: datetime, *, offline: bool) -> Finding:
    """Asked of the API only where this may send something."""
    silent = "--offline" if offline else "CI is set" if in_ci() else "" if has_credentials() else "no credentials"
    if silent:
        return Finding("life-cycle", f"not asked: {silent}")
    try:
        judge.connect()
        return _told(judge.model, judge.life(), now)
    except Unmeasurable as error:
        return Finding("life-cycle", f"not known: {error}", ExitCode.UNMEASURABLE)
    finally:
        judge.close()


def _told(name: str, life: Life, now: datetime) -> Finding:
    """What a life-cycle means for a judge."""
    days = life.days_left(now)
    when = _when(life, days)
    if life.id != name:
        return Finding("life-cycle", f"the API takes {name} for {life.id}; name that", doubtful=True)
    if life.lifecycle == "retired":
        return Finding("life-cycle", f"retired{when}: calibrate another judge", ExitCode.UNMEASURABLE)
    if life.lifecycle == "active" and (days is None or days >= SOON.days):
        return Finding("life-cycle", f"active{when}")
    told = life.lifecycle or "not told by this API"
    return Finding("life-cycle", f"{told}{when}{'' if days is None else ': calibrate another judge'}", doubtful=True)


def _when(life: Life, days: int | None) -> str:
    if life.retires_at is None or days is None:
        return ""
    date = life.retires_at.date().isoformat()
    if life.lifecycle == "retired":
        return f" on {date}"
    return f", to be retired on {date}" + (f", in {days} days" if days >= 0 else ", which is past")


def _price(settings: Settings) -> Iterator[Finding]:
    prices = price_list()
    known = prices.knows(settings.model)
    told = f"known, as of {prices.as_of}" if known else f"not known (prices as of {prices.as_of})"
    if not known and settings.max_usd is not None:
        yield Finding("price", f"{told}: max_usd cannot be kept; use max_calls", ExitCode.INVALID)
        return
    caps = [
        *([f"${settings.max_usd:.2f}"] if settings.max_usd is not None else []),
        *([f"{settings.max_calls:,} calls"] if settings.max_calls is not None else []),
    ]
    yield Finding("price", f"{told}; a run may take {' and '.join(caps) or 'any amount: set max_usd or max_calls'}")
