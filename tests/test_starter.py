"""The starter that `fieval init` writes: what is in it, and that it overwrites and leaves behind nothing."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
import yaml

import fieval
from fieval import config, data, evals, reports, starter
from fieval.errors import InvalidInput
from fieval.model import Dataset
from fieval.speech.normalize import normalizer
from fieval.speech.specifics import anchors_found, fabricated

from starter_outputs import SYSTEMS, TEMPLATES, made

FILES = {piece.name for piece in starter.PIECES} | {".gitignore"}


def written(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() or path.is_symlink()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    starter.write_starter(str(tmp_path / "new"))
    return tmp_path / "new"


@pytest.fixture
def dataset() -> Dataset:
    return data.read_dataset(TEMPLATES / "golden")


# --- what is in it -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SYSTEMS)
def test_outputs_are_what_their_maker_makes(name: str) -> None:
    assert (TEMPLATES / f"outputs/{name}.jsonl").read_bytes() == made(name).encode()


def test_it_is_small() -> None:
    assert sum(path.stat().st_size for path in TEMPLATES.rglob("*") if path.is_file()) < 120 * 1024


def test_every_template_is_a_piece() -> None:
    assert written(TEMPLATES) == {piece.template for piece in starter.PIECES if piece.template}


def test_dataset_is_large_enough_to_be_gated(dataset: Dataset) -> None:
    assert len(dataset.interactions) == 48
    assert len({each.group for each in dataset.interactions}) == 40
    for product in ("furniture", "appliances"):
        assert sum(each.cohorts["product"] == product for each in dataset.interactions) >= 20
    for name, values in dataset.card.labels.items():
        for value in values.values:
            assert sum(each.labels[name].value == value for each in dataset.interactions) >= 12
    voice = [each for each in dataset.interactions if each.channel == "voice"]
    assert len(voice) == 24
    assert all(4 <= len(each.turns) <= 8 and len(each.segments) == len(each.turns) for each in voice)


def test_gold_summaries_make_nothing_up_and_tell_every_fact(dataset: Dataset) -> None:
    normalize = normalizer("auto", "en")
    for each in dataset.interactions:
        transcript = "\n".join(turn.text for turn in each.turns)
        assert fabricated(each.summary, transcript, "en").fabricated == (), each.id
        assert each.facts
        assert all(anchors_found(fact.anchors, each.summary, normalize) for fact in each.facts), each.id


def test_both_systems_are_believable_and_differ_in_every_step(folder: Path) -> None:
    report = fieval.run(folder / "fieval.yaml")
    whole = {(row.step, row.metric): row for row in report.results if row.slice is None}
    for step, metric, low, high in (
        ("asr", "wer", 0.08, 0.15),
        ("summary", "fabrication_rate", 0.05, 0.20),
        ("intent", "kappa", 0.7, 0.9),
        ("sentiment", "weighted_kappa", 0.7, 0.9),
        ("resolution", "kappa", 0.7, 0.9),
        ("csat", "mae", 0.3, 0.6),
    ):
        row = whole[step, metric]
        assert row.baseline is not None and row.candidate is not None
        assert low <= row.baseline <= high and low <= row.candidate <= high
        assert row.change
    changes = [row.worsening for (_, metric), row in whole.items() if metric == "fail_rate"]
    assert min(filter(None, changes)) < 0 < max(filter(None, changes))


def test_schema_beside_the_config_is_the_one_that_it_names_and_holds(folder: Path) -> None:
    text = (folder / "fieval.yaml").read_text()
    assert text.splitlines()[0] == f"# yaml-language-server: $schema={starter.SCHEMA_FILE}"
    schema = json.loads((folder / starter.SCHEMA_FILE).read_text())
    assert schema == config.schema(evals.kinds())
    jsonschema.validate(yaml.safe_load(text), schema)


def test_config_is_short_and_explains_every_key() -> None:
    lines = (TEMPLATES / "fieval.yaml").read_text().splitlines()
    assert len(lines) <= 70
    keys = [line for line in lines if re.match(r" *\w+:", line)]
    unexplained = {line.split("#")[0].split(":")[0].strip() for line in keys if "#" not in line}
    explained = {line.split(":")[0].strip() for line in keys if "#" in line}
    assert unexplained - explained <= {"asr", "summary", "intent", "sentiment", "resolution", "csat", "wer",
                                       "steps", "significance"}  # fmt: skip


def test_comments_name_only_what_there_is() -> None:
    keys = set(re.findall(r'"([a-z_]+)":', json.dumps(config.schema(evals.kinds()))))
    known = keys | {"fieval init", "fieval run", "fieval check", "fieval plan"}
    for path in (TEMPLATES / "fieval.yaml", TEMPLATES / "golden/dataset.yaml"):
        for quoted in re.findall(r"`([^`]+)`", path.read_text()):
            assert quoted in known, quoted
        for line in path.read_text().splitlines():
            assert not re.match(r"\s*#\s*\w+:\s", line), line


def test_workflow_is_pinned_and_may_only_read() -> None:
    text = (TEMPLATES / "workflow.yml").read_text()
    workflow: dict[Any, Any] = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow[True] == {"pull_request": None}  # YAML 1.1 takes `on` for true
    (job,) = workflow["jobs"].values()
    assert "permissions" not in job
    uses = [step["uses"] for step in job["steps"] if "uses" in step]
    assert len(uses) == 3
    assert all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", used) for used in uses)
    assert job["steps"][0]["with"] == {"persist-credentials": False}
    assert "secrets" not in text
    kept = job["steps"][-1]["with"]["path"].splitlines()
    for name in (report.file_name for report in reports.formats().values() if report.keeps_text):
        assert f"!${{{{ runner.temp }}}}/fieval/{name}" in kept


def test_workflow_installs_from_where_its_owner_says() -> None:
    """No index has a fieval that is this one."""
    workflow = yaml.safe_load((TEMPLATES / "workflow.yml").read_text())
    runs = [step.get("run", "") for step in workflow["jobs"]["gate"]["steps"]]
    assert 'pip install "fieval @ git+https://git.example.com/fieval.git"' in runs


# --- what writing does and does not ------------------------------------------------------------------------------


def test_all_is_written_to_a_new_folder_and_to_an_old_one(tmp_path: Path) -> None:
    (tmp_path / "old/outputs").mkdir(parents=True)
    (tmp_path / "old/outputs/other.jsonl").write_text("mine")
    for name in ("new/deep", "old"):
        starter.write_starter(str(tmp_path / name))
    assert written(tmp_path / "new/deep") == FILES
    assert written(tmp_path / "old") == FILES | {"outputs/other.jsonl"}
    assert (tmp_path / "old/outputs/other.jsonl").read_text() == "mine"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, b".fieval/\n"),
        (b"", b".fieval/\n"),
        (b"build/\n", b"build/\n.fieval/\n"),
        (b"build/", b"build/\n.fieval/\n"),
        (b"# .fieval/ is not in here\n\xff\n", b"# .fieval/ is not in here\n\xff\n.fieval/\n"),
        (b".fieval/\n", b".fieval/\n"),
        (b"a\r\n/.fieval \r\nb", b"a\r\n/.fieval \r\nb"),
    ],
)
def test_runs_are_ignored_once_and_on_a_line_of_their_own(tmp_path: Path, before: bytes | None, after: bytes) -> None:
    if before is not None:
        (tmp_path / ".gitignore").write_bytes(before)
    starter.write_starter(str(tmp_path))
    assert (tmp_path / ".gitignore").read_bytes() == after


def test_everything_in_the_way_is_named_and_nothing_written(tmp_path: Path) -> None:
    (tmp_path / "fieval.yaml").write_text("mine")
    (tmp_path / "golden").write_text("a file")
    (tmp_path / "outputs").mkdir()
    (tmp_path / "outputs/baseline.jsonl").symlink_to("nowhere")
    (tmp_path / ".gitignore").mkdir()
    before = written(tmp_path)
    with pytest.raises(InvalidInput) as caught:
        starter.write_starter(str(tmp_path))
    named = [re.sub(rf"^{re.escape(str(tmp_path))}/|:.*", "", problem) for problem in caught.value.problems[:-1]]
    assert named == ["golden", "outputs/baseline.jsonl", "fieval.yaml", ".gitignore"]
    assert written(tmp_path) == before
    assert (tmp_path / "fieval.yaml").read_text() == "mine"


def test_a_name_that_is_empty_or_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    for name, message in (
        ("", "empty"),
        (str(tmp_path / "taken"), "not a folder"),
        (str(tmp_path / "taken/in"), "Not a"),
    ):
        with pytest.raises(InvalidInput, match=message):
            starter.write_starter(name)
    assert (tmp_path / "taken").read_text() == "mine"


# --- how a run tells that it is still there ----------------------------------------------------------------------


def test_a_run_says_what_to_replace_until_it_is_replaced(dataset: Dataset) -> None:
    (note,) = starter.notes_on(dataset)
    assert "48 of 48 interactions" in note
    assert all(part in note for part in ("golden/", "outputs/", "thresholds"))
    own = [msgspec.structs.replace(each, turns=each.turns[1:]) for each in dataset.interactions]
    (note,) = starter.notes_on(msgspec.structs.replace(dataset, interactions=(*own, dataset.interactions[0])))
    assert "1 of 49 interactions" in note
    assert starter.notes_on(msgspec.structs.replace(dataset, interactions=tuple(own))) == ()
    renamed = msgspec.structs.replace(dataset.card, name="ours")
    assert starter.notes_on(msgspec.structs.replace(dataset, card=renamed)) == ()
