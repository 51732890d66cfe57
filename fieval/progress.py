"""A progress bar on stderr for whatever takes longer than a second; only on a terminal."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from fieval.runner import Progress, Silence

PATIENCE_SECONDS = 1.0


@contextmanager
def watched(*, enabled: bool) -> Iterator[Progress]:
    """A progress display for the time of the block, or silence where nobody would see it."""
    if not (enabled and sys.stderr.isatty()):
        yield Silence()
        return
    bar = _Bar()
    try:
        yield bar
    finally:
        bar.close()


class _Bar:
    """Appears by itself once a run has lasted longer than people like to wait without a sign."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Display

        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._display = Display(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True)
        self._task = self._display.add_task("", total=None)
        self._timer = threading.Timer(PATIENCE_SECONDS, self._display.start)
        self._timer.daemon = True
        self._timer.start()

    def stage(self, name: str, total: int | None = None) -> None:
        self._display.reset(self._task, total=total, description=name)

    def advance(self) -> None:
        self._display.advance(self._task)

    def close(self) -> None:
        self._timer.cancel()
        self._timer.join()
        self._display.stop()
