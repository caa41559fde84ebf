"""Word the array files that cannot be read at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

_NAMES: Final = {"<f2": "float16", "<f4": "float32", "<f8": "float64"}


def _wrong_array(details: Mapping[str, Any], _: object) -> tuple[str, str]:
    mend = details.get("mend", "Write the file again with numpy.save, safetensors or pyarrow, without Python objects.")
    return f"{details['name']} cannot be read: {details['reason']}", mend


def _wrong_dtype(details: Mapping[str, Any], _: object) -> tuple[str, str]:
    if details["wanted"] == ("C order",):
        return (
            f"{details['name']} holds {details['found']}",
            "Save numpy.ascontiguousarray of it: rows one behind another.",
        )
    wanted = [_NAMES.get(dtype, dtype) for dtype in details["wanted"]]
    return (
        f"{details['name']} holds {details['found']}",
        f"Convert it first: {' or '.join(wanted)}{', little-endian' if wanted[0] in _NAMES.values() else ''}.",
    )


def _wrong_shape(details: Mapping[str, Any], _: object) -> tuple[str, str]:
    found, wanted = details["found"], details["wanted"]
    shown = " × ".join(f"{size:,}" for size in found) or "one number"
    title = f"{details['name']} has the shape {shown}"
    if wanted is None:
        return title, details.get("mend") or f"Write an array of {details['dimensions']} dimensions."
    if tuple(reversed(found)) == tuple(wanted):
        return f"{title}: rows and columns are swapped", "Write one row per query: save the transposed array."
    return title, f"Write {wanted[0]:,} rows, one per query, of {wanted[1]:,} columns, one per gallery image."


#: Every code of arrays that ends the reading of a file.
ARRAY_REFUSALS: Final[Mapping[str, Callable[[Mapping[str, Any], Any], tuple[str, str]]]] = {
    "wrong_array": _wrong_array,
    "wrong_dtype": _wrong_dtype,
    "wrong_shape": _wrong_shape,
    "missing_arrays": lambda details, _: (
        f"The file lacks {' and '.join(details['missing'])}",
        "Write query_ids, query, gallery_ids and gallery (in Parquet: the columns role, image_id and embedding).",
    ),
    "truncated_array": lambda details, _: (
        f"{details['name']} ends too early",
        "Write the file again and upload it whole.",
    ),
}
