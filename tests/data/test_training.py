"""What was trained on must not be judged by."""

import gzip
import json
from pathlib import Path

import pytest

from fieval.data import refuse_seen
from fieval.data.training import Examples
from fieval.errors import InvalidInput
from fieval.model import Card, Dataset, Interaction, Source, Turn

CALL = Interaction("call-1", "voice", "en", "g", {}, turns=(Turn("agent", "Hello, Ms. Lee!"), Turn("", "It's BROKEN.")))
SILENT = Interaction("call-2", "voice", "en", "g", {})
DATASET = Dataset(Card("d", "1"), (CALL, SILENT), Source("d", ""))


def written(folder: Path, *lines: object) -> Path:
    path = folder / "training.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ({"id": "call-1"}, "its id"),
        ({"id": "other", "text": "hello ms lee it's broken", "label": "outage"}, "its text"),
        ({"text": "  HELLO, Ms Lee!\nIt\u2019s broken"}, "its text"),
        ({"turns": [{"speaker": "a", "text": "Hello Ms. Lee"}, {"text": "it's broken"}]}, "its text"),
        ({"text": "Hello, Ms. Lee! It's broken. And more."}, None),
        ({"id": "call-3", "text": ""}, None),
    ],
)
def test_ids_and_whole_texts_are_refused(tmp_path: Path, line: object, what: str | None) -> None:
    path = written(tmp_path, {"id": "x"}, line)
    if what is None:
        assert refuse_seen(DATASET, path).total == 2
        return
    with pytest.raises(InvalidInput) as caught:
        refuse_seen(DATASET, path)
    assert caught.value.problems == (
        "1 of 2 interactions were seen in training",
        f'{path}:2: interaction "call-1" of the dataset is in the training data by {what}',
    )


def test_it_counts_what_there_was_to_compare_by(tmp_path: Path) -> None:
    lines = [{"id": "x"}, {"id": "y", "text": "?!"}, {"id": "z", "text": "hello"}, {"turns": [{"text": "good bye"}]}]
    assert refuse_seen(DATASET, written(tmp_path, *lines)) == Examples(total=4, ids=3, texts=2)


def test_compressed_training_data_is_read(tmp_path: Path) -> None:
    path = tmp_path / "training.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"id": "call-2"}\n'))
    with pytest.raises(InvalidInput, match="call-2"):
        refuse_seen(DATASET, path)


def test_a_line_that_says_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="expected an id or a text"):
        refuse_seen(DATASET, written(tmp_path, {"txt": "misspelled"}))
