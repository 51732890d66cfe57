"""Gaps between cohorts whose scores come from a judge, which people have corrected for some of them."""

import numpy as np
import pytest

from fieval.evals.scored import ScoredStep
from fieval.gate.cells import Measuring
from fieval.gate.gaps import Gap, gap_verdict, measure_gap
from fieval.gate.slices import Slice
from fieval.model import Coverage, Rule, Significance
from fieval.statistics.halves import draw_halves
from fieval.statistics.ppi import WIDTH, judged_metrics, ppi_row

from tables import table

N = 120
CORRECTED, _ = judged_metrics("faithfulness", "higher", 0, labelled=True)
SIGNIFICANCE = Significance(resamples=999)
UNCORRECTED = "not corrected: some with fewer than 50 people's verdicts"


def gap(labels_of_first: int, labels_of_second: int, limit: float) -> Gap:
    """Two cohorts that people like alike (0.9); the judge is harsh (0.7)."""
    labels = (labels_of_first, labels_of_second)
    rows = np.array(
        [
            ppi_row(float(number % 10 < 7), float(number % 10 < 9) if number < labels[cohort] else None)
            for cohort in (0, 1)
            for number in range(N)
        ]
    )
    assert rows.shape[1] == WIDTH
    parts = [Slice((("language", name),), np.repeat([name == "en", name == "es"], N)) for name in ("en", "es")]
    step = ScoredStep("summary", (CORRECTED,), table(rows, rows), Coverage(2 * N, 0, 0, 0), baseline_answered=True)
    groups = np.arange(2 * N)
    measuring = Measuring(groups, draw_halves(2 * N, 999, 1), SIGNIFICANCE, {("summary", "faithfulness")})
    return measure_gap(step, CORRECTED, parts, limit, measuring)


@pytest.mark.parametrize(("labels", "uncorrected"), [((60, 20), UNCORRECTED), ((60, 60), ""), ((20, 0), UNCORRECTED)])
def test_a_judges_bias_is_no_gap_between_cohorts(labels: tuple[int, int], uncorrected: str) -> None:
    """A corrected cohort beside one that is not would be 20 points better."""
    found = gap(*labels, 0.05)
    assert max(abs(pair.gap) for pair in found.pairs) < 0.01
    verdict = gap_verdict(Rule("max_gap", 0.05), "faithfulness", found, [], SIGNIFICANCE)
    assert verdict.verdict == "pass"
    assert verdict.reason.endswith(uncorrected)
    assert ("not corrected" in verdict.reason) is bool(uncorrected)
