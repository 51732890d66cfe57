"""The page in a real browser: nothing is fetched, nothing foreign runs, and mouse, keys and readers can use it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from history.folders import four, report, wer, write

from fieval import reports
from fieval.history import Request, gated
from fieval.pages.courses import courses_page
from fieval.reports.html import cases as html_cases
from fieval.runner import Request as Gate
from fieval.runner import run_gate

import made_dataset
from oracles import distance
from reports import html_sample
from reports.chromium import CHROMIUM, FLAGS
from reports.html_sample import NASTY

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="no chromium here: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pages")
    html = reports.formats()["html"]
    broken = html_sample.broken()
    (made / "broken.html").write_text(html.render(broken, show_text=True), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(html_cases, "WORDS_LOOKED_INTO", 0)
        (made / "plain.html").write_text(html.render(broken, show_text=True), encoding="utf-8")
    four(made / "runs")
    (made / "runs/run2/report.html").write_text("<title>run2</title>")
    write(made / "runs", "run5", report(5, [wer(None), wer(0.1, step="<b>hear</b>")], verdict="inconclusive"))
    courses = gated(Request("", root=str(made / "runs")))
    (made / "history.html").write_text(courses_page(courses, made / "history.html"), encoding="utf-8")
    nasty = html_sample.nasty(made / "nasty")
    (made / "nasty.html").write_text(html.render(nasty, show_text=True), encoding="utf-8")
    return made


WORD = re.compile(r"[^\W_]+(?:['’.,:][^\W_]+)*")


class Tab:
    """A page that is open, and everything it asked for or complained of."""

    def __init__(self, browser: Any, path: Path, address: str = "", **options: Any) -> None:
        self.page = browser.new_page(**options)
        self.noise: list[str] = []
        self.page.on("request", lambda request: self.noise.append(request.url))
        self.page.on("console", lambda message: self.noise.append(message.text))
        self.page.on("pageerror", lambda error: self.noise.append(str(error)))
        self.page.goto(path.as_uri() + address)
        self.page.wait_for_selector("html[data-ready]" if path.name != "history.html" else "#theme:not([hidden])")
        self.noise = [each for each in self.noise if not each.startswith(path.as_uri())]

    def ids(self) -> list[str]:
        return [str(each) for each in self.page.locator("#rows a").all_inner_texts()]

    def until(self, expression: str, arg: object = None) -> None:
        """Wait for something to be true. Asked from outside: the page lets nobody evaluate a text inside."""
        end = time.monotonic() + 10
        while not self.page.evaluate(expression, arg):
            assert time.monotonic() < end, expression
            time.sleep(0.02)

    def focused(self) -> str:
        return str(self.page.evaluate("document.activeElement.textContent"))


@pytest.fixture
def tab(browser: Any, folder: Path) -> Iterator[Tab]:
    one = Tab(browser, folder / "broken.html")
    yield one
    assert one.noise == []
    one.page.close()


def test_filters_search_and_order_choose_what_is_listed(tab: Tab) -> None:
    assert tab.page.locator("#count").inner_text() == "1–100 of 252 interactions"
    tab.page.get_by_role("button", name="Next").click()
    assert tab.page.locator("#count").inner_text() == "101–200 of 252 interactions"
    tab.page.locator("#pick-step").select_option(label="asr")
    assert tab.page.locator("#count").inner_text() == "1–88 of 88 interactions"
    tab.page.locator("#pick-kind").select_option(label="got worse")
    tab.page.locator("#pick-cohort").select_option(label="site=hillside")
    assert tab.page.locator("#count").inner_text() == "1–29 of 29 interactions"
    tab.page.locator("#pick-sort").select_option(label="by id")
    assert tab.ids() == sorted(tab.ids())
    tab.page.locator("#search").fill("VOICE-12")
    assert tab.ids()
    assert all(each.startswith("voice-12") for each in tab.ids())
    tab.page.locator("#search").fill("no such")
    assert tab.page.locator("#count").inner_text() == "No interaction fits."


def test_an_interaction_opens_with_turns_alignment_and_answers(tab: Tab) -> None:
    tab.page.locator("#search").fill("voice-047")
    tab.page.get_by_role("link", name="voice-047").click()
    tab.page.wait_for_selector("#one-title")
    one = tab.page.locator("#one")
    assert "#i=voice-047" in tab.page.url
    assert one.locator(".talk .gold dd").count() > 10
    assert one.locator("[data-step=asr] .aligned").count() == 2
    assert one.locator("[data-step=asr] .candidate del").count() > 10
    assert "fail_above 0.25" in one.locator("[data-step=asr]").inner_text()
    assert "confidence" in one.locator("[data-step=intent]").inner_text()
    tab.page.get_by_role("button", name="Back to the list").click()
    assert tab.ids() == ["voice-047"]


def test_a_transcript_that_the_run_did_not_align_is_aligned_in_the_page(browser: Any, folder: Path) -> None:
    tab = Tab(browser, folder / "plain.html", "#i=voice-047&step=asr")
    tab.page.wait_for_selector("[data-step=asr] .aligned")
    part = tab.page.locator("[data-step=asr]")
    told = {name: " ".join(tab.page.locator(f".talk .{name} dd").all_inner_texts()) for name in ("gold", "candidate")}
    said, heard = (WORD.findall(told[name].lower()) for name in ("gold", "candidate"))
    shown = part.locator(".candidate .aligned")
    runs = shown.evaluate("(all) => [...all.childNodes].map((each) => [each.nodeName, each.textContent])")
    kept, lost, more = (
        [word for tag, text in runs if tag == name for word in text.split()] for name in ("#text", "DEL", "INS")
    )
    assert sorted(kept + lost) == sorted(said)
    assert sorted(kept + more) == sorted(heard)
    errors = sum(max(len(one.split()), len(other.split())) for one, other in errors_of(runs))
    assert errors == distance(said, heard)
    assert "words as they are written" in part.inner_text()
    tab.page.close()


def test_what_was_made_up_is_marked_by_its_origin_however_it_is_written(browser: Any, folder: Path) -> None:
    tab = Tab(browser, folder / "broken.html", "#i=voice-047&step=summary")
    tab.page.wait_for_selector("[data-step=summary] mark")
    marked = tab.page.locator("[data-step=summary] .candidate mark")
    kinds = marked.evaluate_all("(all) => all.map((each) => [each.className, each.textContent])")
    assert kinds == [["heard", "tuesday"], ["own", "fifteen point eight"], ["heard", "twelve"]]
    assert "made up, heard so in the transcript" in tab.page.locator("[data-step=summary]").inner_text()
    tab.page.close()
    nasty = Tab(browser, folder / "nasty.html")
    nasty.page.locator("#rows a").first.click()
    nasty.page.wait_for_selector("[data-step=summary] mark")
    assert "47\uff11\uff11" in nasty.page.locator("[data-step=summary] .candidate mark").all_inner_texts()
    nasty.page.close()


def test_paper_is_white_whatever_the_screen(browser: Any, folder: Path) -> None:
    tab = Tab(browser, folder / "broken.html", color_scheme="dark", viewport={"width": 900, "height": 1000})
    tab.page.emulate_media(media="print", color_scheme="dark")
    assert tab.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.page.evaluate("document.documentElement.scrollWidth") == 900
    tab.page.close()


def test_history_shows_verdicts_bounds_and_blessed_runs_as_shapes_and_leads_to_reports(
    browser: Any, folder: Path
) -> None:
    tab = Tab(browser, folder / "history.html", viewport={"width": 360, "height": 740}, color_scheme="dark")
    assert tab.page.locator("h2").all_inner_texts() == ["asr", "<b>hear</b>"]
    chart = tab.page.locator(".course").first
    assert chart.locator("svg circle.run.ok").count() == 3
    assert chart.locator("svg path.run.fail").count() == 1
    assert chart.locator("svg line.limit").count() == 5
    assert chart.locator("svg text.tick", has_text="?").count() == 1
    assert tab.page.evaluate("document.documentElement.scrollWidth") == 360
    assert tab.noise == []
    chart.locator("summary").click()
    chart.get_by_role("link", name="run2").click()
    assert tab.page.title() == "run2"
    tab.page.close()


def errors_of(runs: list[list[str]]) -> Iterator[tuple[str, str]]:
    """What was lost with what was heard instead, of the nodes of an alignment."""
    texts = ["", ""]
    for tag, text in [*runs, ["#text", "end"]]:
        if tag != "#text":
            texts[tag == "INS"] = text
        elif text.strip():
            yield texts[0], texts[1]
            texts = ["", ""]


def test_keys_do_everything(tab: Tab) -> None:
    tab.page.keyboard.press("/")
    tab.until("document.activeElement.id === 'search'")
    tab.page.keyboard.type("voice-04")
    tab.page.keyboard.press("Escape")
    first, second = tab.ids()[:2]
    tab.page.keyboard.press("j")
    assert tab.focused() == first
    tab.page.keyboard.press("ArrowDown")
    assert tab.focused() == second
    tab.page.keyboard.press("k")
    tab.page.keyboard.press("Enter")
    tab.until(f"document.activeElement.matches('#one-title') && document.activeElement.textContent === '{first}'")
    tab.page.keyboard.press("ArrowRight")
    tab.until(f"document.activeElement.textContent === '{second}'")
    tab.page.keyboard.press("Escape")
    tab.page.wait_for_selector("#list:not([hidden])")
    assert tab.focused() == second
    tab.page.keyboard.press("?")
    assert tab.page.locator("#keys dt").first.is_visible()


def test_a_link_leads_to_a_step_of_an_interaction(browser: Any, folder: Path) -> None:
    tab = Tab(browser, folder / "broken.html", "#i=voice-047&step=asr")
    tab.page.wait_for_selector("#one-title")
    assert tab.page.evaluate("document.activeElement.closest('[data-step]').dataset.step") == "asr"
    tab.page.goto(tab.page.url.partition("#")[0] + "#step=summary")
    tab.until("document.getElementById('pick-step').value === 'summary'")
    tab.page.goto(tab.page.url.partition("#")[0] + "#i=nobody")
    tab.until("document.getElementById('count').textContent.startsWith('There is no such')")
    assert tab.page.evaluate("document.getElementById('count').getBoundingClientRect().top < innerHeight"), "in sight"
    tab.page.close()


def test_the_worst_interactions_are_a_click_away_from_why_it_failed(tab: Tab) -> None:
    worst = tab.page.locator("#why .worst a")
    first = worst.first.inner_text()
    worst.first.click()
    tab.page.wait_for_selector("#one-title")
    assert tab.page.locator("#one-title").inner_text() == first
    assert tab.page.evaluate("document.activeElement.closest('[data-step]').dataset.step") == "asr"


def test_a_step_may_be_called_as_what_every_object_has(browser: Any, tmp_path: Path) -> None:
    made = made_dataset.made(30)
    made.config = made.config.replace(
        "steps:\n", "steps:\n  constructor: {evaluator: asr_accuracy, where: {product: mobile}}\n"
    )
    run = run_gate(Gate(made.write(tmp_path), inside=True))
    path = tmp_path / "page.html"
    path.write_text(reports.formats()["html"].render(run, show_text=True), encoding="utf-8")
    tab = Tab(browser, path, "#i=call-002")
    tab.page.wait_for_selector("#one-title")
    parts = tab.page.locator(".part").evaluate_all("parts => parts.map(part => part.dataset.step)")
    assert parts == ["asr", "summary", "intent", "mood", "resolution", "csat"]
    assert tab.noise == []
    tab.page.close()


@pytest.mark.parametrize("address", ["", "#i=voice-047"])
def test_a_telephone_needs_no_scrolling_to_the_side(browser: Any, folder: Path, address: str) -> None:
    tab = Tab(browser, folder / "broken.html", address, viewport={"width": 360, "height": 740})
    tab.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert tab.page.evaluate("document.documentElement.scrollWidth") == 360
    tab.page.close()


def test_the_list_on_a_telephone_takes_a_line_or_two_for_each_interaction(browser: Any, folder: Path) -> None:
    tab = Tab(browser, folder / "broken.html", "#interactions", viewport={"width": 360, "height": 740})
    heights = tab.page.evaluate("[...document.querySelectorAll('#rows tr')].map((each) => each.offsetHeight)")
    assert len(heights) == 100
    assert max(heights) <= 60
    tab.page.close()


def test_dark_is_asked_for_by_the_system_or_the_button(browser: Any, folder: Path) -> None:
    def paper(tab: Tab) -> str:
        return str(tab.page.evaluate("getComputedStyle(document.body).backgroundColor"))

    tab = Tab(browser, folder / "broken.html", color_scheme="dark")
    dark = paper(tab)
    tab.page.get_by_role("button", name="Light").click()
    assert paper(tab) == "rgb(255, 255, 255)" != dark
    tab.page.get_by_role("button", name="Dark").click()
    assert paper(tab) == dark
    tab.page.close()


def test_hostile_texts_are_shown_as_they_are_and_nothing_of_them_runs(browser: Any, folder: Path) -> None:
    tab = Tab(browser, folder / "nasty.html")
    for place, text in enumerate(NASTY):
        href = tab.page.evaluate("(start) => [...document.querySelectorAll('#rows a')].find((each) =>"
                                 " each.textContent.startsWith(start)).getAttribute('href')", f"{place}<b")  # fmt: skip
        tab.page.evaluate("(href) => { location.hash = href; }", href)
        tab.until(
            "(start) => (document.getElementById('one-title') || {textContent: ''}).textContent.startsWith(start)",
            arg=f"{place}<b",
        )
        assert tab.page.evaluate("document.querySelector('.talk .candidate dd').textContent") == text
    assert tab.page.evaluate("window.hacked === undefined && !document.querySelector('img, main b[onclick]')")
    assert tab.noise == []
    tab.page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("name", "address"), [("broken.html", ""), ("broken.html", "#i=voice-047"), ("history.html", "")]
)
def test_axe_finds_nothing_serious(browser: Any, folder: Path, scheme: str, name: str, address: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    tab = Tab(browser, folder / name, address, color_scheme=scheme)
    if address:
        tab.page.wait_for_selector("#one-title")
    found = axe.run(tab.page, context="#one" if address else None).response["violations"]
    bad = [(each["id"], [node["html"][:160] for node in each["nodes"][:3]], each["nodes"][0]["failureSummary"])
           for each in found if each["impact"] in ("serious", "critical")]  # fmt: skip
    assert bad == []
    tab.page.close()
