"""What README and CONTRIBUTING say can be done as they say it."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Literal

import pytest
import yaml

import fieval
from fieval import config, data, evals

import readme_parts
import readme_picture
from end_to_end.command import INSTALLED, PROJECT
from file_server import served

README = (PROJECT / "README.md").read_text()


def block(name: str) -> str:
    """The fenced block behind `<!-- name -->`."""
    found = re.search(rf"<!-- {name} -->\n```\w*\n(.*?)```", README, re.S)
    assert found, name
    return found.group(1)


@pytest.mark.parametrize(("name", "code"), [("run command", 0), ("broken command", 1)])
def test_commands_do_what_the_text_says(name: str, code: int, tmp_path: Path) -> None:
    """Without the installation in front, which CI does from scratch."""
    command = block(name).strip().rpartition("&& ")[2].replace(".venv/bin/fieval", INSTALLED[0])
    done = subprocess.run(f"{command} --out {tmp_path}", shell=True, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == code, done.stderr


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder beside a clone in which the first step of "Your own data" was taken, with fieval in no other place."""
    clone = tmp_path_factory.mktemp("start") / "clone"
    activate = clone / ".venv/bin/activate"
    activate.parent.mkdir(parents=True)
    activate.write_text(f"PATH={Path(INSTALLED[0]).parent}:$PATH\n")
    done = subprocess.run(
        ["bash", "-euc", block("start")],
        cwd=clone,
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return clone.parent / "our_gate"


def shell(commands: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Commands as a user types them, with this fieval first on the path; a line that fails ends them."""
    environment = {**os.environ, "PATH": f"{Path(INSTALLED[0]).parent}:{os.environ['PATH']}"}
    return subprocess.run(
        ["bash", "-euc", commands], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_a_pipeline_writes_outputs_that_can_be_judged(gate: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(gate, tmp_path / "gate")
    (folder / "pipeline.py").write_text(block("pipeline"), encoding="utf-8")
    assert shell("python3 pipeline.py && fieval check", folder).returncode == 0
    assert shell("fieval run --out out", folder).returncode == 1
    coverage = json.loads((folder / "out/report.json").read_text())["coverage"]
    assert len(coverage) == 6
    assert {(step["candidate_missing"], step["unknown_labels"]) for step in coverage.values()} == {(0, 0)}


def test_a_first_baseline_is_blessed_and_its_run_looked_at_afterwards(gate: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(gate, tmp_path / "gate")
    done = shell(block("first baseline"), folder)
    assert done.returncode == 0, done.stderr
    assert "no baseline yet: bless one" in done.stdout
    assert "The candidate's outputs are the baseline's." in done.stdout
    done = shell(f"export COLUMNS=100\n{block('afterwards')}", folder)
    assert done.returncode == 0, done.stderr
    assert at_any_time(done.stdout).endswith(at_any_time(block("history output")))


def at_any_time(page: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "TIME", page)


def test_a_spreadsheet_comes_to_its_first_gate(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text(block("spreadsheet calls"), encoding="utf-8")
    done = shell(block("spreadsheet start"), tmp_path)
    assert done.returncode == 0, done.stderr
    assert "candidate's intent: billing 2 of 2, outage 1 of 1" in done.stderr
    for person, labels in (("ann", ("Outage", "billing", "cancellation")), ("ben", ("outage", "billing", "billing"))):
        answers = dict(zip(("1001", "1002", "1003"), labels, strict=True))
        fill(tmp_path / "to_label.csv", tmp_path / f"labelled_{person}.csv", "labels.intent", answers, person)
    done = shell(block("spreadsheet labels"), tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == block("spreadsheet labels output")
    assert (tmp_path / "to_decide.csv").read_text(encoding="utf-8-sig").count("1003") == 1
    fill(tmp_path / "to_decide.csv", tmp_path / "decided.csv", "adjudicated.labels.intent", {"1003": "cancellation"})
    done = shell(block("spreadsheet gate"), tmp_path)
    assert done.returncode == 1, "two of three right are not 70 %"
    assert "66.7%" in done.stdout
    assert '{"value":"cancellation","votes":["cancellation","billing"]}' in (
        tmp_path / "golden/interactions.jsonl"
    ).read_text(encoding="utf-8")


def test_files_elsewhere_are_judged_as_the_readme_shows(gate: Path) -> None:
    with served(gate) as server:
        shown = block("elsewhere").replace("https://files.example.com", server.url)
        for line, told in re.findall(r"^\$ (.*)\n(.*)$", shown, re.M):
            done = shell(line, gate)
            assert (done.stdout + done.stderr).strip() == told


def fill(sheet: Path, filled: Path, field: str, answers: dict[str, str], person: str = "") -> None:
    """A sheet as a person fills it in, in the column of that field."""
    header, *rows = csv.reader(io.StringIO(sheet.read_text(encoding="utf-8-sig"), newline=""))
    column = next(place for place, name in enumerate(header) if name.startswith(field))
    for row in rows:
        row[column] = answers[row[0]]
        if "annotator" in header:
            row[header.index("annotator")] = person
    with filled.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([header, *rows])


PLACEHOLDER = 'pip install "fieval @ git+https://git.example.com/fieval.git"'


def test_recipes_for_ci_run(gate: Path) -> None:
    gitlab = yaml.safe_load(block("gitlab"))["fieval"]
    jenkins = [line.replace(".venv/bin/", "") for line in re.findall(r"sh '(.*)'", block("jenkins"))]
    assert jenkins == ["python -m venv .venv", *gitlab["script"]]
    assert gitlab["script"][0] == PLACEHOLDER
    assert shell("\n".join(gitlab["script"][1:]), gate).returncode == 0
    for path in (*gitlab["artifacts"]["paths"], gitlab["artifacts"]["reports"]["junit"]):
        assert (gate / path).is_file(), path
    assert (gate / re.findall(r"junit '(.*)'", block("jenkins"))[0]).is_file()


@pytest.mark.parametrize(
    ("name", "gate"),
    [("github", "uses: ./.github/actions/fieval"), ("gitlab", "fieval run"), ("jenkins", "fieval run")],
)
def test_every_recipe_says_where_the_pipeline_writes_before_it_is_judged(name: str, gate: str) -> None:
    recipe = block(name)
    assert 0 < recipe.find("your pipeline writes outputs/candidate.jsonl here") < recipe.index(gate)


def test_nothing_is_installed_from_an_index_that_does_not_have_it() -> None:
    texts = [README, (PROJECT / "fieval/templates/workflow.yml").read_text(encoding="utf-8")]
    for text in texts:
        assert PLACEHOLDER in text
        assert not re.search(r"pip install fieval\b", text)


def test_the_action_is_used_with_inputs_that_it_has() -> None:
    steps = yaml.safe_load(block("github"))["jobs"]["gate"]["steps"]
    action = yaml.safe_load((PROJECT / ".github/actions/fieval/action.yml").read_text(encoding="utf-8"))
    assert set(steps[-1]["with"]) <= set(action["inputs"])
    assert all(re.search(r"@[0-9a-f]{40}$", step["uses"]) for step in steps[:-1] if "uses" in step)


def test_every_block_of_the_readme_is_tried() -> None:
    named = re.findall(r"<!-- ([\w ]+) -->\n```", README)
    assert len(named) == README.count("\n```") / 2
    tests = "".join(path.read_text(encoding="utf-8") for path in (PROJECT / "tests").rglob("*.py"))
    ci = (PROJECT / ".ci/run").read_text(encoding="utf-8")
    for name in named:
        used = re.search(rf"""["']{name.removesuffix(" output")}["']""", tests)
        assert used or f"<!-- {name} -->" in ci, name


def test_install_command_installs_without_development_tools() -> None:
    assert block("run command").startswith("python3 -m venv .venv && .venv/bin/pip install --quiet . && ")


def test_python_example_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(PROJECT)
    exec(compile(block("python"), "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert printed.startswith("pass ")
    rows = printed.splitlines()[2:]
    assert 20 < len(rows) < 100
    assert not [row for row in rows if not row.endswith(("pass", "undecided", "not_gated"))]
    assert "..." not in printed


def test_a_single_output_is_scored_as_the_text_says(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(block("evaluate"), "README.md", "exec"), {})
    assert capsys.readouterr().out == "0.5 False 1 of 2 specifics are not in the transcript\n"


def test_a_check_of_ones_own_works_as_the_text_says(gate: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(gate, tmp_path / "gate")
    (folder / "checks.py").write_text(block("own check"), encoding="utf-8")
    path = folder / "fieval.yaml"
    path.write_text(re.sub(r"^steps:\n", f"steps:\n{block('own step')}", path.read_text(), flags=re.M))
    done = shell("fieval check && fieval run", folder)
    assert done.returncode == 0, done.stderr
    assert re.search(r"summary_length\n.*\n *score +\d+ +1\.000", done.stdout)


def test_examples_of_lines_are_valid(tmp_path: Path) -> None:
    (tmp_path / "dataset.yaml").write_text(block("card"))
    (tmp_path / "interactions.jsonl").write_text(json.dumps(json.loads(block("interaction"))) + "\n")
    (tmp_path / "outputs.jsonl").write_text(json.dumps(json.loads(block("output"))) + "\n")
    dataset = data.read_dataset(tmp_path)
    assert data.read_outputs(tmp_path / "outputs.jsonl", dataset).outputs[0] is not None


def test_the_example_of_a_judge_is_valid(tmp_path: Path) -> None:
    """Nothing is recorded in its folder, so that the run cannot be measured, and says so."""
    path, dataset = tmp_path / "fieval.yaml", PROJECT / "golden_datasets/contact_center"
    path.write_text(f"version: 1\n{block('judge config')}")
    (tmp_path / "judge.jsonl").touch()
    outputs = [f"--{name}={dataset}/{folder}.jsonl" for name, folder in
               (("candidate", "candidates/fair"), ("baseline", "baselines/main"))]  # fmt: skip
    done = shell(f"fieval run --dataset={dataset} {' '.join(outputs)} --judge replay", tmp_path)
    assert done.returncode == 4, done.stderr
    assert "no verdict is recorded for" in done.stdout
    assert "faithfulness" in done.stdout


def test_the_example_of_a_persons_verdict_is_valid(tmp_path: Path) -> None:
    dataset = data.read_dataset(PROJECT / "golden_datasets/contact_center")
    line = json.loads(block("verdicts"))
    line |= {"id": dataset.interactions[0].id, "output": "0" * 64}
    (tmp_path / "verdicts.jsonl").write_text(json.dumps(line) + "\n")
    assert data.read_verdicts(tmp_path / "verdicts.jsonl", dataset)[0].question == "summary.s1"


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


def test_reference_config_says_every_default() -> None:
    """A value there is the default, or its comment says the default."""
    path = PROJECT / "configs/reference.yaml"
    text, given = path.read_text(encoding="utf-8"), yaml.safe_load(path.read_text(encoding="utf-8"))
    known = config.schema(evals.kinds())["$defs"]
    parts = [(name, given[name], known[name]) for name in ("significance", "judge")]
    parts += [(name, step, known[step["evaluator"]]) for name, step in given["steps"].items()]
    others = 0
    for name, part, schema in parts:
        section = re.split(r"\n\n|\n(?=\w)", text.split(f"\n{'' if name in known else '  '}{name}:\n", 1)[1])[0]
        for key, value in part.items():
            about = schema["properties"].get(key)
            if not isinstance(about, dict) or key == "gates" or value == about.get("default"):
                continue
            if f"Default: {value}." in about.get("description", ""):
                continue
            said = re.search(rf"^ +{key}:.*(?:\n +#.*)*", section, re.M)
            others += 1
            needed = "default" in about or "Default:" in about.get("description", "")
            assert said is not None, (name, key)
            assert not needed or re.search("default|in place of|step's name|package.module", said[0]), (name, key)
    assert others > 10


def property_names(schema: object) -> set[str]:
    """Every key that the schema knows, but metric names, which the README's table has."""
    metrics = {metric.name for kind in evals.kinds().values() for metric in kind.metrics}
    if isinstance(schema, list):
        return set().union(*map(property_names, schema))
    if not isinstance(schema, dict):
        return set()
    own = set(schema.get("properties", {})) - metrics
    return own.union(*map(property_names, schema.values()))


def test_what_the_readme_repeats_is_current() -> None:
    """Every config key, command, option and input of the Action; `python tests/readme_parts.py` writes them."""
    assert readme_parts.written(README) == README
    assert block("every key") == (PROJECT / "configs/reference.yaml").read_text(encoding="utf-8")


def test_no_option_of_a_command_is_left_out() -> None:
    """Found in the help pages, which the tables are not made of."""
    for name in readme_parts.commands():
        assert f"`fieval {name}" in README
    (table,) = re.findall(r"<!-- commands, .*?<!-- end of commands -->", README, re.S)
    for page in map(help_of, readme_parts.commands()):
        for option in re.findall(r"(?<!\S)--[a-z][a-z-]+", page.partition("Options:\n")[2].partition("\n\n")[0]):
            assert option == "--help" or option in table, option


def help_of(name: str) -> str:
    command = readme_parts.commands()[name]
    return str(command.get_help(command.context_class(command)))


@pytest.mark.parametrize("name", ["dataset", "outputs"])
def test_every_field_of_a_data_file_is_in_the_readme(name: Literal["dataset", "outputs"]) -> None:
    for field in property_names(data.schema(name)):
        assert re.search(rf"\b{re.escape(field)}\b", README), field


def test_every_command_that_the_readme_names_has_the_options_that_it_names() -> None:
    """In text and blocks alike; what needs a network, GitHub or a key is tried by tests of its own."""
    known = readme_parts.commands()
    typed = [*re.findall(r"`(fieval [^`]+)`", README), *lines_of_blocks()]
    calls = [call for line in typed for call in re.findall(r"\bfieval (?!@)([a-z][^&|>#)\n]*)", line)]
    assert len(calls) > 50
    for call in calls:
        words = call.split()
        name = next((" ".join(words[:size]) for size in (2, 1) if " ".join(words[:size]) in known), None)
        if name is None:
            assert words[0] in ("judge", "github"), call
            continue
        own = {option for parameter in known[name].params for option in (*parameter.opts, *parameter.secondary_opts)}
        assert {word for word in words if re.fullmatch(r"--?[a-z][a-z-]*", word)} <= own | {"-h", "--help"}, call


SHELL = ("sh", "console", "bash", "shell")
RUN_BY = {  # the test that types a block as it stands; all of them run every line
    "run command": "tests/test_documents.py::test_commands_do_what_the_text_says",
    "broken command": "tests/test_documents.py::test_commands_do_what_the_text_says",
    "test command": ".ci/run",
    "start": "tests/test_documents.py::gate",
    "first baseline": "tests/test_documents.py::test_a_first_baseline_is_blessed_and_its_run_looked_at_afterwards",
    "afterwards": "tests/test_documents.py::test_a_first_baseline_is_blessed_and_its_run_looked_at_afterwards",
    "elsewhere": "tests/test_documents.py::test_files_elsewhere_are_judged_as_the_readme_shows",
    "spreadsheet start": "tests/test_documents.py::test_a_spreadsheet_comes_to_its_first_gate",
    "spreadsheet labels": "tests/test_documents.py::test_a_spreadsheet_comes_to_its_first_gate",
    "spreadsheet gate": "tests/test_documents.py::test_a_spreadsheet_comes_to_its_first_gate",
    "traces": "tests/end_to_end/test_import_traces.py::test_the_readme_shows_what_happens",
}


def lines_of_blocks() -> list[str]:
    found = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.S | re.M)
    return [line.partition(" #")[0] for language, text in found if language in SHELL for line in text.splitlines()]


def test_every_block_of_commands_is_typed_by_a_test() -> None:
    """Also the recipes for CI: their `script`, `run` and `sh` lines are those of `test_recipes_for_ci_run`."""
    blocks = re.findall(rf"(?:<!-- ([\w ]+) -->\n)?```(?:{'|'.join(SHELL)})\n", README)
    assert sorted(blocks) == sorted(RUN_BY)
    for name, place in RUN_BY.items():
        file, _, test = place.partition("::")
        text = (PROJECT / file).read_text(encoding="utf-8")
        body = text.partition(f"def {test}(")[2].partition("\ndef ")[0] if test else text
        before = text.partition(f"def {test}(")[0].rpartition("\n\n")[2] if test else ""  # its parameters
        assert re.search(rf"""["']{name}["']|<!-- {name} -->""", before + body), name


def test_the_worked_example_is_of_the_run_that_it_names() -> None:
    printed = (PROJECT / "tests/end_to_end/snapshots/asr_8khz.txt").read_text(encoding="utf-8").splitlines()
    rows = [" ".join(line.split()) for line in block("worked example").splitlines()]
    assert len(rows) == 5
    assert [row for row in rows if row not in {" ".join(line.split()) for line in printed}] == []


def test_links_within_the_readme_lead_somewhere() -> None:
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", README, flags=re.S | re.M), re.M)
    there = {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([\w-]+)\)", README)) <= there


def test_every_evaluator_of_the_contributing_guide_exists() -> None:
    guide = (PROJECT / ".github/CONTRIBUTING.md").read_text()
    for path in re.findall(r"`(fieval/[\w/]+\.py|tests/[\w/]+/|golden_datasets/[\w/.]+)`", guide):
        assert (PROJECT / path).exists(), path


def test_the_picture_is_of_this_version() -> None:
    assert readme_picture.PICTURE.read_text(encoding="utf-8") == readme_picture.picture()
