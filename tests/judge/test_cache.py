"""Verdicts on disk: whole, found again, and explained where they are not."""

import multiprocessing
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from fieval.errors import InvalidInput, Unmeasurable
from fieval.judge import Answer, Question, Settings, Verdict
from fieval.judge.anthropic_judge import AnthropicJudge
from fieval.judge.cache import IN_MEMORY, Cache, Record, open_cache
from fieval.judge.identity import Identity, digest, key
from fieval.judge.misses import Asked, cause
from fieval.judge.protocol import Failure, Usage

from judge.asking import TURNS, asked


def of(question: Question, **settings: object) -> Asked:
    judge = AnthropicJudge(Settings(**settings))  # type: ignore[arg-type]
    identity = judge.identity(question.prompt)
    name = key(identity, judge.request(question), question.sample)
    return Asked(question=question, identity=identity, key=name, text=digest(question.content))


def record(each: Asked, verdict: str = "supported", output: int = 100) -> Record:
    question = each.question
    answer = Answer(
        verdicts=(Verdict("c1", verdict, (1, 2), "because"), Verdict("c2", "not_mentioned")),
        model="claude-sonnet-5-5",
        usage=Usage(1000, output, 5),
        request_id="req_7",
    )
    return Record(
        key=each.key,
        judge=each.identity.fingerprint,
        subject=question.subject,
        prompt=question.prompt.name,
        sample=question.sample,
        text=each.text,
        answer=answer,
    )


def put(cache: Cache, *several: Asked) -> None:
    for each in several:
        cache.put(record(each), each.identity)


def test_what_is_put_is_found_by_another_process_start(tmp_path: Path) -> None:
    each = of(asked(1))
    first = Cache(tmp_path / "c.sqlite")
    put(first, each)
    first.close()
    second = Cache(tmp_path / "c.sqlite")
    assert second.get([each.key, "absent"]) == {each.key: record(each).answer}
    assert list(second.records()) == [record(each)]
    assert second.identities() == {each.identity.fingerprint: each.identity}
    second.close()


def test_many_keys_are_found_at_once() -> None:
    cache = Cache(IN_MEMORY)
    several = [of(asked(number)) for number in range(1200)]
    put(cache, *several)
    assert set(cache.get([each.key for each in several])) == {each.key for each in several}


def test_the_first_answer_stands_unless_it_is_to_be_replaced() -> None:
    cache, each = Cache(IN_MEMORY), of(asked(1))
    for verdict, replace in [("supported", False), ("contradicted", False)]:
        cache.put(record(each, verdict), each.identity, replace=replace)
        assert cache.get([each.key])[each.key].verdicts[0].verdict == "supported"
    cache.put(record(each, "contradicted"), each.identity, replace=True)
    assert cache.get([each.key])[each.key].verdicts[0].verdict == "contradicted"


def test_tokens_of_earlier_replies_are_known_by_model_and_prompt() -> None:
    cache = Cache(IN_MEMORY)
    for number in range(3):
        each = of(asked(number))
        cache.put(record(each, output=100 + number), each.identity)
    canary = of(msgspec.structs.replace(asked(9), subject="canary one"))
    cache.put(record(canary, output=5), canary.identity)
    assert sorted(cache.reply_tokens("claude-sonnet-5-5", "support")) == [100, 101, 102]
    assert cache.reply_tokens("claude-opus-5-5", "support") == cache.reply_tokens("claude-sonnet-5-5", "x") == []


def test_failures_are_logged_apart() -> None:
    cache = Cache(IN_MEMORY)
    cache.log("k", Failure(kind="refused", message="no"), Usage(5, 1), 0.1)
    cache.log("l", "the socket closed", Usage(), None)
    assert cache.attempts() == [("refused", "no"), ("failed", "the socket closed")]
    assert (cache.has_failed("k"), cache.has_failed("l")) == (True, False)
    assert list(cache.records()) == []


def test_a_file_that_is_no_cache_is_not_touched(tmp_path: Path) -> None:
    text, other = tmp_path / "text", tmp_path / "other.sqlite"
    text.write_text("not a database" * 100)
    database = sqlite3.connect(other)
    database.execute("CREATE TABLE mine (a)")
    database.commit()
    database.close()
    for path in (text, other):
        before = path.read_bytes()
        with pytest.raises(InvalidInput, match="not a cache of verdicts"):
            open_cache(path)
        assert path.read_bytes() == before


