"""The terminal report: looked at and approved as snapshots, plain where there is no terminal."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from fieval.model import Run
from fieval.reports.text import TerminalReport, TextReport, plain

import sample_run
from snapshot import assert_matches

SNAPSHOTS = Path(__file__).parent / "snapshots"
RUNS = {
    "failing": sample_run.failing,
    "passing": sample_run.passing,
    "inconclusive": sample_run.inconclusive,
    "hostile": sample_run.hostile,
    "weighted": sample_run.weighted,
}


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", RUNS)
def test_report_looks_as_approved(name: str, width: int) -> None:
    text = plain(RUNS[name](), width=width, show_text=name == "hostile")
    assert_matches(text, SNAPSHOTS / f"{name}.{width}.txt")


@pytest.mark.parametrize("width", [60, 80, 100, 120])
@pytest.mark.parametrize("name", RUNS)
def test_no_line_is_wider_than_the_page(name: str, width: int) -> None:
    text = plain(RUNS[name](), width=width, show_text=True)
    assert max(map(len, text.splitlines())) <= width


@pytest.mark.parametrize("name", RUNS)
def test_the_verdict_comes_first(name: str) -> None:
    run = RUNS[name]()
    assert plain(run).startswith(f"{run.report.verdict.upper()}  ")


def test_a_release_manager_reads_what_broke_where_and_by_how_much() -> None:
    assert (
        "WER for product_line=mobile rose from 11.2% to 30.9% "
        "(+19.7 points, 90% interval 15.1 to 24.4, p = 0.0001); allowed is +1.0 points and at most 20.0%."
    ) in plain(sample_run.failing(), width=400)


def test_our_own_words_are_ascii() -> None:
    assert plain(sample_run.failing()).isascii()


@pytest.mark.parametrize("width", [60, 80, 96, 100, 120, 160])
@pytest.mark.parametrize("name", ["failing", "weighted"])
def test_no_name_is_broken(name: str, width: int) -> None:
    run = RUNS[name]()
    words = plain(run, width=width).replace(",", " ").replace(":", " ").split()
    for row in run.report.results:
        assert {row.step, row.metric} <= set(words)
    for cohort, value in (run.report.results[1].slice or {}).items():
        assert f"{cohort}={value}" in words


def test_which_step_broke_is_a_table_where_there_is_room_for_whole_cells() -> None:
    section = plain(sample_run.failing(), width=140).split("Which step broke\n")[1].splitlines()
    heads = ["metric", "worse by", "goes with", "own", "unchanged before it", "traced to"]
    assert [cell.strip() for cell in section[0].split("  ") if cell] == heads
    assert "asr +4.9 (2.1 to 6.0) blamed" in section[1]
    assert "+1.2 (0.1 to 4.0)" in section[1]
    assert "    language=es" in section
    narrow = plain(sample_run.failing(), width=80).split("Which step broke\n")[1].splitlines()
    assert narrow[:3] == [
        "  summary fabrication_rate: worse by +6.1",
        "    goes with            asr +4.9 (2.1 to 6.0) blamed",
        "    own                  +1.2 (0.1 to 4.0)",
    ]


def test_a_title_of_several_cohorts_keeps_its_indent() -> None:
    lines = plain(sample_run.weighted(), width=80).splitlines()
    (first,) = [place for place, line in enumerate(lines) if line.startswith("    language=es,")]
    assert lines[first + 1].startswith("    ")
    assert lines[first + 1].lstrip().startswith(("channel=in_app", "product_line="))


def test_weighting_is_told_beneath_the_counts() -> None:
    told = "Results are weighted to the production mix, which leaves the worth of 1,320 equally weighted interactions."
    assert plain(sample_run.weighted(), width=160).splitlines()[2] == told
    assert "weighted to" not in plain(sample_run.failing())


def test_what_is_not_gated_on_the_whole_says_why() -> None:
    text = plain(sample_run.weighted())
    assert "Not gated\n  - fewer than two cohorts (intent fail rate)\n" in text
    assert "9 interactions" not in text
    assert "Not gated" not in plain(sample_run.failing())


def test_amounts_against_the_anchor_are_marked() -> None:
    text = " ".join(plain(sample_run.weighted(), width=80).split())
    assert "worse by +6.1 (anchor)" in text
    assert "Amounts marked (anchor) are against the anchor." in text
    assert "(anchor)" not in plain(sample_run.failing())


def test_a_slice_without_a_rule_is_folded_unless_it_is_striking() -> None:
    asr = plain(sample_run.failing(), width=120).split("\nasr\n")[-1].split("\nsummary\n")[0]
    cer = asr[asr.index("  cer ") : asr.index("  term_recall")]
    assert "product_line=mobile" in cer
    assert "language=es" not in cer
    assert "1 slice without a rule not shown" in asr


def test_many_failures_are_not_a_flood() -> None:
    broken = [
        sample_run.result("asr", "wer", (0.1, 0.3), cohorts={"agent": f"a{i}"}, rules=[sample_run.rule(verdict="fail")])
        for i in range(30)
    ]
    text = plain(sample_run.run(broken), width=120)
    assert text.count("WER for agent=") == 8
    assert "and 22 more" in text


def test_without_a_terminal_there_is_no_escape_code_whatever_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    before = plain(sample_run.failing())
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    assert plain(sample_run.failing()) == before == TextReport().render(sample_run.failing())
    assert "\x1b" not in before


def test_a_terminal_gets_colours() -> None:
    assert "\x1b[1;37;41mFAIL" in _on_terminal(sample_run.failing())


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert ";41m" not in _on_terminal(sample_run.failing())


def test_markup_in_data_is_shown_not_obeyed() -> None:
    assert "the mobile [bold]router[/]" in plain(sample_run.failing(), show_text=True)


def test_hostile_data_reaches_no_terminal() -> None:
    for text in (plain(sample_run.hostile(), show_text=True), _on_terminal(sample_run.hostile())):
        assert "::" not in text
        assert "##" not in text
        assert "\u202e" not in text
        assert "\x1b[31m" not in text


def _on_terminal(run: Run) -> str:
    page = io.StringIO()
    console = Console(file=page, width=100, force_terminal=True, color_system="standard", legacy_windows=False)
    console.print(TerminalReport(run, show_text=True))
    return page.getvalue()
