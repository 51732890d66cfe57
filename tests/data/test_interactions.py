"""Golden interactions: what is made of a line, and every way a line can be wrong."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieval.data import read_dataset
from fieval.errors import InvalidInput
from fieval.model import Fact, GoldLabel, GoldScore, Interaction, Segment, Turn

FULL = {
    "id": "a",
    "channel": "voice",
    "language": "es",
    "group": "customer-1",
    "duration": 9,
    "cohorts": {"team": "north"},
    "gold": {
        "turns": [{"speaker": "agent", "text": "hola", "start": 0, "end": 1.5}, {"speaker": "caller", "text": "si"}],
        "summary": "Short.",
        "facts": [{"text": "a refund", "anchors": ["40", "refund"]}],
        "labels": {"intent": "billing", "sentiment": ["neutral", "negative", "positive", "negative", "neutral"]},
        "scores": {"csat": [5, 2, 4, 3]},
    },
    "meta": {"anything": [None, {}]},
}

FIELDS = [
    *("id", "channel", "language", "group", "duration", "cohorts", "gold", "meta", "team", "intent", "csat"),
    *("turns", "segments", "summary", "facts", "labels", "scores", "text", "start", "end", "anchors", "speaker"),
]


def written(folder: Path, *records: Any) -> Path:
    lines = [record if isinstance(record, str) else json.dumps(record) for record in records]
    (folder / "interactions.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


def only(folder: Path, record: Any) -> Interaction:
    (interaction,) = read_dataset(written(folder, record)).interactions
    return interaction


def gold(**parts: Any) -> dict[str, Any]:
    return {"id": "a", "channel": "voice", "gold": parts}


def test_a_full_line(folder: Path) -> None:
    interaction = only(folder, FULL)
    assert interaction.cohorts == {"channel": "voice", "language": "es", "team": "north"}
    assert (interaction.id, interaction.group, interaction.duration) == ("a", "customer-1", 9.0)
    assert interaction.turns == (Turn("agent", "hola", 0.0, 1.5), Turn("caller", "si"))
    assert interaction.segments == (Segment("agent", 0.0, 1.5),)
    assert interaction.facts == (Fact("a refund", ("40", "refund")),)
    assert interaction.labels["intent"] == GoldLabel("billing", ("billing",))


def test_annotators_are_brought_down_to_one_value(folder: Path) -> None:
    """A tie of labels goes to the first in the set; the median of scores may lie between two votes."""
    interaction = only(folder, FULL)
    votes = ("neutral", "negative", "positive", "negative", "neutral")
    assert interaction.labels["sentiment"] == GoldLabel("negative", votes)
    assert interaction.scores["csat"] == GoldScore(3.5, (5.0, 2.0, 4.0, 3.0))


def test_defaults(folder: Path) -> None:
    interaction = only(folder, {"id": "a", "channel": "chat"})
    assert (interaction.group, interaction.language, interaction.duration) == ("a", "en", None)
    assert interaction.cohorts == {"channel": "chat", "language": "en"}
    assert (interaction.turns, interaction.segments, interaction.labels, interaction.scores) == ((), (), {}, {})


def test_absent_null_and_empty_are_the_same(folder: Path) -> None:
    bare = {"id": "a", "channel": "chat"}
    empty = {"language": "", "group": "", "cohorts": {"team": ""}, "gold": {"turns": [{}], "labels": {"intent": ""}}}
    null = {"language": None, "duration": None, "cohorts": None, "gold": {"summary": None, "labels": {"intent": None}}}
    hollow = {"gold": {"turns": [], "labels": {"intent": []}, "scores": {"csat": []}, "facts": [{}]}, "meta": None}
    expected = only(folder, bare)
    assert [only(folder, bare | more) for more in (empty, null, hollow)] == [expected] * 3


def test_an_annotator_who_did_not_vote_does_not_count(folder: Path) -> None:
    labels = only(folder, gold(labels={"intent": ["outage", None, ""]}, scores={"csat": [None, 2]}))
    assert labels.labels["intent"].votes == ("outage",)
    assert labels.scores["csat"].votes == (2.0,)


def test_segments_that_are_given_win(folder: Path) -> None:
    turns = [{"speaker": "x", "text": "hi", "start": 0, "end": 1}]
    segments = [{"speaker": "y", "start": 2, "end": 3}]
    assert only(folder, gold(turns=turns, segments=segments)).segments == (Segment("y", 2.0, 3.0),)


def test_a_cohort_of_the_card_wins_over_the_channel(folder: Path) -> None:
    card = folder / "dataset.yaml"
    card.write_text(card.read_text(encoding="utf-8").replace("[team]", "[channel]"), encoding="utf-8")
    assert only(folder, {"id": "a", "channel": "chat", "cohorts": {"channel": "web"}}).cohorts["channel"] == "web"


def test_the_fingerprint_knows_the_content_but_no_names(folder: Path) -> None:
    base = only(folder, FULL).fingerprint
    renamed = FULL | {"id": "z", "group": "g", "cohorts": {"team": "south"}}
    assert only(folder, renamed).fingerprint == base
    for change in (
        {"channel": "chat"},
        {"language": "en"},
        {"gold": FULL["gold"] | {"summary": "Longer."}},  # type: ignore[operator]  # the table is of mixed values
        {"gold": FULL["gold"] | {"labels": {"intent": "outage"}}},  # type: ignore[operator]
        {"gold": FULL["gold"] | {"scores": {"csat": 1}}},  # type: ignore[operator]
        {"gold": FULL["gold"] | {"turns": [{"text": "hola"}]}},  # type: ignore[operator]
    ):
        assert only(folder, FULL | change).fingerprint != base
    card = folder / "dataset.yaml"
    card.write_text(card.read_text(encoding="utf-8").replace("billing", "money"), encoding="utf-8")
    line = json.dumps(FULL).replace("billing", "money")
    assert only(folder, line).fingerprint == base


def test_blank_lines_and_a_missing_last_line_end_are_no_matter(folder: Path) -> None:
    written(folder, "", '{"id": "a", "channel": "chat"}', "  ", '{"id": "b", "channel": "chat"}')
    assert [interaction.id for interaction in read_dataset(folder).interactions] == ["a", "b"]


def test_the_source_changes_with_card_and_interactions(folder: Path) -> None:
    first = read_dataset(folder).source
    assert first.path == str(folder)
    with (folder / "dataset.yaml").open("a", encoding="utf-8") as card:
        card.write("# changed\n")
    second = read_dataset(folder).source
    written(folder, '{"id": "a", "channel": "chat"}')
    assert len({first.sha256, second.sha256, read_dataset(folder).source.sha256}) == 3


@given(st.lists(st.text(st.characters(codec="utf-8")), max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_compressed_or_plain_is_no_matter(folder: Path, texts: list[str]) -> None:
    plain, compressed = folder / "interactions.jsonl", folder / "interactions.jsonl.gz"
    compressed.unlink(missing_ok=True)
    records = [{"id": f"#{index}", "channel": "chat", "gold": {"summary": text}} for index, text in enumerate(texts)]
    written(folder, FULL, *records)
    before = read_dataset(folder).interactions
    compressed.write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    assert read_dataset(folder).interactions == before
    assert [interaction.summary for interaction in before[1:]] == texts


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        ({"channel": "chat"}, "id: required, but absent or empty"),
        ({"id": "", "channel": "chat"}, "id: required, but absent or empty"),
        ({"id": 7, "channel": "chat"}, "id: expected a string, got a number"),
        ({"id": "a"}, "channel: required, but absent or empty"),
        ({"id": "a", "channel": "fax"}, 'channel: expected one of chat, email, in_app, voice, got "fax"'),
        ({"id": "a", "channel": "chat", "duration": 0}, "duration: expected seconds above 0, got 0"),
        ({"id": "a", "channel": "chat", "duration": "9"}, "duration: expected a number, got a string"),
        (
            {"id": "a", "channel": "chat", "gorup": "x"},
            'gorup: unknown field; did you mean "group"? (free material goes under "meta")',
        ),
        (
            gold(turns=[{}, {"strat": 1}]),
            'gold.turns[1].strat: unknown field; did you mean "start"? (free material goes under "meta")',
        ),
        (gold(turns={"text": "x"}), "gold.turns: expected a list, got an object"),
        (gold(turns=[{"start": "0"}]), "gold.turns[0].start: expected a number, got a string"),
        (gold(turns=[{"start": -1, "end": 2}]), "gold.turns[0].start: expected seconds from 0 on, got -1"),
        (gold(turns=[{"start": 3, "end": 2}]), "gold.turns[0].end: the end (2) is before the start (3)"),
        (gold(segments=[{"speaker": "a", "end": 2}]), "gold.segments[0].start: required, but absent or empty"),
        (
            gold(segments=[{"speaker": "", "start": 1, "end": 2}]),
            "gold.segments[0].speaker: required, but absent or empty",
        ),
        (
            gold(segments=[{"speaker": "a", "start": 3, "end": 2}]),
            "gold.segments[0].end: the end (2) is before the start (3)",
        ),
        (gold(facts=[{"text": "x", "anchors": "y"}]), "gold.facts[0].anchors: expected a list, got a string"),
        (
            gold(labels={"intnt": "billing"}),
            'gold.labels.intnt: the card declares no such label; did you mean "intent"?',
        ),
        (
            gold(labels={"intent": "biling"}),
            'gold.labels.intent: "biling" is not in the label set; did you mean "billing"?',
        ),
        (
            gold(labels={"intent": ["billing", "zzz"]}),
            'gold.labels.intent[1]: "zzz" is not in the label set; known: billing, other, outage',
        ),
        (gold(labels={"intent": 3}), "gold.labels.intent: expected a string or an object or a list, got a number"),
        (
            gold(labels={"sentiment": "neutral", "intent": ["billing", 3]}),
            "gold.labels.intent[1]: expected a string, got a number",
        ),
        (gold(scores={"nps": 3}), "gold.scores.nps: the card declares no such score; known: csat"),
        (gold(scores={"csat": 6}), "gold.scores.csat: expected a score from 1 to 5, got 6"),
        (gold(scores={"csat": [3, 0.5]}), "gold.scores.csat[1]: expected a score from 1 to 5, got 0.5"),
        (gold(scores={"csat": True}), "gold.scores.csat: expected a number or an object or a list, got true or false"),
        (
            {"id": "a", "channel": "chat", "cohorts": {"taem": "x"}},
            'cohorts.taem: the card declares no such cohort; did you mean "team"?',
        ),
        ({"id": "a", "channel": "chat", "cohorts": {"team": 3}}, "cohorts.team: expected a string, got a number"),
        (
            '{"id": "a", "channel": "chat", "gold": {"scores": {"csat": NaN}}}',
            "gold.scores.csat: expected a finite number, got NaN; leave the field out where there is no value",
        ),
        (
            '{"id": "a", "channel": "chat", "gold": {"turns": [{"start": 1e999}]}}',
            "gold.turns[0].start: expected a finite number, got Infinity; leave the field out where there is no value",
        ),
        (
            '{"id": "a", "channel": "chat", "duration": -Infinity}',
            "duration: expected a finite number, got Infinity; leave the field out where there is no value",
        ),
        ("[]", "expected an object, got a list"),
        ('{"id": "a", "chan', "the JSON is cut off; is the file complete?"),
        ('{"id": "a", "channel": "chat", "gold"', "the JSON is cut off; is the file complete?"),
        (
            '{"id": "a", channel: "chat"}',
            "not valid JSON: expecting property name enclosed in double quotes at column 13",
        ),
        ('{"id": "a"} {"id": "b"}', "not valid JSON: extra data at column 13"),
        ('{"id": "\\ud800", "channel": "chat"}', "half of a surrogate pair (\\ud800 to \\udfff) is not text"),
        ("[" * 100_000, "not usable JSON: nested too deeply, or a number of thousands of digits"),
    ],
)
def test_a_wrong_line_is_told_so_with_its_field(folder: Path, record: Any, problem: str) -> None:
    written(folder, '{"id": "first", "channel": "chat"}', record)
    with pytest.raises(InvalidInput) as caught:
        read_dataset(folder)
    assert caught.value.problems == (f"{folder / 'interactions.jsonl'}:2: {problem}",)


def test_a_duplicate_id_names_both_lines(folder: Path) -> None:
    written(folder, '{"id": "a", "channel": "chat"}', "", '{"id": "a", "channel": "email"}')
    with pytest.raises(InvalidInput) as caught:
        read_dataset(folder)
    path = folder / "interactions.jsonl"
    assert caught.value.problems == (f'{path}:3: id: "a" was already given in line 1; ids must be unique',)


def test_all_bad_lines_are_told_at_once_and_cut_with_a_count(folder: Path) -> None:
    written(folder, *({"id": str(number), "channel": "fax"} for number in range(21)))
    with pytest.raises(InvalidInput) as caught:
        read_dataset(folder)
    assert len(caught.value.problems) == 21
    assert str(caught.value).splitlines()[-1] == "… and 1 more"


LINE = b'{"id": "a", "channel": "chat"}'


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", ": the file is empty; expected one JSON object per line"),
        (b"\n  \n", ": the file is empty; expected one JSON object per line"),
        (b"\xef\xbb\xbf" + LINE, ":1: the file starts with a byte order mark; save it as UTF-8 without one"),
        (
            b"\n" + LINE + b"\r\n" + LINE.replace(b"a", b"b", 1) + b"\r\n",
            ":2: the line ends in CR LF; save the file with LF line ends",
        ),
        (b'{"id": "caf\xe9", "channel": "chat"}', ":1: not UTF-8 at byte 12; save the file as UTF-8"),
        (LINE.decode().encode("utf-16"), ":1: the file is UTF-16 or UTF-32; save it as UTF-8"),
        (gzip.compress(LINE, mtime=0), ": the file is gzip-compressed; name it interactions.jsonl.gz"),
    ],
)
def test_files_that_cannot_be_used(folder: Path, content: bytes, problem: str) -> None:
    path = folder / "interactions.jsonl"
    path.write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        read_dataset(folder)
    assert caught.value.problems == (f"{path}{problem}",)


@pytest.mark.parametrize("stored", [LINE, gzip.compress(LINE * 50, mtime=0)[:-12], b"\x1f\x8b" + b"\x00" * 20])
def test_broken_gzip(folder: Path, stored: bytes) -> None:
    (folder / "interactions.jsonl").unlink()
    (folder / "interactions.jsonl.gz").write_bytes(stored)
    with pytest.raises(InvalidInput, match=r"interactions\.jsonl\.gz: broken gzip file"):
        read_dataset(folder)


def test_one_file_of_interactions_and_no_more(folder: Path) -> None:
    (folder / "interactions.jsonl.gz").touch()
    with pytest.raises(InvalidInput, match=r"both interactions\.jsonl and interactions\.jsonl\.gz are there"):
        read_dataset(folder)
    (folder / "interactions.jsonl.gz").unlink()
    (folder / "interactions.jsonl").unlink()
    with pytest.raises(InvalidInput, match=r"looked for interactions\.jsonl and interactions\.jsonl\.gz"):
        read_dataset(folder)
    (folder / "interactions.jsonl").mkdir()
    with pytest.raises(InvalidInput, match="is a folder; expected a file"):
        read_dataset(folder)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text("ab", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=6).map(json.dumps) | st.binary(max_size=30))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_a_line_it_is_read_or_told(folder: Path, line: str | bytes) -> None:
    path = folder / "interactions.jsonl"
    path.write_bytes(line if isinstance(line, bytes) else line.encode())
    try:
        read_dataset(folder)
    except InvalidInput as caught:
        assert all(problem.startswith(str(path)) for problem in caught.problems)


def test_the_schema_of_the_card_has_every_key_of_a_card() -> None:
    from msgspec.structs import fields

    from fieval.data import schema
    from fieval.model import Card

    card = schema("dataset")["properties"]["dataset.yaml"]
    assert list(card["properties"]) == [field.encode_name for field in fields(Card)]


def test_what_people_decided_counts_and_their_votes_stay(folder: Path) -> None:
    decided = {"value": "neutral", "votes": ["negative", "negative", "neutral"]}
    written(
        folder,
        {**gold(labels={"sentiment": decided}, scores={"csat": {"value": 2, "votes": [1, 5]}}), "id": "a"},
        {**gold(labels={"sentiment": {"value": "neutral"}, "intent": {"value": "", "votes": ["outage"]}}), "id": "b"},
    )
    first, second = read_dataset(folder).interactions
    assert first.labels["sentiment"] == GoldLabel("neutral", ("negative", "negative", "neutral"), settled=True)
    assert first.scores["csat"] == GoldScore(2.0, (1.0, 5.0), settled=True)
    assert second.labels["sentiment"] == GoldLabel("neutral", ("neutral",), settled=True)
    assert second.labels["intent"] == GoldLabel("outage", ("outage",))
    written(
        folder, gold(labels={"sentiment": {"value": "sad", "votes": ["neutral", "bad"]}}, scores={"csat": {"value": 9}})
    )
    with pytest.raises(InvalidInput) as caught:
        read_dataset(folder)
    assert [problem.partition(":1: ")[2].partition(" ")[0] for problem in caught.value.problems] == [
        "gold.labels.sentiment.value:", "gold.labels.sentiment.votes[1]:", "gold.scores.csat.value:",
    ]  # fmt: skip
