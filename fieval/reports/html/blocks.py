"""Data in a page: JSON that cannot end its element, and compressed blocks that cost nothing until they are opened."""

from __future__ import annotations

import base64
import json
import re
import zlib

import msgspec

_MARKUP = re.compile("[<>&]")  # the rest that could matter is not in ASCII
_LEVEL = 2  # 4 takes a quarter longer for a tenth less


def escaped(value: object) -> str:
    """JSON in ASCII in which nothing is markup."""
    return _MARKUP.sub(
        lambda match: f"\\u{ord(match[0]):04x}", json.dumps(value, allow_nan=False, separators=(",", ":"))
    )


def packed(value: object) -> str:
    """JSON, deflated (zlib) and in base64; the same bytes for the same value."""
    return base64.b64encode(zlib.compress(msgspec.json.encode(value), _LEVEL)).decode("ascii")
