"""A user's command: what it is given, everything that can go wrong with it, and that nothing of it is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from fieval.replay import command as module
from fieval.replay.command import TAIL_CHARACTERS, TAIL_LINES, Command, CommandFailed, ran


def python(folder: Path, program: str, *, timeout: float = 20, environment: tuple[str, ...] = ()) -> Command:
    return Command("steps.x.command", (sys.executable, "-c", program), folder, timeout, environment)


def output(command: Command, lines: bytes = b"") -> bytes:
    with ran(command, lines) as written:
        return written.read_bytes()


def failure(command: Command, lines: bytes = b"") -> CommandFailed:
    with pytest.raises(CommandFailed) as caught, ran(command, lines):
        pytest.fail("the block must not be entered")
    assert caught.value.exit_code == 4
    assert str(caught.value).startswith(f"steps.x.command: {command.arguments[0][:20]}")
    return caught.value


def alive(pid: int) -> bool:
    """Whether a process runs; one that is dead and not collected yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pid: int) -> bool:
    """Whether a process ends within a moment: the system collects it when it likes."""
    deadline = time.monotonic() + 5
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not alive(pid)


def test_lines_go_in_and_out_in_the_folder_of_the_config(tmp_path: Path) -> None:
    (tmp_path / "word.txt").write_text("said")
    program = "import sys; sys.stdout.write(open('word.txt').read() + sys.stdin.read().upper())"
    assert output(python(tmp_path, program), "é\n".encode()) == "saidÉ\n".encode()
    assert [path.name for path in tmp_path.iterdir()] == ["word.txt"]


def test_a_program_of_the_folder_is_found_and_leaves_nothing_compiled(tmp_path: Path) -> None:
    (tmp_path / "words.py").write_text("WORD = 'said'")
    program = tmp_path / "step"
    program.write_text(
        f"#!{sys.executable}\nimport os, sys\nsys.path.insert(0, os.getcwd())\nimport words\nprint(words.WORD)\n"
    )
    program.chmod(0o700)
    assert output(Command("steps.x.command", ("./step",), tmp_path, 20, ())) == b"said\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step", "words.py"]


def test_no_shell_reads_the_arguments(tmp_path: Path) -> None:
    odd = "$HOME; `id` * | >x"
    command = Command(
        "steps.x.command", (sys.executable, "-c", "import sys; print(sys.argv[1])", odd), tmp_path, 20, ()
    )
    assert output(command) == f"{odd}\n".encode()


def test_more_than_a_pipe_holds_goes_in_unread_and_out(tmp_path: Path) -> None:
    program = "import sys; sys.stderr.write('e' * 300_000); sys.stdout.write('o' * 300_000)"
    assert output(python(tmp_path, program), b"i" * 300_000) == b"o" * 300_000


def test_secrets_of_the_job_are_not_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "t0ken")
    monkeypatch.setenv("MODEL_KEY", "k3y")
    program = "import os; print(os.environ)"
    assert b"t0ken" not in output(python(tmp_path, program))
    assert b"k3y" not in output(python(tmp_path, program))
    assert b"k3y" in output(python(tmp_path, program, environment=("MODEL_KEY",)))
    assert os.environ["PATH"].encode() in output(python(tmp_path, program))


def test_a_variable_that_is_named_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MODEL_KEY", raising=False)
    found = failure(python(tmp_path, "", environment=("MODEL_KEY",)))
    assert str(found).endswith("the environment has no MODEL_KEY")


@pytest.mark.parametrize(
    ("program", "what"),
    [
        ("import sys; sys.exit(3)", "exited with 3"),
        ("raise ValueError", "exited with 1"),
        ("import os; os.kill(os.getpid(), 11)", "was ended by SIGSEGV"),
        ("import os; os.kill(os.getpid(), 63)", "was ended by signal 63"),
    ],
)
def test_a_program_that_fails_is_told_with_how(tmp_path: Path, program: str, what: str) -> None:
    assert str(failure(python(tmp_path, program))).endswith(what)


