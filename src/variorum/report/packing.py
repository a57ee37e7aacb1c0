"""Values as they stand in the page: JSON, deflated, in base64, so that nothing in them can become markup."""

import zlib
from base64 import b64encode
from typing import Any

import msgspec


def packed(value: Any) -> str:
    """JSON as raw deflate in base64, which `DecompressionStream("deflate-raw")` unpacks; the same text for the same value."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return b64encode(deflate.compress(msgspec.json.encode(value)) + deflate.flush()).decode()
