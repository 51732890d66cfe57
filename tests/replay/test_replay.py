"""Replay over a pipeline of real programs, in which it is known what broke: who is blamed, who is acquitted, and every
way in which a command can fail a run.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

import fieval
from fieval.errors import InvalidInput
from fieval.model import Explanation, Replayed, Report
from fieval.runner import Request, run_gate

from filter_pipeline import INTENT, READING, SUMMARY, Listener, Pipeline, hear_well, lose_greetings, lose_topics


def of(report: Report, step: str) -> Explanation:
    assert report.root_cause is not None
    return next(each for each in report.root_cause.explanations if each.step == step)


def found(report: Report, step: str, upstream: str, repair: str = "baseline") -> Replayed:
    return next(each for each in of(report, step).replayed or () if (each.step, each.repair) == (upstream, repair))


def test_what_came_from_asr_disappears_with_its_earlier_output(tmp_path: Path) -> None:
    report = fieval.run(Pipeline(tmp_path).write(lose_topics))
    assert report.root_cause is not None
    assert (report.root_cause.look_at, report.root_cause.kind) == ("asr", "replayed")
    for step in ("summary", "intent"):
        told, repaired = of(report, step), found(report, step, "asr")
        assert (told.kind, told.blamed) == ("replayed", "asr")
        assert repaired.disappears == pytest.approx(told.worsening, abs=2e-12)
        assert repaired.remains == pytest.approx(0, abs=2e-12)
        assert repaired.interval is not None
        assert 0 < repaired.interval[0] < repaired.disappears < repaired.interval[1]
        assert (repaired.reran, repaired.unsteady) == (20, 0.0)
    assert "16.7 (11.5 to 21.7) of them disappear when the baseline's asr output is put in" in report.headline
    assert report.headline.endswith("Look at asr first.")
    # all of it disappears with the baseline's summaries, too, but those only passed on what ASR had lost
    assert found(report, "intent", "summary").disappears == found(report, "intent", "asr").disappears
    # the fixture gives no gold summaries; gold turns are as the baseline's
    assert {(each.step, each.repair) for each in of(report, "intent").replayed or ()} == {
        ("asr", "baseline"),
        ("asr", "gold"),
        ("summary", "baseline"),
    }


def test_the_interval_is_that_of_the_two_systems_compared(tmp_path: Path) -> None:
    """Put in all of the baseline's ASR, and what is made of it is the baseline: so the change's own interval."""
    report = fieval.run(Pipeline(tmp_path).write(lose_topics))
    row = next(row for row in report.results if (row.step, row.metric, row.slice) == ("intent", "accuracy", None))
    assert row.interval is not None
    assert found(report, "intent", "asr").interval == pytest.approx((-row.interval[1], -row.interval[0]))


def test_what_a_step_broke_itself_stays(tmp_path: Path) -> None:
    report = fieval.run(Pipeline(tmp_path, intent=("--broken",)).write(hear_well))
    told = of(report, "intent")
    assert (told.kind, told.blamed) == ("none", None)
    for each in told.replayed or ():
        assert (each.disappears, each.remains, each.reran) == (0.0, told.worsening, 0)
    assert told.acquitted("asr")
    assert "no step before it explains this: at most 0.0" in report.headline
    assert report.headline.endswith("Look at intent first.")
    assert report.provenance.commands == {}  # nothing before it changed, so nothing had to run


def test_what_merely_happened_at_the_same_time_is_no_cause(tmp_path: Path) -> None:
    """ASR lost greetings in the very calls that the intent step, for reasons of its own, gets wrong."""
    config = Pipeline(tmp_path, intent=("--broken",)).write(lose_greetings)
    misled = fieval.run(config, replay=False)
    assert (of(misled, "intent").kind, of(misled, "intent").blamed) == ("associated", "asr")
    assert of(misled, "intent").replayed is None
    assert misled.headline.endswith("Look at asr first.")
    report = fieval.run(config)
    told = of(report, "intent")
    assert (told.kind, told.blamed) == ("none", None)
    assert found(report, "intent", "asr").disappears == 0
    assert found(report, "intent", "asr").reran == 20
    assert report.headline.endswith("Look at intent first.")
    assert (report.verdict, report.exit_code, report.results) == (misled.verdict, 1, misled.results)


def test_two_causes_are_told_apart(tmp_path: Path) -> None:
    """ASR lost topics in calls 0, 3, …; the intent step broke on 0, 3, …, too, and on nothing else of its own."""
    program = INTENT.replace("% 3 == 0", "% 4 == 0")

    def hear(index: int, text: str) -> str:
        return lose_topics(index, text) if index % 3 == 0 and index % 4 else text

    one = Pipeline(tmp_path, n=120, intent=("--broken",), programs={"intent": program})
    told = of(fieval.run(one.write(hear)), "intent")
    asr = next(each for each in told.replayed or () if (each.step, each.repair) == ("asr", "baseline"))
    lost = sum(index % 3 == 0 and index % 4 != 0 and index // 3 % 3 != 0 for index in range(120)) / 120
    assert told.worsening == pytest.approx(0.25 + lost)
    assert asr.disappears == pytest.approx(lost)
    assert asr.remains == pytest.approx(0.25)
    assert told.blamed is None  # less than half


def test_gold_shows_what_was_wrong_before_as_well_and_blames_nobody(tmp_path: Path) -> None:
    """The baseline's ASR had lost the same topics already; the candidate broke the intent step."""
    program = INTENT.replace("% 3 == 0", "% 4 == 0")
    one = Pipeline(tmp_path, n=120, intent=("--broken",), programs={"intent": program}, baseline_hears=lose_topics)
    report = fieval.run(one.write(lose_topics))
    told, gold = of(report, "intent"), found(report, "intent", "asr", "gold")
    assert told.blamed is None
    assert (found(report, "intent", "asr").disappears, found(report, "intent", "asr").reran) == (0, 0)
    assert gold.reran == 40
    assert gold.interval is not None
    assert gold.interval[0] > 0
    assert gold.disappears + gold.remains == pytest.approx(told.worsening, abs=2e-12)


