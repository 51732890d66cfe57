"""What is done otherwise with much data: the same numbers."""

import math
import pickle
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fieval import runner
from fieval.data import shelves
from fieval.engine.hands import Hands
from fieval.evals import detail
from fieval.reports.html.cases import TOGETHER
from fieval.run_folder import write_run
from fieval.runner import Request, run_gate
from fieval.statistics import halves
from fieval.statistics.columns import columns_of, exact_pair
from fieval.statistics.compare import compare
from fieval.statistics.sums import Metric, Table, quotient

from made_dataset import made

FILES = ("scores.csv", "evidence.jsonl", "junit.xml", "report.md")


@contextmanager
def reading_again(_workers: int, _cluster: str | None) -> Iterator[Hands]:
    """One process that keeps nothing."""
    yield Hands(map, longer=False)


def test_files_that_are_read_again_give_the_same_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = made(n=60)
    one.card += "population: {product: {mobile: 0.3, energy: 0.7}}\n"
    config = one.write(tmp_path)
    write_run(run_gate(Request(config, inside=True)), tmp_path / "kept")
    monkeypatch.setattr(runner, "hands", reading_again)
    monkeypatch.setattr(shelves, "SPAN", 3000)
    monkeypatch.setattr(shelves, "MOST_LOOKED_AT", 59)
    monkeypatch.setattr(detail, "_AT_ONCE", 7)
    write_run(run_gate(Request(config, inside=True)), tmp_path / "read")
    for name in FILES:
        assert (tmp_path / "kept" / name).read_bytes() == (tmp_path / "read" / name).read_bytes(), name
    pages = [(tmp_path / each / "report.html").read_text() for each in ("kept", "read")]
    assert ["there are too many of them for a page" in page for page in pages] == [False, True]


@pytest.mark.parametrize("longer", [False, True], ids=["pool", "cluster"])
def test_processes_of_the_run_make_the_page_and_a_cluster_does_not(tmp_path: Path, longer: bool) -> None:
    config, asked = made(n=60).write(tmp_path), Counter[str]()

    def spread(function: Callable[[Any], Any], given: Iterable[Any]) -> Iterator[Any]:
        for each in given:
            asked[getattr(function, "func", function).__name__] += 1
            there, own = pickle.loads(pickle.dumps((function, each)))
            yield there(own)

    write_run(run_gate(Request(config, inside=True)), tmp_path / "alone")
    write_run(run_gate(Request(config, inside=True, page=True), None, Hands(spread, longer)), tmp_path / "shared")
    alone, shared = (re.sub(r" on 20.* UTC ", "", (tmp_path / each / "report.html").read_text())
                     for each in ("alone", "shared"))  # fmt: skip
    assert alone == shared
    blocks = 0 if longer else math.ceil(60 / TOGETHER)
    assert (asked.pop("packed_singles", 0), asked.pop("packed_texts", 0)) == (blocks, blocks)
    assert set(asked) == {"_survey", "_score_away"}


def test_many_groups_are_halved_in_units_of_several(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, groups = np.arange(60.0).reshape(30, 2), np.arange(30)
    monkeypatch.setattr(halves, "MOST_UNITS", 16)
    few = halves.draw_halves(30, resamples=99, seed=1)
    assert few.bits.shape == (16, 13)
    merged = np.array([rows[groups % 16 == unit].sum(axis=0) for unit in range(16)])
    assert np.array_equal(few.sums(rows, groups), few.sums(merged, np.arange(16)))


def test_units_find_what_groups_find(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard error, bound and p of 3,000 groups and of 500 units of six, over many releases that changed nothing."""
    monkeypatch.setattr(halves, "MOST_UNITS", 500)
    rng = np.random.default_rng(20261121)
    metric = Metric("wer", "lower", "ratio", (0, 1), quotient)
    ratios, blocked, releases = [], 0, 60
    for release in range(releases):
        words = rng.geometric(0.01, 3000).astype(float)
        before, after = (rng.binomial(words.astype(int), rng.beta(2, 14, 3000)).astype(float) for _ in range(2))
        both = exact_pair(*(columns_of(np.column_stack([own, words])) for own in (before, after)))
        everything = np.ones(3000, dtype=bool)
        table = Table(np.arange(3000), both[0], both[1], everything, ~everything)
        drawn = halves.draw_halves(3000, 999, release)
        test = compare([metric], table, np.arange(3000), drawn, 0.05)["wer"].test
        plain = (after - before) - (after.sum() - before.sum()) / words.sum() * words
        assert test.standard_error is not None
        assert test.p_value is not None
        ratios.append(test.standard_error / (np.sqrt((plain**2).sum()) / words.sum()))
        blocked += test.p_value < 0.05
    assert abs(float(np.mean(ratios)) - 1) < 0.02
    assert blocked <= 9  # 5 % of 60 are 3; more than 9 happen once in 1,000 times
