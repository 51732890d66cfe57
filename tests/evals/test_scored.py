"""A step whose part of an output did not change is scored once for both systems, and nothing shows it."""

from pathlib import Path
from typing import Literal
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieval.evals import fields
from fieval.evals.asr_accuracy import ASRAccuracy
from fieval.evals.conversation_coherence import ConversationCoherence
from fieval.evals.diarization_accuracy import DiarizationAccuracy
from fieval.evals.scored import score_rows
from fieval.model import Card, Interaction, Output, Segment, Turn
from fieval.runner import Inputs, Request, read_inputs

PROJECT = Path(__file__).parents[2]
BROKEN = "golden_datasets/contact_center/candidates/asr_8khz.jsonl"

# what is neither letter nor digit may be words to a normaliser, and nothing at all to another
turns = st.lists(
    st.builds(Turn, st.sampled_from("ab"), st.sampled_from(["", "...", "$ %", "& @ =", "[PII]", "yes", "3 0"])),
    max_size=3,
).map(tuple)
segments = st.lists(
    st.builds(Segment, st.sampled_from("ab"), st.sampled_from([0.0, 1.0]), st.sampled_from([1.0, 4.0])), max_size=2
).map(tuple)
outputs = st.builds(Output, st.just("i"), turns=turns, segments=segments)
normalizers = st.sampled_from(["auto", "basic", "none"])


@settings(max_examples=400, deadline=None)
@given(
    turns, segments, outputs, outputs, st.sampled_from(["auto", "basic", "none"]), st.sampled_from(["refuse", "mask"])
)
def test_equal_parts_of_next_to_nothing_have_equal_rows(
    said: tuple[Turn, ...],
    spoken: tuple[Segment, ...],
    before: Output,
    after: Output,
    normalizer: Literal["auto", "basic", "none"],
    redacted: Literal["refuse", "mask"],
) -> None:
    one = Interaction("i", "voice", "en", "i", {}, turns=said, segments=spoken, duration=5.0)
    for evaluator in (
        ASRAccuracy(normalizer=normalizer, redacted=redacted),
        DiarizationAccuracy(normalizer=normalizer, redacted=redacted),
        ConversationCoherence(),
    ):
        scorer = evaluator.scorer("step", Card("d", "1"))
        if scorer.applies(one) and scorer.part(one, before) is not None and scorer.unchanged(one, before, after):
            assert scorer.row(one, before) == scorer.row(one, after), evaluator


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(PROJECT)
        return read_inputs(Request("configs/default.yaml", candidate=BROKEN))


def test_rows_go_by_the_part_that_a_step_makes_alone(inputs: Inputs) -> None:
    assert inputs.baseline is not None
    same = 0
    for scorer in inputs.scorers.values():
        triples = zip(inputs.dataset.interactions, inputs.baseline.outputs, inputs.candidate.outputs, strict=True)
        for interaction, before, after in triples:
            if before is None or after is None or not scorer.applies(interaction):
                continue
            mixed = fields.taken(after, before, scorer.makes or ())
            if scorer.part(interaction, mixed) == scorer.part(interaction, before) is not None:
                same += 1
                assert scorer.row(interaction, mixed) == scorer.row(interaction, before)
    assert same > 1000


def test_scoring_unchanged_outputs_once_changes_no_row(inputs: Inputs, monkeypatch: pytest.MonkeyPatch) -> None:
    assert inputs.baseline is not None
    pairs = zip(inputs.candidate.outputs, inputs.baseline.outputs, strict=True)
    half_changed = [pair[place % 2] for place, pair in enumerate(pairs)]
    for scorer in inputs.scorers.values():
        given = scorer, 0, inputs.dataset.interactions, half_changed, inputs.baseline.outputs
        found, rows_made = [], []
        for by_part in (True, False):
            monkeypatch.setattr(type(scorer), "goes_by_part", by_part)
            with patch.object(scorer, "row", wraps=scorer.row) as row:
                found.append(score_rows(*given))
            rows_made.append(row.call_count)
        once, twice = found
        assert rows_made[0] < 0.8 * rows_made[1]
        assert (once.candidate.dense() == twice.candidate.dense()).all()
        assert (once.baseline.dense() == twice.baseline.dense()).all()
        assert (once.unchanged == twice.unchanged).all()
