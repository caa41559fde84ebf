"""Read the tables of images that describe a test set: CSV, plain or .gz, or Parquet; every value is text."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from scoring.errors import TableError

ROLES: Final = ("query", "gallery")
RESERVED_TRACKS: Final = ("micro", "macro", "all")
#: How many lines a sentence about many rows names.
NAMED_LINES: Final = 5
_ID_PATTERN: Final = r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z"
_TRACK_PATTERN: Final = r"\A[a-z0-9][a-z0-9_-]{0,63}\z"

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Table:
    """Hold columns of text of one length, in the order of the file.

    Attributes
    ----------
    columns : dict of str to pyarrow.Array
        Strings without nulls.
    first_line : int
        Line of the first row in the file: 2 for CSV, 1 for Parquet.
    """

    columns: dict[str, pa.Array]
    first_line: int

    def strings(self, name: str) -> list[str]:
        """Return one column as Python strings."""
        values: list[str] = self.columns[name].to_pylist()
        return values

    def lines(self, wrong: BoolArray) -> str:
        """Name the first lines of the rows where `wrong` is true, for a sentence."""
        rows = np.flatnonzero(wrong)
        named = ", ".join(str(row + self.first_line) for row in rows[:NAMED_LINES])
        more = f" and {len(rows) - NAMED_LINES} more" if len(rows) > NAMED_LINES else ""
        return ("line " if len(rows) == 1 else "lines ") + named + more


def read_table(file: BinaryIO, required: Sequence[str]) -> Table:
    """Read a table whose columns all become text.

    Raises
    ------
    TableError
        When the file cannot be read or lacks a required column.
    """
    content = file.read()
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError) as error:
            raise TableError([f"The .gz file is damaged: {error}."]) from error
    is_parquet = content[:4] == b"PAR1"
    try:
        table = _parquet(content) if is_parquet else _csv(content)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError, UnicodeDecodeError) as error:
        raise TableError([f"The table cannot be read: {error}."]) from error
    missing = [name for name in required if name not in table.column_names]
    if missing:
        found = ", ".join(table.column_names)
        raise TableError([f'The column "{name}" is missing; the table has: {found}.' for name in missing])
    columns = {name: table.column(name).combine_chunks().fill_null("") for name in table.column_names}
    return Table(columns=columns, first_line=1 if is_parquet else 2)


def row_problems(table: Table) -> list[str]:
    """Return one sentence for each rule that rows of (track, role, image_id) break."""
    track, role, image = (table.columns[name] for name in ("track", "role", "image_id"))
    if len(track) == 0:
        return ["The table has no rows."]
    problems = []
    good_track = _matches(track, _TRACK_PATTERN) & ~_is_in(track, RESERVED_TRACKS)
    if not good_track.all():
        problems.append(f"The track is not a short name in lower case, or is reserved, on {table.lines(~good_track)}.")
    good_role = _is_in(role, ROLES)
    if not good_role.all():
        problems.append(f'The role must be "query" or "gallery" on {table.lines(~good_role)}.')
    good_id = _matches(image, _ID_PATTERN)
    if not good_id.all():
        problems.append(
            "The image id must be 1 to 64 of A-Z a-z 0-9 . _ - and begin with a letter or digit on "
            + table.lines(~good_id)
            + "."
        )
    return problems + _repeats(table)


def _repeats(table: Table) -> list[str]:
    track, role, image = (table.columns[name] for name in ("track", "role", "image_id"))
    problems = []
    keys = pc.binary_join_element_wise(track, role, image, "\t")
    repeated = is_repeated(keys)
    if repeated.any():
        problems.append(f"The image id is already used in this track and role on {table.lines(repeated)}.")
    is_query = _is_in(role, ("query",))
    other = np.zeros(len(is_query), dtype=np.bool_)
    other[is_query] = is_repeated(image.filter(pa.array(is_query)))
    other &= ~repeated
    if other.any():
        problems.append(
            f"The query id is already used in another track on {table.lines(other)}; give the image two names."
        )
    present = set(pc.unique(pc.binary_join_element_wise(track, role, "\t")).to_pylist())
    for slug in pc.unique(track).to_pylist():
        problems.extend(f'The track "{slug}" has no {name} rows.' for name in ROLES if f"{slug}\t{name}" not in present)
    return problems


def is_repeated(values: pa.Array) -> BoolArray:
    """Mark every row whose value occurred on an earlier row."""
    codes = values.dictionary_encode().indices.to_numpy(zero_copy_only=False)
    _, first = np.unique(codes, return_index=True)
    repeated = np.ones(len(codes), dtype=np.bool_)
    repeated[first] = False
    return repeated


def _matches(values: pa.Array, pattern: str) -> BoolArray:
    matched: BoolArray = pc.match_substring_regex(values, pattern).to_numpy(zero_copy_only=False)
    return matched


def _is_in(values: pa.Array, choices: Sequence[str]) -> BoolArray:
    found: BoolArray = pc.is_in(values, value_set=pa.array(choices, pa.string())).to_numpy(zero_copy_only=False)
    return found


def _csv(content: bytes) -> pa.Table:
    """Parse CSV with every column as text; a table needs its header first to say so."""
    header_line = content.split(b"\n", 1)[0].removeprefix(b"\xef\xbb\xbf").decode()
    names = [name.strip().strip('"') for name in header_line.rstrip("\r").split(",")]
    if len(set(names)) != len(names):
        raise pa.ArrowInvalid(f"a column name occurs twice in the header: {header_line.strip()[:200]}")
    return pa.csv.read_csv(
        _in_arrow(content),
        read_options=pa.csv.ReadOptions(column_names=names, skip_rows=1, use_threads=False),
        convert_options=pa.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )


def _parquet(content: bytes) -> pa.Table:
    table = parquet_table(content)
    return table.cast(pa.schema([(name, pa.string()) for name in table.column_names]))


def parquet_table(content: bytes) -> pa.Table:
    """Decode a Parquet file in the thread that calls.

    Raises
    ------
    pyarrow.ArrowInvalid, pyarrow.ArrowNotImplementedError, OSError
        When the bytes are no Parquet file that can be read.
    """
    table = pa.parquet.ParquetFile(_in_arrow(content), pre_buffer=False).read(use_threads=False)
    table.validate(full=True)  # A damaged dictionary lacks entries that rows name.
    return table


def _in_arrow(content: bytes) -> pa.BufferReader:
    """Copy bytes to memory that Arrow owns and open them there.

    Arrow reads ahead in threads of its own even with ``use_threads=False``. Where such a thread is the last to let go of memory
    that Python owns, it asks for the interpreter's lock, and a process that ends at that moment is aborted.
    """
    kept = pa.BufferOutputStream()
    kept.write(content)
    return pa.BufferReader(kept.getvalue())
