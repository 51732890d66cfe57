"""What a URL looks like, and what of it may be shown: neither in a name nor in a text its credentials."""

from __future__ import annotations

import re

_PROTOCOL = r"[a-z][a-z0-9+.-]+"  # of two letters or more: `C:` is a drive of Windows
URL = re.compile(rf"(?P<chained>(?:{_PROTOCOL}::)*)(?P<protocol>{_PROTOCOL})://", re.I)

# how one begins, also mistyped: `http:///`, `https:/`, `http:user:password@`, and without its colon
_USER = r'(?=[^\s/\\":@]+:[^\s"]{0,256}@)'
_START = rf"(?:(?<![a-z0-9+.-])(?:(?P<protocol>{_PROTOCOL}):(?P<slashes>[/\\]+)|https?[:/\\]+{_USER})|//{_USER})"
_SPACED = r'(?:[^\s/\\"@]*:(?!\d*(?:[/?#\s"]|$))[^"\n]{0,256}@)?'  # a password may hold spaces
_NAMED = re.compile(rf"(?P<start>{_START})(?P<rest>[^/\\].*)", re.I | re.DOTALL)
_QUOTED = re.compile(rf'(?<=")(?P<start>{_START})(?P<rest>[^/\\"\n][^"\n]*)(?=")', re.I)
_TOLD = re.compile(rf"(?P<start>{_START})(?P<rest>{_SPACED}[^\s/\\]\S*)", re.I)

_SIGNS = ("//", ":/", ":\\", "@")  # one of which stands in every URL; most texts have none

_CONTAINERS = ("abfs", "abfss", "adl", "az", "wasb", "wasbs")  # CONTAINER@ACCOUNT is no user
_VERSION = re.compile(r"(?<![^&])(?:versionid|generation)=[^&\s]+", re.I)


def is_url(name: str) -> bool:
    """Whether a name is a URL, and not that of a file on disk."""
    return URL.match(name) is not None


def was_url(name: str) -> bool:
    """The same of a name that may have passed through a path, which leaves `https:/host` of `https://host`."""
    return re.match(rf"{_PROTOCOL}:/", name, re.I) is not None


def bare(name: str) -> str:
    """A URL, or what a path makes of one, with neither user nor password, and of a query only a version of the file."""
    return _NAMED.sub(_without, name)


def bared(text: str) -> str:
    """A text, all of whose URLs are bare."""
    if not any(sign in text for sign in _SIGNS):
        return text
    return _TOLD.sub(_without, _QUOTED.sub(_without, text))


def _without(found: re.Match[str]) -> str:
    protocol, rest = (found["protocol"] or "").lower(), found["rest"]
    on_disk = protocol in ("file", "local") and len(found["slashes"]) != 2
    start = f"{found['protocol']}://" if found["slashes"] == "/" and not on_disk else found["start"]
    address, _, query = rest.partition("?")
    host = re.split(r"[/\\#]", address, maxsplit=1)[0]
    if on_disk:
        host = ""
    if "@" not in host and re.search(r":(?!\d*$)", host) and "@" in rest:  # a password with a "/", "#" or "?" in it
        address, _, query = rest.rpartition("@")[2].partition("?")
    elif "@" in host and (protocol not in _CONTAINERS or ":" in host):
        address = address[host.rindex("@") + 1 :]
    if protocol in ("http", "https", ""):
        address = address.partition("#")[0]
    version = _VERSION.search(query)
    return f"{start}{address}{f'?{version[0]}' if version else ''}"
