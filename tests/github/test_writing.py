"""The Markdown that GitHub is sent: limited in size, and nothing in it is live, whatever string was hostile."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from fieval.errors import InvalidInput
from fieval.github.outcome import Outcome
from fieval.github.writing import LIMIT, Origin, comment, marker, page
from fieval.model import Report, Run
from fieval.reports.cleaning import one_line
from fieval.reports.markdown import Markdown

import sample_run

MARK = marker("gate")
NOWHERE = Origin(None, None, False)
ATTACKS = (
    "@octocat @acme/everyone cc:@x",
    "#123 GH-123 gh-5, acme/gates#9 GHSA-aaaa-bbbb-cccc",
    "deadbeef1 a5c3785ed8d6a35868bc169f07e40e889087fd2e",
    "[click](https://bad.example) ![x](https://bad.example/x.png) <https://bad.example> [a]: https://bad.example",
    "https://bad.example www.bad.example ftp://bad.example mail@bad.example",
    "<img src=x onerror=alert(1)><script>x</script></details><!-- --> &lt;b&gt; &#64;x",
    "a | b || c \\| d",
    "``` x\n```\n~~~\n```` `a` ``b``",
    "x\n\n# title\n> quote\n- item\n1. item\n---\n===",
    "*a* **b** _c_ __d__ (_e_) ~~f~~ $g$ $$h$$ :shipit: [^1] [!NOTE] [ ]",
    "a\u202eb\u2066c\u200bd\u00ade\ufefff\x1b[2Jg\x07h\x85i\u2028j",
    "\\ `",
    "`" * 9,
    "-->",
    sample_run.HOSTILE,
)
LIVE = re.compile(
    r"[@＠]\w|#\d|\bgh-\d|\bghsa-|://|www\.|\b[0-9a-f]{7,}\b|:[a-z_]+:|[\u202a-\u202e\u2066-\u2069\x1b]|[<>|*~`$\\\[\]]",
    re.IGNORECASE,
)
PARTS = {"<details>", "</details>", "</summary>"}


def with_every_string(run: Run, text: str) -> Run:
    """The run with every string of its report replaced where the type allows any string, as its JSON brings it."""
    raw = msgspec.json.encode(_poisoned(run.report, text))
    return msgspec.structs.replace(run, report=msgspec.json.decode(raw, type=Report))


def _poisoned(value: Any, text: str) -> Any:
    match value:
        case msgspec.Struct():
            info = msgspec.inspect.type_info(type(value))
            assert isinstance(info, msgspec.inspect.StructType)
            names = [field.name for field in info.fields if not _closed(field.type)]
            return msgspec.structs.replace(value, **{name: _poisoned(getattr(value, name), text) for name in names})
        case Mapping():
            return {f"{text}{place}": _poisoned(item, text) for place, item in enumerate(value.values())}
        case list() | tuple():
            return tuple(_poisoned(item, f"{text}{place}") for place, item in enumerate(value))
        case str():
            return text
        case _:
            return value


def _closed(kind: msgspec.inspect.Type) -> bool:
    """One of a few words: with any other, it is no report."""
    if isinstance(kind, msgspec.inspect.UnionType):
        return any(map(_closed, kind.types))
    return isinstance(kind, msgspec.inspect.LiteralType)


def inline(text: str) -> Iterator[Token]:
    """Everything that the Markdown becomes, by an independent parser with the tables and strikes of GitHub."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    for token in tokens:
        yield from token.children or [token]


def assert_nothing_is_live(text: str) -> None:
    for token in inline(text):
        match token.type:
            case "text":
                ours = re.sub(r"^\[!(NOTE|WARNING|CAUTION)\]|<0\.0001", "", token.content)
                assert not LIVE.search(ours), token
            case "html_block" | "html_inline":
                plain = re.sub(r"<summary>\d+ slices? without a rule", "", token.content)
                assert set(re.findall(r"<[^>]*>?", plain)) <= {*PARTS, MARK}, token
            case "link_open" | "image" | "s_open" | "em_open":
                raise AssertionError(token)
            case _:
                pass


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("name", ["failing", "inconclusive", "hostile"])
def test_no_string_of_a_report_is_live(attack: str, name: str) -> None:
    run = with_every_string(getattr(sample_run, name)(), attack)
    outcome = Outcome(run.report.verdict, run.report.exit_code, run, ())
    text = comment(outcome, MARK, NOWHERE, None)
    assert_nothing_is_live(text)
    assert_tables_are_whole(text)
    blocks = "".join(token.content for token in inline(text) if token.type == "html_block")
    assert blocks.count("<details>") == blocks.count("</details>")


