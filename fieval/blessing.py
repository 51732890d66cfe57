"""`fieval bless`: the candidate of a run becomes the baseline, with a note beside it on where it came from."""

from __future__ import annotations

import contextlib
import gzip
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from fieval import __version__, config, data, evals, revisions
from fieval.data.lines import COMPRESSED, PLAIN
from fieval.earlier import check_unchanged, stored_path
from fieval.errors import InvalidInput
from fieval.files import Location, location, open_stored, place_to_write, same_file, shown, unwritable
from fieval.gate.cells import NO_BASELINE
from fieval.interrupting import uninterrupted
from fieval.model import BLESSING_SUFFIX, Blessing, Provenance, Report, RuleResult, Source
from fieval.remote import is_url
from fieval.run_folder import read_run

SCHEMA = "fieval.baseline/1"
SUFFIX = BLESSING_SUFFIX

_ASIDE = ".bless."
_LEFT_BEHIND = re.compile(rf"{re.escape(_ASIDE)}[a-z0-9_]{{8}}")
_STALE = 600.0  # seconds after which a folder of ours is nobody's any more


def bless(folder: str | os.PathLike[str], *, target: str | None = None, force: bool = False) -> tuple[Path, Blessing]:
    """Make the candidate of a run the baseline that its config names, or `target`.

    Raises InvalidInput where the run failed, or was not compared with the baseline that stands there now, and is not
    forced; and where anything that it rests on has changed since.
    """
    report = read_run(folder).report
    obstacle = _bad_verdict(report)
    if obstacle and not force:
        raise InvalidInput(obstacle)
    check_unchanged(report.provenance)
    path = _target(report.provenance, target, Path(folder))
    obstacle = obstacle or _other_baseline(report.provenance.baseline, path)
    if obstacle and not force:
        raise InvalidInput(obstacle)
    _check_readable(report.provenance)
    return path, _replace(path, report, shown(folder), forced=bool(obstacle))


@uninterrupted()
def _replace(path: Path, report: Report, run: str, *, forced: bool) -> Blessing:
    """Baseline and note are renamed into their places when both are written."""
    beside = path.with_name(f"{path.name}{SUFFIX}")
    real, note = place_to_write(path), place_to_write(beside)
    content = _stored_as(path, _content(stored_path(report.provenance.candidate)))
    try:
        replaced = data.outputs_source(real).sha256 if real.exists() else None
        with _aside(real.parent) as one, _aside(note.parent) as other:
            fresh, told = one / real.name, other / note.name
            fresh.write_bytes(content)
            blessing = _blessing(report, run, data.outputs_source(fresh).sha256, replaced, forced=forced)
            told.write_bytes(msgspec.json.format(msgspec.json.encode(blessing), indent=2) + b"\n")
            _put(fresh, real)
            _put(told, note)
    except OSError as error:
        raise unwritable(path, error) from error
    return blessing


def _bad_verdict(report: Report) -> str:
    """Why a run that neither passed nor lacks only a baseline is refused; nothing for another."""
    if report.verdict == "pass" or (report.verdict == "inconclusive" and lacks_a_baseline_only(report)):
        return ""
    return f"the verdict of that run is {report.verdict}: {report.headline} (--force blesses it all the same)"


def lacks_a_baseline_only(report: Report) -> bool:
    """Whether nothing but the absence of a baseline keeps a run from a verdict."""
    blocking = [rule for result in report.results for rule in result.rules if rule.severity == "block"]
    return report.provenance.baseline is None and all(map(_passes_or_lacks_a_baseline, blocking))


def _passes_or_lacks_a_baseline(rule: RuleResult) -> bool:
    return rule.verdict in ("pass", "not_gated", "undecided") or rule.reason == NO_BASELINE


def _other_baseline(compared: Source | None, path: Path) -> str:
    """Why a run is refused that was not compared with the baseline as it is now; nothing for another."""
    if not path.exists():
        return ""
    again = f"run again with --baseline {shown(path)} (--force replaces it all the same)"
    if compared is None:
        return f"{shown(path)}: a baseline has appeared since that run, which had none; {again}"
    if compared.sha256 != data.outputs_source(path).sha256:
        return f"{shown(path)}: that run was compared with {compared.path}, not with what stands there now; {again}"
    return ""


