"""The commands as a newcomer meets them, and what they may and may not print."""

import contextlib
import json
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

import fieval as library
from fieval.reports.text import plain
from fieval.run_folder import read_run

import small_gate
from end_to_end.command import INSTALLED, PROJECT, fieval, printed
from made_dataset import made
from snapshot import assert_matches

DATASET = PROJECT / "golden_datasets/contact_center"
BROKEN = DATASET / "candidates/asr_8khz.jsonl"
FILES = {"report.json", "report.md", "junit.xml", "scores.csv", "evidence.jsonl", "report.html"}


def test_bare_command_shows_help() -> None:
    done = fieval()
    assert done.returncode == 0
    assert "Usage: fieval" in done.stdout
    for command in ("run", "check", "schema"):
        assert re.search(rf"^  {command} ", done.stdout, re.M)


def test_help_of_run_has_examples_and_exit_codes() -> None:
    done = fieval("run", "--help")
    assert "fieval run --candidate outputs/next.jsonl" in done.stdout
    assert "130 interrupted" in done.stdout


@pytest.mark.parametrize("group", [[], ["github"]])
def test_no_summary_of_a_command_is_cut(group: list[str]) -> None:
    page = fieval(*group, "--help", COLUMNS="80").stdout
    summaries = page.partition("Commands:\n")[2].partition("\n\n")[0].splitlines()
    assert len(summaries) >= 2
    for line in summaries:
        assert re.fullmatch(r"  [a-z-]+ +[A-Z].*[^.]\.", line), line


WITH_EXAMPLE = [
    *("bless", "calibrate", "check", "compare", "doctor", "history", "import", "init", "plan", "report", "schema"),
    *("selfcheck", "show", "judge export", "judge sheet", "github publish", "github comment"),
]
COMMANDS = [*WITH_EXAMPLE, "run", "label-sheet", "judge", "github"]


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_no_line_of_help_is_wider_than_a_terminal(command: str) -> None:
    page = fieval(*command.split(), "--help", COLUMNS="80").stdout
    assert max(map(len, page.splitlines())) <= 80


@pytest.mark.parametrize("command", ["show", "compare", "history", "import", "init", "schema", "github publish"])
def test_help_names_arguments_without_types_of_python(command: str) -> None:
    page = fieval(*command.split(), "--help", COLUMNS="80").stdout
    arguments = page.partition("\nArguments:\n")[2].partition("\n\n")[0]
    assert re.match(r"  [A-Z]+  ", arguments)
    assert "<" not in arguments
    assert "\nOptions:\n" in page


@pytest.mark.parametrize("command", ["plan", "calibrate", "check", "selfcheck --worlds 20"])
def test_what_commands_print_fits_into_80_columns(command: str) -> None:
    lines = printed(*command.split()).splitlines()
    assert max(map(len, lines)) <= 80
    assert not [line for line in lines if "..." in line]


def test_usage_errors_are_in_plain_words() -> None:
    done = fieval("run", "--format", "htm")
    assert done.returncode == 2
    assert "Invalid value for '--format': 'htm' is not one of 'text', 'json'" in " ".join(done.stderr.split())
    assert "Did you mean 'outputs'?" in fieval("schema", "outpts").stderr
    assert "'--last': expected 1 or more" in fieval("history", "wer", "--last", "0").stderr
    assert "'--workers': expected a whole number\n" in fieval("run", "--workers", "two").stderr
    assert "Did you mean 'run'?" in fieval("rnu").stderr
    assert "Commands:\n  export" in fieval("judge").stderr
    assert "Example: fieval judge export" in fieval("judge").stderr
    named = fieval("run", "configs/default.yaml").stderr
    assert "A config is named with -c: -c configs/default.yaml" in " ".join(named.split())
    assert "-c" not in fieval("compare", "a", "b", "c.yaml").stderr.partition("Error:")[2]


