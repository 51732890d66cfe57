"""Draws the README's picture of report.html from a real run: `python tests/report_picture.py`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from fieval import reports
from fieval.runner import Request, run_gate

from reports.chromium import CHROMIUM, FLAGS

PROJECT = Path(__file__).parents[1]
PICTURE = PROJECT / ".github" / "report.png"
CANDIDATE = "golden_datasets/contact_center/candidates/asr_8khz.jsonl"
WIDTH, HEIGHT = 1280, 1650


def picture() -> bytes:
    """The upper part of the page: the verdict, why, and the step that broke."""
    run = run_gate(Request(PROJECT / "configs/default.yaml", candidate=str(PROJECT / CANDIDATE), inside=True))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page = Path(folder) / "report.html"
        page.write_text(reports.formats()["html"].render(run), encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        tab = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        tab.goto(page.as_uri())
        tab.wait_for_selector("html[data-ready]")
        drawn = bytes(tab.screenshot())
        browser.close()
    return drawn


if __name__ == "__main__":
    PICTURE.write_bytes(picture())