def assert_tables_are_whole(text: str) -> None:
    """Every row has as many cells as its head."""
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({row.count("|") for row in table.splitlines()}) == 1, table


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_line_of_stderr_is_live(attack: str) -> None:
    said = tuple(one_line(line) for line in f"fieval: {attack}".splitlines())
    text = comment(Outcome("invalid", 2, None, said), MARK, NOWHERE, None)
    assert_nothing_is_live(text)
    kinds = [token.type for token in inline(text)]
    assert kinds.count("fence") == 1
    assert kinds[-1] == "fence"


@given(st.lists(st.text(alphabet="`~ab \t|<>@#", min_size=1), min_size=1, max_size=20))
def test_the_fence_cannot_be_closed(lines: list[str]) -> None:
    said = tuple(filter(None, map(one_line, lines)))
    kinds = [token.type for token in inline(page(Outcome("bug", 70, None, said)))]
    assert kinds.count("fence") == (1 if said else 0)
    assert not said or kinds[-1] == "fence"


@pytest.mark.parametrize("field", ["headline", "dataset"])
def test_a_hostile_end_of_the_report_does_not_reach_the_footer(field: str) -> None:
    run = sample_run.passing()
    run = msgspec.structs.replace(run, report=msgspec.structs.replace(run.report, **{field: "```` <!-- <details>"}))
    origin = Origin("https://github.com/a/b/actions/runs/1", "a" * 40, True)
    text = comment(Outcome("pass", 0, run, ()), MARK, origin, None)
    links = [token.attrGet("href") for token in inline(text) if token.type == "link_open"]
    assert links == ["https://github.com/a/b/actions/runs/1"]
    assert "by the code of a fork" in text


@pytest.mark.parametrize("cohort", ["agent", "ü" * 60, "\U0001f4de" * 60, sample_run.HOSTILE])
def test_a_comment_is_never_too_long(cohort: str) -> None:
    rules = [sample_run.rule(verdict="fail", reason=cohort * 9)]
    rows = [
        sample_run.result(f"step{i % 9}", "wer", (0.1, 0.3), cohorts={cohort: f"value {i}"}, rules=rules)
        for i in range(800)
    ]
    run = sample_run.run(rows, headline=cohort * 500)
    origin = Origin(f"https://github.example/{'o' * 39}/{'r' * 100}/actions/runs/{9**20}", "a" * 64, True)
    text = comment(Outcome("fail", 1, run, ()), marker("k" * 64), origin, None)
    assert 50_000 < len(text) <= LIMIT
    assert text.rstrip().endswith("by the code of a fork.")


def test_recovery_is_told_where_a_failure_stood_before() -> None:
    passing = Outcome("pass", 0, sample_run.passing(), ())
    failing = Outcome("fail", 1, sample_run.failing(), ())
    old, good = comment(failing, MARK, NOWHERE, None), comment(passing, MARK, NOWHERE, None)
    assert "Recovered" in comment(passing, MARK, NOWHERE, old)
    for outcome, before in ((passing, None), (passing, good), (failing, old), (failing, good)):
        assert "Recovered" not in comment(outcome, MARK, NOWHERE, before)


def test_the_report_is_that_of_the_run_folder() -> None:
    run = sample_run.failing()
    text = comment(Outcome("fail", 1, run, ()), MARK, NOWHERE, None)
    assert text == f"{MARK}\n{Markdown().render(run)}"


@pytest.mark.parametrize("key", ["", "a b", "a" * 65, "-->", "é", "a\n", "a/b", "<x>"])
def test_a_key_that_could_break_out_is_refused(key: str) -> None:
    with pytest.raises(InvalidInput, match="--key"):
        marker(key)


def test_a_key_stands_in_the_marker() -> None:
    assert marker("pre-merge_1.x") == "<!-- fieval:pre-merge_1.x -->"
