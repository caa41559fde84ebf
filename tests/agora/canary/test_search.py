"""The searcher sees: each secret is found in each wrapping, and nothing is found where nothing is."""

import base64
import gzip
import html
import io
import json
import zipfile
import zlib
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.agora.canary.search import Needles, forms, found

TEXT, NUMBER = "CANARYPID007", 0.7241379310344828


@pytest.fixture
def needles() -> Needles:
    made = Needles()
    made.add_text(TEXT, "label")
    made.add_number(NUMBER, "score")
    return made


def _zip(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside.txt", content)
    return buffer.getvalue()


def _parquet(content: bytes) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"column": [content.decode()]}), buffer, compression="zstd")
    return buffer.getvalue()


WRAPPINGS = {
    "plain": lambda content: content,
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "zip": _zip,
    "zip in zip": lambda content: _zip(_zip(content)),
    "parquet": _parquet,
    "json": lambda content: json.dumps(content.decode()).encode(),
    "unicode escapes": lambda content: "".join(f"\\u{byte:04x}" for byte in content).encode(),
    "base64": base64.b64encode,
    "base64 for addresses": base64.urlsafe_b64encode,
    "base64 in a word": lambda content: b"xy" + base64.b64encode(content),
    "quoted": lambda content: "".join(f"%{byte:02X}" for byte in content).encode(),
    "quoted where needed": lambda content: quote(content).encode(),
    "entities": lambda content: "".join(f"&#{byte};" for byte in content).encode(),
    "html": lambda content: html.escape(content.decode()).encode(),
    "lower case": lambda content: content.lower(),
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_a_label_is_found_in_every_wrapping(needles: Needles, wrapping: str) -> None:
    content = f'a page with <b>"{TEXT}"</b> in the middle of it'.encode()

    assert found(WRAPPINGS[wrapping](content), needles) == {"label"}


@pytest.mark.parametrize(
    "written",
    [
        "0.7241379310344828",
        ".7241",
        "0.7242",
        "72.41",
        "72.41 %",
        "72.413793",
        "7.2414e-01",
        "7.241E-1"[:-1] + "01",
        "724.1",
    ],
)
@pytest.mark.parametrize("around", ["value={}", '{{"v": {}}}', "<td>{}</td>", "{},1", "1;{}"])
def test_a_number_is_found_in_every_way_of_writing_it(needles: Needles, written: str, around: str) -> None:
    expected = set() if written == "0.7242" else {"score"}  # another number

    assert found(around.format(written).encode(), needles) == expected


@pytest.mark.parametrize(
    "clean",
    [b"", b"CANARYPID 007", b"0.7251 72.5 1.7241 10.7241 0.72", b"/s/724abcdefghj/ 7241", b"\x1f\x8b"[:1], b"a" * 1000],
)
def test_nothing_is_found_where_nothing_is(needles: Needles, clean: bytes) -> None:
    assert found(clean, needles) == set()


def test_a_number_that_may_be_shown_is_forgotten(needles: Needles) -> None:
    needles.forget([0.72414])

    assert found(b"72.41", needles) == set()
    assert found(b"0.72413793", needles) == {"score"}


@pytest.mark.parametrize("value", [0.0, 1.0, 0.5, 0.25])
def test_common_fractions_are_no_canaries(value: float) -> None:
    assert [form for form in forms(value, 4) if "e" not in form] == []
