"""Sources → one file of outputs or golden interactions, written whole or not at all."""

from __future__ import annotations

import gzip
import stat
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import msgspec

from fieval.data.lines import Problems, read_lines
from fieval.errors import InvalidInput, suggestion
from fieval.files import place_to_write, same_file, shown, unreadable, unwritable
from fieval.importers.base import Importer, Reading, SourceFile
from fieval.importers.parts import finding
from fieval.importers.parts.fitting import Fitting
from fieval.importers.parts.lines import Kind, line
from fieval.importers.parts.soundness import sound
from fieval.interrupting import interruptible, uninterrupted
from fieval.model import Output, Segment, Turn
from fieval.numbers import counted
from fieval.user_code import ask
from fieval.watching import Progress, Silence

_CARDS = (".yaml", ".yml")
Spoken = TypeVar("Spoken", Turn, Segment)


class Conversion(msgspec.Struct, frozen=True):
    """The interactions that were written, in order, and what had to be assumed, with how often.

    `given` are the labels and scores that were written (`labels.intent`), `left_out` those that the card does not
    declare and `strange` the labels outside their sets, with the number of interactions.
    """

    ids: tuple[str, ...]
    assumed: Mapping[str, int]
    given: tuple[str, ...] = ()
    left_out: Mapping[str, int] = {}
    strange: Mapping[tuple[str, str], int] = {}


class _Held(msgspec.Struct):
    """As much of a line of interactions as says whether it may be lost; outputs have none of it."""

    gold: dict[str, Any] | None = None


_held = msgspec.json.Decoder(_Held)


def convert(
    form: str,
    sources: Sequence[Path],
    target: Path,
    *,
    kind: Kind = "outputs",
    reading: Reading = Reading(),  # noqa: B008 - frozen
    progress: Progress | None = None,
) -> Conversion:
    """Write what the sources hold, files or folders of them, to one file of JSON Lines.

    A target that ends in `.gz` is compressed. Raises InvalidInput with every bad
    line, and then writes nothing.
    """
    importer = finding.importer(form)
    _check_heeded(importer, reading)
    reading = msgspec.structs.replace(reading, gold=kind == "gold")
    real = place_to_write(target)
    if not real.parent.is_dir():
        raise InvalidInput(
            f"{shown(target)}: cannot be written: there is no folder {shown(target.parent)}; make it first"
        )
    files = [path for source in sources for path in _files(source, importer)]
    if any(same_file(path, real) for path in files):
        raise InvalidInput(f"{shown(target)}: is one of the sources; name another file to write")
    assumed: Counter[str] = Counter()
    try:
        with interruptible(), _folder_beside(real) as aside:
            fresh = Path(aside) / "lines"
            with _stream(fresh, compressed=target.suffix == ".gz") as stream:
                renaming, fitting = _Renaming(reading.speakers), Fitting(reading)
                found = _read(importer, files, reading, assumed, progress or Silence())
                ids = _write(stream, map(fitting.fitted, map(renaming.renamed, found)), kind)
                renaming.check()
                fitting.check()
                if not ids:
                    raise InvalidInput("import: no interactions in any of the sources")
            _check_free(real, fresh)
            if real.exists():
                fresh.chmod(stat.S_IMODE(real.stat().st_mode))  # who may read it stays
            fresh.replace(real)
    except OSError as error:
        raise unwritable(target, error) from error
    return Conversion(tuple(ids), dict(+assumed), fitting.given, dict(fitting.left_out), dict(fitting.strange))


@contextmanager
def _folder_beside(target: Path) -> Iterator[str]:
    """Where the file is written first; an interruption waits until it is known that it has to go, and until it is gone.

    Where one comes just before the removal, the folder goes with its object.
    """
    with ExitStack() as leaving:
        with uninterrupted():
            aside = tempfile.TemporaryDirectory(dir=target.parent, prefix=".import.")
            leaving.callback(uninterrupted()(aside.cleanup))
        yield aside.name


def files_of(form: str, sources: Sequence[Path]) -> list[Path]:
    """The files that are meant: those named, and of folders those that have one of the format's endings."""
    return [path for source in sources for path in _files(source, finding.importer(form))]


def check_joinable(form: str, reading: Reading) -> None:
    """Raises InvalidInput where a format does not hold what people say of interactions that a dataset has."""
    if finding.importer(form).name != "csv":
        raise InvalidInput(f"--into: only csv is joined into a dataset; {form} makes files with -o")
    _check_heeded(finding.importer(form), reading)
    if reading.speakers:
        raise InvalidInput("--speaker: nobody speaks in what --into takes")
    if reading.values:
        raise InvalidInput("--value: not with --into; put the card's values into the spreadsheet")


