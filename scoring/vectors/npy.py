"""Read the header of a NumPy array file strictly: no object, no Python expression, nothing but numbers and text.

The format is NEP 1 (versions 1.0, 2.0 and 3.0): magic, version, length, then a Python dictionary of three entries as text.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from scoring.formats.container import RefusedError
from scoring.vectors.stream import Stream

MAGIC: Final = b"\x93NUMPY"
_MAX_HEADER: Final = 4096
_NUMBER: Final = "(?:0|[1-9][0-9]{0,63})"
_ENTRY: Final = {
    "descr": re.compile(r"""'descr' *: *(?:'([^'"\\]{1,16})'|(\[))"""),
    "fortran_order": re.compile(r"'fortran_order' *: *(True|False)(?= *[,}])"),
    "shape": re.compile(rf"'shape' *: *\(((?:{_NUMBER}, ?(?:{_NUMBER}(?:, ?{_NUMBER})*,?)?)?)\)"),
}
#: What stands between the entries.
_SEPARATORS: Final = re.compile(r"\{ *, *, *,? *\}")
_KEY: Final = re.compile(r"'(\w+)' *:")
_WORDS: Final = {"f": "float", "i": "integer", "u": "unsigned integer", "b": "boolean", "c": "complex", "U": "text"}


class Header(NamedTuple):
    """Hold what a header says.

    Attributes
    ----------
    dtype : str
        As NumPy writes it, such as ``<f4``; ``structured`` for records.
    fortran_order : bool
        Whether columns lie one behind another.
    shape : tuple of int
    """

    dtype: str
    fortran_order: bool
    shape: tuple[int, ...]


def read_header(stream: Stream, *, name: str) -> Header:
    """Read the header; the stream stands at the first number afterwards.

    Parameters
    ----------
    name : str
        What messages call the array.

    Raises
    ------
    RefusedError
        When it is no header, or one that NumPy does not write.
    """
    start = stream.exactly(8, name=name)
    if not start.startswith(MAGIC):
        raise RefusedError("wrong_array", name=name, reason="it does not begin as a .npy file does")
    if start[6] not in (1, 2, 3) or start[7] != 0:
        raise RefusedError("wrong_array", name=name, reason=f"version {start[6]}.{start[7]} is not known")
    width, form = (2, "<H") if start[6] == 1 else (4, "<I")
    (size,) = struct.unpack(form, stream.exactly(width, name=name))
    if size > _MAX_HEADER:
        raise RefusedError("wrong_array", name=name, reason="its header is too long")
    text = stream.exactly(size, name=name).decode("latin-1").strip(" \n")
    if not (text.startswith("{") and text.endswith("}")) or sorted(_KEY.findall(text)) != sorted(_ENTRY):
        raise RefusedError("wrong_array", name=name, reason="its header is damaged")
    found = {key: pattern.search(text) for key, pattern in _ENTRY.items()}
    descr, order, shape = (found[key] for key in _ENTRY)
    if descr is None or order is None or shape is None:
        raise RefusedError("wrong_array", name=name, reason="its header is damaged")
    # A structured dtype is named by its own message; everything else must be the three entries and what separates them.
    if not descr[2] and not _SEPARATORS.fullmatch("".join(_without(text, (descr, order, shape)))):
        raise RefusedError("wrong_array", name=name, reason="its header is damaged")
    sizes = tuple(int(part) for part in shape[1].split(",") if part.strip())
    return Header("structured" if descr[2] else descr[1], order[1] == "True", sizes)


def dtype_words(dtype: str) -> str:
    """Name a type of elements for people."""
    if dtype.lstrip("<>|=") in ("O", "O8"):
        return "Python objects"
    word, digits = _WORDS.get(dtype.lstrip("<>|=")[:1], ""), dtype.lstrip("<>|=")[1:]
    if not word or not digits.isdigit():
        return dtype if dtype == "structured" else f'type "{dtype}"'
    bits = f" of {8 * int(digits)} bits" if word != "text" else ""
    return f"{word}{bits}" + (", big-endian" if dtype.startswith(">") else "")


def check_header(header: Header, dtypes: tuple[str, ...], *, name: str, dimensions: int) -> None:
    """Refuse an array of another type, order or number of dimensions.

    Raises
    ------
    RefusedError
        With what was found.
    """
    if header.dtype not in dtypes:
        raise RefusedError("wrong_dtype", name=name, found=dtype_words(header.dtype), wanted=dtypes)
    if len(header.shape) != dimensions:
        raise RefusedError("wrong_shape", name=name, found=header.shape, wanted=None, dimensions=dimensions)
    # With one dimension, or one row or column, both orders are one.
    if header.fortran_order and min(header.shape) > 1:
        raise RefusedError("wrong_dtype", name=name, found="columns one behind another", wanted=("C order",))


def _without(text: str, found: Sequence[re.Match[str]]) -> Iterator[str]:
    """Return the pieces of a text between matches."""
    at = 0
    for start, stop in sorted(match.span() for match in found):
        yield text[at:start]
        at = stop
    yield text[at:]
