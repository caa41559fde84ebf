"""Find planted secrets in bytes, however they are wrapped: the searcher is tested on every wrapping before it is believed."""

import base64
import binascii
import gzip
import html
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_to_bytes

import pyarrow.parquet as pq

_NUMBER: Final = re.compile(rb"(?<![\w.])\d*\.?\d+(?:[eE][-+]?\d+)?")
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
_ESCAPE: Final = re.compile(rb"\\u([0-9a-fA-F]{4})")
_DEPTH: Final = 3  # wrappings inside each other
#: Significant digits from which a number is told from every other; primary values are searched from three on.
SURE_DIGITS: Final = 4


@dataclass
class Needles:
    """What is searched: texts by what they are, and numbers by all the ways of writing them."""

    texts: dict[bytes, str] = field(default_factory=dict)
    numbers: dict[bytes, str] = field(default_factory=dict)

    def add_text(self, text: str, what: str) -> None:
        """Search a text, in any case of its letters; short ones would be found everywhere."""
        if len(text) < 8:
            raise ValueError(f"too short to be recognised: {what}")
        self.texts[text.lower().encode()] = what

    def add_number(self, value: float, what: str, *, digits: int = SURE_DIGITS) -> None:
        """Search a fraction: as it is, in per cent, rounded and cut off to any number of digits, and in scientific notation."""
        for form in forms(value, digits):
            self.numbers.setdefault(form.encode(), what)

    def forget(self, values: Iterable[float]) -> None:
        """Take back the forms that a number has which may be shown: what both have in common says nothing."""
        for value in values:
            for form in forms(value, 1):
                self.numbers.pop(form.encode(), None)


def forms(value: float, digits: int) -> Iterator[str]:
    """Yield the ways of writing a fraction with at least so many significant digits; 0, 1 and the like have none.

    Whole numbers are left out: a reference or a token that begins with three digits would be one.
    """
    for scaled in (value, 100 * value, 1000 * value):
        yield from (form for form in {repr(scaled), *_cut(scaled)} if "." in form and _significant(form) >= digits)
    for places in range(digits - 1, 17):
        yield f"{value:.{places}e}"


def _cut(scaled: float) -> Iterator[str]:
    for places in range(18):
        rounded = f"{scaled:.{places}f}"
        yield rounded
        yield f"{scaled:.18f}"[: len(rounded)]


def _significant(form: str) -> int:
    """Count the digits that tell something: leading and trailing zeros do not."""
    return len(form.split("e", maxsplit=1)[0].replace(".", "").strip("0"))


def found(blob: bytes, needles: Needles) -> set[str]:
    """Return what of the needles is in these bytes, in any wrapping."""
    return {what for view in views(blob) for what in _found_plain(view, needles)}


def _found_plain(view: bytes, needles: Needles) -> Iterator[str]:
    lowered = view.lower()
    yield from (what for text, what in needles.texts.items() if text in lowered)
    for token in set(_NUMBER.findall(view)):
        # ".5" and "00.5" are 0.5; "7.24E-01" is 7.24e-01.
        canonical = re.sub(rb"^0*(?=\d)", b"", b"0" + token).lower()
        if canonical in needles.numbers:
            yield needles.numbers[canonical]


def views(blob: bytes, depth: int = _DEPTH) -> Iterator[bytes]:
    """Yield the bytes and all that is wrapped in them: compressed, packed, escaped, quoted, coded."""
    yield blob
    if depth:
        for inner in _unwrapped(blob):
            yield from views(inner, depth - 1)


def _unwrapped(blob: bytes) -> Iterator[bytes]:
    yield from _unpacked(blob)
    if _ESCAPE.search(blob):
        yield _ESCAPE.sub(lambda match: chr(int(match[1], 16)).encode("utf-8", "surrogatepass"), blob)
    if b"%" in blob and (unquoted := unquote_to_bytes(blob)) != blob:
        yield unquoted
    if b"&" in blob and (plain := html.unescape(blob.decode(errors="replace")).encode()) != blob:
        yield plain
    decoded = b"\n".join(part for run in _BASE64.findall(blob) for part in _decoded(run))
    if decoded:
        yield decoded


def _unpacked(blob: bytes) -> Iterator[bytes]:
    """Yield what is inside a compressed or packed file; bytes that only begin like one hold nothing more."""
    try:
        if blob[:2] == b"\x1f\x8b":
            yield gzip.decompress(blob)
        elif blob[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(blob)) as archive:
                yield from (archive.read(name) for name in archive.namelist())
                yield "\n".join(archive.namelist()).encode()
        elif blob[:4] == b"PAR1":
            yield repr(pq.read_table(io.BytesIO(blob)).to_pydict()).encode()
        elif blob[:1] == b"\x78":
            yield zlib.decompress(blob)
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error):
        return


def _decoded(run: bytes) -> Iterator[bytes]:
    """Decode a run of base64 from each of the four places at which it may begin, keeping what looks like text."""
    plain = run.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    for start in range(4):
        part = plain[start:]
        try:
            text = base64.b64decode(
                part[: len(part) - len(part) % 4] if len(part) % 4 == 1 else part + b"=" * (-len(part) % 4)
            )
        except binascii.Error:
            continue
        if sum(32 <= byte < 127 for byte in text) > 0.9 * len(text):
            yield text
