"""SIGTERM and SIGHUP as Ctrl-C: what was begun is cleaned up before fieval ends with 130."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn, TypeAlias

_Handler: TypeAlias = Callable[[int, FrameType | None], object] | int | signal.Handlers | None
ENDING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


@contextmanager
def interruptible() -> Iterator[None]:
    """A signal that ends fieval ends what is inside as Ctrl-C does, unless it is ignored or handled elsewhere."""
    main = threading.current_thread() is threading.main_thread()
    ours = [number for number in ENDING if main and signal.getsignal(number) == signal.SIG_DFL]
    for number in ours:
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


@contextmanager
def uninterrupted() -> Iterator[Callable[[], None]]:
    """Signals that end fieval wait until what is inside is done, or calls what it is given, which raises for them.

    They are noted instead of held back: threads of libraries would take them all the same, and Python would hear it.
    """
    came: list[int] = []

    def heed() -> None:
        if came:
            raise KeyboardInterrupt

    before: dict[int, _Handler] = {}
    try:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, *ENDING):
                if (handler := signal.getsignal(number)) not in (None, signal.SIG_IGN):
                    before[number] = handler
                    signal.signal(number, lambda heard, _: came.append(heard))
        yield heed
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for number in came[:1]:
            signal.raise_signal(number)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
