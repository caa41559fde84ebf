"""Check the first line of a CSV file against the columns that the format declares."""

from __future__ import annotations

from collections.abc import Sequence

from scoring.formats.container import RefusedError
from scoring.formats.excerpts import shown


def read_header(line: bytes, columns: Sequence[str]) -> tuple[int, ...]:
    """Return where each declared column stands.

    Parameters
    ----------
    line : bytes
        The first line, cut at 4,096 bytes, with its line end and without a byte order mark.
    columns : sequence of str
        Ignored columns, then the query column, then the value column.

    Raises
    ------
    RefusedError
        ``wrong_separator`` when the columns are there between other separators, ``not_utf8``, or ``wrong_header``.
    """
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise RefusedError("not_utf8", found="text in another encoding", line=shown(line)) from error
    names = _split(text, ",")
    if sorted(names) == sorted(columns):
        places = tuple(names.index(column) for column in columns)
        if places[-2] < places[-1]:
            return places
    for separator, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars"), (" ", "spaces")):
        if sorted(_split(text, separator)) == sorted(columns):
            raise RefusedError("wrong_separator", found=word, line=shown(line.rstrip(b"\r\n")))
    raise RefusedError("wrong_header", columns=tuple(columns), names=tuple(names), line=shown(line.rstrip(b"\r\n")))


def _split(text: str, separator: str) -> list[str]:
    """Split a header; quotes around a name and spaces beside it do not belong to it."""
    return [name.strip().removeprefix('"').removesuffix('"') for name in text.strip("\r\n").split(separator)]
