"""Asks in batches, in processes that can be killed: reads a server and a folder, forks, prints the child's id and code.

Forked, so that the SDK is imported once. The waits are short, since the server is near.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import anthropic  # noqa: F401 - before the fork

from fieval.judge import Settings, batch, open_judge

from judge.asking import asked


def record(url: str, folder: Path, count: int) -> None:
    settings = Settings(mode="batch", base_url=url, cache=folder / "judge.sqlite")
    opened = open_judge(settings)
    assert opened is not None
    with opened as judge:
        judge.ask_all([asked(number) for number in range(count)])


def main(count: int, grace: float) -> None:
    batch._GRACE, batch._FIRST_LOOK, batch._LONGEST_LOOK = grace, 0.01, 0.02
    for line in sys.stdin:
        url, folder = line.rstrip("\n").split("\t")
        child = os.fork()
        if child == 0:
            code = 1
            try:
                record(url, Path(folder), count)
                code = 0
            finally:
                os._exit(code)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