def test_a_command_sees_neither_its_own_part_nor_what_comes_later(tmp_path: Path) -> None:
    spy = READING.replace("    words", "    open('seen', 'a').write(text)\n    words") + SUMMARY.removeprefix(READING)
    one = Pipeline(tmp_path)
    config = one.write(lose_topics)
    one.program("summary", spy)
    fieval.run(config)
    lines = [json.loads(line) for line in (tmp_path / "seen").read_text().splitlines()]
    assert len(lines) == 60  # its own inputs again, then the baseline's, then gold
    for line in lines:
        assert set(line) == {"id", "turns", "meta"}
        assert line["meta"] == {"channel": "voice", "language": "en"}


def test_passing_the_lines_on_is_no_replay(tmp_path: Path) -> None:
    one = Pipeline(tmp_path)
    config = one.write(lose_topics)
    one.program("summary", "import sys\nsys.stdout.write(sys.stdin.read())")
    assert "not replayable" in failed(config)


def test_nothing_is_written_beside_the_config(tmp_path: Path) -> None:
    config = Pipeline(tmp_path).write(lose_topics)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    fieval.run(config)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_a_gate_that_passes_runs_no_command(tmp_path: Path) -> None:
    one = Pipeline(tmp_path)
    config = one.write(hear_well)
    one.program("summary", "raise SystemExit(9)")
    assert fieval.run(config, replay=True).exit_code == 0


def test_without_being_asked_no_command_runs(tmp_path: Path) -> None:
    one = Pipeline(tmp_path)
    config = one.write(lose_topics)
    one.program("summary", "raise SystemExit(9)")
    config.write_text(config.read_text().replace("replay: true\n", ""))
    assert fieval.run(config).exit_code == 1
    assert fieval.run(config, replay=True).exit_code == 4


