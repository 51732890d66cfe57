"""The page of a run is sound HTML, holds what it promises and nothing else, and no data in it is ever markup."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from fieval import reports
from fieval.model import Run
from fieval.reports.html import cases as html_cases
from fieval.run_folder import read_run, write_run

import sample_run
from end_to_end.command import PROJECT, fieval
from reports import html_sample
from reports.html_sample import NASTY, cases, unpacked
from small_gate import CONFIG

HTML = reports.formats()["html"]
VOID = {"meta", "br", "img", "input", "link"}
DATASET = PROJECT / "golden_datasets/contact_center"


class Reader(HTMLParser):
    """Checks that elements close in turn; collects them, ids, attributes and texts of scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.inside: dict[str, list[str]] = {"script": [], "style": []}
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in self.inside:
            self.inside[self.open[-1]].append(data)


@pytest.fixture(scope="module")
def broken() -> Run:
    return html_sample.broken()


@pytest.fixture(scope="module")
def page(broken: Run) -> str:
    return HTML.render(broken, show_text=True)


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return html_sample.nasty(tmp_path_factory.mktemp("nasty") / "run")


def test_elements_close_ids_are_unique_and_the_policy_names_the_only_script_and_style(page: str) -> None:
    read = Reader(page)
    assert len(read.ids) == len(set(read.ids))
    assert not [name for name, _ in read.attributes if name.startswith("on") or name in ("style", "src")]
    policy = next(value for name, value in read.attributes if value and "default-src 'none'" in value)
    style, script = read.inside["style"][0], read.inside["script"][-1]
    for text in (style, script):
        assert base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() in str(policy)
    assert "unsafe" not in str(policy)
    assert {value for name, value in read.attributes if name == "href"} >= {"#why", "#steps", "#interactions"}
    assert not re.search(r'(?:href|src|action)="(?!#)', page)


def test_headings_go_down_one_level_at_a_time(page: str) -> None:
    levels = [int(tag[1]) for tag in Reader(page).tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_the_verdict_and_its_reasons_are_those_of_the_other_reports(page: str, broken: Run) -> None:
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))
    assert broken.report.headline in text
    assert "WER for site=hillside rose from 24.9% to 56.6% (+31.7 points" in text
    assert "46 checks: 4 failed, 42 passed." in text


def test_why_it_failed_leads_to_the_worst_interactions_of_the_text_report(page: str, broken: Run) -> None:
    lines = reports.formats()["text"].render(broken).splitlines()
    told = next(line.removeprefix("  - asr: ") for line in lines if line.startswith("  - asr: "))
    assert re.findall(r'href="#i=([^"&]+)&amp;step=asr">', page) == told.strip().split(", ")


def test_fail_rates_without_a_rule_have_no_column_of_verdicts(page: str) -> None:
    heads = [each.partition("</thead>")[0] for each in page.split('<table class="shares">')[1:]]
    steps = ["diarization", "asr", "summary", "intent", "sentiment", "resolution", "coherence", "csat"]
    judged = [step for step, head in zip(steps, heads, strict=True) if ">verdict<" in head]
    assert judged == ["intent", "resolution"]


def test_same_run_same_bytes_also_from_its_folder(broken: Run, page: str, tmp_path: Path) -> None:
    assert HTML.render(broken, show_text=True) == page
    folder = write_run(broken, tmp_path / "run")
    assert (folder / "report.html").read_text(encoding="utf-8") == page
    again = fieval("report", folder, "--format", "html")
    assert again.returncode == 0, again.stderr
    assert again.stdout == page.rstrip("\n") + "\n"


def test_every_interaction_is_there_with_its_steps(page: str, broken: Run) -> None:
    found = cases(page)
    assert broken.inside is not None
    assert [one["id"] for one in found] == [one.id for one in broken.inside.dataset.interactions]
    rows = unpacked(page)["index"]["rows"]
    assert [row[0] for row in rows] == [one["id"] for one in found]
    assert sorted(unpacked(page)["index"]["worst"]) == list(range(len(found)))
    scored = {(score.id, score.step) for score in broken.scores}
    assert {(one["id"], step) for one in found for step in one["steps"]} == scored


def test_counts_are_said_to_be_unweighted_where_results_are_weighted() -> None:
    told = "count interactions as they are, unweighted"
    assert told in HTML.render(sample_run.weighted())
    assert told not in HTML.render(sample_run.failing())


def test_marks_are_those_of_the_scores(page: str, broken: Run) -> None:
    assert broken.inside is not None
    missed = {(each.id, each.step) for each in broken.scores if each.system == "candidate" and each.failed}
    worse = {(each.id, each.step) for each in broken.scores if each.metric == "worse_rate" and each.value == 1
             and each.system == "candidate"}  # fmt: skip
    names = [step.name for step in broken.inside.steps]
    marks = {(row[0], name): mark for row in unpacked(page)["index"]["rows"]
             for name, mark in zip(names, row[2], strict=True)}  # fmt: skip
    assert {key for key, mark in marks.items() if mark in "13"} == missed
    assert {key for key, mark in marks.items() if mark in "23"} == worse


def test_the_worst_come_first(page: str) -> None:
    index = unpacked(page)["index"]
    counts = [sum(mark in "23" for mark in index["rows"][place][2]) for place in index["worst"]]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 1


def test_an_alignment_holds_the_words_of_both_sides(page: str, broken: Run) -> None:
    one = next(one for one in cases(page) if one["steps"].get("asr", {}).get("mark") == "3")
    runs = one["steps"]["asr"]["aligned"][1]
    errors = sum(max(len(said.split()), len(heard.split())) for said, heard in runs if said != heard)
    words = sum(len(said.split()) for said, _ in runs)
    score = next(
        each for each in broken.scores if (each.id, each.system, each.metric) == (one["id"], "candidate", "wer")
    )
    assert errors / words == pytest.approx(score.value, rel=0.05)


