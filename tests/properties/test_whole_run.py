"""What must hold of any run: over real files, through every room."""

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

import fieval
from fieval import engine
from fieval.data import shelves
from fieval.engine.hands import Hands
from fieval.model import Report
from fieval.runner import Request, run_gate
from fieval.statistics import columns

from made_dataset import Made, made

Row = dict[str, Any]
RANK = {0: 0, 3: 1, 1: 2}  # pass is better than inconclusive is better than fail


def run(one: Made, folder: Path, *, compressed: bool = False) -> Report:
    return fieval.run(one.write(folder, compressed=compressed))


def content(report: Report) -> dict[str, Any]:
    """Everything of a report but where it came from."""
    found: dict[str, Any] = msgspec.to_builtins(report)
    del found["provenance"]
    for row in found["results"]:
        for rule in row["rules"]:
            rule["where"] = rule["where"].rsplit("/", 1)[-1]
    return found


def by_key(report: Report) -> dict[tuple[str, str, str], Row]:
    return {(row.step, row.metric, json.dumps(row.slice)): msgspec.to_builtins(row) for row in report.results}


@pytest.mark.parametrize("seed", range(3))
def test_swapping_baseline_and_candidate_flips_every_sign(tmp_path: Path, seed: int) -> None:
    one = made(seed=seed)
    there = by_key(run(one, tmp_path / "there"))
    back = by_key(run(Made(one.gold, one.candidate, one.baseline), tmp_path / "back"))
    assert there.keys() == back.keys()
    for key, row in there.items():
        other = back[key]
        assert (row["baseline"], row["candidate"]) == (other["candidate"], other["baseline"])
        if row["change"] is not None:
            assert row["change"] == -other["change"]
        if row["interval"] is not None:
            assert row["interval"] == pytest.approx([-end for end in reversed(other["interval"])], abs=1e-9)
        if row["metric"] != "missing" and row["worsening"] is not None:
            assert row["worsening"] == -other["worsening"]


def reordered(one: Made) -> Made:
    shuffled = one.copy()
    for lines in (shuffled.gold, shuffled.baseline, shuffled.candidate):
        random.Random(5).shuffle(lines)
    return shuffled


def with_new_ids(one: Made) -> Made:
    renamed = one.copy()
    names = {line["id"]: f"{random.Random(line['id']).random()}" for line in one.gold}
    for lines in (renamed.gold, renamed.baseline, renamed.candidate):
        for line in lines:
            line["id"] = names[line["id"]]
            if "group" in line:
                line["group"] = f"{random.Random(line['group']).random()}"
    return renamed


def with_new_labels(one: Made) -> Made:
    text = json.dumps([one.gold, one.baseline, one.candidate])
    card = one.card
    for old, new in (("billing", "zz"), ("outage", "money"), ("cancel", "aa")):
        text, card = re.sub(rf'"{old}"', f'"{new}"', text), re.sub(rf"\b{old}\b", new, card)
    gold, baseline, candidate = json.loads(text)
    return Made(gold, baseline, candidate, card=card)


@pytest.mark.parametrize("change", [reordered, with_new_ids, with_new_labels], ids=lambda change: change.__name__)
def test_what_does_not_matter_changes_nothing(tmp_path: Path, change: Callable[[Made], Made]) -> None:
    one = made(seed=4, harm=0.05)
    before, after = content(run(one, tmp_path / "a")), content(run(change(one), tmp_path / "b"))
    new_names = {"zz": "billing", "money": "outage", "aa": "cancel"}
    for row in after["results"]:
        family, dot, label = row["metric"].partition(".")
        row["metric"] = f"{family}{dot}{new_names.get(label, label)}"
    assert after == before


def test_compression_changes_nothing(tmp_path: Path) -> None:
    one = made(seed=4, harm=0.05)
    assert content(run(one, tmp_path / "a")) == content(run(one, tmp_path / "b", compressed=True))


