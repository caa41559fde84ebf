"""Write numbers with their nouns, as sentences of reports need them."""

from __future__ import annotations


def plural(count: int, one: str, many: str = "") -> str:
    """Return the count and the words that follow it; `many` is `one` with s or ies unless given."""
    if not many:
        many = one[:-1] + "ies" if one.endswith("y") else one + "s"
    return f"{count:,} {one if count == 1 else many}"
