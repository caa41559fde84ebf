"""Tables of images: what is read, and every problem of them named at once."""

import gzip
import io

import pyarrow as pa
import pyarrow.parquet
import pytest

from scoring import Annotations, AnnotationsError, Manifest, ManifestError
from tests.scoring.sets import annotations_csv, random_set

HEADER = b"track,role,image_id,pid,camid,split\n"
GOOD = HEADER + b"ag,query,q1,a,1,private\nag,gallery,g1,a,2,\nag,gallery,g2,b,2,\n"


def read(content):
    return Annotations.read(io.BytesIO(content))


def parquet(content):
    table = pyarrow.csv.read_csv(io.BytesIO(content))
    file = io.BytesIO()
    pa.parquet.write_table(table, file)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        gzip.compress(GOOD),
        parquet(GOOD),
        b"\xef\xbb\xbf" + GOOD.replace(b"\n", b"\r\n"),
        b"note," + HEADER + b"x,ag,query,q1,a,1,private\n,ag,gallery,g1,a,2,\n,ag,gallery,g2,b,2,\n",
    ],
    ids=["csv", "gz", "parquet", "mark and carriage returns", "other columns"],
)
def test_tables_are_read(content):
    annotations = read(content)
    assert annotations.manifest.tracks == ("ag",)
    assert tuple(annotations.manifest.queries("ag")) == ("q1",)
    assert tuple(annotations.manifest.gallery("ag")) == ("g1", "g2")
    assert annotations.identities == {"a", "b"}
    assert annotations.summary() == {
        "rows": 3,
        "identities": 2,
        "tracks": {
            "ag": {
                "queries": 1,
                "gallery": 2,
                "identities": 2,
                "splits": {
                    "public": {"queries": 0, "identities": 0},
                    "private": {"queries": 1, "identities": 1},
                },
            }
        },
    }


PROBLEMS = {
    "no rows": (HEADER, "no rows"),
    "no column": (b"track,role,image_id,pid\nag,query,q1,a\n", 'column "camid" is missing'),
    "column twice": (b"track,track,role,image_id,pid,camid\n", "occurs twice"),
    "ragged": (GOOD + b"ag,query\n", "cannot be read"),
    "latin": (GOOD + b"ag,gallery,g3,\xe9,1,\n", "cannot be read"),
    "damaged gz": (gzip.compress(GOOD)[:-9], "damaged"),
    "role": (GOOD.replace(b"gallery,g1", b"galery,g1"), 'must be "query" or "gallery" on line 3'),
    "id": (GOOD.replace(b"g1", b"g 1"), "image id must be 1 to 64 of A-Z a-z 0-9 . _ - and begin"),
    "long id": (GOOD.replace(b"g1", b"g" * 65), "image id must be"),
    "repeated": (GOOD + b"ag,gallery,g1,a,2,\n", "already used in this track and role on line 5"),
    "query of two tracks": (GOOD + b"ga,query,q1,a,1,private\nga,gallery,g1,a,2,\n", "used in another track on line 5"),
    "track": (GOOD.replace(b"ag,", b"A G,"), "not a short name in lower case"),
    "reserved track": (GOOD.replace(b"ag,", b"micro,"), "is reserved"),
    "no gallery": (HEADER + b"ag,query,q1,a,1,\n", "has no gallery rows"),
    "no queries": (HEADER + b"ag,gallery,q1,a,1,\n", "has no query rows"),
    "empty pid": (GOOD.replace(b"g1,a", b"g1,"), "pid is empty on line 3"),
    "empty camid": (GOOD.replace(b"g1,a,2", b"g1,a,"), "camid is empty on line 3"),
    "split": (GOOD.replace(b"private", b"secret"), 'must be "public" or "private" on line 2'),
    "two splits": (GOOD + b"ag,query,q2,a,1,public\n", "split differs from that of the same identity"),
    "two clusters": (
        b"track,role,image_id,pid,camid,cluster\nag,query,q1,a,1,x\nag,gallery,g1,a,2,y\n",
        "cluster differs from that of the same identity",
    ),
}


@pytest.mark.parametrize(("content", "message"), PROBLEMS.values(), ids=PROBLEMS)
def test_problems_are_named(content, message):
    with pytest.raises(AnnotationsError, match="(?s)" + message.replace(".", r"\.")):
        read(content)


def test_more_queries_than_the_sums_hold_are_refused():
    lines = "".join(f"ag,query,q{number},a,1,\n" for number in range(500_001)).encode()

    with pytest.raises(AnnotationsError, match="There are 500,001 queries; at most 500,000"):
        read(HEADER + b"ag,gallery,g1,a,2,\n" + lines)


def test_all_problems_are_named_at_once():
    with pytest.raises(AnnotationsError) as caught:
        read(HEADER + b"ag,query,q 1,a,1,\nag,galery,g1,a,2,\nag,gallery,g2,a,2,\nag,gallery,g2,a,2,\n")
    assert len(caught.value.problems) == 3


def test_a_manifest_is_written_in_one_way_and_read_back():
    rows = random_set(1)
    manifest = Manifest.read(io.BytesIO(annotations_csv(rows)))
    file = io.BytesIO()
    manifest.write(file)
    assert Manifest.read(io.BytesIO(file.getvalue())) == manifest
    assert manifest == read(annotations_csv(rows)).manifest
    assert manifest.n_queries == sum(row["role"] == "query" for row in rows)
    assert manifest.n_gallery("ga") == len(manifest.gallery("ga"))


def test_a_manifest_has_its_own_error():
    with pytest.raises(ManifestError, match="image_id"):
        Manifest.read(io.BytesIO(b"track,role\nag,query\n"))
