"""Inputs at URLs: the same run as of files on disk, or a sentence why not."""

import csv
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fieval import runner
from fieval.engine.hands import Hands
from fieval.errors import InvalidInput, Unmeasurable
from fieval.remote import web
from fieval.run_folder import write_run
from fieval.runner import Request, run_gate

from end_to_end.command import fieval
from file_server import Answer, FileServer, served
from made_dataset import Made, made
from security.small_gate import small, typed

STEP = 4  # requests between two faults
FILES = ("scores.csv", "evidence.jsonl", "junit.xml")
HEARD = """\
version: 1
dataset: data
candidate: candidate.jsonl
baseline: baseline.jsonl
steps:
  asr: {evaluator: asr_accuracy, gates: {wer: {max: 0.9, max_regression: 0.5}}}
significance: {resamples: 999, min_interactions: 5}
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gate on disk in `data`, and its plain run in `plain`; not to be changed."""
    folder = tmp_path_factory.mktemp("urls")
    made(n=40).write(folder / "data")
    assert typed(folder / "data", "run", "-c", "gate.yaml", "--out", folder / "plain").returncode == 0
    return folder


@pytest.fixture
def one(done: Path, tmp_path: Path) -> Made:
    """The same, in a folder of its own."""
    shutil.copytree(done, tmp_path, dirs_exist_ok=True)
    return made(n=40)


