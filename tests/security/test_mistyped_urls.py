"""URLs with credentials, mistyped or where none belongs: no message has them."""

import json
import shutil
from pathlib import Path

import pytest

from fieval.remote import web

from security.small_gate import typed

MISTYPED = (
    *(
        "http:///us:hush@127.0.0.1:9/x",
        "https:/us:hush@127.0.0.1:9/x",
        "http:us:hush@127.0.0.1:9/x",
        "http//us:hush@127.0.0.1:9/x",
    ),
    *(
        "http://us:hush@127.0.0.1:x/x?sig=hush",
        "http://us:hu sh@127.0.0.1:9/x",
        "zip://hush@127.0.0.1:9/x",
        "sss://us:hush@127.0.0.1:9/x",
    ),
)
PLACES = (
    *("dataset: URL", "candidate: URL", "baseline: URL", "anchor: URL", "URL: 1", "replay: URL", "judge: URL", "URL"),
    *("steps: {asr: {evaluator: URL}}", "steps: {asr: {evaluator: asr_accuracy, after: [URL]}}", "steps: URL", "*URL"),
    *("steps: {URL: {evaluator: asr_accuracy}}", "steps: {asr: {evaluator: asr_accuracy, where: {URL: x}}}"),
    *("steps: {asr: {evaluator: asr_accuracy, command: URL}}", "judge: {provider: URL}", "significance: {alpha: URL}"),
    *("judge: {provider: anthropic, model: m, base_url: URL, cache: URL}", "steps: {asr: {evaluator: rubric, x: URL}}"),
)


@pytest.mark.parametrize("url", MISTYPED)
def test_nothing_that_looks_like_a_url_is_echoed_with_its_credentials(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setattr(web, "_WAITS", ())
    shutil.copytree(small, tmp_path, dirs_exist_ok=True)
    steps = "steps: {asr: {evaluator: asr_accuracy, gates: {wer: {max: 1}}}}"
    usual = ("version: 1", "dataset: data", "candidate: candidate.jsonl", steps)
    for place in PLACES:
        lines = [line for line in usual if line.partition(":")[0] != place.partition(":")[0]]
        (tmp_path / "bad.yaml").write_text("\n".join([*lines, place.replace("URL", json.dumps(url)), ""]))
        done = typed(tmp_path, "check", "-c", "bad.yaml")
        assert done.returncode in (2, 4) or place.startswith(("judge", "baseline")), place
        assert "hush" not in done.stdout + done.stderr, place
    for command in (
        ["run", "--candidate", url],
        ["run", url],
        ["run", "--judge", url],
        ["show", url, "call-001"],
        ["history", url, "."],
        ["import", url, url, "-o", url],
        [url],
        ["run", "--out", url],  # which some of them name a folder by
    ):
        done = typed(tmp_path, *command)
        assert done.returncode in (2, 4) or "--out" in command, command
        assert "hush" not in done.stdout + done.stderr, command
