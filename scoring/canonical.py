"""Read and write mappings in one canonical way, so that equal values have equal bytes and equal hashes."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Mapping

HASH_DIGITS = 16


def canonical_json(value: object) -> bytes:
    """Encode a value as UTF-8 JSON with sorted keys and no spaces."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def short_hash(value: object) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of the canonical JSON."""
    return hashlib.sha256(canonical_json(value)).hexdigest()[:HASH_DIGITS]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ' Did you mean "…"?' for a near miss, or the list of what is known."""
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1)
    return f' Did you mean "{near[0]}"?' if near else " Known: " + ", ".join(names) + "."


def unknown_keys(mapping: Mapping[str, object], known: Iterable[str], what: str) -> list[str]:
    """Return one sentence for every key that is not known."""
    names = list(known)
    return [f'{what} has no field "{key}".{did_you_mean(str(key), names)}' for key in mapping if key not in names]


def unknown_choice(field: str, value: object, choices: Iterable[str]) -> str | None:
    """Return the sentence for a value outside its choices, or None when it is one of them."""
    names = list(choices)
    if isinstance(value, str) and value in names:
        return None
    return f'"{field}" cannot be {value!r}.{did_you_mean(str(value), names)}'
