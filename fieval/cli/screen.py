"""How wide and how colourful it may be what a command shows."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from fieval.cli.printing import say

if TYPE_CHECKING:
    from rich.console import RenderableType

PLAIN_WIDTH = 100


def show(page: Callable[[int], RenderableType], plain: Callable[[int], str]) -> None:
    """A page on stdout, as wide as the terminal or the environment says; in colours where they are seen or forced."""
    on_terminal = sys.stdout.isatty()
    width = None if on_terminal else columns() or PLAIN_WIDTH
    if width is not None and not _forced():
        say(plain(width).rstrip("\n"))
        return
    from rich.console import Console

    console = Console(width=width)
    with console.capture() as shown:
        console.print(page(console.width))
    say(shown.get().rstrip("\n"))


def columns() -> int | None:
    """The width that the environment asks for, unless the tables would not have room in it."""
    asked = os.environ.get("COLUMNS", "")
    return int(asked) if re.fullmatch(r"[6-9][0-9]|[1-9][0-9]{2,3}", asked) else None


def _forced() -> bool:
    return bool(os.environ.get("FORCE_COLOR")) and not os.environ.get("NO_COLOR")
