"""Annotations: worst first, at most ten of each kind, on the right line, and nothing in them is a command."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieval.model import Run
from fieval.reports.github import GitHub, command
from fieval.reports.places import Place, place, relocated, seen_from

import sample_run

_COMMAND = re.compile(r"::(?P<kind>error|warning|notice) (?P<properties>[^\n]*?)::(?P<message>[^\n]*)")


def told(run: Run) -> list[tuple[str, dict[str, str], str]]:
    """Kind, properties and message of each line, unescaped as the runner does it."""
    found = []
    for line in GitHub().render(run).splitlines():
        parts = _COMMAND.fullmatch(line)
        assert parts, line
        pairs = (pair.split("=", 1) for pair in parts["properties"].split(","))
        found.append((parts["kind"], {name: unescaped(value) for name, value in pairs}, unescaped(parts["message"])))
    return found


def unescaped(text: str) -> str:
    for sign, escape in ((":", "%3A"), (",", "%2C"), ("\r", "%0D"), ("\n", "%0A"), ("%", "%25")):
        text = text.replace(escape, sign)
    return text


def test_a_failure_begins_with_the_verdict_and_then_the_worst() -> None:
    errors = [line for line in told(sample_run.failing()) if line[0] == "error"]
    assert errors[0][1:] == ({"title": "fieval: FAIL"}, sample_run.failing().report.headline)
    assert [line[1]["title"] for line in errors[1:]] == [
        "fieval: summary share of missing outputs",  # nothing is allowed to be missing
        "fieval: csat spearman",  # cannot be computed at all
        "fieval: asr WER for product_line=mobile",  # 19.7 times what is allowed
        "fieval: asr WER",  # 8.5 times
        "fieval: asr WER for product_line=mobile",  # the bound
    ]
    assert errors[3][1] | {"title": ""} == {"file": "configs/default.yaml", "line": "14", "col": "12", "title": ""}
    assert errors[3][2].startswith("WER for product_line=mobile rose from 11.2% to 30.9% (+19.7 points")


def test_what_does_not_block_is_a_warning() -> None:
    warnings = [message.partition(":")[0] for kind, _, message in told(sample_run.failing()) if kind == "warning"]
    assert warnings == ["Not measured", *["Failed without blocking"] * 2, *["Undecided"] * 3]


def test_a_pass_is_one_notice() -> None:
    assert told(sample_run.passing()) == [
        ("notice", {"title": "fieval: PASS"}, "Nothing got worse by more than is allowed.")
    ]


def test_an_inconclusive_run_has_an_error_since_it_blocks() -> None:
    kinds = [kind for kind, _, _ in told(sample_run.inconclusive())]
    assert kinds == ["error", "warning", "warning", "warning"]


@pytest.mark.parametrize(("count", "shown", "rest"), [(9, 10, ""), (10, 10, "and 2 more"), (500, 10, "and 492 more")])
def test_no_more_than_github_shows(count: int, shown: int, rest: str) -> None:
    failed = [sample_run.rule(verdict="fail")]
    rows = [
        sample_run.result("asr", "wer", (0.1, 0.2 + i / 1000), cohorts={"a": f"{i}"}, rules=failed)
        for i in range(count)
    ]
    lines = told(sample_run.run(rows))
    assert len(lines) == shown
    assert lines[1][1]["title"] == f"fieval: asr WER for a={count - 1}"
    assert lines[-1][2].startswith(rest)


def test_an_expired_waiver_is_a_warning() -> None:
    import msgspec

    run = sample_run.passing()
    run = msgspec.structs.replace(run, report=msgspec.structs.replace(run.report, notes=("a waiver has expired",)))
    assert ("warning", {"title": "fieval"}, "a waiver has expired") in told(run)


@pytest.mark.parametrize("name", ["failing", "hostile", "inconclusive"])
def test_every_line_is_one_command_and_short(name: str) -> None:
    text = GitHub().render(getattr(sample_run, name)())
    assert all(_COMMAND.fullmatch(line) and len(line) < 4_096 for line in text.splitlines())
    assert not {"\x1b", "\u202e", "\r"} & set(text)


@given(st.text(), st.text(), st.text(min_size=1), st.integers(1, 99))
def test_nothing_ends_a_command_or_begins_another(title: str, message: str, file: str, line: int) -> None:
    made = command("error", title, message, Place(file, line, None))
    assert len(made.splitlines()) == 1
    parts = _COMMAND.fullmatch(made)
    assert parts
    names = [pair.partition("=")[0] for pair in parts["properties"].split(",")]
    assert names in (["file", "line", "title"], ["title"])
    assert "::" not in parts["properties"] + parts["message"]


def test_escapes_are_those_of_the_toolkit() -> None:
    made = command("warning", "a,b:c%", "50%: x, y", Place("d,e:f%.yaml", 3, 7))
    assert made == "::warning file=d%2Ce%3Af%25.yaml,line=3,col=7,title=a%2Cb%3Ac%25::50%25: x, y"


def test_a_path_that_cannot_be_shown_is_left_out() -> None:
    assert command("error", "t", "m", Place("a\nb\u202e.yaml", 1, 1)) == "::error title=t::m"


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("a.yaml:3:7", Place("a.yaml", 3, 7)),
        ("a.yaml:3", Place("a.yaml", 3, None)),
        ("odd:name:5.yaml:3:7", Place("odd:name:5.yaml", 3, 7)),
        ("odd:5:3:7", Place("odd:5", 3, 7)),
        (r"C:\gates\a.yaml:3:7", Place(r"C:\gates\a.yaml", 3, 7)),
        ("a.yaml", None),
        ("a.yaml:x", None),
        ("", None),
        (None, None),
    ],
)
def test_places_are_read_from_the_end(where: str | None, expected: Place | None) -> None:
    assert place(where) == expected
    assert expected is None or str(expected) == where


@pytest.mark.parametrize(
    ("file", "folder", "seen"),
    [
        ("gate.yaml", "pipeline", "pipeline/gate.yaml"),
        ("../configs/gate.yaml", "pipeline", "configs/gate.yaml"),
        ("/repository/configs/gate.yaml", "pipeline", "configs/gate.yaml"),
        ("gate.yaml", ".", "gate.yaml"),
        ("../gate.yaml", ".", None),
        ("/elsewhere/gate.yaml", ".", None),
        ("/repository-too/gate.yaml", ".", None),
    ],
)
def test_places_are_seen_from_the_repository(file: str, folder: str, seen: str | None) -> None:
    root = Path("/repository")
    found = seen_from(Place(file, 3, 7), root / folder, root)
    assert found == (None if seen is None else Place(seen, 3, 7))
    rules = [sample_run.rule(where=f"{file}:3:7"), sample_run.rule(where=None)]
    run = relocated(sample_run.run([sample_run.result("asr", "wer", (0.1, 0.2), rules=rules)]), root / folder, root)
    assert [rule.where for rule in run.report.results[0].rules] == [seen and f"{seen}:3:7", None]
