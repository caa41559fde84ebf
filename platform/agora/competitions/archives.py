"""Pack folders of images into zip files whose bytes depend on their content alone."""

import stat
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO

# The earliest time a zip can hold: the files' own times would make the archive another at each import.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_UNIX = 3


def write_zip(file: IO[bytes], members: Iterable[tuple[str, Path]]) -> int:
    """Write `members` (name inside, path) in the order of their names, uncompressed, and return their number.

    Images are compressed already, and stored bytes do not depend on the version of a compressor.
    """
    written = 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, path in sorted(members):
            entry = zipfile.ZipInfo(name, _NO_TIME)
            entry.create_system = _UNIX
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            with path.open("rb") as source, archive.open(entry, "w", force_zip64=False) as target:
                while chunk := source.read(1024 * 1024):
                    target.write(chunk)
            written += 1
    return written