def test_a_program_that_is_not_there_cannot_be_started(tmp_path: Path) -> None:
    with (
        pytest.raises(CommandFailed, match="cannot be started: No such file or directory"),
        ran(Command("steps.x.command", ("./no-such-program",), tmp_path, 20, ()), b""),
    ):
        pass


def test_an_argument_that_no_program_can_have_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(CommandFailed, match="cannot be started: embedded null byte"),
        ran(Command("steps.x.command", ("a\0b",), tmp_path, 20, ()), b""),
    ):
        pass


def test_the_end_of_stderr_is_kept_and_harmless(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "for n in range(30): print(f'line {n}', file=sys.stderr)\n"
        "print('::error::\\x1b[31mred', file=sys.stderr)\n"
        "sys.stderr.buffer.write(b'\\xff\\n')\n"
        "sys.exit(1)"
    )
    said = failure(python(tmp_path, program)).said
    assert len(said) == TAIL_LINES
    assert said[0] == "line 22"
    assert said[-2] == ": :error: :\\x1b[31mred"
    assert said[-1] == "\\xff"


def test_a_stderr_without_end_stays_short(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "for n in range(9): print(str(n) * 900, file=sys.stderr)\n"
        "print('z' * 9000, file=sys.stderr)\n"
        "sys.exit(1)"
    )
    said = failure(python(tmp_path, program)).said
    assert said == ("z" * TAIL_CHARACTERS,)


def test_what_takes_too_long_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    program = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "open('child', 'w').write(str(child.pid))\n"
        "print('still busy', file=sys.stderr, flush=True)\n"
        "time.sleep(60)"
    )
    start = time.monotonic()
    found = failure(python(tmp_path, program, timeout=1.5))
    assert time.monotonic() - start < 10
    assert str(found).endswith("was still running after timeout: 1.5 seconds")
    assert found.said == ("still busy",)
    assert gone(int((tmp_path / "child").read_text()))


def test_what_a_program_leaves_behind_is_ended_and_not_waited_for(tmp_path: Path) -> None:
    program = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid)"
    )
    start = time.monotonic()
    pid = int(output(python(tmp_path, program)))
    assert time.monotonic() - start < 10
    assert gone(pid)


def test_what_writes_without_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 1 << 20)
    for stream in ("stdout", "stderr"):
        program = f"import sys\nwhile True: sys.{stream}.write('x' * 1000)"
        assert str(failure(python(tmp_path, program))).endswith("wrote more than 1 MB")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_when_fieval_is_interrupted_no_process_stays(tmp_path: Path, number: int) -> None:
    program = "import os, time; open('pid', 'w').write(str(os.getpid())); os.rename('pid', 'ready'); time.sleep(60)"
    waiting = (
        "import sys\nfrom pathlib import Path\nfrom fieval.replay.command import Command, ran\n"
        f"command = Command('x', (sys.executable, '-c', {program!r}), Path({str(tmp_path)!r}), 60, ())\n"
        "try:\n    with ran(command, b''): pass\nexcept KeyboardInterrupt:\n    sys.exit(130)"
    )
    process = subprocess.Popen([sys.executable, "-c", waiting])
    deadline = time.monotonic() + 30
    while not (tmp_path / "ready").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(number)
    assert process.wait(20) == 130
    assert gone(int((tmp_path / "ready").read_text()))


def test_the_way_of_ending_is_as_before(tmp_path: Path) -> None:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    output(python(tmp_path, ""))
    assert [signal.getsignal(number) for number in numbers] == before


def test_an_interruption_at_the_very_start_leaves_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes while the program is being started, when nobody waits for it yet."""
    started: list[int] = []

    class Interrupted(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            started.append(self.pid)
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    with pytest.raises(KeyboardInterrupt), ran(python(tmp_path, "import time; time.sleep(60)"), b""):
        pytest.fail("the block must not be entered")
    assert gone(started[0])


def test_what_is_ignored_stays_ignored(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert output(python(tmp_path, "import os, signal; os.kill(os.getppid(), signal.SIGHUP); print(1)")) == b"1\n"
    finally:
        signal.signal(signal.SIGHUP, before)
