"""Which store a URL leads to."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from fieval.errors import InvalidInput
from fieval.remote.faults import told
from fieval.remote.sources import Source, Stored
from fieval.remote.web import Web

_BY_HTTP = ("http", "https")
_CONNECTING, _SILENT, _ANSWERING = 30.0, 60.0, 300.0  # seconds: to be connected, without a byte, for an answer

# of fsspec, which lead on to files of other stores or of this machine
_NO_STORES = (
    *("async_wrapper", "asyncwrapper", "blockcache", "cached", "data", "dir", "filecache", "generic", "libarchive"),
    *("reference", "simplecache", "tar", "zip"),
)


def source_of(url: str, place: str) -> Source:
    """The file at a URL, which is told of as `place`."""
    with told(place):
        files, path = _files(url, place)
    return (Web if files.protocol == _BY_HTTP else Stored)(place, files, path)


def _files(url: str, place: str) -> tuple[Any, str]:
    """The file system that a URL leads to, and what it calls the file."""
    try:
        import fsspec
    except ImportError:
        needed = "needs fsspec, which is not installed; pip install 'fieval[remote]', of the clone '.[remote]'"
        raise InvalidInput(f"{place}: {needed}") from None
    protocol = url.partition(":")[0].lower()
    if protocol in _NO_STORES:
        raise InvalidInput(f"{place}: {protocol}:// is no store; name the file itself by the URL of where it lies")
    known = fsspec.available_protocols()
    if protocol not in known:
        near = difflib.get_close_matches(protocol, known, n=1)
        hint = f"; did you mean {near[0]}://?" if near else ""
        raise InvalidInput(f'{place}: fsspec knows no protocol "{protocol}"{hint}')
    found: tuple[Any, str] = fsspec.core.url_to_fs(url, **_options(protocol, fsspec.config.conf))
    return found


def _options(protocol: str, configured: Mapping[str, Any]) -> dict[str, Any]:
    """By HTTP: the bytes as they are stored; proxies and ~/.netrc as elsewhere; and what fsspec's own config says."""
    if protocol not in _BY_HTTP:
        return {}
    from aiohttp import ClientTimeout

    patience = ClientTimeout(total=_ANSWERING, sock_connect=_CONNECTING, sock_read=_SILENT)
    own = configured.get(protocol, {}).get("client_kwargs", {})
    headers = {"Accept-Encoding": "identity", **own.get("headers", {})}
    usual = {"auto_decompress": False, "trust_env": True, "timeout": patience}
    return {"client_kwargs": {**usual, **own, "headers": headers}}