@pytest.fixture
def heard(tmp_path: Path) -> Made:
    """A smaller one, which is run many times."""
    return small(tmp_path / "data", config=HEARD)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FileServer]:
    """Of the folder `data`, which may be written later."""
    with served(tmp_path / "data") as found:
        yield found


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tries follow at once."""
    monkeypatch.setattr(web, "_WAITS", (0.0, 0.0, 0.0))


def gate_at(url: str, one: Made, folder: Path, query: str = "") -> Path:
    """A config that names its inputs at a URL."""
    config = one.config
    for name in ("data", "candidate.jsonl", "baseline.jsonl"):
        config = config.replace(f": {name}\n", f': "{url}/{name}{query}"\n')
    path = folder / "gate.yaml"
    path.write_text(config)
    return path


def assert_same(first: Path, second: Path) -> None:
    for name in FILES:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
    before, after = (json.loads((folder / "report.json").read_text()) for folder in (first, second))
    made_before, made_after = before.pop("provenance"), after.pop("provenance")
    assert before == after
    for what in ("dataset", "candidate", "baseline"):
        assert made_before[what]["sha256"] == made_after[what]["sha256"]


def strings(folder: Path) -> str:
    """All that a run left."""
    return "\n".join(path.read_text() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_config_may_name_urls(server: FileServer, one: Made, tmp_path: Path, workers: str) -> None:
    config = gate_at(server.url, one, tmp_path)
    done = fieval("run", "-c", config.name, "--out", tmp_path / "run", "--workers", workers, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert_same(tmp_path / "plain", tmp_path / "run")
    told = json.loads((tmp_path / "run/report.json").read_text())["provenance"]
    assert told["dataset"]["path"] == f"{server.url}/data"
    assert told["candidate"]["path"] == f"{server.url}/candidate.jsonl"


@pytest.mark.usefixtures("one")
@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("least", [False, True])
def test_options_may_name_urls_of_any_server(server: FileServer, tmp_path: Path, workers: str, least: bool) -> None:
    server.ranges = server.tags = server.lengths = not least
    named = ["--dataset", f"{server.url}/data", "--candidate", f"{server.url}/candidate.jsonl"]
    done = typed(tmp_path / "data", "run", "-c", "gate.yaml", "--out", tmp_path / "run", *named, "--workers", workers)
    assert done.returncode == 0, done.stderr
    for name in FILES:
        assert (tmp_path / "plain" / name).read_bytes() == (tmp_path / "run" / name).read_bytes(), name


def test_compressed_files_and_file_urls_are_read_as_well(one: Made, tmp_path: Path) -> None:
    one.write(tmp_path / "packed", compressed=True)
    url = (tmp_path / "packed").as_uri()
    named = ["--dataset", f"{url}/data", "--candidate", f"{url}/candidate.jsonl.gz", "--workers", "2"]
    done = typed(tmp_path / "data", "run", "-c", "gate.yaml", "--out", tmp_path / "run", *named)
    assert done.returncode == 0, done.stderr
    for name in FILES:
        assert (tmp_path / "plain" / name).read_bytes() == (tmp_path / "run" / name).read_bytes(), name


def test_later_commands_read_urls_again(server: FileServer, one: Made, tmp_path: Path) -> None:
    config = gate_at(server.url, one, tmp_path)
    assert typed(tmp_path, "run", "-c", config, "--out", "run").returncode == 0
    for command in (
        ["check", "-c", config],
        ["plan", "-c", config],
        ["show", "run", "call-001"],
        ["report", "run", "--format", "html"],
        ["compare", "run", "plain"],
        ["history", "wer", "run"],
        ["label-sheet", "-c", config, "-o", "sheet.csv", "--again"],
        ["bless", "run", "--to", "next.jsonl"],
    ):
        done = typed(tmp_path, *command)
        assert done.returncode == 0, (command, done.stderr)
        assert "no interactions" not in done.stderr
    assert (tmp_path / "next.jsonl").read_bytes() == (tmp_path / "data/candidate.jsonl").read_bytes()
    path = tmp_path / "data/candidate.jsonl"
    path.write_bytes(path.read_bytes().replace(b"router", b"rooter"))
    done = typed(tmp_path, "show", "run", "call-001")
    assert (done.returncode, done.stderr.partition("; ")[0]) == (
        2,
        f"fieval: {server.url}/candidate.jsonl: the candidate has changed since that run",
    )


def test_credentials_are_neither_printed_nor_written(server: FileServer, one: Made, tmp_path: Path) -> None:
    server.password, server.query = "somebody:hush", "sig=hush"
    url = server.url.replace("//", "//somebody:hush@")
    config = gate_at(url, one, tmp_path, "?sig=hush")
    said = ""
    for command in (
        ["run", "-c", config, "--out", "run", "--workers", "2"],
        ["check", "-c", config],
        ["show", "run", "call-001"],
        [
            "show",
            "run",
            "call-001",
            "--dataset",
            f"{url}/data?sig=hush",
            "--candidate",
            f"{url}/candidate.jsonl?sig=hush",
        ],
        ["report", "run", "--format", "html"],
        ["history", "wer", "run"],
        ["bless", "run"],
        ["run", "-c", config, "--candidate", f"{url}/absent.jsonl?sig=hush"],
        ["run", "-c", config, "--dataset", f"{url}/absent?sig=hush"],
        ["run", "-c", config, "--candidate", f"{url}/candidate.jsonl?sig=hush2"],
        ["run", "-c", config, "--out", f"{url}/run?sig=hush"],
        ["run", f"{url}/gate.yaml?sig=hush"],
        ["bless", "run", "--to", f"{url}/next.jsonl?sig=hush"],
    ):
        done = typed(tmp_path, *command)
        assert done.returncode in (0, 2), (command, done.stderr)
        said += done.stdout + done.stderr
    assert "hush" not in said
    assert "somebody" not in said
    assert "hush" not in strings(tmp_path / "run")
    assert "no permission to read it" in said
    assert "credentials in a URL are not kept with a run" in said


def test_inputs_that_are_named_again_with_credentials_are_shown_without(
    server: FileServer, one: Made, tmp_path: Path
) -> None:
    server.password = "somebody:hush"
    url = server.url.replace("//", "//somebody:hush@")
    config = gate_at(url, one, tmp_path)
    assert typed(tmp_path, "run", "-c", config, "--out", "run").returncode in (0, 1)
    named = [f"--{name}={url}/{name}.jsonl" for name in ("candidate", "baseline")]
    done = typed(tmp_path, "show", "run", "call-001", f"--dataset={url}/data", *named)
    assert done.returncode == 0, done.stderr
    assert server.url in done.stdout
    assert "hush" not in done.stdout + done.stderr


def test_a_run_with_credentials_is_looked_at_with_netrc(
    server: FileServer, one: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which the later commands find again, since nothing of it stands in a URL."""
    server.password = "somebody:hush"
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password hush\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    config = gate_at(server.url, one, tmp_path)
    for command in (
        ["run", "-c", config, "--out", "run"],
        ["show", "run", "call-001"],
        ["bless", "run", "--to", "x.jsonl"],
    ):
        done = typed(tmp_path, *command)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "-c", "https://host/gate.yaml"], "https://host/gate.yaml: a URL, which cannot be named here"),
        (["run", "--out", "s3://bucket/run"], "s3://bucket/run: a URL, which cannot be named here"),
        (["report", "s3://bucket/run"], "s3://bucket/run: a URL, which cannot be named here"),
        (["check", "--training", "s3://bucket/x"], "s3://bucket/x: a URL, which cannot be named here"),
        (["label-sheet", "-o", "s3://bucket/x.csv"], "s3://bucket/x.csv: a URL, which cannot be named here"),
        (["import", "csv", "s3://bucket/x.csv", "-o", "y"], "s3://bucket/x.csv: a URL, which cannot be named here"),
        (["import", "csv", "fieval.yaml", "-o", "s3://b/x.jsonl"], "s3://b/x.jsonl: a URL, which cannot be named here"),
        (["import", "csv", "x", "--into", "s3://b/x", "--as", "gold"], "s3://b/x: a URL, which cannot be named here"),
        (["run", "--candidate", "sss://bucket/key"], 'sss://bucket/key: fsspec knows no protocol "sss"'),
        (["run", "--candidate", "C:\\outputs.jsonl"], "C:\\outputs.jsonl: no such file"),
        (["run", "--dataset", "file:///nowhere"], "file:///nowhere/dataset.yaml: no such file"),
        (["run", "--baseline", "file:///nowhere/x.jsonl"], "file:///nowhere/x.jsonl: no such file"),
    ],
)
def test_what_cannot_be_read_or_written_there_is_one_sentence(small: Path, arguments: list[str], told: str) -> None:
    before = sorted(small.rglob("*"))
    done = typed(small, *arguments)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith(f"fieval: {told}")
    assert done.stderr.count("\n") == 1
    assert sorted(small.rglob("*")) == before


