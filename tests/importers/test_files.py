"""The files of an import: folders, compression, links, what cannot be read, and where the result is written."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from fieval.errors import InvalidInput
from fieval.importers import Reading, convert


def test_text_that_is_none_and_broken_archives_are_one_message(tmp_path: Path) -> None:
    (tmp_path / "bad.ctm").write_bytes(b"a 1 0 1 fine\na 1 0 1 \xff\n")
    (tmp_path / "cut.ctm.gz").write_bytes(gzip.compress(b"a 1 0 1 word\n" * 99, mtime=0)[:-9])
    for name, said in (("bad.ctm", ":2: not UTF-8"), ("cut.ctm.gz", "broken gzip file"), ("none.ctm", "no such file")):
        with pytest.raises(InvalidInput, match=said):
            convert("ctm", [tmp_path / name], tmp_path / "out.jsonl")


def test_a_folder_is_read_by_name_and_an_id_may_come_once(tmp_path: Path) -> None:
    (tmp_path / "calls").mkdir()
    for name, identifier in (("2.rttm", "b"), ("1.rttm", "a"), ("notes.txt", "c")):
        (tmp_path / "calls" / name).write_text(f"SPEAKER {identifier} 1 0 1 <NA> <NA> s\r\n", encoding="utf-8")
    (tmp_path / "calls" / "3.rttm.gz").write_bytes(gzip.compress(b"SPEAKER z 1 0 1 <NA> <NA> s\n"))
    assert len(convert("rttm", [tmp_path / "calls"], tmp_path / "out.jsonl").ids) == 3
    assert [json.loads(line)["id"] for line in (tmp_path / "out.jsonl").read_text().splitlines()] == ["a", "b", "z"]
    with pytest.raises(InvalidInput, match=r'"a" is in .*1\.rttm as well; ids must be unique'):
        convert("rttm", [tmp_path / "calls", tmp_path / "calls" / "1.rttm"], tmp_path / "again.jsonl")
    with pytest.raises(InvalidInput, match=r"no files here that end in \.ctm"):
        convert("ctm", [tmp_path / "calls"], tmp_path / "again.jsonl")
    assert not (tmp_path / "again.jsonl").exists()


def test_a_bad_file_is_not_said_to_be_empty_besides(tmp_path: Path) -> None:
    (tmp_path / "bad.rttm").write_text("x\n", encoding="utf-8")
    (tmp_path / "1.rttm").write_text("SPEAKER a 1 0 1 <NA> <NA> s\n", encoding="utf-8")
    with pytest.raises(InvalidInput) as raised:
        convert(
            "rttm", [tmp_path / name for name in ("1.rttm", "bad.rttm", "none.rttm", "1.rttm")], tmp_path / "o.jsonl"
        )
    assert [problem.removeprefix(f"{tmp_path}/") for problem in raised.value.problems] == [
        'bad.rttm:1: expected a line that begins with SPEAKER, got "x"',
        "none.rttm: no such file",
        f'1.rttm: "a" is in {tmp_path}/1.rttm as well; ids must be unique',
    ]


def test_folders_in_a_folder_are_read_and_links_to_folders_are_not(tmp_path: Path) -> None:
    for place in ("calls/2026/11", "calls/.hidden", "elsewhere"):
        (tmp_path / place).mkdir(parents=True)
        name = place.replace("/", "_").replace(".", "")
        (tmp_path / place / "a.rttm").write_text(f"SPEAKER {name} 1 0 1 <NA> <NA> s\n", encoding="utf-8")
    (tmp_path / "calls" / "more").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (tmp_path / "calls" / "b.rttm").write_text("SPEAKER b 1 0 1 <NA> <NA> s\n", encoding="utf-8")
    assert convert("rttm", [tmp_path / "calls"], tmp_path / "out.jsonl").ids == ("calls_2026_11", "b")


def test_what_is_compressed_is_unpacked_whatever_its_name(tmp_path: Path) -> None:
    packed = gzip.compress(b"token|speaker\nhello|1\n", mtime=0)
    for name, identifier in (("a.nlp", "a"), ("b.NLP.GZ", "b"), ("c.d.nlp.gz", "c.d")):
        (tmp_path / name).write_bytes(packed)
        assert len(convert("nlp", [tmp_path / name], tmp_path / "out.jsonl").ids) == 1
        assert json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8"))["id"] == identifier


def test_of_a_folder_hidden_files_are_left_out_and_dead_links_are_not(tmp_path: Path) -> None:
    folder = tmp_path / "calls"
    (folder / "more.rttm").mkdir(parents=True)
    (folder / "a.rttm").write_text("SPEAKER a 1 0 1 <NA> <NA> s\n", encoding="utf-8")
    (folder / "._a.rttm").write_bytes(b"\xff\x00")
    assert len(convert("rttm", [folder], tmp_path / "out.jsonl").ids) == 1
    (folder / "b.rttm").symlink_to("nowhere")
    with pytest.raises(InvalidInput, match=r"b\.rttm: no such file"):
        convert("rttm", [folder], tmp_path / "out.jsonl")


def test_the_folder_to_write_to_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "a.rttm").write_text("SPEAKER a 1 0 1 <NA> <NA> s\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"there is no folder .*golden; make it first"):
        convert("rttm", [tmp_path / "a.rttm"], tmp_path / "golden" / "interactions.jsonl")


def test_a_new_name_for_nobody_is_a_slip(tmp_path: Path) -> None:
    (tmp_path / "a.rttm").write_text("SPEAKER a 1 0 1 <NA> <NA> spk_0\n", encoding="utf-8")
    names = {"spk0": "agent", "spk_0": "caller"}
    with pytest.raises(InvalidInput, match='--speaker: nobody is called "spk0"; did you mean "spk_0"'):
        convert("rttm", [tmp_path / "a.rttm"], tmp_path / "out.jsonl", reading=Reading(speakers=names))
    assert not (tmp_path / "out.jsonl").exists()


def test_a_source_is_never_written_over(tmp_path: Path) -> None:
    text = "SPEAKER a 1 0 1 <NA> <NA> s\n"
    (tmp_path / "calls").mkdir()
    source = tmp_path / "calls" / "a.rttm"
    source.write_text(text, encoding="utf-8")
    (tmp_path / "link.jsonl").symlink_to(source)
    for sources, target in (
        ([source], source),
        ([tmp_path / "calls"], source),
        ([source], tmp_path / "calls" / ".." / "calls" / "a.rttm"),
        ([source], tmp_path / "link.jsonl"),
    ):
        with pytest.raises(InvalidInput, match="is one of the sources; name another file to write"):
            convert("rttm", sources, target)
    assert source.read_text(encoding="utf-8") == text


def test_a_target_that_ends_in_gz_is_compressed_to_the_same_bytes_each_time(tmp_path: Path) -> None:
    source = tmp_path / "a.rttm"
    source.write_text("SPEAKER a 1 0 1 <NA> <NA> s\n", encoding="utf-8")
    convert("rttm", [source], tmp_path / "plain.jsonl")
    for name in ("one.jsonl.gz", "two.jsonl.gz"):
        convert("rttm", [source], tmp_path / name)
    packed = (tmp_path / "one.jsonl.gz").read_bytes()
    assert gzip.decompress(packed) == (tmp_path / "plain.jsonl").read_bytes()
    assert packed == (tmp_path / "two.jsonl.gz").read_bytes()
    assert packed[4:8] == bytes(4), "the time of writing"
    assert (tmp_path / "one.jsonl.gz").stat().st_mode == (tmp_path / "plain.jsonl").stat().st_mode


def test_a_target_that_is_a_link_is_written_through(tmp_path: Path) -> None:
    source = tmp_path / "a.rttm"
    source.write_text("SPEAKER a 1 0 1 <NA> <NA> s\n", encoding="utf-8")
    (tmp_path / "store").mkdir()
    (tmp_path / "out.jsonl").symlink_to("store/real.jsonl")
    assert len(convert("rttm", [source], tmp_path / "out.jsonl").ids) == 1
    assert (tmp_path / "out.jsonl").is_symlink()
    assert json.loads((tmp_path / "store" / "real.jsonl").read_text(encoding="utf-8"))["id"] == "a"


def test_what_people_said_is_not_overwritten_by_a_slip(tmp_path: Path) -> None:
    """A forgotten `--as gold`, or the card named for the interactions."""
    source = tmp_path / "a.rttm"
    source.write_text("SPEAKER a 1 0 1 <NA> <NA> s\n", encoding="utf-8")
    gold = '{"id": "a", "channel": "voice", "gold": {"facts": [{"text": "a refund", "anchors": ["refund"]}]}}\n'
    for name, content in (("interactions.jsonl", gold + "broken\n"), ("dataset.yaml", "name: d\n")):
        target = tmp_path / name
        target.write_text(content, encoding="utf-8")
        for kind in ("outputs", "gold"):
            with pytest.raises(InvalidInput, match=r"would lose what people said|no file of interactions"):
                convert("rttm", [source], target, kind=kind)
        assert target.read_text(encoding="utf-8") == content
