"""Compares a text with the file that was looked at and approved.

After an intended change, FIEVAL_UPDATE_SNAPSHOTS=1 python -m pytest writes the files anew; look at the difference
before it is committed.
"""

from __future__ import annotations

import os
from pathlib import Path


def assert_matches(text: str, path: Path) -> None:
    """Fails where the text is not the file's, to the byte."""
    if os.environ.get("FIEVAL_UPDATE_SNAPSHOTS") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    assert path.exists(), f"{path} is missing; FIEVAL_UPDATE_SNAPSHOTS=1 writes it"
    assert text == path.read_bytes().decode()
