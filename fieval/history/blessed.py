"""Which runs baselines came from, as `fieval bless` noted beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from fieval import revisions
from fieval.errors import InvalidInput
from fieval.history.rows import Head
from fieval.model import BLESSING_SUFFIX, Blessing
from fieval.run_folder import REPORT
from fieval.yaml_places import read_yaml


def blessed(heads: Mapping[str, Head]) -> dict[str, str]:
    """When the candidates of runs were blessed, by folder."""
    found = {}
    for baseline in _baselines(heads):
        note = _note(Path(baseline))
        folder = None if note is None else _blessed_run(note, heads)
        if note is not None and folder is not None:
            found[folder] = note.blessed
    return found


def _note(baseline: Path) -> Blessing | None:
    """The note beside a baseline; nothing where there is none that this version can read."""
    try:
        return msgspec.json.decode(baseline.with_name(f"{baseline.name}{BLESSING_SUFFIX}").read_bytes(), type=Blessing)
    except (OSError, ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return None


def _blessed_run(note: Blessing, heads: Mapping[str, Head]) -> str | None:
    """The run that a note names, if it is among these and its candidate is that one."""
    run = Path(note.run)
    name = run.parent.name if run.name == REPORT else run.name
    same = (
        folder
        for folder, head in heads.items()
        if Path(folder).name == name
        and (head.candidate_sha, head.dataset_sha) == (note.candidate.sha256, note.dataset.sha256)
    )
    return next(same, None)


def _baselines(heads: Mapping[str, Head]) -> Iterator[str]:
    """Where baselines may be: those that runs were compared with, and those that their configs name now."""
    configs = {head.config for head in heads.values()}
    compared = {head.baseline for head in heads.values() if head.baseline is not None}
    yield from sorted(compared | {named for config in configs if (named := _named(Path(config))) is not None})


def _named(config: Path) -> str | None:
    """What a config says, without what reading all of it takes; nothing where it is no longer there."""
    try:
        value = read_yaml(config).data.get("baseline")
        on_disk = isinstance(value, str) and revisions.revised(value) is None
    except InvalidInput:
        return None
    return str(config.parent / value) if on_disk and isinstance(value, str) else None