def test_a_baseline_at_a_url_is_not_blessed_there_and_must_be_there(one: Made, tmp_path: Path) -> None:
    url = (tmp_path / "data").as_uri()
    config = gate_at(url, one, tmp_path)
    assert typed(tmp_path, "run", "-c", config, "--out", "run").returncode == 0
    done = typed(tmp_path, "bless", "run")
    assert done.returncode == 2
    assert done.stderr == (
        f"fieval: {url}/baseline.jsonl: this baseline is read from a URL, to which nothing is written; "
        "copy the candidate there yourself, or say --to FILE to write it elsewhere\n"
    )
    (tmp_path / "data/baseline.jsonl").unlink()
    done = typed(tmp_path, "run", "-c", config)
    assert (done.returncode, done.stderr) == (2, f"fieval: {url}/baseline.jsonl: no such file\n")


def test_what_is_not_installed_is_named(small: Path, tmp_path: Path) -> None:
    (tmp_path / "fsspec.py").write_text("raise ImportError")
    done = fieval("check", "--candidate", "s3://bucket/key", folder=small, PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stderr) == (
        2,
        "fieval: s3://bucket/key: needs fsspec, which is not installed; "
        "pip install 'fieval[remote]', of the clone '.[remote]'\n",
    )
    assert fieval("check", folder=small, PYTHONPATH=str(tmp_path)).returncode == 0


