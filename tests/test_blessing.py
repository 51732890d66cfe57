"""A candidate becomes the baseline only if its run deserves it and nothing has changed since."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from end_to_end.command import fieval as command
from made_dataset import Made, made


@pytest.fixture
def one(tmp_path: Path) -> Made:
    found = made()
    found.write(tmp_path)
    return found


def run(folder: Path, *arguments: str, code: int) -> Path:
    done = command("run", "-c", "gate.yaml", "--out", "run", *arguments, folder=folder)
    assert done.returncode == code, done.stdout + done.stderr
    return folder / "run"


def test_the_first_baseline_is_made_of_a_run_that_lacked_nothing_else(one: Made, tmp_path: Path) -> None:
    (tmp_path / "baseline.jsonl").unlink()
    one.config = one.config.replace("baseline: baseline.jsonl", "baseline: kept/main.jsonl")
    (tmp_path / "gate.yaml").write_text(one.config, encoding="utf-8")
    report = json.loads((run(tmp_path, code=3) / "report.json").read_text())
    assert "no baseline yet: bless one" in report["headline"]
    assert report["notes"] == ["kept/main.jsonl is not there yet: `fieval bless` makes it, of a run's candidate"]
    done = command("bless", "run", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "Copied candidate.jsonl to kept/main.jsonl (that run was inconclusive: there was no baseline). "
        "Commit it together with main.jsonl.provenance.json.\n"
    )
    assert (tmp_path / "kept/main.jsonl").read_bytes() == (tmp_path / "candidate.jsonl").read_bytes()
    made_of = json.loads((tmp_path / "kept/main.jsonl.provenance.json").read_text())
    assert made_of["sha256"] == report["provenance"]["candidate"]["sha256"]
    assert (made_of["verdict"], made_of["forced"], made_of["replaced"]) == ("inconclusive", False, None)
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == ["main.jsonl", "main.jsonl.provenance.json"]
    run(tmp_path, code=0)


def test_a_config_without_baseline_needs_a_place(one: Made, tmp_path: Path) -> None:
    (tmp_path / "gate.yaml").write_text(one.config.replace("baseline: baseline.jsonl\n", ""), encoding="utf-8")
    run(tmp_path, code=3)
    done = command("bless", "run", folder=tmp_path)
    assert done.returncode == 2
    assert "gate.yaml names no baseline: add `baseline: FILE` to it, or say --to FILE" in done.stderr
    assert command("bless", "run", "--to", "first.jsonl.gz", folder=tmp_path).returncode == 0
    packed = (tmp_path / "first.jsonl.gz").read_bytes()
    assert gzip.decompress(packed) == (tmp_path / "candidate.jsonl").read_bytes()


def test_a_failed_run_needs_force(one: Made, tmp_path: Path) -> None:
    before = (tmp_path / "baseline.jsonl").read_bytes()
    one.candidate = made(harm=0.5).candidate
    one.write(tmp_path)
    run(tmp_path, code=1)
    done = command("bless", "run", folder=tmp_path)
    assert done.returncode == 2
    assert "the verdict of that run is fail" in done.stderr
    assert (tmp_path / "baseline.jsonl").read_bytes() == before
    forced = command("bless", "run", "--force", folder=tmp_path)
    assert forced.returncode == 0
    assert "Copied candidate.jsonl to baseline.jsonl (that run failed; forced)." in forced.stdout
    assert (tmp_path / "baseline.jsonl").read_bytes() == (tmp_path / "candidate.jsonl").read_bytes()
    assert json.loads((tmp_path / "baseline.jsonl.provenance.json").read_text())["forced"] is True


def test_an_inconclusive_run_that_had_a_baseline_is_refused(one: Made, tmp_path: Path) -> None:
    one.baseline = one.baseline[:-10]
    one.write(tmp_path)
    run(tmp_path, code=3)
    assert "the verdict of that run is inconclusive" in command("bless", "run", folder=tmp_path).stderr


@pytest.mark.parametrize(
    ("name", "what"),
    [("candidate.jsonl", "candidate"), ("baseline.jsonl", "baseline"), ("gate.yaml", "config"),
     ("data/interactions.jsonl", "dataset"), ("data/dataset.yaml", "dataset")],
)  # fmt: skip
def test_what_changed_since_the_run_is_refused(one: Made, tmp_path: Path, name: str, what: str) -> None:
    run(tmp_path, code=0)
    with (tmp_path / name).open("a", encoding="utf-8") as file:
        file.write("\n")
    done = command("bless", "run", "--force", folder=tmp_path)
    assert done.returncode == 2
    assert f"the {what} has changed since that run; run again" in done.stderr


def test_what_is_gone_or_already_the_baseline_or_in_git_is_refused(one: Made, tmp_path: Path) -> None:
    run(tmp_path, code=0)
    assert (
        "the candidate of that run is the baseline already"
        in command("bless", "run", "--to", "candidate.jsonl", folder=tmp_path).stderr
    )
    assert (
        "git:main:a.jsonl: this baseline is read from git, a.jsonl at revision main; "
        "commit the candidate there instead, or say --to FILE to write it elsewhere"
        in command("bless", "run", "--to", "git:main:a.jsonl", folder=tmp_path).stderr
    )
    assert "is a folder" in command("bless", "run", "--to", "data", folder=tmp_path).stderr
    (tmp_path / "candidate.jsonl").unlink()
    done = command("bless", "run", folder=tmp_path)
    assert done.returncode == 2
    assert "the candidate of that run cannot be read" in done.stderr


def test_a_folder_that_cannot_be_written_leaves_all_as_it_was(one: Made, tmp_path: Path) -> None:
    run(tmp_path, code=0)
    (tmp_path / "shut").write_text("a file where a folder is wanted", encoding="utf-8")
    done = command("bless", "run", "--to", "shut/main.jsonl", folder=tmp_path)
    assert done.returncode == 2
    assert "shut/main.jsonl: cannot be written: Not a directory" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_that_was_not_compared_with_the_baseline_is_refused(one: Made, tmp_path: Path) -> None:
    """A candidate that fails against the baseline passes against itself."""
    one.candidate = made(harm=0.25).candidate
    one.write(tmp_path)
    before = (tmp_path / "baseline.jsonl").read_bytes()
    run(tmp_path, code=1)
    run(tmp_path, "--baseline", "candidate.jsonl", code=0)
    done = command("bless", "run", folder=tmp_path)
    assert done.returncode == 2
    assert (
        "baseline.jsonl: that run was compared with candidate.jsonl, not with what stands there now; "
        "run again with --baseline baseline.jsonl"
    ) in done.stderr
    assert (tmp_path / "baseline.jsonl").read_bytes() == before
    assert "passed; forced" in command("bless", "run", "--force", folder=tmp_path).stdout


def test_a_run_that_had_none_is_refused_where_a_baseline_has_appeared(one: Made, tmp_path: Path) -> None:
    kept = (tmp_path / "baseline.jsonl").rename(tmp_path / "kept.jsonl")
    run(tmp_path, code=3)
    kept.rename(tmp_path / "baseline.jsonl")
    done = command("bless", "run", folder=tmp_path)
    assert done.returncode == 2
    assert "a baseline has appeared since that run, which had none; run again" in done.stderr
    assert not (tmp_path / "baseline.jsonl.provenance.json").exists()


def test_a_run_that_was_compared_with_a_copy_of_the_baseline_is_as_good(one: Made, tmp_path: Path) -> None:
    (tmp_path / "copy.jsonl").write_bytes((tmp_path / "baseline.jsonl").read_bytes())
    run(tmp_path, "--baseline", "copy.jsonl", code=0)
    done = command("bless", "run", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "(that run passed). Commit it together with baseline.jsonl.provenance.json." in done.stdout


def test_lines_that_the_next_run_would_refuse_make_no_baseline(one: Made, tmp_path: Path) -> None:
    one.candidate.append({"id": "somebody else"})
    one.write(tmp_path)
    run(tmp_path, "--ignore-unknown", code=0)
    for force in ((), ("--force",)):
        done = command("bless", "run", *force, folder=tmp_path)
        assert done.returncode == 2
        assert "candidate.jsonl: cannot become a baseline, since later runs would refuse it" in done.stderr
        assert 'has no interaction "somebody else"' in done.stderr
    assert not (tmp_path / "baseline.jsonl.provenance.json").exists()


def test_a_report_that_was_tampered_with_copies_no_file_anywhere(one: Made, tmp_path: Path) -> None:
    run(tmp_path, code=0)
    secret = tmp_path / "secret.jsonl"
    secret.write_text("root:x:0:0\n", encoding="utf-8")
    path = tmp_path / "run" / "report.json"
    report = json.loads(path.read_text(encoding="utf-8"))
    report["provenance"]["candidate"] = {"path": str(secret), "sha256": sha256(secret)}
    path.write_text(json.dumps(report), encoding="utf-8")
    done = command("bless", "run", "--to", "copied.jsonl", folder=tmp_path)
    assert done.returncode == 2
    assert "secret.jsonl: cannot become a baseline" in done.stderr
    assert not (tmp_path / "copied.jsonl").exists()


def sha256(path: Path) -> str:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (".profile", ".profile: expected a name that ends in .jsonl or .jsonl.gz"),
        ("gate.yaml", "expected a name that ends in .jsonl"),
        ("data/interactions.jsonl", "is the config or the dataset of that run"),
        ("run/evidence.jsonl", "is inside the run folder"),
        ("run/deeper/b.jsonl", "is inside the run folder"),
        ("link/b.jsonl", "is inside the run folder"),
        ("pipe.jsonl", "a pipe or device"),
        ("/dev/null", "a pipe or device"),
        ("", "is a folder"),
        ("..", "is a folder"),
        ("loop.jsonl", "cannot be written"),
        ("noted.jsonl", "noted.jsonl.provenance.json: is a folder"),
        (f"{'b' * 300}.jsonl", "cannot be written: File name too long"),
        (f"{'b' * 245}.jsonl", "cannot be written: File name too long"),
        ("/proc/b.jsonl", "/proc/b.jsonl: cannot be written"),
    ],
)
def test_a_place_that_cannot_be_meant_is_refused(one: Made, tmp_path: Path, place: str, said: str) -> None:
    run(tmp_path, code=0)
    (tmp_path / ".profile").write_text("precious\n", encoding="utf-8")
    (tmp_path / "link").symlink_to("run")
    (tmp_path / "loop.jsonl").symlink_to("loop.jsonl")
    (tmp_path / "noted.jsonl.provenance.json").mkdir()
    os.mkfifo(tmp_path / "pipe.jsonl")
    before = contents(tmp_path)
    done = command("bless", "run", "--force", "--to", place, folder=tmp_path)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert contents(tmp_path) == before


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_baseline_that_is_a_link_is_written_through(one: Made, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "baseline.jsonl").rename(tmp_path / "store/real.jsonl")
    (tmp_path / "baseline.jsonl").symlink_to("store/real.jsonl")
    run(tmp_path, code=0)
    assert command("bless", "run", folder=tmp_path).returncode == 0
    assert (tmp_path / "baseline.jsonl").is_symlink()
    assert (tmp_path / "store/real.jsonl").read_bytes() == (tmp_path / "candidate.jsonl").read_bytes()
    note = json.loads((tmp_path / "baseline.jsonl.provenance.json").read_text())
    assert note["sha256"] == sha256(tmp_path / "baseline.jsonl")
    assert [path.name for path in (tmp_path / "store").iterdir()] == ["real.jsonl"]


def test_what_killed_runs_left_is_removed_when_it_is_old(one: Made, tmp_path: Path) -> None:
    run(tmp_path, code=0)
    names = (".bless.abcd1234", ".bless.fresh_12", ".bless.mine", ".blessed")
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "baseline.jsonl").write_text("half a line", encoding="utf-8")
        if name != ".bless.fresh_12":
            os.utime(tmp_path / name, (time.time() - 700, time.time() - 700))
    assert command("bless", "run", folder=tmp_path).returncode == 0
    assert sorted(path.name for path in tmp_path.glob(".bless*")) == sorted(names[1:])


def test_a_full_disk_leaves_the_baseline_as_it_was(one: Made, tmp_path: Path) -> None:
    run(tmp_path, code=0)
    before = contents(tmp_path)
    script = 'ulimit -f 2; exec "$@"'
    limited = ["bash", "-c", script, "bash", sys.executable, "-m", "fieval"]
    done = command("bless", "run", folder=tmp_path, command=limited)
    assert done.returncode == 4
    assert "baseline.jsonl: cannot be written: File too large" in done.stderr
    assert contents(tmp_path) == before


def test_a_baseline_in_git_is_named_and_another_place_can_be_given(one: Made, tmp_path: Path) -> None:
    for arguments in (["init", "-q"], ["add", "."], ["-c", "user.name=T", "-c", "user.email=t@example.com", "commit",
                                                     "-q", "-m", "first"]):  # fmt: skip
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)
    git = "git:HEAD:baseline.jsonl"
    (tmp_path / "gate.yaml").write_text(one.config.replace("baseline: baseline.jsonl", f"baseline: {git}"))
    run(tmp_path, code=0)
    done = command("bless", "run", folder=tmp_path)
    assert done.returncode == 2
    assert f"{git}: this baseline is read from git, baseline.jsonl at revision HEAD; commit" in done.stderr
    assert "--to FILE to write it elsewhere" in done.stderr
    assert command("bless", "run", "--to", "baseline.jsonl", folder=tmp_path).returncode == 0
    assert (tmp_path / "baseline.jsonl").read_bytes() == (tmp_path / "candidate.jsonl").read_bytes()