def test_a_judge_that_is_asked_for_and_not_there_is_told(tmp_path: Path) -> None:
    done = fieval("run", "-c", made(n=30).write(tmp_path), "--out", tmp_path / "out", "--judge", "replay")
    assert "Note: --judge replay asks nobody: this config has no judge, or nothing to ask it" in done.stderr


def test_a_misspelled_file_is_told_with_the_one_beside_it() -> None:
    for option, path in (("-c", "configs/defualt.yaml"), ("--candidate", f"{DATASET}/candidates/asr_8kzh.jsonl")):
        done = fieval("check", option, path)
        assert done.returncode == 2
        meant = path.replace("defualt", "default").replace("kzh", "khz")
        assert done.stderr == f"fieval: {path}: no such file (did you mean {meant}?)\n"


def test_an_empty_folder_gets_the_next_command(tmp_path: Path) -> None:
    done = fieval("run", folder=tmp_path)
    assert done.returncode == 2
    assert "`fieval init` writes one" in done.stderr
    assert not list(tmp_path.iterdir())


def test_colours_can_be_forced_and_are_refused(small: Path, tmp_path: Path) -> None:
    fieval("run", "--out", tmp_path / "out", "--quiet", folder=small)
    assert "\x1b[" in fieval("report", tmp_path / "out", NO_COLOR="", FORCE_COLOR="1").stdout
    assert "\x1b[" not in fieval("report", tmp_path / "out", FORCE_COLOR="1").stdout
    assert "\x1b[" not in fieval("report", tmp_path / "out", NO_COLOR="").stdout


@pytest.mark.parametrize("command", WITH_EXAMPLE)
def test_help_has_an_example_on_one_line_whose_options_there_are(command: str) -> None:
    page = fieval(*command.split(), "--help", COLUMNS="80").stdout
    (example,) = re.findall(rf"^  Example: (fieval {command} .*)$", page, re.M)
    assert page.endswith(f"{example}\n")
    for option in re.findall(r" (-{1,2}[a-z-]+)", example):
        assert re.search(rf"^  (?:-\w, )?{option}\b|^  {option},", page, re.M), option


def test_help_of_schema_names_its_choices() -> None:
    page = fieval("schema", "--help").stdout
    assert "NAME" in page.splitlines()[0]
    assert "config, dataset, outputs or report." in page


def test_version() -> None:
    assert fieval("--version").stdout == f"fieval {library.__version__}\n"


@pytest.mark.parametrize("candidate", ["fair", "asr_8khz"])
def test_printed_reports_are_as_they_were(tmp_path: Path, candidate: str) -> None:
    path = f"golden_datasets/contact_center/candidates/{candidate}.jsonl"
    formats = [f"--format={name}" for name in ("text", "markdown", "junit")]
    told = fieval("run", "--candidate", path, *formats, "--out", tmp_path).stdout
    text, markdown, junit = re.split(r"^(?=> \[!|<\?xml)", told, maxsplit=2, flags=re.M)
    for ending, part in (("txt", text), ("md", markdown), ("xml", junit)):
        assert_matches(part, PROJECT / f"tests/end_to_end/snapshots/{candidate}.{ending}")


def test_every_file_is_written_and_the_folder_is_private(small: Path, tmp_path: Path) -> None:
    fieval("run", "--out", tmp_path / "out", "--quiet", folder=small)
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES | {".gitignore"}
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o700


def test_default_run_folder_is_named_after_time_and_inputs(tmp_path: Path) -> None:
    config = made(n=30).write(tmp_path)
    for _ in range(2):
        fieval("run", "-c", config, folder=tmp_path)
    folders = sorted(path.name for path in (tmp_path / ".fieval/runs").iterdir())
    assert len(folders) == 2
    assert all(re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{8}(-2)?", name) for name in folders)


def test_quiet_leaves_the_verdict_line(small: Path, tmp_path: Path) -> None:
    done = fieval("run", "--candidate", small_gate.BROKEN, "--quiet", "--out", tmp_path, folder=small)
    assert done.stdout.startswith("FAIL: asr broke: ")
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("asked", "width"), [("80", 80), ("140", 140), ("60", 60), ("40", 100), ("wide", 100), ("", 100), ("1e3", 100)]
)
def test_a_report_that_is_piped_is_as_wide_as_is_asked(small: Path, tmp_path: Path, asked: str, width: int) -> None:
    done = fieval("run", "--candidate", small_gate.BROKEN, "--out", tmp_path, folder=small, COLUMNS=asked)
    pages = {each: plain(read_run(tmp_path), width=each).rstrip("\n") + "\n" for each in (60, 80, 100, 140)}
    assert done.stdout == pages[width]
    assert len(set(pages.values())) == len(pages)


