"""Write a submission in another format: what `python -m challenges convert` is asked, and what it writes."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from scoring import Manifest, SubmissionFormat, convert

PACKINGS = {".gz": "gz", ".zst": "zst", ".zip": "zip"}


def add_format_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that describe a format on each side; what is left out is as the phase has it."""
    for side, words in (("from", "the submission is"), ("to", "is to be written")):
        parser.add_argument(
            f"--{side}", dest=f"{side}_kind", metavar="KIND", help=f"what {words}; else as the phase has it"
        )
        parser.add_argument(f"--{side}-base", metavar="BASE", help="names (the default), 0 or 1")
        parser.add_argument(
            f"--{side}-depth", type=int, metavar="K", help="items or labels per query; else full or one"
        )


def formats_of_options(
    options: argparse.Namespace, usual: SubmissionFormat
) -> tuple[SubmissionFormat, SubmissionFormat]:
    """Return the formats of both sides; where a side names no kind, it is that of the phase.

    Raises
    ------
    FormatError
        For settings that a kind does not have.
    """
    given = _format(options.from_kind, options.from_base, options.from_depth, usual)
    return given, _format(options.to_kind, options.to_base, options.to_depth, usual)


def _format(kind: str | None, base: str | None, depth: int | None, usual: SubmissionFormat) -> SubmissionFormat:
    if kind is None and base is None and depth is None:
        return usual
    mapping: dict[str, object] = {"kind": kind or usual.kind}
    if mapping["kind"] == usual.kind:
        mapping = usual.to_mapping()
    if base is not None:
        mapping["index_base"] = base
    if depth is not None:
        mapping["top" if mapping["kind"] == "labels" else "depth"] = depth
    return SubmissionFormat.from_mapping(mapping)


def write_converted(
    file: BinaryIO,
    out: Path,
    *,
    manifest: Manifest,
    formats: tuple[SubmissionFormat, SubmissionFormat],
    identities: Mapping[str, str] | None,
) -> None:
    """Write a file that a check found right in the second format; `out` is whole or not there.

    Raises
    ------
    FormatError
        Where something would have to be invented.
    OSError
        When `out` cannot be written.
    """
    part = out.with_name(f"{out.name}.part")
    given, wanted = formats
    packing = PACKINGS.get(out.suffix, "plain")
    try:
        with part.open("wb") as target:
            convert(file, target, manifest=manifest, given=given, wanted=wanted, identities=identities, packing=packing)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