@pytest.mark.usefixtures("impatient")
def test_a_server_that_is_not_there_is_exit_4(small: Path) -> None:
    done = typed(small, "run", "--candidate", "http://127.0.0.1:9/x.jsonl")
    assert (done.returncode, done.stderr) == (
        4,
        "fieval: http://127.0.0.1:9/x.jsonl: cannot be read now: Connection refused\n",
    )


def after(requests: int, then: Callable[[], None]) -> Callable[[str], None]:
    """Does something once, before that many requests and one are answered."""
    left, lock = iter(range(requests + 1)), threading.Lock()

    def count(_: str) -> None:
        with lock:
            if next(left, None) == requests:
                then()

    return count


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("workers", "words"), [("1", "the connection broke off"), ("2", "status 503")])
def test_a_server_that_goes_away_ends_the_run_without_a_verdict(
    server: FileServer, one: Made, tmp_path: Path, workers: str, words: str
) -> None:
    config = gate_at(server.url, one, tmp_path)
    gone = setting(broken=-1) if workers == "1" else setting(status=503, body=b"")
    server.before = after(30, lambda: setattr(server, "twist", gone))
    done = typed(tmp_path, "run", "-c", config, "--out", "run", "--workers", workers)
    assert done.returncode == 4
    assert done.stderr.startswith(f"fieval: {server.url}/")
    assert done.stderr.endswith(f": cannot be read now: {words}\n")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()


def setting(**changes: object) -> Callable[[Answer], None]:
    """Changes every answer."""

    def twist(answer: Answer) -> None:
        for name, value in changes.items():
            setattr(answer, name, value)

    return twist


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("change", [{"broken": 1000}, {"broken": -1}, {"status": 503, "body": b"", "headers": {}}])
def test_connections_that_are_lost_change_nothing(
    server: FileServer, one: Made, tmp_path: Path, change: dict[str, object]
) -> None:
    config, answers, spoil = gate_at(server.url, one, tmp_path), iter(range(10_000)), setting(**change)
    server.twist = lambda answer: spoil(answer) if next(answers) % 3 else None
    done = typed(tmp_path, "run", "-c", config.name, "--out", "run")
    assert done.returncode == 0, done.stderr
    assert_same(tmp_path / "plain", tmp_path / "run")


def test_a_server_that_tells_of_less_makes_no_smaller_dataset(server: FileServer, one: Made, tmp_path: Path) -> None:
    """Whose lines would be whole, and the rest of the candidate's unknown."""
    config, lines = gate_at(server.url, one, tmp_path), (tmp_path / "data/data/interactions.jsonl").read_bytes()
    size = sum(map(len, lines.splitlines(keepends=True)[:20]))

    def twist(answer: Answer) -> None:
        if answer.method == "HEAD" and answer.path.endswith("/interactions.jsonl"):
            answer.headers["Content-Length"] = str(size)

    server.twist = twist
    done = typed(tmp_path, "run", "-c", config, "--ignore-unknown", "--out", "run")
    told = f"changed while it was read ({size:,} bytes before, then {len(lines):,}); run again when nobody writes to it"
    assert (done.returncode, done.stderr) == (2, f"fieval: {server.url}/data/interactions.jsonl: {told}\n")
    assert not (tmp_path / "run").exists()


def test_a_page_in_place_of_a_file_is_told_once(server: FileServer, one: Made, tmp_path: Path) -> None:
    config = gate_at(server.url, one, tmp_path)
    page = b"<!DOCTYPE html><title>Log in</title>\n" * 30
    headers = {"Content-Type": "text/html", "Content-Length": str(len(page))}
    server.twist = lambda answer: setting(headers=headers, body=page, status=200)(answer)
    done = typed(tmp_path, "run", "-c", config)
    assert (done.returncode, done.stderr) == (
        2,
        f"fieval: {server.url}/data/dataset.yaml: its server answers with an HTML page, such as one to log in; "
        "expected the file itself\n",
    )


