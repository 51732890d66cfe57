"""Records verdicts in processes that can be killed: reads "go" from stdin, forks, and prints the child's id.

Forked, so that the SDK is imported once and not at each of thirty starts. A child writes the digest of each question
whose answer it was given to its file of acknowledgements.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import anthropic  # noqa: F401 - before the fork

from fieval.judge import Settings, open_judge

from judge.asking import asked


def record(url: str, folder: Path, count: int, acknowledged: int) -> None:
    """Ask all questions; tell each answer the moment it is there."""
    settings = Settings(mode="record", base_url=url, cache=folder / "judge.sqlite", threads=8)
    opened = open_judge(settings)
    assert opened is not None

    def told(answered: int, of: int) -> None:
        os.write(acknowledged, b".")

    with opened as judge:
        judge.ask_all([asked(number) for number in range(count)], progress=told)


def main(url: str, folder: Path, count: int) -> None:
    for number, _ in enumerate(sys.stdin):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                record(url, folder, count, os.open(folder / f"acknowledged {number}", os.O_CREAT | os.O_WRONLY))
                code = 0
            finally:
                os._exit(code)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
