"""Word the files that cannot be read at all: what was found, what was expected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from scoring.formats.container import RefusedError
from scoring.formats.description import SubmissionFormat
from scoring.vectors.refusals import ARRAY_REFUSALS
from scoring.wording import plural

_ARRAYS: Final = {
    "embeddings": "a .npz, safetensors or Parquet file of ids and vectors of queries and gallery",
    "distances": "a .npy file of float32 distances, queries × gallery",
}
_PACK_AGAIN: Final = "Make the archive again and upload it whole."

_Words = Callable[[Mapping[str, Any], SubmissionFormat], tuple[str, str]]


def refusal_words(refusal: RefusedError, described: SubmissionFormat) -> tuple[str, str]:
    """Return the title and how to mend it."""
    return REFUSALS[refusal.code](refusal.details, described)


def _header(described: SubmissionFormat) -> str:
    if described.kind == "ranking_json":
        return 'Write {"reid_result":[{"query_id":…,"ans_ids":[…]},…]}.'
    if described.kind == "run":
        return "Write one line per query and gallery item: query id, Q0, gallery id, rank, score and tag."
    if described.kind in _ARRAYS:
        return f"Upload {_ARRAYS[described.kind]}."
    if not described.has_header:
        return "Write one line per query."
    return f'Begin the file with the line "{",".join(described.columns)}".'


def _expected(described: SubmissionFormat) -> str:
    if described.kind in _ARRAYS:
        return f"Expected {_ARRAYS[described.kind]}."
    what = "CSV text" if described.has_header else "JSON text" if described.kind == "ranking_json" else "text"
    return f"Expected {what}, plain, .gz, .zst or a zip of one file."


def _tracks(details: Mapping[str, Any], described: SubmissionFormat) -> tuple[str, str]:
    names = details.get("names")
    found = (
        "The file is no zip" if names is None else f"The zip holds {plural(len(names), 'other file', 'other files')}"
    )
    ending = {"ranking_json": "json", "distances": "npy", "embeddings": "npz"}.get(described.kind, "txt")
    wanted = ", ".join(f"{track}.{ending}" for track in details["tracks"])
    return f"{found} where each track has a file of its own", f"Upload a zip that holds {wanted} and nothing else."


def _wrong_header(details: Mapping[str, Any], described: SubmissionFormat) -> tuple[str, str]:
    if sorted(details["names"]) == sorted(details["columns"]):
        return (
            f"The column {described.value_column} stands before {described.query_column}",
            f"Write the query first: {','.join(described.columns)}.",
        )
    if not any(details["names"]):
        return "The first line is empty", _header(described)
    return f'The first line is not the header "{",".join(described.columns)}"', _header(described)


def _too_large(details: Mapping[str, Any], _: SubmissionFormat) -> tuple[str, str]:
    when = " when expanded" if details["expanded"] else ""
    return (
        f"The file is larger than {details['limit']:,} bytes{when}",
        "Make the file smaller, or list fewer gallery ids.",
    )


def _many_files(details: Mapping[str, Any], _: SubmissionFormat) -> tuple[str, str]:
    found = plural(details["count"], "file") if details["count"] is not None else "thousands of files"
    return f"The zip holds {found}", "Zip exactly one file."


#: Every code that ends the reading of a file.
REFUSALS: Final[Mapping[str, _Words]] = {
    "empty_file": lambda _, described: ("The file is empty", _header(described)),
    "binary_file": lambda details, described: (f"This is {details['found']}", _expected(described)),
    "not_utf8": lambda details, _: (f"This is {details['found']}, not UTF-8", "Save the file as UTF-8."),
    "wrong_header": _wrong_header,
    "wrong_separator": lambda details, described: (
        f"The columns are separated by {details['found']}",
        f"Separate columns by commas: {','.join(described.columns)}.",
    ),
    "too_large": _too_large,
    "too_many_rows": lambda details, _: (
        f"The file has more than {details['limit']:,} lines",
        "Write one line per query.",
    ),
    "bad_json": lambda details, described: (f"The JSON is not as declared: {details['what']}", _header(described)),
    "line_too_long": lambda details, described: (
        f"{'The first line' if described.has_header else 'An entry'} is longer than {details['limit']:,} bytes",
        _header(described),
    ),
    "zip_bomb": lambda details, _: (
        f"The archive expands to more than {details['ratio']:,} times its size",
        "Upload the file itself, or an ordinary .gz or zip of it.",
    ),
    "truncated_archive": lambda details, _: (f"The {details['kind']} file ends too early", _PACK_AGAIN),
    "corrupt_archive": lambda details, _: (f"The {details['kind']} file is damaged", _PACK_AGAIN),
    "trailing_data": lambda details, _: (f"The {details['kind']} file goes on behind its end", _PACK_AGAIN),
    "zip_many_files": _many_files,
    "zip_path": lambda _, __: ("The file in the zip has a path that leads outside", "Zip the file by its plain name."),
    "zip_encrypted": lambda _, __: ("The zip is encrypted", "Zip the file without a password."),
    "zip_method": lambda _, __: ("The zip is packed in a way that is not read here", "Use an ordinary zip or .gz."),
    "nested_archive": lambda _, __: ("The archive holds another archive", "Pack the file itself, once."),
    "wrong_tracks": _tracks,
    "large_window": lambda details, _: (
        f"Expanding the .zst file takes {details['window'] >> 20:,} MiB of memory; {details['limit'] >> 20} are allowed",
        "Compress it with zstd at level 19 or below, and without --long.",
    ),
    **ARRAY_REFUSALS,
}
