"""Which step broke, over files: who is blamed, who is not, and what is traced."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import fieval
from fieval.gate.order import upstream_of
from fieval.model import Explanation, Report, RootCause, Step

from made_dataset import Line, Made, made

INTENT = """\
  intent:
    evaluator: label_agreement
    after: [asr]
    gates:
      accuracy: {max_regression: 0.02}
      kappa: {max_regression: 0.02}
      macro_f1: {max_regression: 0.02}
"""
ASR = "  asr: {evaluator: asr_accuracy, gates: {wer: {max: 0.9}}}\n"
SUMMARY = """\
  summary:
    evaluator: summary_quality
    after: [asr]
    gates:
      fabrication_rate: {max_regression: 0.02}
      fact_recall: {max_regression: 0.02}
"""


def pipelines(steps: str, n: int = 150) -> Made:
    """A dataset with one group per call, and a candidate that is the baseline."""
    one = made(n=n)
    for line in one.gold:
        line["group"] = line["id"]
    for line in one.baseline:
        line["labels"]["intent"] = line["labels"]["intent"]["label"]
    one.candidate = one.copy().baseline
    one.config = re.sub(r"steps:\n.*significance", f"steps:\n{steps}significance", one.config, flags=re.S)
    return one


def garble(line: Line, words: int) -> None:
    """Misrecognise so many of the words more."""
    heard = [word for turn in line["turns"] for word in turn["text"].split()]
    for index in [index for index, word in enumerate(heard) if word != "noise"][:words]:
        heard[index] = "noise"
    line["turns"] = [{"text": " ".join(heard)}]


def mislabel(one: Made, index: int) -> None:
    gold, values = one.gold[index]["gold"]["labels"]["intent"], ["billing", "outage", "cancel"]
    one.candidate[index]["labels"]["intent"] = next(value for value in values if value != gold)


def voice(one: Made) -> list[int]:
    return [index for index, line in enumerate(one.gold) if line["channel"] == "voice"]


def run(one: Made, folder: Path) -> Report:
    return fieval.run(one.write(folder))


def cause(report: Report) -> RootCause:
    assert report.root_cause is not None
    return report.root_cause


def of(report: Report, metric: str) -> Explanation:
    return next(each for each in cause(report).explanations if each.metric == metric and each.slice is None)


def test_errors_where_asr_got_worse_are_blamed_on_asr(tmp_path: Path) -> None:
    one = pipelines(ASR + INTENT)
    for index in voice(one)[::3]:
        garble(one.candidate[index], 15)
        mislabel(one, index)
    report = run(one, tmp_path)
    assert (cause(report).look_at, cause(report).blamed, cause(report).kind) == ("asr", "asr", "associated")
    for metric in ("accuracy", "kappa", "macro_f1"):
        told = of(report, metric)
        (share,) = told.shares
        assert share.share + told.own == pytest.approx(told.worsening, abs=2e-12)  # a report holds 12 digits
        assert share.share > 0.9 * told.worsening
        assert share.interval is not None
        assert share.interval[0] > 0
        assert told.control is not None
        assert told.control.n == 150 - len(voice(one)[::3])
    accuracy = of(report, "accuracy").control
    assert accuracy is not None
    assert accuracy.worsening == 0
    assert re.match(r"intent \w+ fell by .*; .* go(es)? with worse asr\. Look at asr first\.$", report.headline)


def test_errors_where_asr_is_unchanged_are_never_blamed_on_it(tmp_path: Path) -> None:
    """ASR got much worse in some calls; the labels went wrong in others."""
    one = pipelines(ASR + INTENT)
    for index in voice(one)[::3]:
        garble(one.candidate[index], 15)
    for index in voice(one)[1::3]:
        mislabel(one, index)
    report = run(one, tmp_path)
    told = of(report, "accuracy")
    assert cause(report).blamed is None
    assert (cause(report).look_at, told.kind) == ("intent", "none")
    assert told.own >= told.worsening
    assert told.control is not None
    assert told.control.worsening is not None
    assert told.control.worsening > told.worsening
    assert "no step before it explains this" in report.headline
    assert report.headline.endswith("Look at intent first.")


def test_symmetric_noise_of_asr_explains_nothing(tmp_path: Path) -> None:
    one = pipelines(ASR + INTENT)
    for place, index in enumerate(voice(one)):
        garble((one.candidate if place % 2 else one.baseline)[index], 8)
        if place % 4 < 2:
            mislabel(one, index)
    told = of(run(one, tmp_path), "accuracy")
    assert told.blamed is None
    assert abs(told.shares[0].share) < 0.2 * told.worsening


def test_less_than_half_is_not_blamed(tmp_path: Path) -> None:
    one = pipelines(ASR + INTENT)
    for index in voice(one)[::5]:
        garble(one.candidate[index], 15)
        mislabel(one, index)
    for index in set(range(150)) - set(voice(one)[::5]):
        if index % 3 == 0:
            mislabel(one, index)
    told = of(run(one, tmp_path), "accuracy")
    assert told.blamed is None
    assert 0 < told.shares[0].share < 0.5 * told.worsening


def test_a_failed_asr_is_named_first_and_what_goes_with_it_is_told(tmp_path: Path) -> None:
    one = pipelines(ASR.replace("{max: 0.9}", "{max_regression: 0.02}") + INTENT)
    for index in voice(one)[::3]:
        garble(one.candidate[index], 15)
        mislabel(one, index)
    report = run(one, tmp_path)
    assert report.headline.startswith("asr broke: wer rose by ")
    assert "go with worse asr." in report.headline or "goes with worse asr." in report.headline
    assert report.headline.endswith("Look at asr first.")
    assert of(report, "kappa").upstream_failed == ("asr",)
    assert of(report, "kappa").shares[0].failed


def test_a_step_before_the_step_before_is_seen(tmp_path: Path) -> None:
    """Intent feeds on summaries alone, in which nothing that is measured changed; ASR still shows."""
    one = pipelines(ASR + "  summary: {evaluator: summary_quality, after: [asr]}\n" + INTENT.replace("asr", "summary"))
    for index in voice(one)[::3]:
        garble(one.candidate[index], 15)
        mislabel(one, index)
    report = run(one, tmp_path)
    told = of(report, "accuracy")
    assert [share.step for share in told.shares] == ["asr", "summary"]
    assert told.shares[1].share == 0
    assert (told.blamed, cause(report).look_at) == ("asr", "asr")


def test_answers_that_are_missing_because_of_another_step_are_told_in_a_sentence(tmp_path: Path) -> None:
    one = pipelines(ASR + INTENT)
    for index in voice(one)[::3]:
        garble(one.candidate[index], 15)
        del one.candidate[index]["labels"]["intent"]
    headline = run(one, tmp_path).headline
    assert headline.startswith("intent gave no answer on ")
    assert headline.endswith("Look at asr first.")


def test_what_an_upstream_where_leaves_out_still_tells_what_changed_there(tmp_path: Path) -> None:
    """ASR is scored on one product only, but it broke for both, and the labels with it."""
    one = pipelines(ASR.replace("asr_accuracy,", "asr_accuracy, where: {product: mobile},") + INTENT)
    for index in voice(one)[::3]:
        garble(one.candidate[index], 15)
        mislabel(one, index)
    report = run(one, tmp_path)
    assert report.coverage["asr"].applicable == sum(
        one.gold[index]["cohorts"]["product"] == "mobile" for index in voice(one)
    )
    assert of(report, "accuracy").blamed == "asr"
    control = of(report, "accuracy").control
    assert control is not None
    assert control.n == 150 - len(voice(one)[::3])


def test_a_drift_is_explained_against_the_anchor(tmp_path: Path) -> None:
    one = pipelines(ASR + INTENT.replace("max_regression", "max_drift"))
    one.config = one.config.replace("version: 1\n", "version: 1\nanchor: anchor.jsonl\n")
    anchor = one.copy().baseline
    for index in voice(one)[::3]:
        garble(one.candidate[index], 15)
        mislabel(one, index)
    one.baseline = one.copy().candidate
    config = one.write(tmp_path)
    (tmp_path / "anchor.jsonl").write_text("".join(json.dumps(line) + "\n" for line in anchor), encoding="utf-8")
    report = fieval.run(config)
    told = of(report, "accuracy")
    assert (told.against, told.blamed) == ("anchor", "asr")
    row = next(row for row in report.results if row.metric == "accuracy" and row.slice is None)
    assert row.worsening == 0
    lost = [
        index
        for index in voice(one)[::3]
        if anchor[index]["labels"]["intent"] == one.gold[index]["gold"]["labels"]["intent"]
    ]
    assert told.worsening == pytest.approx(len(lost) / 150)
    assert "worse than the anchor's; " in told.statement


def test_two_steps_before_that_carry_it_together_are_named_together(tmp_path: Path) -> None:
    """Half of the wrong labels come with garbled turns, half with summaries that lost their fact."""
    summary = "  summary: {evaluator: summary_quality}\n"
    one = pipelines(ASR + summary + INTENT.replace("[asr]", "[asr, summary]"), n=300)
    for place, index in enumerate(voice(one)[::2]):
        if place % 2:
            garble(one.candidate[index], 15)
        else:
            one.candidate[index]["summary"] = "The customer called about 40404."
        mislabel(one, index)
    report = run(one, tmp_path)
    told = of(report, "accuracy")
    assert told.blamed is None
    assert " of them go with worse asr and summary together" in told.statement


def test_a_step_that_broke_by_itself_beside_a_failed_asr_is_told_apart(tmp_path: Path) -> None:
    one = pipelines(ASR.replace("{max: 0.9}", "{max_regression: 0.02}") + INTENT)
    for index in voice(one)[::4]:
        garble(one.candidate[index], 15)
    for index in set(range(150)) - set(voice(one)[::4]):
        if index % 2:
            mislabel(one, index)
    headline = run(one, tmp_path).headline
    assert "Also failing: intent (no step before it explains that)." in headline
    assert headline.endswith("Look at asr first.")


def test_there_is_no_cause_without_a_failure_or_a_step_before(tmp_path: Path) -> None:
    one = pipelines(ASR + INTENT)
    assert run(one, tmp_path / "a").root_cause is None
    for index in voice(one):
        mislabel(one, index)
    one.config = one.config.replace("    after: [asr]\n", "")
    report = run(one, tmp_path / "b")
    assert report.exit_code == 1
    assert report.root_cause is None


def number(line: Line) -> str:
    return str(line["gold"]["turns"][0]["text"]).rsplit(" ", 1)[1]


def invent(one: Made, index: int, figure: str, *, heard: bool) -> None:
    """The candidate's summary has another number in it; `heard`: because its transcript has."""
    right = number(one.gold[index])
    one.candidate[index]["summary"] = f"The customer said {figure}."
    if heard:
        text = one.gold[index]["gold"]["turns"][0]["text"]
        one.baseline[index]["turns"][0]["text"] = text
        one.candidate[index]["turns"][0]["text"] = text.replace(right, figure)
    for system in (one.baseline, one.candidate):
        for turn in system[index]["turns"][1:]:
            turn["text"] = "noise"


