"""`fieval judge sheet`: people are asked what the judge is asked, and what they say is found again."""

from __future__ import annotations

import csv
import io
import random
import re
from collections import Counter
from pathlib import Path

import pytest

from fieval.court import judged_scorers
from fieval.data import read_verdicts
from fieval.evals.judged import JudgedScorer
from fieval.judging import labelled, people_of
from fieval.runner import Inputs, Request, read_and_score, read_inputs
from fieval.sheet import Drawn, draw, sheet_for
from fieval.watching import Silence

from end_to_end.command import fieval
from judge.gated import QUESTION, judged, lines, write, write_lines
from judge.scripted_server import Server, plausible
from made_dataset import Made

STEPS = ("summary", "coherence", "vouchers")  # the labels of the dataset answer for resolution


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write(judged(), tmp_path)


def asked(config: Path, *options: str | Path, code: int = 0) -> tuple[str, str]:
    done = fieval("judge", "sheet", "-c", config, *options, folder=config.parent)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout, done.stderr


def fill(source: Path, target: Path, seed: int = 1) -> int:
    """Verdicts by the throw of a die, as people would write them."""
    die = random.Random(seed)
    filled = [{**line, "verdict": die.choice(line["meta"]["verdicts"]), "by": "ann"} for line in lines(source)]
    write_lines(target, filled)
    return len(filled)


def drawn(inputs: Inputs, step: str, count: int) -> Drawn:
    systems = {"baseline": inputs.baseline, "candidate": inputs.candidate}
    outputs = {name: system.outputs for name, system in systems.items() if system is not None}
    return draw(scorer_of(inputs, step), inputs.dataset.interactions, outputs, count)


def scorer_of(inputs: Inputs, step: str) -> JudgedScorer:
    return judged_scorers(inputs.scorers)[step]


