"""Servers that do not say the truth, break off or never end: the file as it is, or a sentence why not."""

import email.utils
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fieval.errors import FievalError, InvalidInput, Unmeasurable
from fieval.remote import Remote, opening, sources

from file_server import Answer, FileServer, served

CONTENT = os.urandom(300_000).replace(b"\n", b" ") + b"\nend\n"
SIZE = len(CONTENT)
CHANGED = "changed while it was read"

Twist = Callable[[Answer], None]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FileServer]:
    (tmp_path / "x.bin").write_bytes(CONTENT)
    with served(tmp_path) as found:
        yield found


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What is waited, in seconds, of which nothing passes."""
    found: list[float] = []
    monkeypatch.setattr(time, "sleep", found.append)
    return found


def the_file(server: FileServer) -> Remote:
    return Remote(f"{server.url.replace('//', '//me:secret@')}/x.bin?sig=secret")


def read(place: Remote) -> bytes:
    with place.open() as stream:
        return stream.read()


def of(method: str, **headers: str | None) -> Twist:
    """Other headers in the answers to a method; none where it is None."""

    def twist(answer: Answer) -> None:
        if answer.method != method or answer.status >= 400:
            return
        for name, value in headers.items():
            answer.headers.pop(name.replace("_", "-"), None)
            if value is not None:
                answer.headers[name.replace("_", "-")] = value

    return twist


def of_parts(total: str, shift: int = 0) -> Twist:
    """Parts that are said to be of another file, or elsewhere in it."""

    def twist(answer: Answer) -> None:
        if answer.status == 206:
            start, stop = map(int, answer.headers["Content-Range"].split()[1].split("/")[0].split("-"))
            answer.headers["Content-Range"] = f"bytes {start + shift}-{stop + shift}/{total}"

    return twist


def each(*twists: Twist) -> Twist:
    def twist(answer: Answer) -> None:
        for one in twists:
            one(answer)

    return twist


def body(changed: Callable[[bytes], bytes], *, endless: bool = False, said: bool = False) -> Twist:
    """Another body than the headers say; without a length unless that is `said`."""

    def twist(answer: Answer) -> None:
        if answer.method == "GET" and answer.status < 400:
            answer.body, answer.endless = changed(answer.body), endless
            if said:
                answer.headers["Content-Length"] = str(len(answer.body))
            else:
                answer.headers.pop("Content-Length")
                answer.headers["Connection"] = "close"

    return twist


LIES: list[tuple[str, Twist, type[FievalError], str]] = [
    (
        "a HEAD that tells of less",
        of("HEAD", Content_Length="1000"),
        InvalidInput,
        f"1,000 bytes before, then {SIZE:,}",
    ),
    ("a HEAD that tells of more", of("HEAD", Content_Length="900000"), InvalidInput, f"before, then {SIZE:,}"),
    ("a HEAD of another ETag", of("HEAD", ETag='"other"'), InvalidInput, "another etag than before"),
    (
        "a HEAD of another time",
        each(of("HEAD", Last_Modified="Mon, 01 Jan 2024 00:00:00 GMT"), of("GET", Last_Modified="today")),
        InvalidInput,
        "another last-modified than before",
    ),
    ("parts of a longer file", of_parts("900000"), InvalidInput, "then 900,000"),
    ("parts of a shorter file", of_parts("1000"), InvalidInput, "then 1,000"),
    ("parts from elsewhere", of_parts(str(SIZE), 5), Unmeasurable, "was asked for bytes 0 to 65,535 and gives bytes 5"),
    ("parts that say nothing", of("GET", Content_Range=None), Unmeasurable, "and gives others"),
    ("parts that say nonsense", of("GET", Content_Range="bytes */-1"), Unmeasurable, "and gives others"),
    ("a longer body", body(lambda given: given + b"more"), Unmeasurable, "sends more than the 65,536 bytes"),
    ("an endless body", body(lambda given: given, endless=True), Unmeasurable, "sends more than the 65,536 bytes"),
    ("a shorter body", body(lambda given: given[:-1]), Unmeasurable, "65,535 bytes came of the 65,536 that were ann"),
    ("no body", body(lambda _: b"", said=True), Unmeasurable, "0 bytes came of the 65,536 that were announced"),
]


@pytest.mark.parametrize(("twist", "kind", "words"), [lie[1:] for lie in LIES], ids=[lie[0] for lie in LIES])
def test_a_lie_is_one_sentence(server: FileServer, twist: Twist, kind: type[FievalError], words: str) -> None:
    server.twist = twist
    place = the_file(server)
    with pytest.raises(kind) as raised:
        read(place)
    told = str(raised.value)
    assert told.startswith(f"{server.url}/x.bin: ")
    assert words in told
    assert (CHANGED in told) == (kind is InvalidInput)
    assert "\n" not in told


WHOLE: list[tuple[str, Twist, type[FievalError], str]] = [
    (
        "a HEAD that tells of less",
        of("HEAD", Content_Length="1000"),
        InvalidInput,
        f"1,000 bytes before, then {SIZE:,}",
    ),
    ("a HEAD of another ETag", of("HEAD", ETag='"other"'), InvalidInput, "another etag than before"),
    ("a longer body", body(lambda given: given + b"more"), Unmeasurable, f"sends more than the {SIZE:,} bytes"),
    ("an endless body", body(lambda given: given, endless=True), Unmeasurable, f"sends more than the {SIZE:,} bytes"),
    ("a shorter body", body(lambda given: given[:-1]), Unmeasurable, f"bytes came of the {SIZE:,} that were announced"),
    ("a part", lambda answer: setattr(answer, "status", 206), Unmeasurable, "was asked for bytes 0 to 65,535"),
    ("nothing", lambda answer: setattr(answer, "status", 203), Unmeasurable, "its server answers with status 203"),
]


@pytest.mark.parametrize(("twist", "kind", "words"), [lie[1:] for lie in WHOLE], ids=[lie[0] for lie in WHOLE])
def test_a_lie_about_the_whole_is_one_sentence(
    server: FileServer, twist: Twist, kind: type[FievalError], words: str
) -> None:
    server.ranges, server.twist = False, twist
    with pytest.raises(kind, match=f"^{server.url}/x.bin: .*{words}"):
        read(the_file(server))


@pytest.mark.parametrize("what", ["etag", "size"])
def test_a_file_that_changes_between_two_parts_is_refused_there(server: FileServer, what: str) -> None:
    server.tags = what == "etag"
    with pytest.raises(InvalidInput, match=CHANGED), the_file(server).open() as stream:
        stream.read(10)
        path = server.folder / "x.bin"
        path.write_bytes(CONTENT[::-1] if server.tags else CONTENT[:-1])
        asked = len(server.asked)
        try:
            stream.seek(200_000)
            stream.read(10)
        finally:
            assert len(server.asked) == asked + 1


@pytest.mark.parametrize("ranges", [True, False])
def test_parts_of_an_unknown_whole_are_not_believed(server: FileServer, ranges: bool) -> None:
    """Nor is a length that only the compressed form of a file has."""
    server.ranges = ranges
    server.twist = each(of_parts("*"), of("HEAD", Content_Encoding="gzip"))
    assert read(the_file(server)) == CONTENT
    server.twist = of_parts("*")
    assert read(the_file(server)) == CONTENT
    assert not the_file(server).in_parts()


@pytest.mark.parametrize("lengths", [True, False])
def test_no_more_than_a_bound_is_fetched_as_a_whole(
    server: FileServer, monkeypatch: pytest.MonkeyPatch, lengths: bool
) -> None:
    monkeypatch.setattr(sources, "MOST_WHOLE", 1 << 20)
    server.ranges, server.lengths = False, lengths
    assert read(the_file(server)) == CONTENT
    announced = [of(method, Content_Length=str(10**15)) for method in ("HEAD", "GET") if lengths]
    server.twist, server.sent = each(endless, *announced), 0
    with pytest.raises(
        Unmeasurable, match=r"/x\.bin: more than the 1,048,576 bytes that are fetched of a file of which"
    ):
        read(the_file(server))
    assert server.sent < 1 << 24


def endless(answer: Answer) -> None:
    answer.endless = answer.method == "GET"


def broken(*numbers: int, at: int = 1000) -> Twist:
    """Answers to GET that break off, by their number; with -1 before they begin."""
    count = iter(range(1_000_000))

    def twist(answer: Answer) -> None:
        if answer.method == "GET" and next(count) in numbers:
            answer.broken = at

    return twist


@pytest.mark.parametrize("at", [-1, 0, 1000])
@pytest.mark.parametrize("ranges", [True, False])
def test_what_breaks_off_is_read_again_from_there(server: FileServer, at: int, ranges: bool) -> None:
    server.ranges, server.twist = ranges, broken(1, 2, 3, at=at)
    assert read(the_file(server)) == CONTENT
    if ranges:
        assert server.sent <= SIZE + 3 * 1000  # and the first parts not once more


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again(server: FileServer, waits: list[float], status: int) -> None:
    left = [status] * 3

    def twist(answer: Answer) -> None:
        if answer.method == "GET" and left:
            answer.status = left.pop()
            answer.headers["Retry-After"] = "3"

    server.twist = twist
    assert read(the_file(server)) == CONTENT
    assert waits == [3, 3, 3]


@pytest.mark.parametrize("after", ["3600", "9" * 40])
def test_one_that_asks_for_too_much_patience_gets_none(server: FileServer, waits: list[float], after: str) -> None:
    server.status, server.twist = 429, lambda answer: answer.headers.update({"Retry-After": after})
    with pytest.raises(Unmeasurable, match="cannot be read now: status 429"):
        read(the_file(server))
    assert waits == []


def test_a_date_is_not_heeded(server: FileServer, waits: list[float]) -> None:
    server.status = 503
    server.twist = lambda answer: answer.headers.update({"Retry-After": email.utils.formatdate(0)})
    with pytest.raises(Unmeasurable, match="cannot be read now: status 503"):
        read(the_file(server))
    assert waits == [0.25, 0.75, 2.0]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418])
def test_what_is_refused_is_not_asked_for_again(server: FileServer, waits: list[float], status: int) -> None:
    server.status = status
    with pytest.raises(InvalidInput):
        read(the_file(server))
    assert waits == []
    assert len(server.asked) == 2  # a HEAD, which some servers do not know, and a GET


def test_a_server_that_is_gone_is_waited_for_three_seconds(server: FileServer, waits: list[float]) -> None:
    server.twist = broken(*range(100), at=1000)
    with pytest.raises(Unmeasurable, match=r"/x\.bin: cannot be read now: the connection broke off"):
        read(the_file(server))
    assert waits == [0.25, 0.75, 2.0]


@pytest.mark.parametrize("ranges", [True, False])
def test_a_server_that_says_nothing_is_not_waited_for(
    server: FileServer, monkeypatch: pytest.MonkeyPatch, ranges: bool
) -> None:
    monkeypatch.setattr(opening, "_SILENT", 0.2)
    server.ranges = ranges
    assert read(the_file(server)) == CONTENT
    silent = threading.Event()

    def twist(answer: Answer) -> None:
        if answer.method == "GET" and not silent.wait(5):
            answer.broken = -1

    server.twist = twist
    try:
        with pytest.raises(Unmeasurable, match=r"/x\.bin: cannot be read now: no answer in time"):
            read(the_file(server))
    finally:
        silent.set()


PAGE = b"\xef\xbb\xbf\n <!DOCTYPE html><title>Log in</title>" + b"\n{" * 100


@pytest.mark.parametrize("ranges", [True, False])
def test_a_page_is_no_file(server: FileServer, ranges: bool) -> None:
    server.ranges = ranges
    html = [of(method, Content_Type="Text/HTML; charset=utf-8") for method in ("HEAD", "GET")]
    server.twist = each(*html)
    assert read(the_file(server)) == CONTENT  # which some server calls a page
    (server.folder / "x.bin").write_bytes(PAGE)
    place = the_file(server)
    for look in (place.open, place.exists, place.size):
        with pytest.raises(InvalidInput) as raised:
            look()
        told = "its server answers with an HTML page, such as one to log in; expected the file itself"
        assert str(raised.value) == f"{place}: {told}"


@pytest.mark.parametrize("leads_to", ["file:///etc/passwd", "dir://etc", "ftp://127.0.0.1/x.bin", "http://[", "/x.bin"])
def test_no_redirect_leads_out_of_the_web(server: FileServer, leads_to: str) -> None:
    def twist(answer: Answer) -> None:
        answer.status, answer.headers, answer.body = 302, {"Location": leads_to, "Content-Length": "0"}, b""

    server.twist = twist
    with pytest.raises(InvalidInput, match=r"/x\.bin: its server sends on to what is no file by HTTP, or without end$"):
        read(the_file(server))


def test_a_redirect_to_another_server_is_followed(server: FileServer) -> None:
    def twist(answer: Answer) -> None:
        if answer.path == "/old.bin":
            answer.status, answer.headers = 302, {"Location": f"{server.url}/x.bin", "Content-Length": "0"}

    server.twist = twist
    assert read(Remote(f"{server.url}/old.bin")) == CONTENT
