"""Files elsewhere, read as those on disk are."""

import errno
import io
import os
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieval.errors import FievalError, InvalidInput, Unmeasurable
from fieval.remote import Remote, sources, web
from fieval.remote.faults import told

from file_server import FileServer, served

CONTENT = os.urandom(300_000).replace(b"\n", b" ") + b"\nend\n"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FileServer]:
    """A server with one file, which no test changes."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "x.bin").write_bytes(CONTENT)
    with served(folder) as server:
        yield server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FileServer]:
    """One of its own."""
    (tmp_path / "x.bin").write_bytes(CONTENT)
    with served(tmp_path) as found:
        yield found


def the_file(server: FileServer) -> Remote:
    return Remote(f"{server.url}/x.bin")


@settings(deadline=None)
@given(moves=st.lists(st.tuples(st.integers(0, len(CONTENT) + 9), st.integers(-1, 200_000), st.booleans()), max_size=5))
def test_any_part_is_what_it_is_on_disk(kept: FileServer, moves: list[tuple[int, int, bool]]) -> None:
    plain = io.BytesIO(CONTENT)
    with the_file(kept).open() as stream:
        for place, size, by_line in moves:
            stream.seek(place)
            plain.seek(place)
            assert (stream.readline() if by_line else stream.read(size)) == (
                plain.readline() if by_line else plain.read(size)
            )
            assert stream.tell() == plain.tell()


@pytest.mark.parametrize("url", ["memory://x.bin", "file://{folder}/x.bin", "{server}/x.bin"])
def test_every_store_gives_the_same(server: FileServer, tmp_path: Path, url: str) -> None:
    fsspec.filesystem("memory").pipe_file("/x.bin", CONTENT)
    place = Remote(url.format(folder=tmp_path, server=server.url))
    assert place.exists()
    assert place.in_parts()
    assert place.size() == len(CONTENT)
    assert place.stamp() == place.stamp()
    with place.open() as stream:
        assert stream.read() == CONTENT
        stream.seek(-4, os.SEEK_END)
        assert stream.read() == b"end\n"


def test_a_part_of_a_file_takes_not_all_of_it(server: FileServer) -> None:
    with the_file(server).open() as stream:
        stream.seek(200_000)
        assert stream.read(10) == CONTENT[200_000:200_010]
    assert server.sent <= 1 << 16


@pytest.mark.parametrize(
    ("ranges", "tags", "lengths"), [(False, True, True), (True, False, True), (False, False, False)]
)
def test_servers_that_can_do_less_give_the_same(server: FileServer, ranges: bool, tags: bool, lengths: bool) -> None:
    server.ranges, server.tags, server.lengths = ranges, tags, lengths
    place = the_file(server)
    assert not place.in_parts()
    assert place.size() == len(CONTENT)
    with place.open() as stream:
        stream.seek(150_000)
        assert stream.read(100_000) == CONTENT[150_000:250_000]
        stream.seek(0)
        assert stream.read() == CONTENT
    before = place.stamp()
    assert place.stamp() == before
    (server.folder / "x.bin").write_bytes(CONTENT[::-1])
    assert place.stamp() != before


@pytest.mark.parametrize("content", [CONTENT[::-1], CONTENT[:1000], CONTENT + b"more"])
def test_a_file_that_changes_while_it_is_open_is_refused(server: FileServer, content: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"/x\.bin: changed while it was read"), the_file(server).open() as stream:
        stream.read(10)
        (server.folder / "x.bin").write_bytes(content)
        stream.seek(250_000)
        stream.read(10)


def test_whether_a_small_file_has_parts_is_not_asked(server: FileServer) -> None:
    assert not the_file(server).in_parts(above=len(CONTENT))
    assert len(server.asked) == 1
    assert the_file(server).in_parts(above=len(CONTENT) - 1)
    assert len(server.asked) == 3


def test_an_empty_file_is_empty(server: FileServer) -> None:
    (server.folder / "x.bin").write_bytes(b"")
    with the_file(server).open() as stream:
        assert stream.read() == b""


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, InvalidInput, "no permission to read it, with the credentials that are found here"),
        (403, InvalidInput, "no permission to read it, with the credentials that are found here"),
        (404, InvalidInput, "no such file"),
        (418, InvalidInput, "the server refuses it (status 418)"),
        (429, Unmeasurable, "cannot be read now: status 429"),
        (500, Unmeasurable, "cannot be read now: status 500"),
        (503, Unmeasurable, "cannot be read now: status 503"),
    ],
)
def test_what_a_server_answers_is_told_in_a_sentence(
    server: FileServer, monkeypatch: pytest.MonkeyPatch, status: int, kind: type[FievalError], words: str
) -> None:
    monkeypatch.setattr(web, "_WAITS", (0, 0))
    server.status = status
    place = the_file(server)
    with pytest.raises(kind) as raised:
        place.open()
    assert str(raised.value) == f"{place}: {words}"
    assert raised.value.__cause__ is None


def test_credentials_are_sent_and_not_told(server: FileServer) -> None:
    server.password, server.query = "me:secret", "sig=secret"
    host = server.url.removeprefix("http://")
    with Remote(f"http://me:secret@{host}/x.bin?sig=secret").open() as stream:
        assert stream.read() == CONTENT
    with pytest.raises(InvalidInput) as raised:
        Remote(f"http://me:secret2@{host}/x.bin?sig=secret").open()
    assert "secret" not in f"{raised.value!r} {raised.value}"


def test_what_is_not_there_has_no_stamp(server: FileServer) -> None:
    absent = Remote(f"{server.url}/y.bin")
    assert not absent.exists()
    assert absent.stamp() == ()


@pytest.mark.parametrize("status", [401, 403])
def test_what_may_not_be_looked_at_counts_as_absent_and_says_so_if_asked(server: FileServer, status: int) -> None:
    place, absent = the_file(server), Remote(f"{server.url}/y.bin")
    place.check_permitted()
    absent.check_permitted()
    server.status = status
    assert not place.exists()
    with pytest.raises(InvalidInput, match=r"/x\.bin: no permission to read it"):
        place.check_permitted()


def test_a_store_that_says_no_size_is_bounded_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MOST_WHOLE", len(CONTENT))
    store = fsspec.filesystem("memory")
    monkeypatch.setattr(type(store), "info", lambda _self, path: {"name": path, "type": "file"})
    store.pipe_file("/x.bin", CONTENT)
    assert Remote("memory://x.bin").size() == len(CONTENT)
    store.pipe_file("/x.bin", CONTENT + b"\n")
    with pytest.raises(
        Unmeasurable, match=r"memory://x\.bin: more than the 300,\d\d\d bytes that are fetched of a file"
    ):
        Remote("memory://x.bin").open()


@pytest.mark.parametrize("protocol", ["dir", "zip", "tar", "reference", "generic", "simplecache", "data"])
def test_what_leads_to_other_files_is_no_store(protocol: str) -> None:
    with pytest.raises(InvalidInput, match=rf"{protocol}://x/y: {protocol}:// is no store; name the file itself"):
        Remote(f"{protocol}://x/y").open()


class NoCredentialsError(Exception):
    """As that of botocore, which is no OSError."""


class FileExpired(OSError):
    """As that of s3fs."""


class ClientError(Exception):
    """As that of botocore."""

    def __init__(self, status: int) -> None:
        super().__init__("secret")
        self.response = {"ResponseMetadata": {"HTTPStatusCode": status}}


class HttpError(Exception):
    """As that of gcsfs."""

    code = 404


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (ClientError(404), InvalidInput, "no such file"),
        (ClientError(503), Unmeasurable, "cannot be read now: status 503"),
        (HttpError("secret"), InvalidInput, "no such file"),
        (NoCredentialsError("secret"), InvalidInput, "no permission"),
        (PermissionError("secret"), InvalidInput, "no permission"),
        (FileNotFoundError("secret"), InvalidInput, "no such file"),
        (IsADirectoryError("secret"), InvalidInput, "is a folder"),
        (FileExpired("secret"), InvalidInput, "changed while it was read"),
        (ValueError("secret"), InvalidInput, "cannot be read (ValueError)"),
        (TimeoutError("secret"), Unmeasurable, "cannot be read now: no answer in time"),
        (RuntimeError("secret"), Unmeasurable, "cannot be read now: RuntimeError"),
        (OSError(errno.ECONNRESET, "secret"), Unmeasurable, "cannot be read now: Connection reset by peer"),
    ],
)
def test_what_libraries_raise_is_told_without_their_words(
    error: Exception, kind: type[FievalError], words: str
) -> None:
    with pytest.raises(kind) as raised, told("s3://bucket/key"):
        raise error
    assert str(raised.value).startswith(f"s3://bucket/key: {words}")
    assert "secret" not in str(raised.value)


def test_pipes_and_folders_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInput, match="a pipe or device"):
        Remote(f"file://{tmp_path}/pipe").open()
    with pytest.raises(InvalidInput, match="is a folder; expected a file"):
        Remote(f"file://{tmp_path}").open()