@pytest.mark.parametrize("leads_to", ["file:///etc/hostname", "dir:///etc/hostname"])
def test_a_redirect_leads_to_no_file_of_this_machine(server: FileServer, small: Path, leads_to: str) -> None:
    server.twist = setting(status=302, headers={"Location": leads_to, "Content-Length": "0"}, body=b"")
    done = typed(small, "run", "--candidate", f"{server.url}/x.jsonl")
    why = "its server sends on to what is no file by HTTP, or without end"
    assert (done.returncode, done.stderr) == (2, f"fieval: {server.url}/x.jsonl: {why}\n")


@pytest.mark.parametrize("status", [401, 403])
def test_a_run_whose_inputs_are_hidden_by_now_says_so(
    server: FileServer, one: Made, tmp_path: Path, status: int
) -> None:
    config = gate_at(server.url, one, tmp_path)
    assert typed(tmp_path, "run", "-c", config, "--out", "run").returncode == 0
    server.status = status
    done = typed(tmp_path, "show", "run", "call-001")
    assert done.returncode == 2
    assert done.stderr.startswith(
        f"fieval: the dataset of that run cannot be read: {server.url}/data/interactions.jsonl: no permission to read "
        "it, with the credentials that are found here; credentials in a URL are not kept with a run"
    )


@pytest.fixture
def reading_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """One process that keeps nothing, as if there were workers."""

    @contextmanager
    def alone(_workers: int, _cluster: str | None) -> Iterator[Hands]:
        yield Hands(map, longer=False)

    monkeypatch.setattr(runner, "hands", alone)


def requests_of(server: FileServer, config: Path, folder: Path) -> int:
    before = len(server.asked)
    write_run(run_gate(Request(config, inside=True)), folder)
    return len(server.asked) - before


@pytest.mark.usefixtures("reading_again", "impatient")
def test_whenever_a_server_goes_away_nothing_is_half_written(server: FileServer, heard: Made, tmp_path: Path) -> None:
    config = gate_at(server.url, heard, tmp_path)
    every = min(requests_of(server, config, tmp_path / "whole") for _ in range(2))  # copies of small files stay
    for number in range(0, every, STEP):
        server.status, server.before = 0, after(number, lambda: setattr(server, "status", 500))
        with pytest.raises(Unmeasurable, match="cannot be read now: status 500"):
            write_run(run_gate(Request(config, inside=True)), tmp_path / "run")
        left = [path.name for path in (tmp_path / "run").glob("*")] if (tmp_path / "run").exists() else []
        assert set(left) <= {".gitignore"}, number


@pytest.mark.usefixtures("reading_again")
def test_whenever_a_file_changes_the_run_is_of_one_state_or_refused(
    server: FileServer, heard: Made, tmp_path: Path
) -> None:
    config, path = gate_at(server.url, heard, tmp_path), tmp_path / "data/candidate.jsonl"
    states = [path.read_bytes(), path.read_bytes().replace(b"noise", b"light")]
    assert len(states[0]) == len(states[1])
    scores = []
    for place, content in enumerate(states):
        path.write_bytes(content)
        every = requests_of(server, config, tmp_path / str(place))
        scores.append(wers(tmp_path / str(place)))
    assert scores[0] != scores[1]
    looks = [number for number, (name, _) in enumerate(server.asked[-every:]) if name == "/candidate.jsonl"]
    between = range(looks[0] + 1, looks[-1] + 1)
    for number in sorted({*range(0, every, 2 * STEP), *between}):
        path.write_bytes(states[0])
        server.before = after(number, lambda: void(path.write_bytes(states[1])))
        try:
            write_run(run_gate(Request(config, inside=True)), tmp_path / f"run{number}")
        except InvalidInput as error:
            assert "changed while it was read" in str(error)
            assert not (tmp_path / f"run{number}/report.json").exists()
        else:
            assert number not in between
            assert wers(tmp_path / f"run{number}") in scores


def void(_: object) -> None:
    """What a callback gives."""


def wers(folder: Path) -> list[str]:
    with (folder / "scores.csv").open(newline="") as file:
        return [row["value"] for row in csv.DictReader(file) if row["metric"] == "wer"]
