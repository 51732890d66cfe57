"""What report.html costs a run, and how soon it opens: PYTHONPATH=tests python tests/benchmarks/bench_html.py.

Of the 252 bundled interactions and of 5,000 calls of about 1,000 words with one error in ten, a label and a score. A
run with the page and one without take turns, in processes of their own; their time is the processor's. The page opens
in Chromium, where a first filter and a first call are timed, too.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from playwright.sync_api import sync_playwright

from reports.chromium import CHROMIUM, FLAGS

PROJECT = Path(__file__).parents[2]
CALLS, TURNS, WORDS, ROUNDS = 5_000, 40, 25, 2
VOCABULARY = (PROJECT / "golden_datasets/contact_center/interactions.jsonl").read_text().lower().split()
INTENTS = ["billing", "outage", "cancellation"]
CONFIG = """\
version: 1
dataset: golden
candidate: candidate.jsonl
baseline: baseline.jsonl
steps:
  asr: {evaluator: asr_accuracy, gates: {wer: {max_regression: 0.01}}}
  intent: {evaluator: label_agreement, after: [asr], gates: {accuracy: {max_regression: 0.02}}}
  csat: {evaluator: score_agreement, after: [intent], gates: {mae: {max_regression: 0.1}}}
"""
CARD = 'name: many\nversion: "1"\nlabels: {intent: [billing, outage, cancellation]}\nscores: {csat: {min: 1, max: 5}}\n'
RUN = """
import sys, time
from fieval.runner import Request, run_gate
from fieval.run_folder import write_run
begun = time.process_time()
write_run(run_gate(Request(sys.argv[1], inside=sys.argv[3] == "page")), sys.argv[2])
print(time.process_time() - begun)
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        made(Path(folder), Random(5))
        for name, config in (("252", PROJECT / "configs/default.yaml"), (f"{CALLS:,}", Path(folder) / "fieval.yaml")):
            out = Path(folder) / "out"
            rounds = [(seconds(config, out, "bare"), seconds(config, out, "page")) for _ in range(ROUNDS)]
            bare, paged = (min(each) for each in zip(*rounds, strict=True))
            size = (out / "report.html").stat().st_size / 2**20
            print(f"{name:>6}: {bare:.1f} s, with the page {paged:.1f} s ({paged / bare:.2f} times), {size:.1f} MB")
            for what, took in opened(out / "report.html").items():
                print(f"        {what:6} {1000 * took:6,.0f} ms")


def seconds(config: Path, out: Path, how: str) -> float:
    done = subprocess.run([sys.executable, "-c", RUN, config, out, how], capture_output=True, text=True, check=True)
    return float(done.stdout)


def opened(page: Path) -> dict[str, float]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        tab = browser.new_page()
        took = {
            "open": timed(lambda: tab.goto(page.as_uri()), lambda: tab.wait_for_selector("html[data-ready]")),
            "filter": timed(lambda: tab.select_option("#pick-kind", "worse"), lambda: tab.wait_for_selector("#rows a")),
            "call": timed(lambda: tab.press("#rows a", "Enter"), lambda: tab.wait_for_selector("#one-title")),
        }
        browser.close()
    return took


def timed(*works: Callable[[], object]) -> float:
    begun = time.perf_counter()
    for work in works:
        work()
    return time.perf_counter() - begun


def made(folder: Path, rng: Random) -> None:
    """A dataset of calls, and the outputs of two systems."""
    (folder / "golden").mkdir()
    (folder / "fieval.yaml").write_text(CONFIG)
    (folder / "golden/dataset.yaml").write_text(CARD)
    paths = [folder / name for name in ("golden/interactions.jsonl", "baseline.jsonl", "candidate.jsonl")]
    with paths[0].open("w") as gold, paths[1].open("w") as baseline, paths[2].open("w") as candidate:
        for number in range(CALLS):
            said = [[rng.choice(VOCABULARY) for _ in range(WORDS)] for _ in range(TURNS)]
            call = {"id": f"call-{number:05}", "channel": "voice", "language": "en", "gold": content(said, rng, 0)}
            gold.write(json.dumps(call) + "\n")
            for file in (baseline, candidate):
                file.write(json.dumps({"id": call["id"], **content(said, rng, 0.1)}) + "\n")


def content(said: list[list[str]], rng: Random, errors: float) -> dict[str, Any]:
    heard = [[rng.choice(VOCABULARY) if rng.random() < errors else word for word in turn] for turn in said]
    turns = [
        {"speaker": "agent" if place % 2 else "customer", "text": " ".join(turn)} for place, turn in enumerate(heard)
    ]
    return {"turns": turns, "labels": {"intent": rng.choice(INTENTS)}, "scores": {"csat": rng.randint(1, 5)}}


if __name__ == "__main__":
    main()
