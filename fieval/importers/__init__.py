"""Foreign formats → outputs or golden interactions: one file per format, and nothing to register."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal, TypeVar

import msgspec

from fieval.data.lines import Problems
from fieval.errors import InvalidInput, suggestion
from fieval.files import place_to_write, same_file, shown, unreadable, unwritable
from fieval.importers.base import Importer, SourceFile
from fieval.model import Output, Segment, Turn
from fieval.plugins import declared, modules

Kind = Literal["outputs", "gold"]
Spoken = TypeVar("Spoken", Turn, Segment)


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
    if not real.parent.is_dir():
        raise InvalidInput(
            f"{shown(target)}: cannot be written: there is no folder {shown(target.parent)}; make it first"
        )
    files = [path for source in sources for path in _files(source, known[form])]
    if any(same_file(path, real) for path in files):
        raise InvalidInput(f"{shown(target)}: is one of the sources; name another file to write")
    try:
        with tempfile.TemporaryDirectory(dir=real.parent, prefix=".import.") as aside:
            fresh = Path(aside) / "lines"
            with _stream(fresh, compressed=target.suffix == ".gz") as stream:
                renaming = _Renaming(speakers or {})
                count = _write(stream, map(renaming.renamed, _read(known[form], files)), kind)
                renaming.check()
            fresh.replace(real)
    except OSError as error:
        raise unwritable(target, error) from error
    return count


def _files(source: Path, importer: Importer) -> list[Path]:
    """The file, or those of a folder that have one of the format's endings and are not hidden, by name."""
    try:
        if not source.is_dir():
            return [source]
        inside = sorted(path for path in source.iterdir() if not path.name.startswith(".") and not path.is_dir())
    except OSError as error:
        raise unreadable(source, error) from error
    endings = tuple(f"{ending}{packed}" for ending in importer.endings for packed in ("", ".gz"))
    found = [path for path in inside if path.name.lower().endswith(endings)]
    if not found:
        what = f"no files here that end in {' or '.join(importer.endings)}"
        raise InvalidInput(f"{shown(source)}: {what} (folders in it are not read)")
    return found


def _read(importer: Importer, files: Sequence[Path]) -> Iterator[Output]:
    """What all files hold, one after the other; all that is wrong with all of them is raised in the end."""
    seen: dict[str, Path] = {}
    problems: list[str] = []
    for path in files:
        source = SourceFile(path, Problems(path))
        empty = True
        try:
            for output in importer.read(source):
                if output.id in seen:
                    source.problems.file(f'"{output.id}" is in {shown(seen[output.id])} as well; ids must be unique')
                seen.setdefault(output.id, path)
                empty = False
                yield output
            source.problems.stop()
            if empty:
                raise InvalidInput(f"{shown(path)}: nothing of the format {importer.name} in it")
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


def _write(stream: BinaryIO, outputs: Iterable[Output], kind: Kind) -> int:
    count = 0
    for output in outputs:
        stream.write(msgspec.json.encode(_line(output, kind)) + b"\n")
        count += 1
    return count


class _Renaming:
    """New names of speakers, and who there was, since a name that nobody has is a slip."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._there: set[str] = set()

    def renamed(self, output: Output) -> Output:
        """The output with the new names."""
        turns, segments = tuple(map(self._one, output.turns)), tuple(map(self._one, output.segments))
        return msgspec.structs.replace(output, turns=turns, segments=segments)

    def _one(self, spoken: Spoken) -> Spoken:
        self._there.add(spoken.speaker)
        return msgspec.structs.replace(spoken, speaker=self._names.get(spoken.speaker, spoken.speaker))

    def check(self) -> None:
        """Raises InvalidInput with every name that no speaker has."""
        unknown = sorted(self._names.keys() - self._there)
        if unknown:
            raise InvalidInput(
                [f'--speaker: nobody is called "{name}"{suggestion(name, self._there)}' for name in unknown]
            )


def _line(output: Output, kind: Kind) -> Mapping[str, object]:
    parts: dict[str, Sequence[Turn] | Sequence[Segment]] = {"turns": output.turns, "segments": output.segments}
    held = {name: part for name, part in parts.items() if part}
    return {"id": output.id, **held} if kind == "outputs" else {"id": output.id, "channel": "voice", "gold": held}