def test_what_was_run_is_told_and_kept(tmp_path: Path) -> None:
    one, listener = Pipeline(tmp_path), Listener()
    report = run_gate(Request(config=one.write(lose_topics)), listener).report
    assert report.provenance.commands == {name: tuple(one.command(name)) for name in ("summary", "intent")}
    # once on its own inputs each; both behind either repair of asr; intent behind the baseline's summaries
    assert listener.told == ["Replay: runs the 2 commands of summary, intent, 7 times."]


def test_same_inputs_same_report(tmp_path: Path) -> None:
    config = Pipeline(tmp_path).write(lose_topics)
    first, second = (msgspec.to_builtins(fieval.run(config)) | {"provenance": None} for _ in range(2))
    assert first == second


def test_nothing_to_run_again_is_said(tmp_path: Path) -> None:
    config = Pipeline(tmp_path).write(lose_topics)
    text = config.read_text()
    config.write_text("".join(line for line in text.splitlines(keepends=True) if "summary.py" not in line))
    report = fieval.run(config)
    assert of(report, "summary").replayed is None
    assert {(each.step) for each in of(report, "intent").replayed or ()} == {"summary"}
    config.write_text(text.replace("after: [asr]", "").replace("after: [summary]", ""))
    report = fieval.run(config)
    assert (report.exit_code, report.root_cause) == (1, None)
    assert [note for note in report.notes if note.startswith("replay: nothing can be run again")]


def with_chats(one: Pipeline) -> Path:
    """Every sixth interaction, all of which lost their topic, is a chat now, of whose turns the outputs say nothing."""
    config = one.write(lose_topics)
    for name in ("data/interactions", "candidate", "baseline"):
        path = one.folder / f"{name}.jsonl"
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        for line in lines[::6]:
            line.pop("turns", None)
            if "channel" in line:
                line["channel"] = "chat"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return config


def test_of_chats_a_command_gets_what_people_wrote_and_asr_is_not_repaired(tmp_path: Path) -> None:
    one = Pipeline(tmp_path)
    config = with_chats(one)
    one.program("intent", INTENT.replace("    topics", "    assert words\n    topics"))
    report = fieval.run(config)
    assert found(report, "intent", "summary").reran == 20
    assert found(report, "intent", "asr").reran == found(report, "intent", "asr", "gold").reran == 10


def test_only_what_counts_for_a_step_that_failed_runs_again(tmp_path: Path) -> None:
    config = with_chats(Pipeline(tmp_path))
    config.write_text(config.read_text().replace("timeout: 60", "timeout: 60\n    where: {channel: voice}"))
    assert found(fieval.run(config), "intent", "summary").reran == 10


def test_what_was_heard_wrong_but_said_anyway_is_no_cause(tmp_path: Path) -> None:
    """ASR misheard the amount; the summariser, whatever it is given, writes down that very amount of its own."""

    def hear(index: int, text: str) -> str:
        return text.replace(str(10 + index), "777") if index % 3 == 0 else text

    stubborn = SUMMARY.replace("    print", "    amount = 777 if int(line['id'][-3:]) % 3 == 0 else amount\n    print")
    one = Pipeline(tmp_path)
    config = one.write(hear)
    assert (of(fieval.run(config), "summary").kind, of(fieval.run(config), "summary").blamed) == ("replayed", "asr")
    one.program("summary", stubborn)
    assert (of(fieval.run(config, replay=False), "summary").kind) == "traced"
    told = of(fieval.run(config), "summary")
    assert (told.kind, told.blamed) == ("none", None)
    assert told.acquitted("asr")


def test_a_step_that_fails_by_itself_beside_another_is_told_so(tmp_path: Path) -> None:
    config = Pipeline(tmp_path, intent=("--broken",)).write(lose_greetings)
    config.write_text(config.read_text().replace("wer: {max: 0.9}", "wer: {max_regression: 0.01}"))
    assert "Also failing: intent. " in fieval.run(config, replay=False).headline
    headline = fieval.run(config).headline
    assert "Also failing: intent (no step before it explains that)." in headline
    assert headline.endswith("Look at asr first.")


