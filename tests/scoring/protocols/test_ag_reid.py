"""AG-ReID v1 and v2: rankings over lists; cameras of queries and galleries are disjoint, so nothing is junk."""

import pytest

from scoring import Protocol
from tests.scoring.protocols.boards import images, scored, value

ONE, TWO = "P0313T02220A0", "P0313T02220A1"
#: Lists of v2: aerial (camera 0) to CCTV (3) and to wearable (2), and back.
LISTS = {"exp1": (0, 3), "exp2": (0, 2), "exp4": (3, 0), "exp5": (2, 0)}
ROWS = [
    row
    for name, (query, gallery) in LISTS.items()
    for row in [
        *images("query", f"{name}q={ONE}@{query}", name),
        *images("gallery", f"{name}g1={ONE}@{gallery} {name}g2={TWO}@{gallery} {name}g3={ONE}@{gallery}", name),
    ]
]
ORDERS = {"exp1": "g1 g3 g2", "exp2": "g2 g1 g3", "exp4": "g1 g2 g3", "exp5": "g2 g3 g1"}
ANSWERS = {f"{name}q": " ".join(name + item for item in order.split()) for name, order in ORDERS.items()}


def test_by_hand():
    result = scored("ag_reid", ROWS, ANSWERS)
    expected = {"exp1": 1.0, "exp2": (1 / 2 + 2 / 3) / 2, "exp4": (1 + 2 / 3) / 2, "exp5": (1 / 2 + 2 / 3) / 2}
    for name, mean in expected.items():
        assert value(result, "mAP", name) == pytest.approx(mean)
    assert value(result, "mAP", "macro") == pytest.approx(sum(expected.values()) / 4)
    assert value(result, "rank-1") == 2 / 4


def test_no_item_is_junk():
    with_rule, without = (scored(protocol, ROWS, ANSWERS) for protocol in (Protocol(), Protocol(junk=())))
    assert with_rule.scores == without.scores


def test_an_identity_by_person_alone_would_merge_two():
    merged = [{**row, "pid": row["pid"][:5]} for row in ROWS]
    assert value(scored("ag_reid", merged, ANSWERS), "rank-1") == 1.0