@pytest.mark.parametrize("heard", [True, False])
def test_made_up_and_lost_specifics_are_traced_to_their_origin(tmp_path: Path, heard: bool) -> None:
    one = pipelines(ASR + SUMMARY)
    for line in one.baseline:
        line["summary"] = "The customer called."
    one.candidate = one.copy().baseline
    hit = voice(one)[::4]
    for index in hit:
        one.baseline[index]["summary"] = f"The customer said {number(one.gold[index])}."
        invent(one, index, "9731", heard=heard)
    report = run(one, tmp_path)
    for metric in ("fabrication_rate", "fact_recall"):
        told = of(report, metric)
        assert told.traced is not None
        assert [(each.step, each.items) for each in told.traced] == [
            ("asr", len(hit) if heard else 0),
            ("summary", 0 if heard else len(hit)),
        ]
        assert told.traced[not heard].ids == tuple(one.gold[index]["id"] for index in hit[:5])
        assert (told.blamed, told.kind) == (("asr", "traced") if heard else (None, "none"))
    assert ("stand in the transcript of asr" in report.headline) == heard
    assert "9731" not in str(report.root_cause)


def test_text_channels_have_no_asr_to_blame(tmp_path: Path) -> None:
    one = pipelines(ASR + SUMMARY)
    one.baseline = [{**line, "summary": "The customer called."} for line in one.baseline]
    one.candidate = one.copy().baseline
    for index in set(range(150)) - set(voice(one)):
        invent(one, index, "9731", heard=True)
    told = of(run(one, tmp_path), "fabrication_rate")
    assert told.blamed is None
    assert told.traced is not None
    assert [each.items for each in told.traced] == [0, 50]