def failed(config: Path) -> str:
    """The headline of a run whose replay failed; its results are there, and exit code 4."""
    report = fieval.run(config)
    assert (report.exit_code, report.verdict) == (4, "unmeasurable")
    assert report.headline.startswith("Cannot be measured now: ")
    assert "Without replay: summary fact_recall fell by" in report.headline
    assert report.results
    assert report.root_cause is not None
    assert of(report, "summary").replayed is None
    return report.headline


Program = str
EMPTY = "import sys\nsys.stdin.read()"


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("import sys\nsys.exit(3)", "exited with 3"),
        (EMPTY, "its output: the file is empty"),
        (SUMMARY + "    break\n", "its output lacks 19 of 20 interactions (call-003, call-006, call-009, …)"),
        (SUMMARY + "print('no json')\n", "its output:21: not valid JSON"),
        (SUMMARY.replace('line["id"]', '"call-000"'), "its output:2: its id was already given in line 1"),
        (SUMMARY.replace('line["id"]', 'line["id"] + "x"'), "its output:1: no interaction that was given has this id"),
        (SUMMARY.replace('"summary": f"A call', '"x": f"A call'), "its output:1: unknown field"),
        (SUMMARY.replace('f"A call', '3, "x": f"A call'), "its output:1: a field is missing or not as expected"),
        (SUMMARY + "import os; os.remove(os.readlink('/proc/self/fd/1'))", "its output: no such file"),
        ("import sys; sys.stdout.buffer.write('{}'.encode('utf-16'))", "its output:1: the file is UTF-16 or UTF-32"),
        (
            SUMMARY.replace("A call", "Another call"),
            "not replayable: on the candidate's own inputs it gives other outputs than the candidate has for 20 of 20 "
            "interactions (call-000, call-003, call-006, …)",
        ),
        (
            SUMMARY.replace("A call", "{'Another' if line['id'] == 'call-057' else 'A'} call"),
            "other outputs than the candidate has for 1 of 20 interactions (call-057)",
        ),
    ],
)
def test_a_command_that_does_not_do_its_work_leaves_the_run_unmeasured(
    tmp_path: Path, program: Program, told: str
) -> None:
    one = Pipeline(tmp_path)
    config = one.write(lose_topics)
    one.program("summary", program)
    headline = failed(config)
    assert told in headline
    assert f"{config}:8:3: steps.summary.command: " in headline


@pytest.mark.parametrize(
    "said",
    [
        '{line["turns"][0]["text"]: 1}',
        '{"labels": {line["turns"][0]["text"]: "x"}}',
        '{"scores": {line["turns"][0]["text"]: float("nan")}}',
        '{"labels": {"intent": {line["turns"][0]["text"]: "x"}}}',
        '{"id": line["turns"][0]["text"]}',
        '{"id": line["turns"][0]["text"][:14]}',
    ],
)
def test_what_people_said_gets_into_no_report_by_a_command_s_mistake(tmp_path: Path, said: str) -> None:
    one, listener = Pipeline(tmp_path), Listener()
    config = one.write(lose_topics)
    one.program("summary", READING + f"    print(json.dumps({{'id': line['id']}} | {said}))\n")
    run = run_gate(Request(config=config), listener)
    assert run.report.exit_code == 4
    assert "its output:1: " in run.report.headline or "its output:2: " in run.report.headline
    assert b"good morning" not in msgspec.json.encode(run.report)
    assert "good morning" not in " ".join(listener.told)


def test_the_end_of_its_stderr_is_shown_but_stands_in_no_report(tmp_path: Path) -> None:
    one, listener = Pipeline(tmp_path), Listener()
    config = one.write(lose_topics)
    one.program("intent", "import sys\nprint('no such model', file=sys.stderr)\nsys.exit(2)")
    run = run_gate(Request(config=config), listener)
    assert run.report.exit_code == 4
    assert listener.told[-1] == "  no such model"
    assert b"no such model" not in msgspec.json.encode(run)


