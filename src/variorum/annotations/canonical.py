"""The one form in which JSON of an export is published, whoever wrote it: no blanks, letters as themselves, numbers at their
shortest.

Label Studio's two exports write `\\/` and `/`, Python's json `\\u00e9`, others `1.50`. A result is published, and withheld from
what may not be passed on, as a string of characters, so that there must be one string for it.
"""

import msgspec

_HIDDEN_KEYS = (b"\\u0022", b"\\u003a", b"\\u003A")
"""Escapes of the two characters that end a key, in whose presence keys cannot be counted by these."""


def canonical(source: bytes) -> bytes:
    """JSON in its one form, of a key that stands twice the last. Raises what msgspec raises where it cannot be read."""
    return msgspec.json.encode(msgspec.json.decode(source))


def may_repeat_keys(source: bytes, form: bytes) -> bool:
    """Whether a key may stand twice in one object of what has this canonical form: surely not where this is False."""
    compact = msgspec.json.format(source, indent=-1)
    if compact == form:
        return False
    return compact.count(b'":') != form.count(b'":') or any(each in compact for each in _HIDDEN_KEYS)
