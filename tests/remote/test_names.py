"""What a URL is, and what of it may be shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieval.errors import InvalidInput
from fieval.files import location, name_of, on_disk, shown
from fieval.remote import Remote, bare, bared, is_url


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
