"""`plan`, `selfcheck`, `calibrate` and `check --training`, as users call them on the bundled dataset."""

import json
import re
from pathlib import Path

import pytest

from end_to_end.command import PROJECT, fieval
from made_dataset import made

COMMANDS = (("plan",), ("selfcheck", "--worlds", "20"), ("calibrate",))
INTERACTIONS = PROJECT / "golden_datasets/contact_center/interactions.jsonl"
README = (PROJECT / "README.md").read_text()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_commands_exit_with_0_whatever_they_find(command: tuple[str, ...]) -> None:
    broken = PROJECT / "golden_datasets/contact_center/candidates/broken_asr.jsonl"
    done = fieval(*command, "--candidate", broken)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert max(map(len, done.stdout.splitlines())) <= 100


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_same_input_same_output_and_json_has_a_schema(command: tuple[str, ...]) -> None:
    first, again = (fieval(*command, "--format", "json") for _ in range(2))
    assert first.stdout == again.stdout
    assert re.fullmatch(r"fieval\.(plan|selfcheck|calibration)/1", json.loads(first.stdout)["schema"])


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_bad_input_exits_with_2(command: tuple[str, ...], tmp_path: Path) -> None:
    done = fieval(*command, "-c", tmp_path / "none.yaml")
    assert done.returncode == 2
    assert "no such file" in done.stderr


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_hostile_names_steer_no_terminal(command: tuple[str, ...], tmp_path: Path) -> None:
    one = made(n=40)
    for line in one.gold:
        line["cohorts"]["product"] = "\u202eevil\x1b[31m\n::error::x"
    done = fieval(*command, "-c", one.write(tmp_path))
    assert done.returncode == 0, done.stderr
    assert not {"\u202e", "\x1b"} & set(done.stdout + done.stderr)
    assert "::error" not in done.stdout


def test_plan_numbers_are_those_of_the_run(tmp_path: Path) -> None:
    """What `report.json` says can be found, and what a row that is not proven asks for."""
    config = PROJECT / "configs/default.yaml"
    text = re.sub(r"\.\./", f"{PROJECT}/", config.read_text())
    (tmp_path / "proof.yaml").write_text(f"{text}significance: {{require_proof: true}}\n")
    fieval("run", "-c", tmp_path / "proof.yaml", "--out", tmp_path, "--quiet")
    report = json.loads((tmp_path / "report.json").read_text())
    found = fieval("plan", "-c", tmp_path / "proof.yaml", "--format", "json")
    rows = {(row["step"], row["metric"], str(row["slice"])): row for row in json.loads(found.stdout)["rows"]}
    compared = 0
    for result in report["results"]:
        row = rows.get((result["step"], result["metric"], str(result["slice"])))
        if row is not None and row["detectable"] is not None:
            assert row["detectable"] == pytest.approx(result["detectable"])
        for rule in result["rules"]:
            asked = re.search(r"about ([\d,]+) interactions", rule["reason"])
            if asked:
                assert row is not None
                assert row["needed"] == int(asked[1].replace(",", ""))
                compared += 1
    assert len(rows) > 20
    assert compared > 5


def test_plan_without_a_baseline_says_why(tmp_path: Path) -> None:
    one = made(n=40)
    one.config = one.config.replace("baseline: baseline.jsonl\n", "")
    done = fieval("plan", "-c", one.write(tmp_path))
    assert done.returncode == 0
    assert "no baseline yet: bless one" in done.stdout


def test_selfcheck_needs_a_baseline_and_worlds(tmp_path: Path) -> None:
    one = made(n=40)
    one.config = one.config.replace("baseline: baseline.jsonl\n", "")
    assert "no baseline" in fieval("selfcheck", "-c", one.write(tmp_path)).stderr
    refused = fieval("selfcheck", "--worlds", "3")
    assert refused.returncode == 2
    assert "--worlds: expected at least 20, got 3" in refused.stderr


def test_selfcheck_says_what_it_measures_and_what_it_cannot_see() -> None:
    printed = " ".join(fieval("selfcheck", "--worlds", "30").stdout.split())
    assert re.search(r"no better or worse, would be blocked \(exit 1\) in [\d.]+ % \([\d.]+ to [\d.]+\)", printed)
    assert "measured on 30 such releases" in printed
    assert "cannot see asymmetric tails" in printed


def test_calibrate_tells_of_held_out_data_proxies_and_people() -> None:
    printed = fieval("calibrate").stdout
    assert "no held-out cohort is declared: labels may have been seen in training" in printed
    assert "a proxy is not a survey" in printed
    assert "Krippendorff's alpha" in printed
    for label in ("intent", "sentiment", "resolution", "coherence"):
        assert f"label {label}: 120 interactions with gold" in printed


def test_calibrate_needs_a_label_or_a_score(tmp_path: Path) -> None:
    one = made(n=40)
    one.config = one.config.partition("  summary:")[0]
    done = fieval("calibrate", "-c", one.write(tmp_path))
    assert done.returncode == 2
    assert "nothing to calibrate" in done.stderr


def test_training_data_that_holds_golden_interactions_is_refused(tmp_path: Path) -> None:
    lines = [json.loads(line) for line in INTERACTIONS.read_text().splitlines()]
    path = tmp_path / "training.jsonl"
    seen = {"text": "\n".join(turn["text"].upper() for turn in lines[5]["gold"]["turns"])}
    path.write_text(json.dumps({"id": "voice-001", "label": "x"}) + "\n" + json.dumps(seen) + "\n")
    done = fieval("check", "--training", path)
    assert done.returncode == 2
    assert "2 of 120 interactions were seen in training" in done.stderr
    assert f'"{lines[0]["id"]}" of the dataset is in the training data by its id' in done.stderr
    assert f'"{lines[5]["id"]}" of the dataset is in the training data by its text' in done.stderr
    path.write_text('{"id": "another"}\n')
    clean = fieval("check", "--training", path)
    assert clean.returncode == 0
    assert "No interaction is among the 1 training examples" in clean.stdout


def excerpt(name: str) -> list[str]:
    found = re.search(rf"<!-- {name} output -->\n```\n(.*?)```", README, re.S)
    assert found, name
    return [line for line in found[1].splitlines() if line.strip() not in ("", "…")]


@pytest.mark.parametrize(
    "command",
    ["plan", pytest.param("selfcheck", marks=pytest.mark.simulation), "calibrate"],
)
def test_excerpts_in_the_readme_are_real(command: str) -> None:
    printed = fieval(command).stdout.splitlines()
    shown = excerpt(command)
    assert shown
    assert [line for line in shown if line not in printed] == []
