"""Plug-ins of other distributions, installed beside fieval as pip installs them: a package and its `.dist-info`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fieval.starter import write_starter

from end_to_end.command import fieval
from end_to_end.test_own_code import EVALUATOR

IMPORTER = '''\
from fieval.importers.base import Imported, Importer
from fieval.model import Output, Prediction, Segment, Turn


class Leave(BaseException):
    pass


class Lines(Importer):
    """One call a line: its id, a colon and what was said."""

    name = "acme_lines"
    endings = (".acme",)

    def read(self, source, reading):
        for row in source.rows():
            identifier, colon, text = row.text.partition(":")
            if not colon:
                row.complain("expected a colon")
            if "crash" in text:
                raise KeyError("my secret " + text)
            if "leave" in text:
                raise Leave("my secret " + text)
            if "interrupt" in text:
                raise KeyboardInterrupt
            if "=" in text:
                yield eval("Imported(" + text + ")", globals())
            yield 17 if "amiss" in text else Output(identifier, turns=(Turn(text=text.strip()),))
'''
POINTS = """\
[fieval.importers]
acme_lines = acme_importers:Lines

[fieval.evaluators]
word_count = acme_evals:WordCount
"""
STEP = "  length: {evaluator: word_count, most: 60, gates: {long_rate: {max: 0.9}}}\n"


def install(site: Path, points: str = POINTS, name: str = "acme-plugins", version: str = "1.2") -> Path:
    """A distribution, as it lies in site-packages once it is installed."""
    site.mkdir(exist_ok=True)
    (site / "acme_importers.py").write_text(IMPORTER)
    (site / "acme_evals.py").write_text(EVALUATOR)
    folder = site / f"{name.replace('-', '_')}-{version}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (folder / "entry_points.txt").write_text(points)
    return site


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    write_starter(str(tmp_path / "gate"))
    config = tmp_path / "gate/fieval.yaml"
    config.write_text(config.read_text().replace("steps:\n", f"steps:\n{STEP}", 1))
    return tmp_path / "gate"


def test_an_evaluator_is_used_by_its_plain_name_and_told_in_the_provenance(gate: Path, tmp_path: Path) -> None:
    site = install(tmp_path / "site")
    done = fieval("run", "--format", "json", folder=gate, PYTHONPATH=str(site))
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert [row["n"] for row in report["results"] if row["metric"] == "long_rate" and row["slice"] is None] == [48]
    assert report["provenance"]["packages"]["acme-plugins"] == "1.2"
    assert fieval("check", folder=gate, PYTHONPATH=str(site)).returncode == 0
    schema = json.loads(fieval("schema", "config", PYTHONPATH=str(site)).stdout)
    assert schema["$defs"]["word_count"]["properties"]["most"]["default"] == 8
    assert "word_count" in str(schema["$defs"]["step"]["properties"]["evaluator"])


def test_its_options_are_checked_and_slips_of_its_name_are_understood(gate: Path, tmp_path: Path) -> None:
    site = install(tmp_path / "site")
    config = gate / "fieval.yaml"
    text = config.read_text()
    config.write_text(text.replace("most: 60", "mots: 60"))
    assert 'unknown key "mots"; did you mean "most"?' in fieval("check", folder=gate, PYTHONPATH=str(site)).stderr
    config.write_text(text.replace("evaluator: word_count", "evaluator: word_cuont"))
    done = fieval("check", folder=gate, PYTHONPATH=str(site))
    assert done.returncode == 2
    assert done.stderr.count("unknown evaluator") == 1
    assert 'unknown evaluator "word_cuont"; did you mean "word_count"?' in done.stderr


def test_without_the_distribution_its_name_is_unknown(gate: Path) -> None:
    done = fieval("check", folder=gate)
    assert done.returncode == 2
    assert 'unknown evaluator "word_count"; known: asr_accuracy' in done.stderr


def test_what_it_raises_while_scoring_is_blamed_on_it(gate: Path, tmp_path: Path) -> None:
    site = install(tmp_path / "site")
    (site / "acme_evals.py").write_text(EVALUATOR.replace("return row[0]", "return 1 / 0"))
    done = fieval("run", folder=gate, PYTHONPATH=str(site))
    assert done.returncode == 4
    assert "steps.length: acme_evals:WordCount: failed() raised ZeroDivisionError at acme_evals.py:" in done.stderr


def test_an_importer_is_used_by_its_name(tmp_path: Path) -> None:
    site = install(tmp_path / "site")
    (tmp_path / "in.acme").write_text("a: hello\nb: there\n")
    done = fieval("import", "acme_lines", "in.acme", "-o", "out.jsonl", folder=tmp_path, PYTHONPATH=str(site))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.jsonl").read_text().splitlines()[1] == '{"id":"b","turns":[{"text":"there"}]}'
    done = fieval("import", "acme_line", "in.acme", "-o", "out.jsonl", folder=tmp_path, PYTHONPATH=str(site))
    assert (done.returncode, 'did you mean "acme_lines"?' in done.stderr) == (2, True)
    (tmp_path / "in.acme").write_text("a hello\n")
    done = fieval("import", "acme_lines", "in.acme", "-o", "out.jsonl", folder=tmp_path, PYTHONPATH=str(site))
    assert (done.returncode, "in.acme:1: expected a colon" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: crash", "raised KeyError"),
        ("a: leave", "raised Leave at acme_importers.py:"),
        ("a: amiss", "yields something other than"),
        ("a: id=' '", "yields an interaction without an id, of in.acme"),
        ("a: id='a', duration=-1.0", "yields a duration that is not above 0"),
        ("a: id='a', duration=float('nan')", "yields a number that is not finite"),
        ("a: id='a', turns=(Turn('x', 'y', 2.0, 1.0),)", "yields a time below 0, an end before its start"),
        ("a: id='a', labels={'x': Prediction('y', 2.0)}", "yields a confidence that is not from 0 to 1"),
        ("a: id='a', summary='\\ud800'", "returned half of a surrogate pair, which is not text"),
    ],
)
def test_what_an_importer_does_amiss_is_its_own_and_told_without_words(tmp_path: Path, text: str, said: str) -> None:
    site = install(tmp_path / "site")
    (tmp_path / "in.acme").write_text(text)
    done = fieval("import", "acme_lines", "in.acme", "-o", "out.jsonl", folder=tmp_path, PYTHONPATH=str(site))
    assert done.returncode == 4
    assert f"the importer acme_lines (acme_importers) {said}" in done.stderr
    assert "secret" not in done.stderr
    assert not (tmp_path / "out.jsonl").exists()


def test_an_interrupt_within_an_importer_is_the_users(tmp_path: Path) -> None:
    site = install(tmp_path / "site")
    (tmp_path / "in.acme").write_text("a: interrupt")
    done = fieval("import", "acme_lines", "in.acme", "-o", "out.jsonl", folder=tmp_path, PYTHONPATH=str(site))
    assert done.returncode == 130


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("return row[0] > 0", "raise type('Leave', (BaseException,), {})", "failed() raised Leave at acme_evals.py:"),
        ("return {", "return {'text': '\\ud800', ", "returned half of a surrogate pair, which is not text"),
    ],
)
def test_nothing_of_an_evaluator_is_a_bug_of_ours(
    gate: Path, tmp_path: Path, before: str, after: str, said: str
) -> None:
    site = install(tmp_path / "site")
    assert before in EVALUATOR
    (site / "acme_evals.py").write_text(EVALUATOR.replace(before, after).replace("= most", "= 0"))
    done = fieval("run", folder=gate, PYTHONPATH=str(site))
    assert (done.returncode, said in done.stderr) == (4, True), done.stderr


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ("[fieval.evaluators]\nword_count = no_such_module:X\n", "there is no module no_such_module"),
        ("[fieval.evaluators]\nword_count = acme_evals:Word\n", 'acme_evals has no "Word"; did you mean'),
        ("[fieval.evaluators]\nword_count = acme_evals:WordScorer\n", "is no class derived from"),
        ("[fieval.evaluators]\nword_count = acme_evals\n", "expected package.module:name, got acme_evals"),
        ("[fieval.evaluators]\nword_count = broken:X\n", "importing broken failed: ValueError: oh"),
    ],
)
def test_a_plugin_that_cannot_be_had_stops_the_run_and_names_its_distribution(
    gate: Path, tmp_path: Path, points: str, said: str
) -> None:
    site = install(tmp_path / "site", points)
    (site / "broken.py").write_text("raise ValueError('oh')\n")
    for command in ("run", "check"):
        done = fieval(command, folder=gate, PYTHONPATH=str(site))
        assert done.returncode == 2
        assert 'acme-plugins 1.2: its evaluator "word_count": ' in done.stderr
        assert said in done.stderr
        assert len(done.stderr.splitlines()) == 1
    doctor = fieval("doctor", "--offline", folder=gate, PYTHONPATH=str(site))
    assert doctor.returncode == 2
    assert "INVALID: acme-plugins 1.2: its evaluator" in " ".join(doctor.stdout.split())


def test_names_are_given_once(gate: Path, tmp_path: Path) -> None:
    site = install(tmp_path / "site")
    install(site, name="acme-other", version="3")
    done = fieval("run", folder=gate, PYTHONPATH=str(site))
    assert done.returncode == 2
    assert "has the name of one of acme-other; uninstall one of them" in done.stderr


@pytest.mark.parametrize("name", ["asr_accuracy", "judge", "Word"])
def test_a_name_of_ours_is_not_given_away(gate: Path, tmp_path: Path, name: str) -> None:
    site = install(tmp_path / "site", f"[fieval.evaluators]\n{name} = acme_evals:WordCount\n")
    done = fieval("schema", "config", PYTHONPATH=str(site))
    assert done.returncode == 2
    assert f'acme-plugins 1.2: its evaluator "{name}"' in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_ours_are_found_without_looking_for_others(tmp_path: Path) -> None:
    """A distribution that takes our names, and cannot even be read, is no concern of a run that has no use for it."""
    site = install(tmp_path / "site", "[fieval.evaluators]\nasr_accuracy = acme_evals:WordCount\n")
    write_starter(str(tmp_path / "plain"))
    assert fieval("run", folder=tmp_path / "plain", PYTHONPATH=str(site)).returncode == 0


def test_doctor_lists_what_others_offer(tmp_path: Path) -> None:
    site = install(tmp_path / "site")
    told = " ".join(fieval("doctor", "--offline", folder=tmp_path, PYTHONPATH=str(site)).stdout.split())
    assert "evaluator word_count (acme_evals:WordCount) of acme-plugins 1.2" in told
    assert "importer acme_lines (acme_importers:Lines) of acme-plugins 1.2" in told


def test_no_command_looks_for_plugins_at_its_start() -> None:
    told = "run_command(['--help']); print('fieval.third_party' in sys.modules)"
    code = f"import sys; from fieval.cli import run_command; {told}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.endswith("False\n")
