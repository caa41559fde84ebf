"""A worked example shows the numbers that the scorer gives for the same lists."""

import io

import pytest

import challenges
from challenges.errors import Collector
from challenges.worked import build_worked_query
from scoring import Annotations, Protocol, SubmissionFormat, evaluate

QUERY = {"image_id": "q", "pid": "7", "camid": "uav"}
GALLERY = [
    {"image_id": "g1", "pid": "7", "camid": "uav"},
    {"image_id": "g2", "pid": "8", "camid": "uav"},
    {"image_id": "g3", "pid": "7", "camid": "cctv"},
    {"image_id": "g4", "pid": "-1", "camid": "cctv"},
    {"image_id": "g5", "pid": "0", "camid": "cctv"},
    {"image_id": "g6", "pid": "7", "camid": "cctv"},
]


def scored(protocol: Protocol, query, ranked) -> dict[str, float]:
    images = [("query", query), *(("gallery", item) for item in ranked)]
    rows = [f"t,{role},{item['image_id']},{item['pid']},{item['camid']}" for role, item in images]
    annotations = Annotations.read(io.BytesIO("\n".join(["track,role,image_id,pid,camid", *rows]).encode()))
    listed = " ".join(item["image_id"] for item in ranked)
    file = io.BytesIO(f"query_id,gallery_ids\n{query['image_id']},{listed}\n".encode())
    result = evaluate(file, annotations=annotations, submission_format=SubmissionFormat(), protocol=protocol)
    return {entry.metric: entry.value for entry in result.scores if (entry.split, entry.track) == ("all", "t")}


@pytest.mark.parametrize("ap", ["step", "trapezoid"])
def test_junk_distractors_and_precision_are_the_scorers(ap):
    protocol = Protocol(ap=ap, junk_pids=("-1",), distractor_pids=("0",))
    table = {"caption": "Six images.", "query": QUERY, "ranked": GALLERY, "answers": ()}

    worked = build_worked_query(table, SubmissionFormat(), protocol, where="phases[1]", faults=Collector("x"))

    expected = scored(protocol, QUERY, GALLERY)
    assert [row[4] for row in worked.rows] == ["junk", "mistake", "match", "junk", "mistake", "match"]
    assert [row[5] for row in worked.rows] == ["left out", "1", "2", "left out", "3", "4"]
    assert f"= {expected['mAP']:.4f}. Rank-1 = {expected['rank-1']:.0f}:" in worked.result
    assert f"= {expected['mINP']:.4f}:" in worked.result


def test_the_example_of_agsynth_is_scored_as_shown():
    phase = challenges.load("agsynth").phases[0]
    ranked = [{"image_id": row[1], "pid": row[2], "camid": row[3]} for row in phase.worked_query.rows]
    query = {"image_id": "k3m9t0wq2c", "pid": "17", "camid": "uav"}

    expected = scored(phase.protocol, query, ranked)

    assert phase.worked_query.result.startswith(f"AP = (1/1 + 2/3 + 3/6) / 3 = {expected['mAP']:.4f}. Rank-1 = 1:")


def test_labels_are_shown_right_or_wrong():
    worked = challenges.load("agreid2023").phases[0].worked_query

    assert [row[-1] for row in worked.rows] == ["right", "wrong", "right", "right"]
    assert worked.result == "Rank-1 = 3/4 = 75.00 %."
