"""What a URL is, and what of it may be shown."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieval.errors import FievalError, InvalidInput, Unmeasurable
from fieval.files import location, name_of, on_disk, shown
from fieval.remote import Remote
from fieval.remote.faults import Lost
from fieval.replay.command import CommandFailed
from fieval.urls import bare, bared, is_url


@pytest.mark.parametrize(
    "name",
    ["s3://bucket/key", "gs://b/k.jsonl", "https://host/x", "file:///tmp/x", "abfs://c@a.net/x", "HTTP://host/x"],
)
def test_urls_are_places_elsewhere_and_keep_their_name(name: str) -> None:
    found = location(name)
    assert isinstance(found, Remote)
    assert name_of(found) == str(found) == name.replace("HTTP", "http")


@pytest.mark.parametrize(
    "name",
    [
        *("outputs/candidate.jsonl", "C:\\data\\x.jsonl", "C:/data/x.jsonl", "C://data/x.jsonl", "a:b", "s3:/b/k", ""),
        *("git:main:outputs/x.jsonl", "./git:origin/main:./x.jsonl", "dir/https://host/x"),
    ],
)
def test_paths_drives_and_revisions_are_none(name: str) -> None:
    assert not is_url(name)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://user:pass@host:81/a/b.jsonl", "https://host:81/a/b.jsonl"),
        ("https://token@host/b.jsonl", "https://host/b.jsonl"),
        ("https://host/b.jsonl?X-Amz-Signature=pass&x=1#pass", "https://host/b.jsonl"),
        ("https://user:pa/ss@host/b", "https://host/b"),
        ("https://user:pa?ss@host/b?sig=pass", "https://host/b"),
        ("https://user:pass@1:2@host/b", "https://host/b"),
        ("https://host/a b?sig=pass word", "https://host/a b"),
        ("s3://key:pass@bucket/a@b.jsonl", "s3://bucket/a@b.jsonl"),
        ("s3://bucket/a#1.jsonl?versionId=v.1&sig=pass", "s3://bucket/a#1.jsonl?versionId=v.1"),
        ("abfs://container@account.dfs.core.windows.net/x?sig=pass", "abfs://container@account.dfs.core.windows.net/x"),
        ("az://user:pass@host/x", "az://host/x"),
        ("configs/https:/user:pass@host/x", "configs/https://host/x"),
        ("https:/user:pass@host/x?sig=pass", "https://host/x"),
        ("http:///user:pass@host/x?sig=pass", "http:///host/x"),
        ("http:////user:pass@host/x", "http:////host/x"),
        ("http:\\\\user:pass@host\\x", "http:\\\\host\\x"),
        ("http:user:pass@host/x?sig=pass", "http:host/x"),
        ("configs/http/user:pass@host/x", "configs/http/host/x"),
        ("//user:pass@host/x", "//host/x"),
        ("s3///key:pass@bucket/x", "s3///bucket/x"),
        ("https://user:pa ss@host/x", "https://host/x"),
        ("file:///tmp/a:b@c.jsonl", "file:///tmp/a:b@c.jsonl"),
        ("file:/tmp/a.jsonl", "file:/tmp/a.jsonl"),
        ("file://user:pass@host/x", "file://host/x"),
        ("git:pkg@1.0:outputs/a@b.jsonl", "git:pkg@1.0:outputs/a@b.jsonl"),
        ("file:///tmp/a@b.jsonl", "file:///tmp/a@b.jsonl"),
        ("outputs/a@b?c.jsonl", "outputs/a@b?c.jsonl"),
    ],
)
def test_nothing_secret_is_shown(url: str, told: str) -> None:
    assert bare(url) == shown(url) == told
    assert bare(told) == told
    assert "pass" not in repr(Remote(url))


def test_a_text_is_bared_word_by_word() -> None:
    text = 'Got unexpected (https://user:pass@host/x?sig=1) and "s3://b/k": see C:/x?y'
    assert bared(text) == 'Got unexpected (https://host/x and "s3://b/k": see C:/x?y'


@pytest.mark.parametrize("kind", [FievalError, InvalidInput, Unmeasurable, CommandFailed, Lost])
@pytest.mark.parametrize(
    "url",
    [
        *("http://user:pass@host/x", "http:///user:pass@host/x", "https:/user:pass@host/x", "http:user:pass@host/x"),
        *("http://host/x?sig=pass", "http://host/x?sig=pass word", "http://user:pass w@host/x", "s3://pass@bucket/x"),
    ],
)
def test_no_error_has_any_of_it(kind: type[FievalError], url: str) -> None:
    for text in (f'gate.yaml:4:1: expected a list, got "{url}"; known: a, b', f"{bare(url)}: no such file"):
        error = kind(text)
        assert "pass" not in f"{error} {error!r} {error.args} {getattr(error, 'problems', '')}"
        assert str(error) == str(kind(str(error)))
        assert str(error).endswith(("; known: a, b", ": no such file"))


@pytest.mark.parametrize("piece", ['"aa:/', "aa:/b:", "//a:", "a.", "http:", 'https://a:b"', "@a:b//"])
def test_a_text_without_end_is_bared_in_no_time(piece: str) -> None:
    began = time.process_time()
    bared(piece * (100_000 // len(piece)))
    assert time.process_time() - began < 5


@given(secret=st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda text: "@" not in text))
def test_no_password_survives(secret: str) -> None:
    marked = f"<{secret}>"
    assert bare(f"https://user:{marked}@host/x.jsonl") == "https://host/x.jsonl"
    assert bare(f"https://host/x.jsonl?sig={marked}") == "https://host/x.jsonl"


@pytest.mark.parametrize("name", ["https://user:pass@host/golden?sig=1", "s3://bucket/golden/"])
def test_a_file_in_a_folder_has_the_folders_credentials(name: str) -> None:
    found = Remote(name) / "interactions.jsonl.gz"
    assert (found.name, found.suffix) == ("interactions.jsonl.gz", ".gz")
    assert str(found).endswith("/golden/interactions.jsonl.gz")
    assert found.url.partition("?")[2] == name.partition("?")[2]


@pytest.mark.parametrize("name", ["simplecache::s3://b/k", "zip://x.jsonl::https://user:pass@host/x.zip"])
def test_a_chain_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="a chain of URLs; name the file itself by one") as raised:
        location(name)
    assert "pass" not in str(raised.value)


@pytest.mark.parametrize("name", ["https://user:pass@host/run", "https:/user:pass@host/run"])
def test_what_must_be_on_disk_is_no_url(name: str) -> None:
    with pytest.raises(InvalidInput, match=r"^https://host/run: a URL, which cannot be named here"):
        on_disk(name)