def test_what_was_made_up_is_in_the_summary_with_where_it_came_from(page: str, broken: Run) -> None:
    one = next(one for one in cases(page) if one["id"] == "voice-047")
    assert one["steps"]["summary"]["made_up"] == [
        [["five", 3], ["eighty", 3], ["zero seven", 3], ["fifth", 3]],
        [["tuesday", 1], ["fifteen point eight", 0], ["twelve", 1]],
    ]
    found = [(text, one["summaries"][system].lower()) for one in cases(page)
             for system, own in zip(("baseline", "candidate"), one["steps"]["summary"]["made_up"], strict=True)
             for text, _ in own]  # fmt: skip
    assert len(found) > 50
    assert [text for text, summary in found if text.lower() not in summary] == []


def test_hostile_texts_come_back_exactly_and_are_no_markup(nasty: Run) -> None:
    page = HTML.render(nasty, show_text=True)
    read = Reader(page)
    assert {"b", "i", "img"} & set(read.tags) <= {"b"}
    assert not [name for name, _ in read.attributes if name.startswith("on")]
    assert not set("\u202e\u2066\u2069\u200f\u2028\u2029\x00\x1b") & set(page)
    for place, one in enumerate(cases(page)):
        for side in ("gold", "baseline", "candidate"):
            assert one["turns"][side]["text"][0] == NASTY[place % len(NASTY)]
    assert json.loads(read.inside["script"][0])["steps"] == ["asr", "summary", "intent"]


def test_a_report_whose_every_string_is_hostile_is_no_markup() -> None:
    read = Reader(HTML.render(sample_run.hostile(), show_text=True))
    assert not [name for name, _ in read.attributes if name.startswith("on")]
    assert len(read.inside["script"]) == 2


def phrases(texts: Iterator[str]) -> set[str]:
    split = [text.split() for text in texts]
    return {" ".join(words[start : start + 5]) for words in split for start in range(len(words) - 4)}


def transcripts(run: Run) -> Iterator[str]:
    assert run.inside is not None
    outputs = [each for each in (*run.inside.candidate, *(run.inside.baseline or ())) if each is not None]
    told = [(one.turns, one.summary) for one in run.inside.dataset.interactions]
    for turns, summary in [*told, *((one.turns, one.summary) for one in outputs)]:
        yield from (turn.text for turn in turns)
        yield summary


def test_without_texts_nothing_that_was_said_is_there(broken: Run, page: str) -> None:
    without = HTML.render(broken)
    every = " ".join(map(str, (without, cases(without), unpacked(without)["index"])))
    said = phrases(transcripts(broken))
    there = phrases(iter([" ".join(map(str, cases(page)))]))
    assert len(said & there) > 1_000
    found = phrases(iter([re.sub(r"\W+", " ", every).lower()]))
    assert not {re.sub(r"\W+", " ", phrase).lower() for phrase in said} & found
    assert "What people said was left out of this page." in without
    resolution = next(one for one in cases(without) if one["id"] == "voice-110")["steps"]["resolution"]["rows"]
    assert ["predicted", "unresolved", "unresolved", "partly_resolved"] in [list(row) for row in resolution]


def test_hostile_labels_are_left_out_with_the_texts(nasty: Run) -> None:
    every = str(cases(HTML.render(nasty)))
    assert "word word word" not in every
    assert "hacked = 1" not in every.replace("'id': '0<b onmouseover", "")


def test_a_run_that_is_read_without_its_inputs_has_no_interactions_and_says_so() -> None:
    page = HTML.render(sample_run.failing(), show_text=True)
    assert "This page has no interactions" in page
    assert unpacked(page) == {}
    assert sample_run.SECRET not in page


def test_more_interactions_than_can_be_looked_into_are_said(broken: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_cases, "WORDS_LOOKED_INTO", 1_500)
    page = HTML.render(broken, show_text=True)
    index = unpacked(page)["index"]
    seen = [one for one in cases(page) if one["steps"]["summary"]["seen"]]
    assert {one["id"] for one in seen} == {index["rows"][place][0] for place in index["worst"][: len(seen)]}
    words = [sum(len(text.split()) for text in one["turns"]["gold"]["text"]) for one in seen]
    assert sum(words) - max(words) < 1_500 <= sum(words)
    assert f"The {len(seen)} worst interactions are shown with evidence" in page
    assert f"the other {252 - len(seen)} with" in page
    assert all("turns" in one for one in cases(page))


def test_only_the_command_line_writes_it_and_git_leaves_it_alone(broken: Run, small: Path, tmp_path: Path) -> None:
    import fieval as library

    library.run(small / CONFIG, out=tmp_path / "library")
    assert not (tmp_path / "library/report.html").exists()
    folder = write_run(broken, tmp_path / "run")
    assert "report.html" in (folder / ".gitignore").read_text().split()
    assert read_run(folder).inside is None


def test_commands_leave_texts_out_where_they_are_told_to(small: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    done = fieval("run", "-q", "--no-text", "--out", folder, folder=small)
    assert done.returncode == 0
    without = (folder / "report.html").read_text(encoding="utf-8")
    assert "turns" not in cases(without)[0]
    again = fieval("report", folder, "--format", "html", "--no-text", folder=small)
    assert again.stdout.rstrip("\n") == without.rstrip("\n")
    (folder / "report.json").write_text((folder / "report.json").read_text().replace("candidate.jsonl", "gone.jsonl"))
    gone = fieval("report", folder, "--format", "html", folder=small)
    assert gone.returncode == 0
    assert "the page has no interactions: the candidate of that run cannot be read" in gone.stderr
    assert cases(gone.stdout) == []
