"""Scoring in several processes and on a Dask cluster: the same bytes, and a clear end where a worker is lost."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest

from fieval.engine import hands
from fieval.errors import Unmeasurable

from end_to_end.command import INSTALLED, fieval
from file_server import served
from made_dataset import made

FILES = ("scores.csv", "evidence.jsonl", "junit.xml")
CHECKS = """\
import os
import signal
import sys
import time
from multiprocessing import parent_process
from pathlib import Path


def short(interaction, output):
    return len(output.summary) < 40


def slow(interaction, output):
    Path(__file__).with_name("started").touch()
    time.sleep(0.01)
    return 0.5


def broken(interaction, output):
    raise ValueError("what was said: " + output.summary)


def lost(interaction, output):
    if parent_process() is not None or "dask" in sys.argv[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    return 0.5
"""
COPIES = """\
import sys
import threading
from fieval.engine.hands import hands

sys.modules["seen_here_only"] = sys
done = threading.Event()
for alone in (True, False, True):
    with hands(2, alone=alone) as others:
        print(*others.spread(eval, ["'seen_here_only' in __import__('sys').modules"]))
    if not alone:
        threading.Thread(target=done.wait).start()
done.set()
"""
HALF = """\
import os
import signal
import sys
import time
from fieval.engine.hands import hands


def half(_):
    frame = sys._getframe()
    while "result_queue" not in frame.f_locals:
        frame = frame.f_back
    os.write(frame.f_locals["result_queue"]._writer.fileno(), b"\\0\\0\\x10\\0half")
    os.kill(os.getpid(), signal.SIGKILL)


try:
    with hands(2, alone=True) as others:
        results = others.spread(half, [1])
        if "interrupted" in sys.argv:
            time.sleep(1)
            raise KeyboardInterrupt
        list(results)
except BaseException as error:
    print(type(error).__name__)
"""
STEP = """\
  own:
    evaluator: custom_evaluation
    function: made_up_workers:{function}
    gates: {{score: {{min: 0.1}}}}
significance:"""


def gate(folder: Path, function: str, n: int = 40) -> Path:
    """A folder with a gate, one step of which is a function beside the config."""
    one = made(n=n)
    one.config = one.config.replace("significance:", STEP.format(function=function))
    (folder / "made_up_workers.py").write_text(CHECKS)
    return one.write(folder)


def assert_same(first: Path, second: Path) -> None:
    for name in FILES:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
    reports = [json.loads((folder / "report.json").read_text()) for folder in (first, second)]
    for report in reports:
        del report["provenance"]
    assert reports[0] == reports[1]


def test_more_workers_change_no_byte(tmp_path: Path) -> None:
    config = gate(tmp_path, "short", n=600)  # more than one share
    for workers in (1, 3):
        done = fieval("run", "-c", config, "--out", tmp_path / str(workers), "--workers", str(workers))
        assert done.returncode == 0, done.stderr
        assert_same(tmp_path / "1", tmp_path / str(workers))
    pages = [(tmp_path / each / "report.html").read_text() for each in ("1", "3")]
    assert len(pages[0]) == len(pages[1])


def test_compressed_files_and_files_of_a_revision_are_shared_as_well(tmp_path: Path) -> None:
    one = made(n=40)
    plain = one.write(tmp_path)
    packed = one.write(tmp_path / "packed", compressed=True)
    (tmp_path / "packed/data/dataset.yaml").write_text(one.card)
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    assert fieval("run", "-c", plain, "--out", tmp_path / "1").returncode == 0
    done = fieval("run", "-c", packed, "--out", tmp_path / "2", "--workers", "2")
    assert done.returncode == 0, done.stderr
    more = ["--baseline", "git:HEAD:baseline.jsonl", "--out", "3", "--workers", "2"]
    revised = fieval("run", "-c", plain, *more, folder=tmp_path)
    assert revised.returncode == 0, revised.stderr
    for name in FILES[:2]:
        assert len({(tmp_path / each / name).read_bytes() for each in "123"}) == 1, name


def test_code_that_ones_own_evaluator_names_is_found_by_workers(tmp_path: Path) -> None:
    config = gate(tmp_path, "short")
    own = "evaluator: made_up_mine:Mine\n    function: made_up_workers:short"
    config.write_text(
        config.read_text().replace("evaluator: custom_evaluation\n    function: made_up_workers:short", own)
    )
    (tmp_path / "made_up_mine.py").write_text(
        "from fieval.evals.custom_evaluation import CustomEvaluation\n\n\nclass Mine(CustomEvaluation):\n    pass\n"
    )
    for workers in ("1", "2"):
        done = fieval("run", "-c", config, "--out", tmp_path / workers, "--workers", workers)
        assert done.returncode == 0, done.stderr
    assert_same(tmp_path / "1", tmp_path / "2")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_failing_function_is_told_as_ever(tmp_path: Path, workers: str) -> None:
    done = fieval("run", "-c", gate(tmp_path, "broken"), "--out", tmp_path / "run", "--workers", workers)
    assert done.returncode == 4
    assert "made_up_workers:broken" in done.stderr
    assert "raised ValueError at made_up_workers.py:20" in done.stderr
    assert "what was said" not in done.stderr
    assert not (tmp_path / "run").exists()


def test_bad_lines_are_told_as_ever(tmp_path: Path) -> None:
    one = made(n=40)
    config = one.write(tmp_path)
    with (tmp_path / "candidate.jsonl").open("a") as file:
        file.write('{"id": "call-001"}\n{"id": "call-999"}\n{"id": \n')
    alone, shared = (fieval("run", "-c", config, "--workers", workers) for workers in ("1", "2"))
    assert (shared.returncode, shared.stderr) == (alone.returncode, alone.stderr)
    assert shared.returncode == 2


def test_a_lost_worker_ends_the_run_without_a_verdict(tmp_path: Path) -> None:
    done = fieval("run", "-c", gate(tmp_path, "lost"), "--out", tmp_path / "run", "--workers", "2")
    assert done.returncode == 4
    assert "fieval: a worker process was lost" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()


def test_an_interrupt_takes_the_workers_along(tmp_path: Path) -> None:
    config = gate(tmp_path, "slow", n=300)
    run = started(["run", "-c", config, "--out", tmp_path / "run", "--workers", "2"], tmp_path)
    os.killpg(run.pid, signal.SIGINT)
    _, told = run.communicate(timeout=30)
    assert run.returncode == 130, told
    assert "Traceback" not in told
    assert not (tmp_path / "run").exists()
    assert eventually(lambda: not in_group(run.pid))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every worker begins anew")
def test_workers_are_copies_of_a_process_that_is_ours_alone_only(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", COPIES], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )
    assert told.stdout.split() == ["True", "False", "False"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every worker begins anew")
@pytest.mark.parametrize("interrupted", [False, True])
def test_half_a_message_of_a_killed_worker_ends_the_run_in_time(tmp_path: Path, interrupted: bool) -> None:
    told = subprocess.run(
        [sys.executable, "-c", HALF, *(["interrupted"] if interrupted else [])],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.stdout.strip() == ("KeyboardInterrupt" if interrupted else "Unmeasurable"), told.stderr


def test_workers_do_not_outlive_a_run_that_was_killed(tmp_path: Path) -> None:
    run = started(["run", "-c", gate(tmp_path, "slow", n=300), "--workers", "2"], tmp_path)
    run.kill()
    run.communicate(timeout=10)
    assert eventually(lambda: not in_group(run.pid))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--workers", "0"], "--workers"),
        (["--workers", "2", "--cluster", "tcp://127.0.0.1:1"], "a cluster has its own workers"),
        (["--cluster", "127.0.0.1:no"], "--cluster 127.0.0.1:no"),
    ],
)
def test_what_makes_no_sense_is_refused(small: Path, arguments: list[str], told: str) -> None:
    done = fieval("run", *arguments, folder=small)
    assert done.returncode == 2, done.stderr
    assert told in done.stderr


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Cluster"]:
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.close()


class Cluster:
    """A scheduler and workers, each a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        options = "--host", "127.0.0.1", "--port", "0", "--no-dashboard"
        self.scheduler = self._start("scheduler", *options)
        self.address = self._told("scheduler", r"Scheduler at: +(tcp://\S+)")
        self.workers = [self._worker("first", threads=4), self._worker("second", threads=1)]

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait(timeout=10)

    def _worker(self, name: str, threads: int) -> subprocess.Popen[bytes]:
        options = "--nthreads", str(threads), "--no-dashboard", "--no-nanny", "--name", name
        made = self._start("worker", self.address, *options, log=name)
        self._told(name, r"Registered to: +(\S+)")
        return made

    def _start(self, *arguments: str, log: str = "scheduler") -> subprocess.Popen[bytes]:
        program = Path(sys.executable).with_name("dask")
        with (self.folder / log).open("wb") as file:
            return subprocess.Popen([program, *arguments], stderr=file, stdout=subprocess.DEVNULL)

    def _told(self, log: str, wanted: str) -> str:
        assert eventually(lambda: re.search(wanted, (self.folder / log).read_text()) is not None)
        found = re.search(wanted, (self.folder / log).read_text())
        assert found is not None
        return found[1]


def work_of(process: subprocess.Popen[bytes]) -> int:
    """The processor time that it took, in hundredths of a second."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def at_work(run: subprocess.Popen[str], worker: subprocess.Popen[bytes]) -> None:
    """Wait until the worker is in the middle of what the run asks of it."""
    before = work_of(worker)
    assert eventually(lambda: work_of(worker) > before + 60)
    assert run.poll() is None


def test_a_cluster_changes_no_byte_even_where_a_worker_is_killed(dask: Cluster, tmp_path: Path) -> None:
    config = gate(tmp_path, "short", n=2000)
    assert fieval("run", "-c", config, "--out", tmp_path / "1").returncode == 0
    run = spawned(["run", "-c", config, "--out", tmp_path / "2", "--cluster", dask.address], tmp_path)
    at_work(run, dask.workers[-1])
    dask.workers[-1].kill()
    dask.workers.pop().wait()
    _, told = run.communicate(timeout=100)
    assert run.returncode == 0, told
    assert_same(tmp_path / "1", tmp_path / "2")


def test_a_cluster_never_runs_code_that_it_may_have_from_before(dask: Cluster, tmp_path: Path) -> None:
    config = gate(tmp_path, "lost")  # which kills every process but the first
    done = fieval("run", "-c", config, "--out", tmp_path / "run", "--cluster", dask.address)
    assert done.returncode == 0, done.stderr


def test_a_cluster_reads_urls_by_itself(dask: Cluster, tmp_path: Path) -> None:
    config = gate(tmp_path, "short", n=800)
    assert fieval("run", "-c", config, "--out", tmp_path / "1").returncode == 0
    with served(tmp_path) as server:
        server.password, url = "me:hush", server.url.replace("//", "//me:hush@")
        named = ["--dataset", f"{url}/data", "--candidate", f"{url}/candidate.jsonl"]
        done = fieval("run", "-c", config, "--out", tmp_path / "2", "--cluster", dask.address, *named)
        pieces = [piece for _, piece in server.asked if piece]
    assert done.returncode == 0, done.stderr
    assert_same(tmp_path / "1", tmp_path / "2")
    assert len(set(pieces)) > 10
    for name in ("scheduler", "first", "second"):
        assert "hush" not in (dask.folder / name).read_text()


def test_what_workers_cannot_read_is_told_as_ever(dask: Cluster, tmp_path: Path) -> None:
    config = gate(tmp_path, "short", n=600)
    with served(tmp_path) as server:
        url = server.url.replace("//", "//me:hush@")
        server.before = lambda path: setattr(server, "status", 503 if len(server.asked) > 40 else 0)
        named = ["--dataset", f"{url}/data", "--candidate", f"{url}/candidate.jsonl"]
        done = fieval("run", "-c", config, "--out", tmp_path / "run", "--cluster", dask.address, *named)
    assert done.returncode == 4, done.stderr
    assert done.stderr.endswith(": cannot be read now: status 503\n")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()
    for name in ("scheduler", "first", "second"):
        assert "hush" not in (dask.folder / name).read_text()


def test_a_cluster_that_nobody_works_for_any_more_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    class Deserted(Executor):
        def submit(self, *_what: Any, **_with: Any) -> Future[Any]:
            return Future()

    monkeypatch.setattr(hands, "_SECONDS_BETWEEN_LOOKS", 0.01)
    workers = iter([True, True, False, *[True] * 100])
    with pytest.raises(Unmeasurable, match="was lost"):
        list(hands._spread(Deserted(), "it was lost", lambda: next(workers), hands._LOOKS, abs, [-1]))
    assert len(list(workers)) == 100 - hands._LOOKS


def test_a_lost_cluster_ends_the_run_without_a_verdict(dask: Cluster, tmp_path: Path) -> None:
    """Last of all: it takes the cluster away."""
    config = gate(tmp_path, "short", n=2000)
    run = spawned(["run", "-c", config, "--out", tmp_path / "run", "--cluster", dask.address], tmp_path)
    at_work(run, dask.workers[0])
    dask.scheduler.kill()
    _, told = run.communicate(timeout=100)
    assert run.returncode == 4, told
    assert re.fullmatch(r"fieval: the cluster tcp://\S+ was lost.*\n", told)
    assert not (tmp_path / "run").exists()


def spawned(arguments: list[str | Path], folder: Path) -> subprocess.Popen[str]:
    """A run in a process group of its own."""
    return subprocess.Popen(
        [*INSTALLED, *map(str, arguments)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def started(arguments: list[str | Path], folder: Path) -> subprocess.Popen[str]:
    """The same, once its function was called."""
    run = spawned(arguments, folder)
    assert eventually(lambda: (folder / "started").exists() or run.poll() is not None)
    assert run.poll() is None, run.communicate()
    return run


def in_group(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def eventually(true: Callable[[], bool], seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False