def test_what_people_fill_in_is_found_again(
    server: Server, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    server.decide = plausible
    asked(config, "-o", "sheet.jsonl", "--interactions", "12")
    place = tmp_path / "data" / "verdicts.jsonl"
    count = fill(tmp_path / "sheet.jsonl", place)

    inputs, _, sitting = read_and_score(Request(config, judge="record"), Silence())
    assert sitting.failure == ""
    said = read_verdicts(place, inputs.dataset)
    assert len(said) == count
    scorers = judged_scorers(inputs.scorers)
    people = people_of(said, scorers)
    assert inputs.baseline is not None
    systems = [inputs.candidate.outputs, inputs.baseline.outputs]
    for step in STEPS:
        scorer = scorers[step]
        ids = {inputs.dataset.interactions[row].id for row in drawn(inputs, step, 12).rows}
        assert len(ids) == 12
        keys = {
            scorer.key(interaction, output)
            for interaction, *outputs in zip(inputs.dataset.interactions, *systems, strict=True)
            for output in outputs
            if interaction.id in ids and scorer.asks(interaction, output)
        }
        assert people[step].keys() == keys
        for name, found in labelled(scorer, inputs.dataset.interactions, systems).items():
            answerable = ids if name != "rubric" else found  # an item may not apply
            assert found <= ids and len(found) >= len(answerable) - 3, name
            assert scorer.hearing.labelled[name] == found


def test_the_sample_is_of_content_and_in_proportion(config: Path) -> None:
    inputs = read_inputs(Request(config))
    for step in STEPS:
        whole = drawn(inputs, step, 1000)
        assert len(whole.rows) == whole.every and len(whole.changed) == whole.every_changed
        share = whole.every_changed / whole.every
        for count in range(1, whole.every + 1):
            found = drawn(inputs, step, count)
            assert len(found.rows) == count
            expected = count * share
            assert abs(len(found.changed) - expected) <= (0.5 if 1 <= expected <= count - 1 else 1)
            assert set(found.rows) <= set(whole.rows) and found.changed <= whole.changed
    summary = drawn(inputs, "summary", 1000)
    assert 0 < summary.every_changed < summary.every


def test_one_of_either_kind_at_least(tmp_path: Path) -> None:
    """Without any changed interaction a correction would be one of nothing."""
    made_up = judged(24, harm=0.0)
    for one, other in zip(made_up.candidate, made_up.baseline, strict=True):
        one["summary"] = other["summary"]
    made_up.candidate[5]["summary"] = "The customer was promised a new router."
    inputs = read_inputs(Request(write(made_up, tmp_path)))
    for count in (2, 3, 10):
        found = drawn(inputs, "summary", count)
        assert len(found.rows) == count and [inputs.dataset.interactions[row].id for row in found.changed] == [
            "call-005"
        ]


def test_neither_order_nor_ids_change_the_sample(tmp_path: Path) -> None:
    texts = []
    for folder in ("one", "two"):
        made_up = judged()
        if folder == "two":
            made_up.gold.reverse()
            for line in (*made_up.gold, *made_up.baseline, *made_up.candidate):
                line["id"] = line["id"][::-1]
        config = write(made_up, tmp_path / folder)
        asked(config, "-o", "sheet.jsonl", "--interactions", "9")
        texts.append([{**line, "id": ""} for line in lines(config.parent / "sheet.jsonl")])
    assert texts[0] == texts[1]


def test_a_line_says_what_to_judge_and_what_may_be_said(config: Path) -> None:
    out, _ = asked(config, "-o", "sheet.jsonl")
    inputs = read_inputs(Request(config))
    assert inputs.baseline is not None
    outputs = {"baseline": inputs.baseline.outputs, "candidate": inputs.candidate.outputs}
    summaries = {(system, one.id): one.summary for system, own in outputs.items() for one in own if one is not None}
    facts = {each.id: each.facts[0].text for each in inputs.dataset.interactions}
    yes_or_no = ["yes", "no", "na"]
    claim = ["supported", "contradicted", "not_mentioned", "not_checkable"]
    kinds = set()
    for line in lines(config.parent / "sheet.jsonl"):
        assert line["verdict"] == "" and line["by"] == ""
        summary = summaries[line["system"], line["id"]]
        kinds.add(line["question"])
        turns = line["meta"].pop("turns", [])
        assert len(turns) == (3 if line["question"].startswith("coherence.") else 0)
        about_the_summary = {"verdicts": yes_or_no, "summary": summary}
        expected = {
            "summary.s1": (summary, {"verdicts": claim}),
            "summary.f1": (facts[line["id"]], {"verdicts": ["covered", "missing", "contradicted"], "summary": summary}),
            "summary.rubric.reason": ("It says why the customer called.", about_the_summary),
            "coherence.closes": ("the end fits how the conversation went.", {"verdicts": yes_or_no}),
            "vouchers.answer": (QUESTION, about_the_summary),
        }
        if line["question"] in expected:
            assert (line["text"], line["meta"]) == expected[line["question"]]
    assert kinds == {*expected, "coherence.answers", "coherence.consistent", "coherence.follows"}
    assert "Judge each claim of the summary by the transcript alone" in out
    assert "must not pass" not in out and "<transcript-" not in out  # what only a machine has to hear
    assert not any(turn.text in out for one in inputs.dataset.interactions for turn in one.turns)


def test_what_both_systems_made_is_asked_once(config: Path) -> None:
    asked(config, "-o", "sheet.jsonl")
    questions = Counter((line["id"], line["output"], line["question"]) for line in lines(config.parent / "sheet.jsonl"))
    assert set(questions.values()) == {1}
    systems = Counter(line["system"] for line in lines(config.parent / "sheet.jsonl"))
    assert systems["baseline"] > systems["candidate"] > 0


def test_the_order_does_not_tell_whose_a_text_is(config: Path) -> None:
    asked(config, "-o", "sheet.jsonl")
    systems: dict[str, list[str]] = {}
    for line in lines(config.parent / "sheet.jsonl"):
        if line["question"] == "coherence.answers":
            systems.setdefault(line["id"], []).append(line["system"])
    first = Counter(names[0] for names in systems.values() if len(names) == 2)
    assert min(first["baseline"], first["candidate"]) >= 3


def test_an_anchor_is_asked_about_too(config: Path) -> None:
    other = lines(config.parent / "baseline.jsonl")
    for line in other:
        line["summary"] += " It was an older pipeline."
    write_lines(config.parent / "older.jsonl", other)
    config.write_text(config.read_text().replace("baseline:", "anchor: older.jsonl\nbaseline:"))
    asked(config, "-o", "sheet.jsonl")
    assert {line["system"] for line in lines(config.parent / "sheet.jsonl")} == {"baseline", "candidate", "anchor"}


def test_what_is_answered_is_not_asked_again(config: Path) -> None:
    sheet, place = config.parent / "sheet.jsonl", config.parent / "data" / "verdicts.jsonl"
    asked(config, "-o", "sheet.jsonl", "--interactions", "8")
    first = fill(sheet, place)
    out, _ = asked(config, "-o", "more.jsonl", "--interactions", "8")
    assert "Nothing is left to ask; no file is written." in out
    assert not (config.parent / "more.jsonl").exists()

    asked(config, "-o", "more.jsonl", "--interactions", "16")
    second = fill(config.parent / "more.jsonl", config.parent / "more.jsonl")
    with place.open("a") as file:
        file.write((config.parent / "more.jsonl").read_text())
    inputs = read_inputs(Request(config))
    assert len(read_verdicts(place, inputs.dataset)) == first + second  # and no line twice
    (config.parent / "more.jsonl").unlink()
    asked(config, "-o", "all.jsonl", "--interactions", "16")
    assert not (config.parent / "all.jsonl").exists()


def test_no_verdict_is_ever_overwritten(config: Path) -> None:
    sheet = config.parent / "sheet.jsonl"
    asked(config, "-o", "sheet.jsonl", "--interactions", "4")
    asked(config, "-o", "sheet.jsonl", "--interactions", "5")  # nobody has begun
    waiting = lines(sheet)
    waiting[3]["verdict"] = "supported"
    write_lines(sheet, waiting)
    before = sheet.read_bytes()
    _, errors = asked(config, "-o", "sheet.jsonl", code=2)
    assert errors == "fieval: sheet.jsonl: holds 1 verdict; name another file\n"
    assert sheet.read_bytes() == before
    for target, told in [
        ("candidate.jsonl", "is there and no sheet; name another file"),
        ("gate.yaml", "is there and no sheet; name another file"),
        ("data", "is a folder; expected a file"),
        ("absent/sheet.jsonl", "cannot be written: No such file or directory"),
    ]:
        _, errors = asked(config, "-o", target, code=2)
        assert errors == f"fieval: {target}: {told}\n"


def test_labels_of_the_dataset_are_verdicts_already(tmp_path: Path) -> None:
    made_up: Made = judged()
    for line in made_up.gold[:5]:
        del line["gold"]["labels"]["resolution"]
    config = write(made_up, tmp_path)
    found = sheet_for(Request(config), tmp_path / "sheet.jsonl", 100)
    of_resolution = [line for line in lines(tmp_path / "sheet.jsonl") if line["question"] == "resolution.outcome"]
    assert {line["id"] for line in of_resolution} == {line["id"] for line in made_up.gold[:5]}
    (step,) = [each for each in found.steps if each.step == "resolution"]
    assert (step.interactions, step.lines, step.answered) == (24, 5, 19)
    assert of_resolution[0]["text"] == "You judge how a conversation between a customer and a company ended."


def test_a_bad_file_of_verdicts_is_told(config: Path) -> None:
    (config.parent / "data" / "verdicts.jsonl").write_text('{"id": 1}\n')
    _, errors = asked(config, "-o", "sheet.jsonl", code=2)
    assert errors.startswith(f"fieval: {config.parent}/data/verdicts.jsonl:1: id") and errors.count("\n") == 1


def test_nothing_is_judged(config: Path) -> None:
    config.write_text(config.read_text().replace("provider: anthropic\n  cache: judge.sqlite", "provider: none"))
    text = config.read_text()
    config.write_text(
        text[: text.index("steps:")] + "steps: {asr: {evaluator: asr_accuracy, gates: {wer: {max: 1}}}}\n"
    )
    _, errors = asked(config, "-o", "sheet.jsonl", code=2)
    assert errors.startswith(f"fieval: {config}: no step is judged") and errors.count("\n") == 1
    _, errors = asked(config, "-o", "sheet.jsonl", "--interactions", "0", code=2)
    assert "--interactions" in errors


def test_a_spreadsheet_is_blind_and_comes_back_as_verdicts(config: Path) -> None:
    """Filled in by the throw of a die, which knows no more than a person of whose output it is."""
    out, _ = asked(config, "-o", "sheet.csv", "--interactions", "8")
    command = re.search(r"fieval import csv sheet.csv --as verdicts --into (\S+)$", out, re.M)
    assert command and Path(command[1]) == config.parent / "data"
    asked(config, "-o", "sheet.jsonl", "--interactions", "8")
    header, *rows = csv.reader(io.StringIO((config.parent / "sheet.csv").read_text("utf-8-sig"), newline=""))
    assert "system" not in header
    assert not {cell for row in rows for cell in row} & {"candidate", "baseline", "supported"}
    assert all(row[header.index("conversation")] for row in rows)
    waiting = lines(config.parent / "sheet.jsonl")
    assert [(row[0], row[1], row[-1]) for row in rows] == [
        (line["id"], line["question"], line["output"]) for line in waiting
    ]
    die = random.Random(1)
    for row in rows:
        row[header.index("verdict")] = die.choice(row[header.index("choices")].split(" | "))
        row[header.index("by")] = "ann"
    with (config.parent / "filled.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    done = fieval("import", "csv", "filled.csv", "--as", "verdicts", "--into", "data", folder=config.parent)
    assert done.stdout == f"data/verdicts.jsonl: {len(rows)} new verdicts, 0 replaced, 0 as before\n", done.stderr
    inputs = read_inputs(Request(config))
    said = read_verdicts(config.parent / "data/verdicts.jsonl", inputs.dataset)
    assert sum(map(len, people_of(said, judged_scorers(inputs.scorers)).values())) > 0
    out, _ = asked(config, "-o", "more.csv", "--interactions", "8")
    assert "Nothing is left to ask; no file is written." in out
    _, errors = asked(config, "-o", "sheet.csv", "--interactions", "16", code=2)
    assert errors == "fieval: sheet.csv: is there already, and perhaps filled in; name another file\n"
