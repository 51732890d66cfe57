"""Whatever a platform's file holds: outputs that can be read again, or one complaint, and no other exception."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieval import data
from fieval.errors import InvalidInput
from fieval.importers import Reading, convert

SAMPLES = Path(__file__).parent / "samples"
FORMS = ["contact_lens", "cxone", "deepgram", "genesys", "transcribe"]
DOCUMENTS = {
    form: [json.loads(path.read_text(encoding="utf-8")) for path in sorted((SAMPLES / form).rglob("*.json"))]
    for form in FORMS
}
CARD = """name: imported
version: "1"
labels: {sentiment: [negative, positive], intent: [outage, refund], resolution: [resolved, unresolved]}
scores: {sentiment: {min: -5, max: 10}, agent_sentiment: {min: -5, max: 5}}
"""
HOSTILE = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, -1, 1e-320, -0.0, 1e308, -1e308, 10**400, -(10**30), 1.7e12, 1e11, 2**63]),
    st.sampled_from(["", " ", "nan", "inf", "1e999", "1_0", "٣", "\0", "\x1b[31m", "::error::x", "=1+1", "a" * 5000]),
    st.sampled_from(["2026-01-05T08:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01", "AGENT", "Conversation", "success"]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.lists(st.one_of(st.integers(), st.text(), st.none()), max_size=3),
    st.dictionaries(st.sampled_from(["millis", "Content", "id", "x", ""]), st.integers() | st.text(), max_size=2),
)
SOME = settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def places(document: Any, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where values stand in a document."""
    entries = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in entries:
        yield (*above, key)
        if isinstance(value, dict | list):
            yield from places(value, (*above, key))


def replaced(document: Any, place: tuple[str | int, ...], value: Any) -> Any:
    changed = copy.deepcopy(document)
    at = changed
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = value
    return changed


def check(folder: Path, form: str, content: bytes, **asked: Any) -> None:
    """The content is refused in words, or becomes outputs and interactions that are read without a complaint."""
    (folder / "call-7.json").write_bytes(content)
    (folder / "dataset.yaml").write_text(CARD, encoding="utf-8")
    reading = Reading(card=data.read_card(folder), **asked)
    try:
        convert(form, [folder / "call-7.json"], folder / "out.jsonl", reading=reading)
        ids = convert(form, [folder / "call-7.json"], folder / "interactions.jsonl", kind="gold", reading=reading).ids
    except InvalidInput as error:
        assert error.problems
        return
    lines = [json.loads(line) for line in (folder / "interactions.jsonl").read_text(encoding="utf-8").splitlines()]
    for line in lines:
        line["gold"].pop("labels", None)  # gold labels must be in their set; of outputs, others are wrong labels
        line["gold"].pop("scores", None)
    (folder / "interactions.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    dataset = data.read_dataset(folder)
    assert len(data.read_outputs(folder / "out.jsonl", dataset).outputs) == len(ids)


@pytest.mark.parametrize("form", FORMS)
@given(content=st.binary(max_size=200))
@SOME
def test_any_bytes_are_refused_in_words(form: str, content: bytes, tmp_path: Path) -> None:
    check(tmp_path, form, content)


@pytest.mark.parametrize("form", FORMS)
@given(choice=st.data())
@SOME
def test_any_value_may_stand_anywhere(form: str, choice: st.DataObject, tmp_path: Path) -> None:
    document = choice.draw(st.sampled_from(DOCUMENTS[form]))
    for _ in range(choice.draw(st.integers(1, 3))):
        place = choice.draw(st.sampled_from(list(places(document))))
        document = replaced(document, place, choice.draw(HOSTILE))
    asked = {"clock": "auto", "unit": "auto"}
    if form == "genesys":
        asked["clock"] = choice.draw(st.sampled_from(["auto", "offset", "epoch"]))
    if form == "cxone":
        asked["unit"] = choice.draw(st.sampled_from(["auto", "s", "ms"]))
    check(tmp_path, form, json.dumps(document).encode(), **asked)


@pytest.mark.parametrize("form", FORMS)
@given(choice=st.data())
@SOME
def test_a_file_may_end_anywhere(form: str, choice: st.DataObject, tmp_path: Path) -> None:
    content = json.dumps(choice.draw(st.sampled_from(DOCUMENTS[form]))).encode()
    check(tmp_path, form, content[: choice.draw(st.integers(0, len(content)))])


PARTS = st.sampled_from(["results", "a.b", ".", "[", "]", "[*]", "[0]", "[-1]", "[max=x]", "[a=b]", "[=]", "-", " "])


@pytest.mark.parametrize("form", FORMS)
@given(parts=st.lists(PARTS | st.text(max_size=5), min_size=1, max_size=5))
@SOME
def test_any_place_may_be_asked_for(form: str, parts: list[str], tmp_path: Path) -> None:
    content = json.dumps(DOCUMENTS[form][0]).encode()
    check(tmp_path, form, content, mapping={"labels.intent": "".join(parts)})
