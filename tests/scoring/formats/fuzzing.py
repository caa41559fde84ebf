"""Files to try every reader with: right ones of each kind, and what becomes of them by changing bytes."""

import random
from dataclasses import dataclass
from typing import Any

import numpy as np

from scoring import SubmissionFormat
from tests.scoring.formats import canonical
from tests.scoring.formats.test_json import ANSWERS, written
from tests.scoring.formats.test_problems import GOOD, GOOD_LABELS, ROWS
from tests.scoring.formats.test_runs import GOOD_RUN
from tests.scoring.sets import gz, zipped, zst
from tests.scoring.vectors.arrays import npy, random_embeddings
from tests.scoring.vectors.arrays import written as embedded

ONE = ROWS[:5]


@dataclass(frozen=True)
class Case:
    """A format with files that are right, the test set that they answer, pieces that are put into them, and what they mean."""

    described: SubmissionFormat
    rows: Any
    seeds: tuple[bytes, ...]
    pieces: tuple[bytes, ...]
    means: Any


def position_entries(base):
    up, down = [base, base + 1, base + 2], [base + 2, base + 1, base]
    return written({base: up, base + 1: down}).replace(b'"%d"' % base, b"%d" % base)


SIGNS = (
    b",",
    b'"',
    b"\n",
    b"\r",
    b" ",
    b"\0",
    b"\xff",
    b"\xc3",
    b";",
    b"\t",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"\x28\xb5\x2f\xfd",
)
IDS = (b"g1", b"q1", b"h1", b"q2", *SIGNS)
NUMBERS = (b"0", b"1", b"2", b"3", b"00", b"-", b"+", b".", b"e", b"\xd9\xa1", *SIGNS)
TEXT = (b"{", b"}", b"[", b"]", b":", b"\\", b"null", b"NaN", b"\\u0031", b'"query_id"', *NUMBERS)
LINES = b"0 1 2\n2 1 0\n"
QUOTED = b"\n".join(b'"%b"' % line.replace(b",", b'","') for line in GOOD.splitlines())
MATRIX = np.array([[0.1, 0.2, 0.3], [0.5, 0.4, 0.3]], dtype=np.float32)
VECTORS = tuple(embedded(random_embeddings(ONE, 1, dimensions=4), name) for name in ("npz", "safetensors", "parquet"))
FLOATS = (b"\x00\x00\xc0\x7f", b"\x00\x00\x80\xff", bytes(16), b"F16", b"I64", b"query_ids", b"[2,4]", *NUMBERS)


def _format(kind, **settings):
    return SubmissionFormat(kind=kind, **settings)


def _case(described, rows, pieces, means, *seeds):
    return Case(described, rows, seeds, pieces, means)


_lines = canonical.of_tracks(canonical.lines_of_track)
_positions = canonical.of_tracks(canonical.json_of_track)
_custom = {"query_column": "imageName", "value_column": "Corresponding Indexes", "ignored_columns": ("row_id",)}

#: One or more cases for each kind that has a reader; a kind without one fails a test.
CASES = {
    "labels": [
        _case(_format("labels"), ROWS, IDS, canonical.labels, GOOD_LABELS),
        _case(_format("labels", top=2), ROWS, IDS, canonical.labels, GOOD_LABELS.replace(b"x", b"1 2")),
    ],
    "ranking": [
        _case(_format("ranking"), ROWS, IDS, canonical.ranking, GOOD, QUOTED),
        _case(
            _format("ranking", index_base="1", depth=2, **_custom),
            ROWS,
            NUMBERS,
            canonical.ranking,
            b'imageName,row_id,Corresponding Indexes\nq1,"a,b",1 2\nq2,,03 1\nr1,,"2 3"\n',
        ),
    ],
    "ranking_lines": [
        _case(_format("ranking_lines", index_base="0"), ONE, NUMBERS, _lines, LINES, LINES.replace(b" ", b" 00")),
        _case(_format("ranking_lines", depth=2), ONE, IDS, _lines, b"g1 g2\r\ng3 g1\r\n"),
        _case(
            _format("ranking_lines", index_base="1"),
            ROWS,
            NUMBERS,
            _lines,
            zipped(("ag.txt", b"1 2 3\n3 2 1\n"), ("ga.txt", b"1 2 3\n"), method=0),
        ),
    ],
    "ranking_json": [
        _case(
            _format("ranking_json"),
            ROWS,
            (*TEXT, *IDS),
            canonical.json_of_names,
            written(ANSWERS),
            written(ANSWERS, indent=1),
        ),
        _case(_format("ranking_json", index_base="0"), ONE, TEXT, _positions, position_entries(0)),
        _case(_format("ranking_json", index_base="1"), ONE, TEXT, _positions, position_entries(1)),
    ],
    "run": [_case(_format("run"), ROWS, (*NUMBERS, *IDS), canonical.run, GOOD_RUN, GOOD_RUN.replace(b" ", b"\t"))],
    "embeddings": [
        _case(_format("embeddings", **more), ONE, FLOATS, canonical.of_tracks(canonical.embeddings_of_track), *VECTORS)
        for more in ({}, {"metric": "euclidean"})
    ],
    "distances": [
        _case(
            _format("distances"),
            ONE,
            (b"<f8", b"'", b"(2, 3)", b"True", *NUMBERS),
            canonical.of_tracks(canonical.distances_of_track),
            npy(MATRIX),
            npy(MATRIX.astype(np.float64)),
        )
    ],
}


def mutated(case, seed):
    """Cut, copy, flip, swap and insert bytes of a file that was right; pack some of them before and some after that."""
    draw = random.Random(seed)
    content = bytearray(_packed(draw.choice(case.seeds), draw) if draw.random() < 0.1 else draw.choice(case.seeds))
    for _ in range(draw.choice((0, 1, 1, 1, 2, 3, 6))):
        at, end = sorted(draw.randint(0, len(content)) for _ in range(2))
        change = draw.randrange(6)
        if change == 0 and content:
            content[min(at, len(content) - 1)] ^= 1 << draw.randrange(8)
        elif change == 1:
            del content[at : min(end, at + draw.choice((1, 2, 40)))]
        elif change == 2:
            content[at:at] = content[at:end]
        elif change == 3 and len(content) > 1:
            one, other = draw.randrange(len(content)), draw.randrange(len(content))
            content[one], content[other] = content[other], content[one]
        else:
            content[at : at + draw.choice((0, 0, 1, 2))] = draw.choice(case.pieces)
    return _packed(bytes(content), draw) if draw.random() < 0.1 else bytes(content)


def _packed(content, draw):
    return draw.choice((gz, zst, lambda part: zipped(("a.txt", part)), lambda part: zipped(("x/a.b", part), method=0)))(
        content
    )
