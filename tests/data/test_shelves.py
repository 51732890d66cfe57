"""Files read span by span, against the same files read at once."""

import gzip
import json
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieval import data
from fieval.data import shelves
from fieval.data.lines import spans
from fieval.data.shelves import Reading, Shelf
from fieval.errors import InvalidInput
from fieval.model import Dataset, System
from fieval.redacted import has_masked

from made_dataset import made

AWAY = Reading(kept=0, mark=has_masked)
BAD = (
    b'{"id": "call-3", "channel": "voice"}\n',
    b'{"id": "new", "channel": "telex"}\n',
    b'{"id": "other", "channel": "voice", "gold": {"labels": {"intent": "nonsense"}}}\n',
    b"\n",
    b'{"id": "cut',
    b'{"id": "carriage", "channel": "chat"}\r\n',
    b'{"id": "", "channel": "chat"}\n',
    b'{"id": "n\xff", "channel": "chat"}\n',
)


@pytest.fixture(autouse=True)
def _small_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "SPAN", 700)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Outputs in another order than the dataset, two of them missing, one of which holds a masked passage."""
    folder = tmp_path_factory.mktemp("stored")
    one = made(n=30)
    one.candidate[4] |= {"turns": [{"speaker": "agent", "text": "my name is [PII] and"}]}
    del one.candidate[7], one.candidate[20]
    Random(1).shuffle(one.candidate)
    one.write(folder)
    return folder


def read(folder: Path, reading: Reading) -> tuple[Dataset, System]:
    dataset = data.read_dataset(folder / "data", reading=reading)
    return dataset, data.read_outputs(folder / "candidate.jsonl", dataset, reading=reading)


@settings(max_examples=200)
@given(st.binary(max_size=300), st.integers(0, 40))
def test_spans_are_the_file_cut_between_lines(content: bytes, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fieval.data.lines.open_stored", lambda _: BytesIO(b"{" + content))
        found = spans(Path("x.jsonl"), size)
    whole = b"{" + content
    assert whole == b"".join(whole[each.start : each.stop] for each in found)
    for before, after in pairwise(found):
        assert before.stop == after.start
        assert whole[: after.start].endswith(b"\n")
        assert after.first == 1 + whole[: after.start].count(b"\n")
        assert after.carriage == (b"\r\n" in whole[: after.start])


def test_records_are_the_same_read_at_once_and_one_by_one(folder: Path) -> None:
    (here, at_once), (away, by_spans) = read(folder, data.Reading()), read(folder, AWAY)
    assert isinstance(away.interactions, Shelf)
    assert isinstance(by_spans.outputs, Shelf)
    assert tuple(away.interactions) == here.interactions
    assert tuple(by_spans.outputs) == at_once.outputs
    assert [by_spans.outputs[place] for place in (29, 7, 0)] == [at_once.outputs[place] for place in (29, 7, 0)]
    assert tuple(by_spans.outputs[5:9]) == at_once.outputs[5:9]
    assert (away.source, by_spans.source) == (here.source, at_once.source)


def test_who_interactions_are_is_known_without_their_texts(folder: Path) -> None:
    (here, _), (away, outputs) = read(folder, data.Reading()), read(folder, AWAY)
    told = [(one.id, one.group, one.channel, one.language, one.cohorts) for one in away.roster]
    assert told == [(one.id, one.group, one.channel, one.language, one.cohorts) for one in here.roster]
    assert [one.value_of("intent") for one in away.roster] == [one.value_of("intent") for one in here.roster]
    assert all(
        one.fingerprint.startswith(short.fingerprint) for one, short in zip(here.roster, away.roster, strict=True)
    )
    assert not any(one.turns or one.summary or one.facts for one in away.roster)
    assert (away.masked, outputs.masked) == ((), (4,))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from(BAD)), min_size=1, max_size=6))
def test_the_same_is_wrong_read_at_once_and_by_spans(
    tmp_path_factory: pytest.TempPathFactory, bad: list[tuple[int, bytes]]
) -> None:
    target = tmp_path_factory.mktemp("bad")
    made(n=30).write(target)
    path = target / "data/interactions.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    for place, line in bad:
        lines.insert(place, line)
    path.write_bytes(b"".join(lines))
    told: list[tuple[str, ...]] = []
    for reading in (data.Reading(), AWAY):
        try:
            data.read_dataset(target / "data", reading=reading)
            told.append(())
        except InvalidInput as error:
            told.append(error.problems)
    assert sorted(told[0]) == sorted(told[1])


def test_compressed_files_are_unpacked_in_private(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    _, plain = read(folder, data.Reading())
    packed = tmp_path / "candidate.jsonl.gz"
    packed.write_bytes(gzip.compress((folder / "candidate.jsonl").read_bytes()))
    system = data.read_outputs(packed, read(folder, AWAY)[0], reading=AWAY)
    assert isinstance(system.outputs, Shelf)
    assert tuple(system.outputs) == plain.outputs
    (copy,) = scratch.iterdir()
    assert copy.stat().st_mode & 0o777 == 0o700


def test_a_broken_compressed_file_is_told_as_ever(folder: Path, tmp_path: Path) -> None:
    packed = tmp_path / "candidate.jsonl.gz"
    packed.write_bytes(gzip.compress((folder / "candidate.jsonl").read_bytes())[:-20])
    dataset, _ = read(folder, AWAY)
    for reading in (data.Reading(), AWAY):
        with pytest.raises(InvalidInput, match=r"candidate\.jsonl\.gz: broken gzip file"):
            data.read_outputs(packed, dataset, reading=reading)


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    made(n=30).write(tmp_path)
    dataset, system = read(tmp_path, AWAY)
    path = tmp_path / "candidate.jsonl"
    path.write_bytes(path.read_bytes().replace(b"router", b"rooter"))
    assert len(tuple(dataset.interactions)) == 30
    with pytest.raises(InvalidInput, match=r"candidate\.jsonl: changed while it was read"):
        tuple(system.outputs)


def test_unknown_lines_complain_of_nothing_else(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "more.jsonl"
    more = {"id": "stranger", "labels": {"intent": {"label": "billing", "confidence": 7}}}
    path.write_bytes((folder / "candidate.jsonl").read_bytes() + json.dumps(more).encode())
    for reading in (data.Reading(), AWAY):
        dataset, system = read(folder, reading)
        with pytest.raises(InvalidInput) as told:
            data.read_outputs(path, dataset, reading=reading)
        assert len(told.value.problems) == 1
        skipped = data.read_outputs(path, dataset, ignore_unknown=True, reading=reading)
        assert tuple(skipped.outputs) == tuple(system.outputs)


def test_a_file_of_blank_lines_has_no_outputs(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "blank.jsonl").write_text("\n" * 10)
    dataset = data.read_dataset(folder / "data", reading=AWAY)
    system = data.read_outputs(tmp_path / "blank.jsonl", dataset, reading=AWAY)
    assert isinstance(system.outputs, Shelf)
    assert set(system.outputs) == {None}
