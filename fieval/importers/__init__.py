"""Foreign formats → outputs or golden interactions: one file per format, and nothing to register."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec

from fieval.data.lines import Problems
from fieval.errors import InvalidInput, suggestion
from fieval.files import place_to_write, same_file, shown, unwritable
from fieval.importers.base import Importer, SourceFile
from fieval.model import Output, Segment, Turn
from fieval.plugins import declared, modules

Kind = Literal["outputs", "gold"]


def importers() -> Mapping[str, Importer]:
    """Every importer there is, by name. A file of this folder that cannot be imported raises what it raised."""
    found = [
        kind()
        for module in modules(__name__, __path__)
        for kind in declared(module, Importer)  # type: ignore[type-abstract]  # its subclasses are wanted
    ]
    return {importer.name: importer for importer in found}


def convert(
    form: str,
    sources: Sequence[Path],
    target: Path,
    *,
    kind: Kind = "outputs",
    speakers: Mapping[str, str] | None = None,
) -> int:
    """Write what the sources hold, files or folders of them, to one file of JSON Lines; returns how many interactions.

    `speakers` maps their names to others. A target that ends in `.gz` is compressed. Raises InvalidInput with every bad
    line, and then writes nothing.
    """
    known = importers()
    if form not in known:
        raise InvalidInput(f'import: no format "{form}"{suggestion(form, known)}')
    real = place_to_write(target)
    files = [path for source in sources for path in _files(source, known[form])]
    if any(same_file(path, real) for path in files):
        raise InvalidInput(f"{shown(target)}: is one of the sources; name another file to write")
    try:
        with tempfile.TemporaryDirectory(dir=real.parent, prefix=".import.") as aside:
            fresh = Path(aside) / "lines"
            with _stream(fresh, compressed=target.suffix == ".gz") as stream:
                count = _write(stream, _read(known[form], files), kind, speakers or {})
            fresh.replace(real)
    except OSError as error:
        raise unwritable(target, error) from error
    return count


def _files(source: Path, importer: Importer) -> list[Path]:
    """The file, or those of a folder that have one of the format's endings, by name."""
    if not source.is_dir():
        return [source]
    endings = tuple(f"{ending}{packed}" for ending in importer.endings for packed in ("", ".gz"))
    found = sorted(path for path in source.iterdir() if path.name.lower().endswith(endings) and path.is_file())
    if not found:
        raise InvalidInput(f"{shown(source)}: no files here that end in {' or '.join(importer.endings)}")
    return found


def _read(importer: Importer, files: Sequence[Path]) -> Iterator[Output]:
    """What all files hold, one after the other; all that is wrong with all of them is raised in the end."""
    seen: dict[str, Path] = {}
    problems: list[str] = []
    for path in files:
        source = SourceFile(path, Problems(path))
        before = len(seen)
        for output in importer.read(source):
            if output.id in seen:
                source.problems.file(f'"{output.id}" is in {shown(seen[output.id])} as well; ids must be unique')
            seen.setdefault(output.id, path)
            yield output
        try:
            if len(seen) == before:
                source.problems.file(f"nothing of the format {importer.name} in it")
            source.problems.stop()
        except InvalidInput as error:
            problems += error.problems
    if problems:
        raise InvalidInput(problems)


@contextmanager
def _stream(path: Path, *, compressed: bool) -> Iterator[BinaryIO]:
    """The file to write to; the same bytes for the same content, compressed or not."""
    with path.open("wb") as file:
        if not compressed:
            yield file
            return
        with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
            yield packed  # type: ignore[misc]  # a file to write bytes to, though not by its class


def _write(stream: BinaryIO, outputs: Iterator[Output], kind: Kind, speakers: Mapping[str, str]) -> int:
    count = 0
    for output in outputs:
        stream.write(msgspec.json.encode(_line(_renamed(output, speakers), kind)) + b"\n")
        count += 1
    return count


def _renamed(output: Output, speakers: Mapping[str, str]) -> Output:
    if not speakers:
        return output
    turns = [msgspec.structs.replace(turn, speaker=speakers.get(turn.speaker, turn.speaker)) for turn in output.turns]
    segments = [
        msgspec.structs.replace(segment, speaker=speakers.get(segment.speaker, segment.speaker))
        for segment in output.segments
    ]
    return msgspec.structs.replace(output, turns=tuple(turns), segments=tuple(segments))


def _line(output: Output, kind: Kind) -> Mapping[str, object]:
    parts: dict[str, Sequence[Turn] | Sequence[Segment]] = {"turns": output.turns, "segments": output.segments}
    held = {name: part for name, part in parts.items() if part}
    return {"id": output.id, **held} if kind == "outputs" else {"id": output.id, "channel": "voice", "gold": held}