def _check_heeded(importer: Importer, reading: Reading) -> None:
    """What a format would not heed must not be asked of it."""
    if reading.repeated and "mapping" in importer.heeds and "repeated" not in importer.heeds:
        raise InvalidInput([f'--map: "{name}" is given twice' for name in reading.repeated])
    options = {"mapping": "--map", "unit": "--unit", "clock": "--clock"}
    usual = Reading()
    idle = [
        option
        for name, option in options.items()
        if getattr(reading, name) != getattr(usual, name) and name not in importer.heeds
    ]
    if idle:
        raise InvalidInput([f"{option}: the format {importer.name} has no use for it" for option in idle])


def _check_free(target: Path, fresh: Path) -> None:
    """Raises InvalidInput where the target holds something else than an import writes, or what people said."""
    if not target.exists() or not target.stat().st_size or target.read_bytes() == fresh.read_bytes():
        return
    if target.suffix.lower() in _CARDS:
        raise InvalidInput(f"{shown(target)}: is no file of interactions or outputs; name another file")
    held = sum(_says(line.content) for line in read_lines(target, Problems(target)))
    if held:
        raise InvalidInput(
            f"{shown(target)}: {counted(held, 'interaction')} would lose what people said of them; "
            "name another file, or join spreadsheets with --into"
        )


def _says(line: bytes) -> bool:
    """Whether a line is an interaction of which people said something, beyond what was said in it."""
    try:
        gold = _held.decode(line).gold or {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return any(gold.get(name) for name in ("labels", "scores", "facts", "summary"))


def _files(source: Path, importer: Importer) -> list[Path]:
    """The file, or those of a folder and its folders that have one of the format's endings, by name; none hidden."""
    try:
        if not source.is_dir():
            return [source]
        inside = list(_inside(source))
    except OSError as error:
        raise unreadable(source, error) from error
    endings = tuple(f"{ending}{packed}" for ending in importer.endings for packed in ("", ".gz"))
    found = [path for path in inside if path.name.lower().endswith(endings)]
    if not found:
        what = f"no files here that end in {' or '.join(importer.endings)}"
        raise InvalidInput(f"{shown(source)}: {what}")
    return found


def _inside(folder: Path) -> Iterator[Path]:
    """The files of a folder and of those in it, none of them hidden; folders that are links are not entered."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if not path.is_dir():
            yield path
        elif not path.is_symlink():
            yield from _inside(path)


def _read(
    importer: Importer, files: Sequence[Path], reading: Reading, assumed: Counter[str], progress: Progress
) -> Iterator[Output]:
    """What all files hold, one after the other; all that is wrong with all of them is raised in the end."""
    seen: dict[str, Path] = {}
    opened: list[Problems] = []

    def sources() -> Iterator[SourceFile]:
        progress.stage("reading", len(files))
        for path in files:
            opened.append(Problems(path))
            yield SourceFile(path, opened[-1], assumed)
            progress.advance()

    for source, output in _gathered(importer, sources(), reading):
        if output.id in seen:
            source.problems.file(f'"{output.id}" is in {shown(seen[output.id])} as well; ids must be unique')
        seen.setdefault(output.id, source.path)
        yield output
    problems = [problem for each in opened for problem in each]
    if problems:
        raise InvalidInput(problems)


def _gathered(
    importer: Importer, sources: Iterable[SourceFile], reading: Reading
) -> Iterator[tuple[SourceFile, Output]]:
    """What an importer gathers; whatever one that is not ours raises or yields amiss is told as its own."""
    if finding.is_ours(importer):
        yield from importer.gather(sources, reading)
        return
    subject = f"the importer {importer.name} ({type(importer).__module__})"
    found = ask(lambda: iter(importer.gather(sources, reading)), subject, importer)
    while (each := ask(lambda: sound(next(found, None)), subject, importer)) is not None:
        yield each


@contextmanager
def _stream(path: Path, *, compressed: bool) -> Iterator[BinaryIO]:
    """The file to write to; the same bytes for the same content, compressed or not."""
    with path.open("wb") as file:
        if not compressed:
            yield file
            return
        with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
            yield packed  # type: ignore[misc]  # a file to write bytes to, though not by its class


def _write(stream: BinaryIO, outputs: Iterable[Output], kind: Kind) -> list[str]:
    ids = []
    for output in outputs:
        stream.write(msgspec.json.encode(line(output, kind)) + b"\n")
        ids.append(output.id)
    return ids


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