def test_formats_can_be_repeated(small: Path, tmp_path: Path) -> None:
    done = fieval("run", "--out", tmp_path, "--format", "json", "--format", "junit", folder=small)
    assert done.stdout.startswith("{")
    assert "<testsuites" in done.stdout


Phrase = tuple[str, ...]


def transcript_phrases() -> set[Phrase]:
    """Runs of five words that occur in gold turns or in the candidate's."""
    phrases = set()
    for path in (DATASET / "interactions.jsonl", BROKEN):
        for line in path.read_text().splitlines():
            found = json.loads(line)
            for turn in found.get("gold", found).get("turns", []):
                words = turn["text"].split()
                phrases |= {tuple(words[start : start + 5]) for start in range(len(words) - 4)}
    return phrases


def occurring(phrases: set[Phrase], text: str) -> list[Phrase]:
    """The phrases that stand in a text, words apart by one blank; their first and last word may be parts of others."""
    ends: dict[Phrase, list[Phrase]] = {}
    for phrase in phrases:
        ends.setdefault(phrase[1:-1], []).append(phrase)
    words = text.split(" ")
    return [
        phrase
        for first, *middle, last in zip(*(words[start:] for start in range(5)), strict=False)
        for phrase in ends.get(tuple(middle), ())
        if first.endswith(phrase[0]) and last.startswith(phrase[-1])
    ]


def test_a_phrase_is_found_wherever_it_stands() -> None:
    phrases = {tuple(["the", "light", "is", "red", "now"])}
    assert occurring(phrases, 'x\n{"heard":"the light is red now","then":1}')
    assert not occurring(phrases, "the light is green now")


def test_no_transcript_text_leaves_evidence_unless_asked(small: Path, tmp_path: Path) -> None:
    phrases = transcript_phrases()
    done = fieval("run", "--candidate", BROKEN, "--out", tmp_path, "--format", "text", "--format", "markdown")
    public = done.stdout + done.stderr
    public += "".join((tmp_path / name).read_text() for name in FILES - {"evidence.jsonl", "report.html"})
    assert not occurring(phrases, public)
    assert occurring(phrases, (tmp_path / "evidence.jsonl").read_text())
    asked = fieval("run", "--candidate", small_gate.BROKEN, "--out", tmp_path / "asked", "--show-text", folder=small)
    assert "misheard=" in asked.stdout
    assert "misheard=" not in public


def test_check_counts_and_scores_nothing() -> None:
    told = printed("check")
    assert re.search(r"asr +88 +0 +0 +0", told)
    assert "product_line=mobile" in told
    assert "billing_dispute" in told
    assert told.endswith("Config and data are valid.\n")


def test_check_reports_every_problem(tmp_path: Path) -> None:
    one = made(n=30)
    one.gold[3]["channel"] = "fax"
    one.gold[5]["gold"]["labels"]["intent"] = "blling"
    done = fieval("check", "-c", one.write(tmp_path))
    assert done.returncode == 2
    assert "interactions.jsonl:4" in done.stderr
    assert 'did you mean "billing"' in done.stderr


@pytest.mark.parametrize("name", ["config", "dataset", "outputs", "report"])
def test_schemas_are_json(name: str) -> None:
    assert "$defs" in json.loads(fieval("schema", name).stdout)


