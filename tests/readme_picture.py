"""Draws the README's picture of a terminal from a real run: `python tests/readme_picture.py`."""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.segment import Segment, Segments

from fieval.reports.text import TerminalReport
from fieval.runner import Request, run_gate

PROJECT = Path(__file__).parents[1]
PICTURE = PROJECT / ".github" / "terminal.svg"
CANDIDATE = "golden_datasets/contact_center/candidates/asr_8khz.jsonl"
COMMAND = f"fieval run --candidate {CANDIDATE}"
WIDTH = 100
LAST_PART = "Worst interactions"  # the tables behind it are for those who scroll


def picture() -> str:
    """The first parts of the report as SVG, without fonts from elsewhere."""
    run = run_gate(Request(PROJECT / "configs/default.yaml", candidate=str(PROJECT / CANDIDATE)))
    console = Console(
        file=io.StringIO(), record=True, width=WIDTH, force_terminal=True, color_system="truecolor", _environ={}
    )
    lines = console.render_lines(TerminalReport(run), pad=False)
    told = ["".join(segment.text for segment in line).strip() for line in lines]
    console.print(f"[bold]$[/] {COMMAND}", highlight=False)
    for line in lines[: told.index(LAST_PART)]:
        console.print(Segments([*line, Segment.line()]), end="")
    style = re.sub(r"@font-face \{\{.*?\}\}\n", "", CONSOLE_SVG_FORMAT, flags=re.S)
    return console.export_svg(title="fieval", code_format=style, unique_id="fieval")


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