def test_a_cache_of_a_later_version_is_refused(tmp_path: Path) -> None:
    Cache(tmp_path / "c.sqlite").close()
    database = sqlite3.connect(tmp_path / "c.sqlite")
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(InvalidInput, match="of this version"):
        Cache(tmp_path / "c.sqlite")


def test_places_that_cannot_be_written_are_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInput, match="cannot be made"):
        open_cache(tmp_path / "file" / "c.sqlite")
    with pytest.raises(Unmeasurable, match="cannot be used"):
        Cache(tmp_path)


def test_its_folder_keeps_what_is_private(tmp_path: Path) -> None:
    open_cache(tmp_path / "new" / "c.sqlite").close()
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "new" / ".gitignore").read_text() == "*\n"


def fill(path: Path, start: int) -> None:
    """Overlaps with its neighbours by half."""
    cache = Cache(path)
    for number in range(start, start + 100):
        put(cache, of(asked(number)))
    cache.close()


def test_processes_share_a_cache(tmp_path: Path) -> None:
    fresh = multiprocessing.get_context("spawn")
    processes = [fresh.Process(target=fill, args=(tmp_path / "c.sqlite", 50 * number)) for number in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 4
    cache = Cache(tmp_path / "c.sqlite")
    assert len(list(cache.records())) == 250
    cache.close()


def test_a_cache_is_made_once_by_many_at_once(tmp_path: Path) -> None:
    """One may look while another is between its tables and their mark."""
    start = threading.Barrier(6)

    def opened(path: Path) -> None:
        start.wait()
        open_cache(path).close()

    with ThreadPoolExecutor(6) as pool:
        for number in range(60):
            for made in [pool.submit(opened, tmp_path / f"{number}.sqlite") for _ in range(6)]:
                made.result()


def changed(question: Question, **prompt: object) -> Question:
    return msgspec.structs.replace(question, prompt=msgspec.structs.replace(question.prompt, **prompt))


@pytest.mark.parametrize(
    ("there", "wanted", "told"),
    [
        ([], of(asked(1)), "never asked"),
        ([of(asked(2))], of(asked(1)), "never asked"),
        ([of(asked(1), model="claude-opus-5-5")], of(asked(1)), "model differs (claude-opus-5-5 in cache)"),
        ([of(asked(1), effort="high")], of(asked(1)), "effort differs (high in cache)"),
        ([of(asked(1), max_tokens=9000)], of(asked(1)), "max tokens differs (9000 in cache)"),
        ([of(asked(1), base_url="https://a.example")], of(asked(1)), "host differs (a.example in cache)"),
        ([of(changed(asked(1), version=4))], of(changed(asked(1), version=3)), "prompt version 3, cache has 4"),
        ([of(changed(asked(1), version=2, system="x"))], of(asked(1)), "prompt version 1, cache has 2"),
        ([of(changed(asked(1), system="x"))], of(asked(1)), "the prompt's text differs"),
        ([of(changed(asked(1), rubric=(("a", "b"),)))], of(asked(1)), "the rubric differs"),
        ([of(asked(1, turns=TURNS[:1]))], of(asked(1)), "text changed"),
        ([of(asked(1))], of(asked(1, sample=2)), "sample 2 was never asked"),
        ([of(changed(asked(1), name="other"))], of(asked(1)), "never asked"),
        (
            [of(asked(1, turns=TURNS[:1]), model="claude-opus-5-5"), of(asked(1), effort="high")],
            of(asked(1)),
            "effort differs (high in cache)",
        ),
    ],
)
def test_a_miss_is_explained(there: list[Asked], wanted: Asked, told: str) -> None:
    cache = Cache(IN_MEMORY)
    put(cache, *there)
    near = cache.near(wanted.question.subject, wanted.question.prompt.name, wanted.text)
    assert cause(wanted, near, cache.identities()) == told


def test_identities_come_back_whole() -> None:
    each = of(asked(1))
    assert msgspec.json.decode(msgspec.json.encode(each.identity), type=Identity) == each.identity