@pytest.mark.parametrize("seed", range(4))
def test_how_the_work_is_cut_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Spans and shares of any size, rows packed or not, files compressed or not, read at once or again and again."""
    one, rng = made(seed=4, harm=0.05), random.Random(seed)
    config = one.write(tmp_path / "cut", compressed=rng.random() < 0.5)
    whole = content(run(one, tmp_path / "whole"))
    monkeypatch.setattr(shelves, "SPAN", rng.randint(300, 5000))
    monkeypatch.setattr(engine, "INTERACTIONS_AT_ONCE", rng.randint(1, 50))
    monkeypatch.setattr(engine, "_ROWS_AT_ONCE", rng.randint(1, 100))
    monkeypatch.setattr(columns, "_WORTH_PACKING", rng.choice([0, 4096]))
    found = run_gate(Request(config), others=Hands(map, longer=False))
    assert content(found.report) == whole


def test_the_same_run_twice_writes_the_same_bytes(tmp_path: Path) -> None:
    config = made(seed=4, harm=0.05).write(tmp_path)
    for name in ("one", "two"):
        fieval.run(config, out=tmp_path / name)
    for path in sorted((tmp_path / "one").iterdir()):
        first, second = (path.read_text(), (tmp_path / "two" / path.name).read_text())
        if path.name == "report.json":
            first, second = (re.sub(r'"provenance": \{.*', "", text, flags=re.S) for text in (first, second))
            assert '"results"' in first
        assert first == second, path.name


@pytest.mark.parametrize("seed", range(4))
def test_a_stricter_threshold_never_passes_more(tmp_path: Path, seed: int) -> None:
    one = made(seed=seed, harm=0.04 * seed)
    ranks = []
    for margin in ("0.30", "0.10", "0.02", "0.001", "0.0"):
        one.config = re.sub(r"max_regression: [0-9.]+", f"max_regression: {margin}", one.config)
        ranks.append(RANK[run(one, tmp_path / margin).exit_code])
    assert ranks == sorted(ranks)
    ranks = []
    for bound in ("0.9", "0.2", "0.1", "0.01"):
        one.config = re.sub(r"max: [0-9.]+", f"max: {bound}", one.config)
        ranks.append(RANK[run(one, tmp_path / f"max{bound}").exit_code])
    assert ranks == sorted(ranks)


@pytest.mark.parametrize("seed", range(6))
def test_dropping_any_outputs_never_improves_a_verdict(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    one = made(seed=seed, harm=rng.choice([0, 0.05, 0.3]))
    whole = run(one, tmp_path / "whole")
    for index in range(4):
        fewer = one.copy()
        for line in rng.sample(fewer.candidate, rng.randint(1, 20)):
            part = rng.choice(["line", "turns", "summary", "labels", "scores"])
            if part == "line":
                fewer.candidate.remove(line)
            else:
                del line[part]
        report = run(fewer, tmp_path / str(index))
        assert RANK[report.exit_code] >= RANK[whole.exit_code]
        assert report.exit_code == 1, "an answer that the baseline gave and the candidate did not fails `missing`"


def test_a_copy_of_the_baseline_passes_whatever_the_config_demands(tmp_path: Path) -> None:
    one = made(seed=9)
    one.candidate = one.copy().baseline
    one.config = re.sub(r"max_regression: [0-9.]+", "max_regression: 0.0", one.config)
    one.config = one.config.replace("{resamples: 999}", "{resamples: 999, require_proof: true}")
    report = run(one, tmp_path)
    assert (report.exit_code, report.verdict) == (0, "pass")
    assert all(
        rule.proven
        for row in report.results
        for rule in row.rules
        if rule.rule == "max_regression" and rule.verdict == "pass"
    )


def test_duplicating_the_dataset_never_changes_an_estimate(tmp_path: Path) -> None:
    one = made(seed=3)
    twice = one.copy()
    for lines in (twice.gold, twice.baseline, twice.candidate):
        lines.extend({**line, "id": f"{line['id']}-again"} for line in list(lines))
    before, after = by_key(run(one, tmp_path / "a")), by_key(run(twice, tmp_path / "b"))
    for key, row in before.items():
        for name in ("baseline", "candidate", "change"):
            assert after[key][name] == (None if row[name] is None else pytest.approx(row[name], abs=1e-12)), (key, name)
