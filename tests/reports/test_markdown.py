"""The Markdown report: approved as snapshots, limited in size, and deaf to what data tries to say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieval.model import Run
from fieval.reports.markdown import LIMIT, Markdown, code, prose

import sample_run
from snapshot import assert_matches

SNAPSHOTS = Path(__file__).parent / "snapshots"
CODE_SPAN = re.compile(r"`[^`\n]+`")
ROW_WITH_NINE_CELLS = re.compile(r"\|( [^|\n]* \|){9}")


@pytest.mark.parametrize("name", ["failing", "passing", "inconclusive", "hostile", "weighted"])
def test_report_looks_as_approved(name: str) -> None:
    assert_matches(_render(getattr(sample_run, name)()), SNAPSHOTS / f"{name}.md")


@pytest.mark.parametrize(
    ("name", "alert", "verdict"),
    [
        ("failing", "CAUTION", "FAIL"),
        ("inconclusive", "WARNING", "INCONCLUSIVE"),
        ("passing", "NOTE", "PASS"),
    ],
)
def test_the_verdict_comes_first(name: str, alert: str, verdict: str) -> None:
    run: Run = getattr(sample_run, name)()
    assert _render(run).startswith(f"> [!{alert}]\n> **{verdict}** {run.report.headline}\n")


def test_weighting_shares_drift_and_what_is_not_gated_are_told() -> None:
    text = _render(sample_run.weighted())
    assert text.split("\n>\n> ")[2].startswith(
        "Results are weighted to the production mix, which leaves the worth of 1,"
    )
    assert "| 5% of the baseline worse (0.8 points) |" in text
    assert "| 3% of the anchor worse (2.6 points). Against the anchor: -4.1 points from 89.0%; p = 0.0021. |" in text
    assert "### Not gated\n\n- fewer than two cohorts (intent fail rate)\n" in text
    assert "| +6.1 (anchor) |" in text
    assert "| +1.2 (0.1 to 4.0) |" in text


def test_times_and_places_stay_out() -> None:
    text = _render(sample_run.failing())
    assert "2026-11-20" not in text
    assert "configs/default.yaml" not in text


def test_slices_without_a_rule_are_folded() -> None:
    folded = re.findall(r"<details>.*?</details>", _render(sample_run.failing()), re.DOTALL)
    assert "`language=es`" in folded[0]
    assert "`product_line=mobile`" not in folded[0]


def test_hostile_data_stays_inside_code_spans() -> None:
    text = _render(sample_run.hostile(), show_text=True)
    outside = CODE_SPAN.sub("", text.split("\n", 1)[1])
    assert not re.search(r"[@#]\w|script|\[|\]|http|::|##\[|\x1b|\u202e", outside.replace("###", ""))
    assert "`" not in outside
    assert all(ROW_WITH_NINE_CELLS.fullmatch(line) for line in text.splitlines() if line.endswith(" | **FAIL** |"))


@given(st.text())
def test_code_is_one_span_whatever_is_in_it(text: str) -> None:
    shown = code(text)
    assert CODE_SPAN.fullmatch(shown) or shown == "(empty)"
    assert "|" not in shown


@given(st.text(alphabet="ab_*`|<>@#[]()~$&\\:/w. \n\t\u202e\x1b"))
def test_prose_has_nothing_live_outside_code(text: str) -> None:
    shown = prose(text)
    outside = CODE_SPAN.sub("", shown).replace("&lt;", "")
    assert not re.search(r"[*`|<>@#\[\]~$&\\\n\u202e\x1b]|://|www\.|__", outside)
    assert "|" not in shown


def test_prose_leaves_ordinary_sentences_alone() -> None:
    sentence = "WER for product_line=mobile rose from 11.2% to 30.9% (+19.7 points, p = 0.0001); allowed is +1.0."
    assert prose(sentence) == sentence
    assert prose("p < 0.0001") == "p &lt; 0.0001"


@pytest.mark.parametrize("cohort", ["agent", sample_run.HOSTILE])
def test_a_huge_run_is_cut_from_its_quiet_end_and_says_so(cohort: str) -> None:
    text = _render(_huge(cohort), show_text=True)
    assert LIMIT * 0.9 < len(text) <= LIMIT
    assert len(text.encode()) <= 65_536
    assert re.search(r"\*\*Cut to 60,000 characters: \d+ rows left out\.\*\*", text)
    assert text.index("### What failed") < text.index("Cut to")
    assert text.count("<details>") == text.count("</details>")
    assert text.rstrip().endswith("report.json says why. A row without a verdict has no rule.")


def test_folded_slices_are_cut_before_tables_and_tables_before_failures() -> None:
    failed = sample_run.result("asr", "wer", (0.1, 0.3), rules=[sample_run.rule(verdict="fail")])
    quiet = [sample_run.result("asr", "wer", (0.1, 0.1), cohorts={"agent": f"a{i}"}) for i in range(2000)]
    last = sample_run.result("zeta", "kappa", (0.8, 0.8))
    text = _render(sample_run.run([failed, *quiet, last]))
    assert "### `zeta`" in text
    assert 0 < text.count("`agent=a") < 2000


def _huge(cohort: str) -> Run:
    rows = [
        sample_run.result(
            f"step{i % 7}",
            "wer",
            (0.1, 0.3),
            cohorts={cohort: f"value {i}"},
            rules=[sample_run.rule(verdict="fail" if i % 3 else "undecided", reason=f"{cohort} {i}")],
        )
        for i in range(3000)
    ]
    return sample_run.run(rows)


def _render(run: Run, *, show_text: bool = False) -> str:
    return Markdown().render(run, show_text=show_text)