def test_what_the_baseline_heard_wrong_as_well_is_the_summariser_s(tmp_path: Path) -> None:
    one = pipelines(ASR + SUMMARY)
    one.baseline = [{**line, "summary": "The customer called."} for line in one.baseline]
    one.candidate = one.copy().baseline
    for index in voice(one)[::3]:
        invent(one, index, "9731", heard=True)
        one.baseline[index]["turns"][0]["text"] += " 9731"
    told = of(run(one, tmp_path), "fabrication_rate")
    assert told.traced is not None
    assert told.traced[0].items == 0
    assert told.blamed is None


def test_texts_of_traced_items_stand_in_evidence_only(tmp_path: Path) -> None:
    one = pipelines(ASR + SUMMARY)
    one.baseline = [{**line, "summary": "The customer called."} for line in one.baseline]
    one.candidate = one.copy().baseline
    for index in voice(one)[::3]:
        invent(one, index, "9731", heard=True)
    fieval.run(one.write(tmp_path), out=tmp_path / "out")
    assert '"fabricated_heard":["number: 9731"]' in (tmp_path / "out/evidence.jsonl").read_text()
    for name in ("report.json", "report.md", "junit.xml"):
        assert "9731" not in (tmp_path / "out" / name).read_text()


def test_steps_before_are_found_through_others() -> None:
    after = {"asr": (), "summary": ("asr",), "intent": ("summary",), "resolution": ("intent", "asr")}
    steps = {name: Step(name, "", {}, before, {}) for name, before in after.items()}
    assert upstream_of("resolution", steps) == ["intent", "asr", "summary"]
    assert upstream_of("asr", steps) == []


