"""The answers as whole numbers."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring import truth
from scoring.annotations import Annotations, Column
from scoring.protocol import Protocol

_ROWS = st.lists(st.tuples(*(st.sampled_from("abc") for _ in range(3))), min_size=1, max_size=20)


def _columns(rows: list[tuple[str, ...]]) -> list[Column]:
    return [Column(np.array(["abc".index(row[which]) for row in rows]), ("a", "b", "c")) for which in range(3)]


@pytest.mark.parametrize("largest", [np.iinfo(np.int32).max, 8])
@settings(deadline=None)
@given(rows=_ROWS)
def test_codes_of_several_columns_are_equal_where_all_columns_are(largest: int, rows: list[tuple[str, ...]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(truth, "_MAX_CODE", largest)
        codes = truth._joint_codes(_columns(rows))

    assert [[one == other for other in codes] for one in codes] == [[one == other for other in rows] for one in rows]


def test_no_junk_set_leaves_every_item_in() -> None:
    annotations = Annotations.read(
        io.BytesIO(b"track,role,image_id,pid,camid\nt,query,q,a,1\nt,gallery,g,a,1\nt,gallery,h,a,2\n")
    )

    built = truth.build_truth(annotations, Protocol(junk=()), depth=None, two_roles=True)

    assert built.relevant.tolist() == [2]