def _target(provenance: Provenance, target: str | None, run: Path) -> Path:
    """Where the baseline is to be: a place where nothing else can be meant."""
    path = Path(_named(provenance) if target is None else _on_disk(target))
    real = place_to_write(path)
    place_to_write(path.with_name(f"{path.name}{SUFFIX}"))
    if not path.name.endswith((PLAIN, COMPRESSED)):
        raise InvalidInput(f"{shown(path)}: expected a name that ends in {PLAIN} or {COMPRESSED}")
    if same_file(path, stored_path(provenance.candidate)):
        raise InvalidInput(f"{shown(path)}: the candidate of that run is the baseline already")
    folder = run if run.is_dir() else run.parent
    if real.is_relative_to(os.path.realpath(folder)):
        raise InvalidInput(f"{shown(path)}: is inside the run folder, which holds reports; name another place")
    gold = [location(provenance.dataset.path) / f"interactions{ending}" for ending in (PLAIN, COMPRESSED)]
    if any(same_file(path, other) for other in (Path(provenance.config.path), *gold)):
        raise InvalidInput(f"{shown(path)}: is the config or the dataset of that run; name another place")
    return path


def _named(provenance: Provenance) -> str:
    """The baseline of the config, as seen from here."""
    settings = Path(provenance.config.path)
    named = config.load(settings, evals.kinds(settings), dataset="", candidate="").baseline
    if named is None:
        raise InvalidInput(f"{shown(settings)} names no baseline: add `baseline: FILE` to it, or say --to FILE")
    return _on_disk(named)


def _on_disk(named: str) -> str:
    if is_url(named):
        raise InvalidInput(
            f"{shown(named)}: this baseline is read from a URL, to which nothing is written; "
            "copy the candidate there yourself, or say --to FILE to write it elsewhere"
        )
    file = revisions.revised(named)
    if file is not None:
        raise InvalidInput(
            f"{named}: this baseline is read from git, {file.path} at revision {file.revision}; "
            "commit the candidate there instead, or say --to FILE to write it elsewhere"
        )
    return named


def _check_readable(provenance: Provenance) -> None:
    """A baseline is read by every run to come, unknown ids refused."""
    dataset = data.read_dataset(location(provenance.dataset.path), allow_uncovered=True)
    try:
        data.read_outputs(stored_path(provenance.candidate), dataset)
    except InvalidInput as error:
        what = f"{provenance.candidate.path}: cannot become a baseline, since later runs would refuse it; "
        raise InvalidInput([f"{what}mend it and run again", *error.problems]) from error


def _content(path: Location) -> bytes:
    with open_stored(path) as file:
        found = file.read()
    return gzip.decompress(found) if path.suffix == ".gz" else found


def _stored_as(path: Path, content: bytes) -> bytes:
    """Compressed where the name of the file says so; the same bytes for the same content."""
    return gzip.compress(content, mtime=0) if path.suffix == ".gz" else content


def _blessing(report: Report, run: str, sha256: str, replaced: str | None, *, forced: bool) -> Blessing:
    return Blessing(
        schema=SCHEMA,
        sha256=sha256,
        blessed=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        forced=forced,
        verdict=report.verdict,
        headline=report.headline,
        run=run,
        candidate=report.provenance.candidate,
        dataset=report.provenance.dataset,
        config=report.provenance.config,
        replaced=replaced,
        fieval=__version__,
    )


@contextlib.contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    """A folder of our own inside another, from which files are renamed into it; those of killed runs are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"{_ASIDE}*"):
        if _LEFT_BEHIND.fullmatch(left.name) and time.time() - left.lstat().st_mtime > _STALE:
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=_ASIDE) as aside:
        yield Path(aside)


def _put(fresh: Path, path: Path) -> None:
    """Into its place in one step, on disk for good, with the rights that the file before it had."""
    with contextlib.suppress(FileNotFoundError):
        fresh.chmod(path.stat().st_mode)
    with fresh.open("rb") as file:
        os.fsync(file.fileno())
    fresh.replace(path)
