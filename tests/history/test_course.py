"""The course of a metric is what the reports say, whatever becomes of the index."""

from __future__ import annotations

import json
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from history.folders import VALUES, four, report, wer, write

from fieval.errors import InvalidInput
from fieval.history import Request, course
from fieval.history.index import IN_MEMORY, BrokenIndex, Index
from fieval.model import BLESSING_SUFFIX, Blessing, JudgeIdentity, Source
from fieval.watching import Silence

RUNS = Path(".fieval/runs")
INDEX = Path(".fieval/history.sqlite")


class Heard(Silence):
    """What was announced, and how many reports were read."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.read = 0

    def announce(self, text: str) -> None:
        self.said.append(text)

    def advance(self) -> None:
        self.read += 1


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def values(**asked: object) -> list[float | None]:
    return [point.value for point in course(msgspec.convert({"metric": "wer", **asked}, Request)).points]


def test_values_stand_in_the_order_of_time_not_of_names() -> None:
    for day, name in ((1, "c"), (2, "a"), (3, "b")):
        write(RUNS, name, report(day))
    found = course(Request("asr.wer"))
    assert [point.folder for point in found.points] == ["c", "a", "b"]
    assert [point.value for point in found.points] == list(VALUES[:3])
    assert [point.verdict for point in found.points] == ["pass", "pass", "fail"]
    assert [point.bounds[0].limit for point in found.points] == [0.2] * 3
    assert found.points[1].interval == pytest.approx((0.02 - 0.0123, 0.02 + 0.0131))


def test_only_what_is_new_or_changed_is_read_again() -> None:
    four(RUNS)
    first, again, third = Heard(), Heard(), Heard()
    course(Request("wer"), first)
    course(Request("wer"), again)
    write(RUNS, "run2", report(2, [wer(0.19)]))
    write(RUNS, "run5", report(5))
    found = course(Request("wer"), third)
    assert (first.read, again.read, third.read) == (4, 0, 2)
    assert [point.value for point in found.points] == [0.10, 0.19, 0.25, 0.11, 0.10]


def test_a_folder_that_is_gone_is_gone_from_the_course() -> None:
    four(RUNS)
    assert len(values()) == 4
    (RUNS / "run3/report.json").unlink()
    (RUNS / "run3").rmdir()
    assert values() == [0.10, 0.12, 0.11]


def test_it_is_the_same_without_an_index_with_an_old_one_and_rebuilt() -> None:
    four(RUNS)
    first = course(Request("wer"))
    assert course(Request("wer", rebuild=True)) == first
    INDEX.unlink()
    assert course(Request("wer")) == first


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_broken_index_is_made_anew_with_a_note(content: bytes) -> None:
    four(RUNS)
    first = course(Request("wer"))
    for leftover in INDEX.parent.glob("history.sqlite*"):
        leftover.unlink()
    INDEX.write_bytes(content)
    heard = Heard()
    assert course(Request("wer"), heard) == first
    assert len(heard.said) == bool(content)
    assert all("made anew" in said for said in heard.said)


def test_an_index_damaged_inside_gives_the_same_course() -> None:
    for day in range(1, 29):
        write(RUNS, f"run{day}", report(day, [wer(0.1, step=f"step{number}") for number in range(60)]))
    first = course(Request("step7.wer"))
    content = bytearray(INDEX.read_bytes())
    for place in range(4096 * 3, len(content) - 4096, 4096 * 2):
        content[place : place + 2000] = os.urandom(2000)
    INDEX.write_bytes(content)
    heard = Heard()
    assert course(Request("step7.wer"), heard) == first


def test_a_database_of_somebody_else_is_no_index() -> None:
    four(RUNS)
    with sqlite3.connect(INDEX) as other:
        other.execute("CREATE TABLE runs (number INTEGER)")
    other.close()
    with pytest.raises(BrokenIndex):
        Index(INDEX)
    assert values() == list(VALUES)


def test_where_no_index_can_be_kept_it_is_made_in_memory() -> None:
    four(RUNS)
    INDEX.mkdir()
    heard = Heard()
    assert [point.value for point in course(Request("wer"), heard).points] == list(VALUES)
    assert "in memory" in heard.said[0]


def test_several_at_once_find_the_same(tmp_path: Path) -> None:
    for day in range(1, 21):
        write(RUNS, f"run{day:02}", report(day))
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: course(Request("wer")), range(12)))
    assert all(each == found[0] for each in found)
    assert len(found[0].points) == 20


def test_an_index_of_other_folders_is_another_file() -> None:
    four(RUNS)
    write(Path("elsewhere"), "one", report(9, [wer(0.5)]))
    assert values() == list(VALUES)
    assert values(root="elsewhere") == [0.5]
    assert values() == list(VALUES)
    assert len(list(INDEX.parent.glob("history*.sqlite"))) == 2


def test_named_runs_leave_no_index() -> None:
    four(Path("ci"))
    assert values(runs=["ci/run4", "ci/run1/report.json", "ci/run1"]) == [0.10, 0.11]
    assert not INDEX.parent.exists()


def test_what_is_no_run_is_skipped_and_named() -> None:
    four(RUNS)
    (RUNS / "half").mkdir()
    for name, text in (("other", '{"schema": "fieval.report/2"}'), ("cut", '{"schema": "fieval.report/1", "verd'),
                       ("list", "[1]"), ("deep", "[" * 100_000), ("nan", '{"schema": NaN}')):  # fmt: skip
        (RUNS / name).mkdir()
        (RUNS / name / "report.json").write_text(text)
    os.mkfifo(RUNS / "half/evidence.jsonl")
    (RUNS / "pipe").mkdir()
    os.mkfifo(RUNS / "pipe/report.json")
    found = course(Request("wer"))
    assert [point.value for point in found.points] == list(VALUES)
    why = {Path(each.folder).name: each.reason for each in found.skipped}
    assert why.keys() == {"half", "other", "cut", "list", "deep", "nan", "pipe"}
    assert why["other"] == 'schema is "fieval.report/2"; this version of fieval reads fieval.report/1'
    assert why["half"].startswith("no report.json")
    assert all(each.folder.startswith(".fieval/runs/") for each in found.skipped)


def test_what_could_not_be_read_is_tried_again() -> None:
    four(RUNS)
    stored = (RUNS / "run2/report.json").read_bytes()
    stamp = (RUNS / "run2/report.json").stat()
    (RUNS / "run2/report.json").write_bytes(stored.replace(b"fieval.report/1", b"fieval.report/8"))
    os.utime(RUNS / "run2/report.json", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert len(values()) == 3
    (RUNS / "run2/report.json").write_bytes(stored)
    os.utime(RUNS / "run2/report.json", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert len(values()) == 4


def test_without_any_run_one_message_says_so() -> None:
    with pytest.raises(InvalidInput, match=r"\.fieval/runs: no such folder; `fieval run` makes"):
        course(Request("wer"))
    (RUNS / "half").mkdir(parents=True)
    with pytest.raises(InvalidInput, match=r"no run that can be read(.|\n)*half: no report.json"):
        course(Request("wer"))
    with pytest.raises(InvalidInput, match="runs/nowhere: no such folder"):
        course(Request("wer", ["runs/nowhere"]))
    write(RUNS, "one", report(1))
    with pytest.raises(InvalidInput, match="is the folder of a run"):
        course(Request("wer", root=".fieval/runs/one"))
    with pytest.raises(InvalidInput, match="one of the two"):
        course(Request("wer", ["x"], root="y"))


def test_a_metric_is_found_by_its_name_where_one_step_has_it() -> None:
    write(RUNS, "one", report(1, [wer(0.1), wer(0.2, step="asr2"), wer(0.3, language="es")]))
    assert values(metric="asr2.wer") == [0.2]
    with pytest.raises(InvalidInput, match=r"several steps have it; name one of asr\.wer, asr2\.wer"):
        course(Request("wer"))
    with pytest.raises(InvalidInput, match=r'did you mean "asr2\.wer"\?'):
        course(Request("asr2.wr"))
    assert values(metric="asr.wer", slices=["language=es"]) == [0.3]
    with pytest.raises(InvalidInput, match=r'on it; did you mean "language=es"\?'):
        course(Request("asr.wer", slices=["language=se"]))
    with pytest.raises(InvalidInput, match="expected COHORT=VALUE"):
        course(Request("asr.wer", slices=["es"]))
    with pytest.raises(InvalidInput, match="named twice"):
        course(Request("asr.wer", slices=["language=es", "language=en"]))


def test_runs_without_the_metric_are_counted_and_left_out() -> None:
    four(RUNS)
    write(RUNS, "run5", report(5, [wer(0.3, step="other")]))
    found = course(Request("asr.wer"))
    assert (found.runs, found.without, len(found.points)) == (5, 1, 4)


def test_values_on_another_dataset_are_not_comparable_with_the_newest() -> None:
    write(RUNS, "run1", report(1, dataset="e"))
    write(RUNS, "run2", report(2, config="f"))
    write(RUNS, "run3", report(3))
    found = course(Request("wer")).points
    assert [point.comparable for point in found] == [False, True, True]
    assert [point.changed for point in found] == [(), ("dataset", "config"), ("config",)]


def test_values_by_another_normalizer_or_judge_are_not_comparable_for_that_step_alone() -> None:
    for day, version in ((1, "english/1"), (2, "english/2")):
        made = report(day, [wer(0.1), wer(0.1, step="other")])
        judges = {"asr": JudgeIdentity("model", "p", f"{day}")}
        write(RUNS, f"run{day}", msgspec.structs.replace(made, normalizers={"asr": (version,)}, judges=judges))
    asr, other = (course(Request(f"{step}.wer")).points for step in ("asr", "other"))
    assert [point.comparable for point in asr] == [False, True]
    assert asr[1].changed == ("normalizer", "judge")
    assert [point.comparable for point in other] == [True, True]


def test_the_run_that_a_baseline_came_from_is_marked() -> None:
    four(RUNS)
    Path("baselines").mkdir()
    beside = Path(f"baselines/main.jsonl{BLESSING_SUFFIX}")
    made = report(2).provenance
    note = Blessing(
        schema="fieval.baseline/1", sha256="c" * 64, blessed="2026-11-21T08:00:00Z", forced=False, verdict="pass",
        headline="", run=".fieval/runs/run2", candidate=made.candidate, dataset=made.dataset, config=made.config,
        replaced=None, fieval="0.1.0",
    )  # fmt: skip
    beside.write_bytes(msgspec.json.encode(note))
    assert [point.blessed for point in course(Request("wer")).points] == [None, "2026-11-21T08:00:00Z", None, None]
    beside.write_bytes(msgspec.json.encode(msgspec.structs.replace(note, candidate=Source("x", "0" * 64))))
    assert not any(point.became_baseline for point in course(Request("wer")).points), "another candidate since"
    beside.write_text("{")
    assert not any(point.became_baseline for point in course(Request("wer")).points)


def test_a_baseline_that_the_config_names_is_looked_at_without_running_anything() -> None:
    Path("configs").mkdir()
    Path("configs/default.yaml").write_text("baseline: b.jsonl\nsteps: {x: {evaluator: no_module.here:Evil}}\n")
    made = report(1)
    first = msgspec.structs.replace(made, provenance=msgspec.structs.replace(made.provenance, baseline=None))
    write(RUNS, "run1", first)
    note = {"schema": "fieval.baseline/1", "sha256": "c", "blessed": "2026-11-21T08:00:00Z", "forced": False,
            "verdict": "pass", "headline": "", "run": "/somewhere/.fieval/runs/run1/report.json", "replaced": None,
            "fieval": "0.1.0"}  # fmt: skip
    note |= json.loads(
        msgspec.json.encode({k: getattr(made.provenance, k) for k in ("candidate", "dataset", "config")})
    )
    Path(f"configs/b.jsonl{BLESSING_SUFFIX}").write_text(json.dumps(note))
    assert course(Request("wer")).points[0].blessed == "2026-11-21T08:00:00Z"


def test_a_candidate_that_later_runs_have_as_baseline_became_it() -> None:
    write(RUNS, "run1", report(1, candidate="1", baseline="0"))
    write(RUNS, "run2", report(2, candidate="1", baseline="0"))
    write(RUNS, "run3", report(3, candidate="2", baseline="1"))
    found = course(Request("wer")).points
    assert [point.became_baseline for point in found] == [False, True, False]
    assert found[2].changed == ("baseline",)


def test_the_last_points_know_what_was_before_them() -> None:
    four(RUNS)
    write(RUNS, "run0", report(5, dataset="e"))
    found = course(Request("wer", last=1))
    assert (found.runs, len(found.points)) == (5, 1)
    assert found.points[0].changed == ("dataset",)


def test_only_numbers_names_and_digests_stand_in_the_index() -> None:
    secret = "my card number is 4111"
    made = msgspec.structs.replace(report(1), headline=secret, notes=(secret,))
    folder = write(RUNS, "one", made)
    (folder / "evidence.jsonl").write_text(secret)
    course(Request("wer"))
    assert secret.encode() not in INDEX.read_bytes()


def test_an_index_in_memory_is_no_file() -> None:
    Index(IN_MEMORY).close()
    assert not Path(IN_MEMORY).exists()
