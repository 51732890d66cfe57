"""`plan`, `selfcheck`, `calibrate` and `check --training`, as users call them on the bundled dataset."""

import json
import re
from pathlib import Path

import pytest

from end_to_end.command import PROJECT, fieval, printed
from made_dataset import made

COMMANDS = (("plan",), ("selfcheck", "--worlds", "20"), ("calibrate",))
INTERACTIONS = PROJECT / "golden_datasets/contact_center/interactions.jsonl"
README = (PROJECT / "README.md").read_text()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_commands_exit_with_0_whatever_they_find(command: tuple[str, ...]) -> None:
    broken = PROJECT / "golden_datasets/contact_center/candidates/asr_8khz.jsonl"
    done = fieval(*command, "--candidate", broken)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_same_input_same_output_and_json_has_a_schema(command: tuple[str, ...]) -> None:
    first, again = (fieval(*command, "--format", "json", PYTHONHASHSEED=seed).stdout for seed in "12")
    assert first == again
    assert re.fullmatch(r"fieval\.(plan|selfcheck|calibration)/1", json.loads(first)["schema"])


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


def test_plan_of_a_candidate_that_is_the_baseline_is_one_sentence(tmp_path: Path) -> None:
    one = made(n=40)
    one.candidate = one.baseline
    done = fieval("plan", "-c", one.write(tmp_path))
    assert done.returncode == 0, done.stderr
    assert " ".join(done.stdout.split()) == (
        "The candidate's outputs are the baseline's; plan needs two different systems, since what can be found and "
        "proven rests on how they differ. Name another one with --candidate or --baseline."
    )
    assert json.loads(fieval("plan", "-c", tmp_path / "gate.yaml", "--format", "json").stdout)["same"] is True


def test_plan_of_drift_has_its_table_even_then(tmp_path: Path) -> None:
    one = made(n=60)
    one.config = one.config.replace("steps:", "anchor: candidate.jsonl\nsteps:").replace(
        "mae: {max_regression: 0.2}", "mae: {max_regression: 0.2, max_drift: 0.2}"
    )
    config = one.write(tmp_path)
    done = fieval("plan", "-c", config, "--candidate", tmp_path / "baseline.jsonl")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("The candidate's outputs are the baseline's; ")
    assert re.findall(r"^  (\S+ \S+)", done.stdout, re.M) == ["mae (drift)"]
    assert "\ndetects: " in done.stdout
    assert "Not to be planned" not in done.stdout


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
    told = " ".join(printed("selfcheck", "--worlds", "20").split())
    assert re.search(r"no better or worse, would be blocked \(exit 1\) in [\d.]+ % \([\d.]+ to [\d.]+\)", told)
    assert "measured on 20 such releases" in told
    assert "cannot see asymmetric tails" in told


def test_selfcheck_says_which_rules_end_a_release_inconclusive() -> None:
    command = ("selfcheck", "-c", "configs/release_gate.yaml", "--worlds", "20")
    found = json.loads(fieval(*command, "--format", "json").stdout)
    assert found["inconclusive"]["count"] > 0
    named = [rule for rule in found["rules"] if rule["inconclusive"]["count"]]
    assert "intent fail_rate" in {f"{rule['step']} {rule['metric']}" for rule in named}
    told = fieval(*command).stdout
    table = told[told.index("unmeasured or not") : told.index("In each of them")]
    rows = [line for line in table.splitlines() if " % (" in line]
    assert len(rows) == len(named)
    largest = max(named, key=lambda rule: rule["inconclusive"]["count"])
    assert rows[0].split()[:2] == [largest["step"], largest["metric"]]
    assert re.search(rf"{100 * largest['inconclusive']['value']:.1f} % \([\d.]+ to [\d.]+\)$", rows[0])


def test_selfcheck_names_no_rule_where_none_can_be_gated(tmp_path: Path) -> None:
    one = made(n=30)
    one.config = one.config.partition("  asr:")[0] + (
        "  intent: {evaluator: label_agreement, gates: {fail_rate: {max_gap: 0.1, by: [product]}}}\n"
        "significance: {resamples: 999}\n"
    )
    told = " ".join(fieval("selfcheck", "-c", one.write(tmp_path), "--worlds", "20").stdout.split())
    assert "end inconclusive (exit 3) in 100.0 %" in told
    assert "Exit 3 comes from no single rule: none has a slice that is large enough to be gated." in told


@pytest.mark.parametrize("command", [*COMMANDS, ("run",), ("check",)], ids=lambda command: command[0])
def test_a_production_mix_that_is_not_covered_needs_the_flag(command: tuple[str, ...], tmp_path: Path) -> None:
    one = made(n=60)
    one.card += "population:\n  product: {mobile: 0.5, energy: 0.3, water: 0.2}\n"
    arguments = (*command, "-c", one.write(tmp_path), *(("--out", tmp_path / "out") if command == ("run",) else ()))
    refused = fieval(*arguments)
    assert refused.returncode == 2
    assert "population.product.water: no interaction, but a share of 20% in production" in refused.stderr
    assert "--allow-uncovered" in refused.stderr
    allowed = fieval(*arguments, "--allow-uncovered")
    assert allowed.returncode == 0, allowed.stderr


def test_calibrate_tells_of_held_out_data_proxies_and_people() -> None:
    told = printed("calibrate")
    assert "interactions that are not held out count, too, and may have been seen in training" in " ".join(told.split())
    assert "a proxy is not a survey" in told
    assert "Krippendorff's alpha" in told
    for label in ("intent", "sentiment", "resolution", "coherence"):
        assert f"label {label}: 252 interactions with gold" in told


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
    assert "2 of 252 interactions were seen in training" in done.stderr
    assert f'"{lines[0]["id"]}" of the dataset is in the training data by its id' in done.stderr
    assert f'"{lines[5]["id"]}" of the dataset is in the training data by its text' in done.stderr
    path.write_text('{"id": "another"}\n')
    clean = fieval("check", "--training", path)
    assert clean.returncode == 0
    assert "No interaction is among the 1 training examples, by id. None of them has a text" in clean.stdout
    path.write_text('{"id": "another"}\n{"text": "so long"}\n{"id": "third", "text": "farewell"}\n')
    clean = fieval("check", "--training", path)
    assert "among the 3 training examples, by id (2 of them) or by whole text (2 of them)." in clean.stdout


def excerpt(name: str) -> list[str]:
    found = re.search(rf"<!-- {name} output -->\n```\n(.*?)```", README, re.S)
    assert found, name
    return [line for line in found[1].splitlines() if line.strip() not in ("", "…")]


@pytest.mark.parametrize(
    "command",
    ["plan", pytest.param("selfcheck", marks=pytest.mark.simulation), "calibrate"],
)
def test_excerpts_in_the_readme_are_real(command: str) -> None:
    told = printed(command).splitlines()
    shown = excerpt(command)
    assert shown
    assert [line for line in shown if line not in told] == []
