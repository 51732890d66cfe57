"""What README and CONTRIBUTING say can be done as they say it."""

import json
import re
import subprocess
from pathlib import Path

import pytest

import fieval
from fieval import config, data, evals

from end_to_end.command import INSTALLED, PROJECT

README = (PROJECT / "README.md").read_text()


def block(name: str) -> str:
    """The fenced block behind `<!-- name -->`."""
    found = re.search(rf"<!-- {name} -->\n```\w+\n(.*?)```", README, re.S)
    assert found, name
    return found.group(1)


@pytest.mark.parametrize(("name", "code"), [("run command", 0), ("broken command", 1)])
def test_commands_do_what_the_text_says(name: str, code: int, tmp_path: Path) -> None:
    """Without the installation in front, which CI does from scratch."""
    command = block(name).strip().rpartition("&& ")[2].replace(".venv/bin/fieval", INSTALLED[0])
    done = subprocess.run(f"{command} --out {tmp_path}", shell=True, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == code, done.stderr


def test_install_command_installs_without_development_tools() -> None:
    assert block("run command").startswith("python3 -m venv .venv && .venv/bin/pip install --quiet . && ")


def test_python_example_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(PROJECT)
    exec(compile(block("python"), "README.md", "exec"), {})
    assert capsys.readouterr().out.startswith("pass ")


def test_examples_of_lines_are_valid(tmp_path: Path) -> None:
    (tmp_path / "dataset.yaml").write_text(block("card"))
    (tmp_path / "interactions.jsonl").write_text(json.dumps(json.loads(block("interaction"))) + "\n")
    (tmp_path / "outputs.jsonl").write_text(json.dumps(json.loads(block("output"))) + "\n")
    dataset = data.read_dataset(tmp_path)
    assert data.read_outputs(tmp_path / "outputs.jsonl", dataset).outputs[0] is not None


def test_every_metric_is_in_the_readme() -> None:
    table = README.split("## Evaluators")[1].split("## Python")[0]
    for kind in evals.kinds().values():
        assert f"`{kind.name}`" in table
        for metric in kind.metrics:
            assert f"`{metric.name}" in table, metric.name


def test_reference_config_has_every_key_and_runs() -> None:
    path = PROJECT / "configs/reference.yaml"
    loaded = config.load(path, evals.kinds())
    assert {step.evaluator for step in loaded.steps} == set(evals.kinds())
    text = path.read_text()
    for name in property_names(config.schema(evals.kinds())):
        assert re.search(rf"\b{re.escape(name)}:\s", text), name
    assert fieval.run(path).exit_code == 0


def property_names(schema: object) -> set[str]:
    """Every key that the schema knows, but metric names, which the README's table has."""
    metrics = {metric.name for kind in evals.kinds().values() for metric in kind.metrics}
    if isinstance(schema, list):
        return set().union(*map(property_names, schema))
    if not isinstance(schema, dict):
        return set()
    own = set(schema.get("properties", {})) - metrics
    return own.union(*map(property_names, schema.values()))


def test_every_evaluator_of_the_contributing_guide_exists() -> None:
    guide = (PROJECT / ".github/CONTRIBUTING.md").read_text()
    for path in re.findall(r"`(fieval/[\w/]+\.py|tests/[\w/]+/|golden_datasets/[\w/.]+)`", guide):
        assert (PROJECT / path).exists(), path