def test_a_command_that_hangs_is_ended(tmp_path: Path) -> None:
    one = Pipeline(tmp_path)
    config = one.write(lose_topics)
    one.program("intent", "import time\ntime.sleep(60)")
    config.write_text(config.read_text().replace("timeout: 60", "timeout: 0.5"))
    assert "was still running after timeout: 0.5 seconds" in failed(config)


def test_a_little_unsteadiness_is_told(tmp_path: Path) -> None:
    one = Pipeline(tmp_path, n=450)
    config = one.write(lose_topics)
    one.program("summary", SUMMARY.replace("A call", "{'Another' if line['id'] == 'call-447' else 'A'} call"))
    report = fieval.run(config)
    assert report.exit_code == 1
    assert found(report, "intent", "asr").unsteady == pytest.approx(1 / 150)
    assert found(report, "intent", "summary").unsteady == 0


def anchored(one: Pipeline, hear: Callable[[int, str], str]) -> Path:
    """Everything compared with an older baseline, which is as good as the baseline was; that one is the candidate."""
    config = one.write(hear)
    (one.folder / "baseline.jsonl").rename(one.folder / "anchor.jsonl")
    (one.folder / "baseline.jsonl").write_bytes((one.folder / "candidate.jsonl").read_bytes())
    text = config.read_text().replace("max_regression", "max_drift").replace("replay", "anchor: anchor.jsonl\nreplay")
    config.write_text(text)
    return config


def test_a_drift_is_replayed_on_the_anchor(tmp_path: Path) -> None:
    report = fieval.run(anchored(Pipeline(tmp_path), lose_topics))
    told = of(report, "intent")
    assert (told.against, told.kind, told.blamed) == ("anchor", "replayed", "asr")
    assert {each.repair for each in told.replayed or ()} == {"anchor", "gold"}
    assert "when the anchor's asr output is put in" in told.statement


def test_a_program_of_another_folder_is_run_where_the_config_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Pipeline(tmp_path / "there").write(lose_topics)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert sys.executable
    assert fieval.run("../there/gate.yaml").exit_code == 1


def test_a_command_of_which_nothing_can_be_taken_is_refused(tmp_path: Path) -> None:
    config = Pipeline(tmp_path).write(hear_well)
    (tmp_path / "own_check.py").write_text("def short(interaction, output):\n    return 1.0\n")
    text = config.read_text().replace(
        "significance:",
        "  length: {evaluator: custom_evaluation, function: own_check:short, after: [summary], command: [cat]}\n"
        "  flow: {evaluator: conversation_coherence, after: [asr], command: [cat]}\n"
        "significance:",
    )
    config.write_text(text)
    with pytest.raises(InvalidInput) as caught:
        fieval.run(config)
    assert [problem.partition("steps.")[2] for problem in caught.value.problems] == [
        "length.command: custom_evaluation does not say what this step makes, so nothing could be taken of what a "
        "command writes",
        "flow.command: conversation_coherence only looks at what other steps make, so nothing could be taken of what a "
        "command writes",
    ]


def test_weights_of_production_weigh_what_disappears(tmp_path: Path) -> None:
    config = Pipeline(tmp_path, n=120).write(lose_topics)
    card = tmp_path / "data" / "dataset.yaml"
    card.write_text(card.read_text() + "population:\n  intent: {billing: 0.2, outage: 0.7, cancel: 0.1}\n")
    told = of(fieval.run(config), "intent")
    assert told.worsening == pytest.approx((0.7 + 0.1) / 3, abs=0.02)
    assert found(fieval.run(config), "intent", "asr").disappears == pytest.approx(told.worsening, abs=2e-12)
    assert told.blamed == "asr"


def test_what_no_judge_is_needed_for_is_replayed_where_one_is_configured(tmp_path: Path) -> None:
    config = Pipeline(tmp_path).write(lose_topics)
    config.write_text(config.read_text() + 'judge: {provider: anthropic, mode: "off"}\n')
    assert (of(fieval.run(config), "summary").kind, of(fieval.run(config), "summary").blamed) == ("replayed", "asr")