def test_config_schema_in_the_repository_is_current() -> None:
    assert fieval("schema", "config").stdout == (PROJECT / "configs/fieval.schema.json").read_text()


def test_unknown_ids_need_the_flag(tmp_path: Path) -> None:
    one = made(n=30)
    one.candidate.append({"id": "somebody else"})
    config = one.write(tmp_path)
    refused = fieval("run", "-c", config, "--out", tmp_path / "out")
    assert refused.returncode == 2
    assert "--ignore-unknown" in refused.stderr
    assert fieval("run", "-c", config, "--out", tmp_path / "out", "--ignore-unknown").returncode in (0, 1)


def test_a_reader_that_leaves_does_not_change_the_verdict(small: Path, tmp_path: Path) -> None:
    piped = ["bash", "-c", '"$@" | head -n 1; exit "${PIPESTATUS[0]}"', "bash", *INSTALLED]
    assert fieval("run", "--out", tmp_path, "--format", "json", folder=small, command=piped).returncode == 0
    assert (tmp_path / "report.json").stat().st_size > 1 << 16, "less would fit into the pipe"


def test_no_terminal_no_progress_and_no_colour(small: Path, tmp_path: Path) -> None:
    done = fieval("run", "--out", tmp_path, folder=small)
    assert "\x1b" not in done.stdout + done.stderr
    assert done.stderr == f"PASS (exit 0). Run folder: {tmp_path}\n"


def test_library_gives_rows_and_a_frame(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(small)
    report = library.run(small_gate.CONFIG)
    frame = report.to_frame()
    assert len(frame) == len(report.results)
    assert {"step", "metric", "slice", "candidate", "p_adjusted"} <= set(frame.columns)
    assert report.verdict == "pass"
    assert callable(library.run), "importing the runner must not hide the function"


def test_threads_of_the_linear_algebra_library_change_no_bit(tmp_path: Path) -> None:
    texts = []
    for threads in ("1", "4"):
        folder = tmp_path / threads
        fieval("run", "--candidate", BROKEN, "--out", folder, "-q", OPENBLAS_NUM_THREADS=threads)
        texts.append((folder / "report.json").read_text().split('"provenance"')[0])
    assert texts[0] == texts[1]


def test_progress_shows_on_a_terminal_after_a_second_and_only_on_stderr(small: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import time, fieval.engine as engine\n"
        "real = engine.score_steps\n"
        "def slow(*arguments):\n    time.sleep(1.6)\n    return real(*arguments)\n"
        "engine.score_steps = slow\n"
        "import fieval.gate as gate\n"
        "rule_on = gate.rule_on\n"
        "def late(*arguments):\n    time.sleep(0.5)\n    return rule_on(*arguments)\n"
        "gate.rule_on = late\n"
    )
    screen, terminal = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "TERM": "xterm", "COLUMNS": "80"}
    process = subprocess.Popen(
        [*INSTALLED, "run", "--out", str(tmp_path / "out")],
        cwd=small,
        env=environment,
        stderr=terminal,
        stdout=subprocess.PIPE,
    )
    os.close(terminal)
    shown = b""
    with contextlib.suppress(OSError):
        while chunk := os.read(screen, 4096):
            shown += chunk
    printed, _ = process.communicate(timeout=60)
    os.close(screen)
    assert process.returncode == 0
    assert b"scoring" in shown
    assert b"scoring" not in printed
    comparing = re.findall(rb"comparing[^\r\n]*", shown)
    assert comparing
    assert not any(re.search(rb"\d/\d", each) for each in comparing), "no count of what is not counted"


def test_a_shell_completes_commands() -> None:
    done = fieval(_FIEVAL_COMPLETE="complete_bash", COMP_WORDS="fieval sh", COMP_CWORD="1")
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, ["show"], "")
    script = fieval("--show-completion", "bash", SHELL="/bin/bash")
    assert (script.returncode, script.stderr) == (0, "")
    assert "complete -o default -F _fieval_completion fieval" in script.stdout
