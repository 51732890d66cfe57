"""What `fieval check` remarks on: nothing of it is an error, and all of it seldom meant."""

from __future__ import annotations

from pathlib import Path

from end_to_end.command import fieval
from made_dataset import Made, made


def notes(one: Made, folder: Path) -> list[str]:
    done = fieval("check", "-c", one.write(folder))
    assert done.returncode == 0, done.stderr
    told = done.stdout.removesuffix("Config and data are valid.\n")
    assert max(map(len, told.splitlines())) <= 80
    return [" ".join(note.split()) for note in told.split("\nNote: ")[1:]]


def test_there_is_nothing_to_remark_on_where_all_is_there(tmp_path: Path) -> None:
    assert notes(made(n=30), tmp_path) == []


def test_a_step_without_any_answer_is_named_with_what_it_looks_for(tmp_path: Path) -> None:
    one = made(n=30)
    for line in one.candidate:
        line["labels"]["resolved"] = line["labels"].pop("resolution")
        line["csat"] = line.pop("scores")["csat"]
    for line in one.candidate:
        line["labels"].pop("resolved")
        line.pop("csat")
        line.pop("summary")
    for line in one.baseline:
        line["labels"].pop("mood")
    for line in one.baseline[1:]:
        line["labels"].pop("intent")
    assert notes(one, tmp_path) == [
        "summary: the candidate has no answer in any interaction.",
        "resolution: the candidate has no label `resolution` in any interaction.",
        "csat: the candidate has no score `csat` in any interaction.",
        "mood: the baseline has no label `mood` in any interaction.",
    ]


def test_scores_off_the_scale_are_counted(tmp_path: Path) -> None:
    one = made(n=30)
    for line, score in zip(one.candidate, (0.9, 1, 5, 5.1, 90), strict=False):
        line["scores"]["csat"] = score
    one.baseline[0]["scores"]["csat"] = -3
    assert notes(one, tmp_path) == [
        "score csat: 3 of the candidate's 30 are outside 1 to 5, the scale of the card.",
        "score csat: 1 of the baseline's 30 are outside 1 to 5, the scale of the card.",
    ]


def test_labels_that_the_card_does_not_know_are_counted(tmp_path: Path) -> None:
    one = made(n=30)
    for line in one.candidate[:4]:
        line["labels"]["intent"] = "blling"
    assert notes(one, tmp_path) == ['label intent: the candidate says "blling" 4 times; did you mean "billing"?']


def test_a_duration_that_ends_before_people_stop_speaking_is_named(tmp_path: Path) -> None:
    one = made(n=30)
    spoken = [line for line in one.gold if line["channel"] == "voice"]
    for line in spoken:
        line["duration"] = 100.0
        line["gold"]["segments"] = [{"speaker": "agent", "start": 1.0, "end": 90.0}]
    spoken[1]["duration"] = 1.0
    (note,) = notes(one, tmp_path)
    assert note.startswith(
        f"1 interaction with gold speech after `duration` (seconds), which is not scored: {spoken[1]['id']}"
    )
