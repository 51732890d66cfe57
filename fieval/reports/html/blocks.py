"""Data in a page: JSON that cannot end its element, and compressed blocks that cost nothing until they are opened."""

from __future__ import annotations

import base64
import json
import re
import zlib

_MARKUP = re.compile("[<>&\u2028\u2029]")
_LEVEL = 6


def escaped(value: object) -> str:
    """JSON in ASCII in which nothing is markup."""
    return _MARKUP.sub(lambda match: f"\\u{ord(match[0]):04x}", compact(value))


def packed(value: object) -> str:
    """JSON, deflated (zlib) and in base64; the same bytes for the same value."""
    return base64.b64encode(zlib.compress(compact(value).encode("ascii"), _LEVEL)).decode("ascii")


def compact(value: object) -> str:
    """JSON in ASCII without blanks."""
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
