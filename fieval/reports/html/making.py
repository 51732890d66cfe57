"""What every page is made with: its template, its style, and a policy that lets nothing run but its own script."""

from __future__ import annotations

import base64
import hashlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined

from fieval.numbers import counted
from fieval.reports import wording
from fieval.reports.cleaning import one_line, short
from fieval.reports.html import pictures

_FOLDER = Path(__file__).parent / "page"


def environment() -> Environment:
    """Templates whose values are escaped, with the words that reports share."""
    made = Environment(
        loader=FileSystemLoader(_FOLDER), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=StrictUndefined, keep_trailing_newline=True, bytecode_cache=_compiled(),
    )  # fmt: skip
    made.filters.update(line=one_line, short=short, marked=_verdict_mark)
    made.globals.update(
        wording=wording, together=wording.together, counted=counted, pictures=pictures, curve=pictures.curve,
        bars=pictures.bars,
    )  # fmt: skip
    return made


def _compiled() -> FileSystemBytecodeCache | None:
    """Where compiled templates stay beside their sources, as Python's own modules do; compiling takes longer than all
    the rest of a small page.
    """
    folder = _FOLDER / "__pycache__"
    if sys.dont_write_bytecode or not os.access(folder if folder.exists() else _FOLDER, os.W_OK):
        return None
    folder.mkdir(exist_ok=True)
    return FileSystemBytecodeCache(str(folder), "%s.jinja")


def text(name: str) -> str:
    """A style or a script."""
    return (_FOLDER / name).read_text(encoding="utf-8")


def together(scripts: Iterable[str]) -> str:
    """One script of several, which leaves no names behind."""
    return '"use strict";\n(() => {\n' + "\n".join(scripts) + "})();\n"


def policy(style: str, script: str) -> str:
    """Nothing is fetched, and nothing runs but this."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


def _verdict_mark(verdict: str) -> str:
    """A sign beside a verdict, which does not rest on colour alone."""
    return {"FAIL": "✕", "pass": "✓", "warn": "!", "waived": "!", "undecided": "?", "unmeasured": "?"}.get(verdict, "")
