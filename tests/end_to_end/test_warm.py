"""What tests run in a forked process is what a fresh one would have done."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from end_to_end import warm
from end_to_end.command import INSTALLED, fieval


@pytest.mark.parametrize("command", ["check", "run --out nowhere/at/all -q", "run --candidate nowhere", "rnu"])
def test_a_warm_process_says_what_a_fresh_one_says(small: Path, tmp_path: Path, command: str) -> None:
    arguments = command.replace("nowhere/", f"{tmp_path}/").split()
    found, fresh = fieval(*arguments, folder=small), fieval(*arguments, folder=small, command=INSTALLED)
    assert (found.returncode, found.stdout, found.stderr) == (fresh.returncode, fresh.stdout, fresh.stderr)


def test_what_is_read_at_the_start_needs_a_fresh_one() -> None:
    assert warm.can_run({**os.environ, "COLUMNS": "80", "HOME": "/"})
    for name in ("PYTHONPATH", "PYTHONHASHSEED", "LC_ALL", "OPENBLAS_NUM_THREADS"):
        assert not warm.can_run({**os.environ, name: "8"})


def ran(folder: Path, script: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
    (folder / "program").write_text(script)
    return warm.run(str(folder / "program"), ["a b", "ü"], folder, {"ONLY": "this"}, seconds)


def test_arguments_folder_environment_and_streams_are_its_own(tmp_path: Path) -> None:
    tell = "import os, sys\nprint(sys.argv[1:], os.getcwd(), dict(os.environ), repr(sys.stdin.read()))\nsys.exit(7)\n"
    done = ran(tmp_path, tell)
    assert (done.returncode, done.stderr) == (7, "")
    assert done.stdout == f"{['a b', 'ü']} {tmp_path} {{'ONLY': 'this'}} ''\n"
    assert ran(tmp_path, "import sys\nprint([name for name in sys.modules if 'fieval' in name])").stdout == "[]\n"
    assert ran(tmp_path, "raise KeyError(4)").stderr.endswith("KeyError: 4\n")


def test_one_that_is_killed_or_takes_too_long_leaves_the_next_in_peace(tmp_path: Path) -> None:
    assert ran(tmp_path, "import os\nos.kill(os.getpid(), 9)").returncode == -signal.SIGKILL
    with pytest.raises(subprocess.TimeoutExpired):
        ran(tmp_path, "import time\ntime.sleep(60)", 0.5)
    assert ran(tmp_path, "print('here')").stdout == "here\n"
