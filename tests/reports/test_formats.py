"""Formats are found by walking their folder, and every one is a pure function of a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieval import reports

import sample_run

FILES = {
    "text": None,
    "json": "report.json",
    "markdown": "report.md",
    "junit": "junit.xml",
    "github": None,
    "csv": "scores.csv",
    "evidence": "evidence.jsonl",
    "traces": "traces.csv",
    "otlp": None,
    "html": "report.html",
}


def test_every_format_has_its_name_and_file() -> None:
    assert {name: report.file_name for name, report in reports.formats().items()} == FILES


@pytest.mark.parametrize("name", FILES)
def test_same_run_same_bytes(name: str) -> None:
    report = reports.formats()[name]
    assert report.render(sample_run.failing()) == report.render(sample_run.failing())


@pytest.mark.parametrize("name", FILES)
def test_a_run_without_results_is_rendered(name: str) -> None:
    report = reports.formats()[name]
    text = report.render(sample_run.run([], verdict="inconclusive"))
    assert text.endswith("\n") or name in ("evidence", "otlp")


@pytest.mark.parametrize("show_text", [False, True])
@pytest.mark.parametrize("name", FILES)
def test_what_people_said_is_shown_only_where_it_may_be(name: str, show_text: bool) -> None:
    text = reports.formats()[name].render(sample_run.failing(), show_text=show_text)
    allowed = show_text and name in ("text", "markdown", "evidence")
    assert (sample_run.SECRET in text) is allowed


@pytest.mark.parametrize("name", ["text", "markdown"])
def test_the_worst_interactions_come_first_and_three_are_named(name: str) -> None:
    text = reports.formats()[name].render(sample_run.failing())
    assert text.index("call-0042") < text.index("call-0007") < text.index("call-0019")
    assert "call-0008" not in text, "it failed nothing"
    assert "call-0003" not in text, "three are enough"


def test_a_new_file_is_a_new_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _extend(monkeypatch, tmp_path, "shout", _format("shout"))
    assert reports.formats()["shout"].render(sample_run.passing()) == "PASS!"


def test_two_formats_of_one_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _extend(monkeypatch, tmp_path, "second_json", _format("json"))
    with pytest.raises(ValueError, match='already a format named "json"'):
        reports.formats()


def test_a_file_that_cannot_be_imported_stops_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _extend(monkeypatch, tmp_path, "broken", "import no_such_module\n")
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        reports.formats()


def _extend(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, source: str) -> None:
    (folder / f"{name}.py").write_text(source)
    monkeypatch.setattr(reports, "__path__", [*reports.__path__, str(folder)])


def _format(name: str) -> str:
    return (
        "from fieval.reports.base import Format\n\n\n"
        "class Shout(Format):\n"
        f'    name = "{name}"\n'
        "    file_name = None\n\n"
        "    def render(self, run, *, show_text=False):\n"
        '        return run.report.verdict.upper() + "!"\n'
    )