def spoken(line: Line, wrong: int) -> None:
    """Twenty words, so many of them misheard."""
    line["turns"] = [{"text": " ".join("noise" if place < wrong else "word" for place in range(20))}]


def world(*calls: tuple[int, int, int, bool], n: int = 200) -> Made:
    """Voice calls as (how many, words misheard before, after, whether intent broke)."""
    one = made(n=n)
    one.config = re.sub(r"steps:\n.*significance", f"steps:\n{ASR}{INTENT}significance", one.config, flags=re.S)
    index = 0
    for count, before, after, broken in calls:
        for _ in range(count):
            gold, values = one.gold[index], ["billing", "outage", "cancel"]
            gold["channel"], gold["group"] = "voice", gold["id"]
            gold["gold"]["turns"] = [{"speaker": "agent", "text": " ".join(["word"] * 20)}]
            truth = gold["gold"]["labels"]["intent"]
            one.baseline[index]["labels"]["intent"] = truth
            spoken(one.baseline[index], before)
            one.candidate[index] = json.loads(json.dumps(one.baseline[index]))
            spoken(one.candidate[index], after)
            if broken:
                one.candidate[index]["labels"]["intent"] = next(value for value in values if value != truth)
            index += 1
    return one


def test_a_step_that_got_better_is_not_blamed(tmp_path: Path) -> None:
    one = world((60, 8, 2, True), (140, 4, 4, False))
    told = of(run(one, tmp_path), "kappa")
    assert told.blamed is None
    assert told.statement.endswith("no step before it explains this.")


def test_what_happened_where_asr_did_not_change_is_not_its_doing_whatever_the_slope(tmp_path: Path) -> None:
    one = world((50, 4, 4, True), (50, 4, 1, False), (50, 6, 12, False), (50, 10, 16, False))
    report = run(one, tmp_path)
    told = of(report, "accuracy")
    assert told.blamed is None
    assert told.control is not None
    assert told.control.worsening == pytest.approx(1.0)
    assert cause(report).look_at == "intent"


def test_where_every_call_s_asr_got_worse_alike_it_says_that_it_cannot_tell(tmp_path: Path) -> None:
    told = of(run(world((60, 2, 10, True), (140, 2, 10, False)), tmp_path), "accuracy")
    assert told.blamed is None
    assert not told.controlled
    assert "cannot be told, as every interaction's input changed (use replay)" in told.statement
