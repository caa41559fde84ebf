"""Show a piece of a user's own file so that it can be read, whatever bytes it holds."""

from __future__ import annotations

from typing import Final

from scoring.report import EXCERPT_CHARACTERS, Excerpt

#: How much of the line is shown before what is at fault.
_LEAD: Final = 24
_SYMBOLS: Final = {code: chr(0x2400 + code) for code in range(32)} | {0x7F: "\u2421"}


def shown(content: bytes) -> str:
    """Decode bytes for people: invalid ones are replaced, control characters become symbols, direction marks too."""
    text = content.decode("utf-8", "replace").translate(_SYMBOLS)
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def excerpt(buffer: bytearray, line: int, start: int, length: int) -> Excerpt:
    """Cut at most 80 characters around a place out of its line, with the place marked."""
    begin = buffer.rfind(b"\n", max(0, start - _LEAD), start) + 1 or max(0, start - _LEAD)
    cut = begin == start - _LEAD and begin > 0
    stop = buffer.find(b"\n", start, begin + EXCERPT_CHARACTERS)
    content = bytes(buffer[begin : stop if stop >= 0 else begin + EXCERPT_CHARACTERS]).rstrip(b"\r")
    lead, marked = shown(content[: start - begin]), shown(content[start - begin : start - begin + length])
    # The mark of omission takes the place of the first character, so that no excerpt grows.
    text = (("…" + lead[1:]) if cut and lead else lead) + marked + shown(content[start - begin + length :])
    end = min(len(lead) + len(marked), EXCERPT_CHARACTERS)
    marks = ((len(lead), end),) if end > len(lead) else ()
    return Excerpt(line=line, text=text[:EXCERPT_CHARACTERS], marks=marks)
