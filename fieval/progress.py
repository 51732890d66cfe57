"""A progress bar on stderr for whatever takes longer than a second; only on a terminal."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fieval.watching import Progress, Silence

if TYPE_CHECKING:
    from rich.progress import ProgressColumn

PATIENCE_SECONDS = 1.0


@contextmanager
def watched(*, enabled: bool, remark: Callable[[str], None] | None = None) -> Iterator[Progress]:
    """A progress display for the time of the block where somebody sees it; `remark` gets what must be read anyway."""
    if not (enabled and sys.stderr.isatty()):
        yield _Remarks(remark) if remark is not None else Silence()
        return
    bar = _Bar()
    try:
        yield bar
    finally:
        bar.close()


class _Remarks(Silence):
    """Says only what must be read."""

    def __init__(self, remark: Callable[[str], None]) -> None:
        self._remark = remark

    def announce(self, text: str) -> None:
        self._remark(text)


class _Bar:
    """Appears by itself once a run has lasted longer than people like to wait without a sign."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Display

        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), _count_column())
        self._display = Display(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True)
        self._task = self._display.add_task("", total=None)
        self._timer = threading.Timer(PATIENCE_SECONDS, self._display.start)
        self._timer.daemon = True
        self._timer.start()

    def stage(self, name: str, total: int | None = None) -> None:
        self._display.remove_task(self._task)  # a task that is reset keeps its total where none is given
        self._task = self._display.add_task(name, total=total)

    def advance(self) -> None:
        self._display.advance(self._task)

    def announce(self, text: str) -> None:
        self._display.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        self._timer.cancel()
        self._timer.join()
        self._display.stop()


def _count_column() -> ProgressColumn:
    """How many of how many; nothing where that is not known."""
    from rich.progress import MofNCompleteColumn, Task
    from rich.text import Text

    class Count(MofNCompleteColumn):
        def render(self, task: Task) -> Text:
            return Text() if task.total is None else super().render(task)

    return Count()
