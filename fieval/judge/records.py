"""What calibration found of a judge, as kept in a file, and whether that lets its verdicts gate."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

import msgspec

from fieval.errors import InvalidInput
from fieval.files import Location, open_stored, shown
from fieval.judge.identity import Identity, differences
from fieval.model import Floor

SCHEMA = "fieval.judge_calibration/1"
Share = Annotated[float, msgspec.Meta(ge=-1, le=1)]  # below 0 only a kappa
Count = Annotated[int, msgspec.Meta(ge=0)]
RUN_CALIBRATE = "run `fieval calibrate` on people's verdicts"


class Rate(msgspec.Struct, frozen=True):
    """A share, or a kappa, with its interval; None where it cannot be computed."""

    value: Share | None
    low: Share | None = None
    high: Share | None = None


class JudgeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of one step: how far this judge's verdicts agree with people's.

    `labels` counts people's verdicts, `yes` those of them that are a yes, `groups` where they come from, `systems` how
    many are on which system's outputs. `flips` is the share of verdicts that differ when the same is asked again.
    """

    step: str
    metric: str
    identity: Identity
    labels: Count
    yes: Count
    groups: Count
    systems: Mapping[str, Count]
    about_outputs: bool
    sensitivity: Rate
    specificity: Rate
    kappa: Rate
    flips: Rate


class Records(msgspec.Struct, frozen=True, kw_only=True):
    """The file as a whole."""

    schema: str
    judges: tuple[JudgeRecord, ...]


def read_records(path: Location) -> tuple[JudgeRecord, ...]:
    """What the file says; nothing where there is none. Raises InvalidInput where it cannot be used."""
    if not path.exists():
        return ()
    with open_stored(path) as file:
        raw = file.read()
    try:
        found = msgspec.json.decode(raw, type=Records)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(f"{shown(path)}: not what `fieval calibrate` writes: {error}; run it again") from error
    if found.schema != SCHEMA:
        raise InvalidInput(f'{shown(path)}: expected the schema {SCHEMA}, got "{found.schema}"; calibrate again')
    return found.judges


def encoded(records: Sequence[JudgeRecord]) -> bytes:
    """The file's content: sorted, so that the same findings are the same bytes."""
    ordered = sorted(records, key=_key)
    return msgspec.json.format(msgspec.json.encode(Records(schema=SCHEMA, judges=tuple(ordered))), indent=2) + b"\n"


def joined(found: Sequence[JudgeRecord], path: Location) -> list[JudgeRecord]:
    """What was found now, and what the file says of other steps, metrics and judges: several configs may share it."""
    try:
        before = read_records(path)
    except InvalidInput:
        before = ()  # of no use to anybody
    new = set(map(_key, found))
    return [*found, *(record for record in before if _key(record) not in new)]


def why_not(step: str, metric: str, identity: Identity, records: Sequence[JudgeRecord], floor: Floor) -> str:
    """Why this judge's verdicts on a metric may not gate; an empty string where they may."""
    own = [record for record in records if (record.step, record.metric) == (step, metric)]
    if not own:
        return f"the judge is not calibrated: {RUN_CALIBRATE}"
    same = [record for record in own if record.identity.fingerprint == identity.fingerprint]
    if not same:
        told = ", ".join(differences(identity, own[0].identity))
        return f"another judge was calibrated ({told.replace('_', ' ')} differs): {RUN_CALIBRATE}"
    return below(same[0], floor)


def below(record: JudgeRecord, floor: Floor) -> str:
    """What of a record does not reach the floor; an empty string where all does."""
    return next((reason for reason in _shortfalls(record, floor) if reason), "")


def _key(record: JudgeRecord) -> tuple[str, str, str]:
    return record.step, record.metric, record.identity.fingerprint


def _shortfalls(record: JudgeRecord, floor: Floor) -> Iterator[str]:
    yield _few(record.labels, floor.labels, "verdicts of people")
    yield _few(record.groups, floor.groups, "groups with people's verdicts")
    yield _few(record.yes, floor.of_each, "yes of people")
    yield _few(record.labels - record.yes, floor.of_each, "no of people")
    if record.about_outputs and len(record.systems) < 2:
        yield f"the judge is calibrated on outputs of one system only ({', '.join(record.systems)})"
    elif record.about_outputs:
        _, (second, count), *_ = sorted(record.systems.items(), key=lambda pair: -pair[1])
        yield _few(count, floor.of_each, f"verdicts of people on outputs of {second}")
    yield _low("sensitivity", record.sensitivity, floor.sensitivity)
    yield _low("specificity", record.specificity, floor.specificity)


def _few(count: int, least: int, what: str) -> str:
    return f"the judge is calibrated on {count} {what}, fewer than {least}" if count < least else ""


def _low(name: str, rate: Rate, least: float) -> str:
    if rate.value is not None and rate.value >= least:
        return ""
    value = "unknown" if rate.value is None else f"{math.floor(rate.value * 100) / 100:.2f}"  # never up to the floor
    return f"the judge's {name} ({value}) is below the floor of {least:.2f}"
