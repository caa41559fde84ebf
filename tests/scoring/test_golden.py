"""Hand-computed examples, and stored results that may not move without a new scorer revision."""

import csv
import hashlib
import io
import json
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from scoring import SCORER_REVISION, Annotations, Protocol, SubmissionFormat, evaluate
from tests.scoring.sets import (
    annotations_csv,
    asked_images,
    labels_csv,
    random_answers,
    random_set,
    ranking_csv,
    score,
    with_draws,
    with_tracklets,
)

GOLDEN = Path(__file__).parents[1] / "golden"
EXAMPLES = list(csv.DictReader((GOLDEN / "worked_examples.csv").read_text().splitlines()))
CASES = [
    ("ranking.csv", {}, {}),
    ("ranking.csv", {}, {"ap": "trapezoid", "junk": [["camid"]], "aggregate": "macro"}),
    ("ranking.csv", {}, {"no_match": "zero", "junk_pids": ["P001"], "distractor_pids": ["P002"]}),
    ("ranking.csv", {}, {"depth": 10, "denominator": "found"}),
    ("labels.csv", {"kind": "labels"}, {"gallery_labels": "released"}),
    ("drawn_ranking.csv", {}, {"draw": "resplit", "draws": 3, "junk": []}),
    ("drawn_ranking.csv", {}, {"draw": "per_query", "draws": 10, "draw_seed": 7, "junk": [["image_id"]]}),
    ("drawn_ranking.csv", {}, {"image_to_track": True, "ap": "trapezoid"}),
]


def listed(hits, relevant=None):
    """Return a test set of one query whose ranking has the given hits."""
    rows = [{"track": "t", "role": "query", "image_id": "q", "pid": "a", "camid": "1"}]
    for number, hit in enumerate(hits):
        same = {"track": "t", "role": "gallery", "image_id": f"g{number}", "camid": "2"}
        rows.append({**same, "pid": "a" if hit == "1" else f"b{number}"})
    return rows, ranking_csv({"q": [f"g{number}" for number in range(len(hits))]})


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["hits"])
@pytest.mark.parametrize(
    ("ap", "metric", "column"),
    [
        ("step", "mAP", "step"),
        ("trapezoid", "mAP", "trapezoid"),
        ("step", "mINP", "inp"),
    ],
)
def test_worked_examples(example, ap, metric, column):
    rows, content = listed(example["hits"].split())
    result = score(rows, content, protocol=Protocol(ap=ap))
    assert result.value(split="all", track="t", metric=metric) == pytest.approx(float(Fraction(example[column])))


@pytest.mark.parametrize(
    ("options", "metric", "value"),
    [
        ({}, "mAP", 0.641667),
        ({"depth": 5}, "mAP@5", 0.416667),
        ({"depth": 5, "denominator": "min_relevant_k"}, "mAP@5", 0.416667),
        ({"depth": 5, "denominator": "found"}, "mAP@5", 0.833333),
    ],
)
def test_a_list_cut_at_five(options, metric, value):
    rows, content = listed("1010010001")
    result = score(rows, content, protocol=Protocol.from_mapping(options))
    assert result.value(split="all", track="t", metric=metric) == pytest.approx(value, abs=5e-7)


@pytest.mark.parametrize(("policy", "value"), [("skip", 0.75), ("zero", 0.5)])
def test_a_query_without_a_match(policy, value):
    rows = [
        {"track": "t", "role": role, "image_id": image, "pid": pid, "camid": camera}
        for role, image, pid, camera in [
            ("query", "q1", "a", "1"),
            ("query", "q2", "b", "1"),
            ("query", "q3", "c", "1"),
            ("gallery", "g1", "a", "2"),
            ("gallery", "g2", "b", "2"),
            ("gallery", "g3", "c", "1"),  # the camera of q3: junk for it
        ]
    ]
    content = ranking_csv({"q1": ["g1", "g2", "g3"], "q2": ["g1", "g2", "g3"], "q3": ["g3", "g1", "g2"]})
    result = score(rows, content, protocol=Protocol(no_match=policy))
    assert result.value(split="all", track="t", metric="mAP") == pytest.approx(value)
    assert [count.skipped for count in result.counts if count.split == "all"] == [1, 1, 1]


def test_three_of_four_labels():
    rows = [
        {"track": "t", "role": role, "image_id": f"{role[0]}{pid}", "pid": pid, "camid": role}
        for role in ("query", "gallery")
        for pid in "abcd"
    ]
    answers = {"qa": "a", "qb": "b", "qc": "a", "qd": "d"}
    result = score(rows, labels_csv(answers), described=SubmissionFormat(kind="labels"))
    assert result.value(split="public", track="micro", metric="rank-1") == 0.75


def compute():
    """Return the results of all cases."""
    found = []
    for name, described, protocol in CASES:
        truth = "drawn_annotations.csv" if name.startswith("drawn_") else "annotations.csv"
        result = evaluate(
            io.BytesIO((GOLDEN / name).read_bytes()),
            annotations=Annotations.read(io.BytesIO((GOLDEN / truth).read_bytes())),
            submission_format=SubmissionFormat.from_mapping(described),
            protocol=Protocol.from_mapping(protocol),
        )
        per_query = {key: values.tolist() for key, values in result.per_query.items()}
        digest = hashlib.sha256(repr(per_query).encode()).hexdigest()
        found.append({"file": name, "result": result.to_mapping(), "per_query_sha256": digest})
    return found


def test_no_byte_of_a_stored_result_moves_without_a_new_revision():
    stored = json.loads((GOLDEN / "results.json").read_text())
    revision = {case["result"]["scorer_revision"] for case in stored}
    assert revision == {SCORER_REVISION}, "The stored results belong to another revision: write them anew."
    assert json.loads(json.dumps(compute())) == stored, "A result moved: raise SCORER_REVISION and say why."


def test_scoring_twice_gives_the_same_bytes():
    assert json.dumps(compute()) == json.dumps(compute())


def write():
    """Write the golden inputs where they are missing, and the results."""
    if not (GOLDEN / "annotations.csv").exists():
        rows = random_set(20, identities=40, queries=2, gallery=3)
        queries = [row for row in rows if row["role"] == "query"]
        labels = {
            row["image_id"]: rows[7 * at % len(rows)]["pid"] if at % 3 == 0 else row["pid"]
            for at, row in enumerate(queries)
        }
        galleried = {row["pid"] for row in rows if row["role"] == "gallery"}
        labels = {query: pid if pid in galleried else min(galleried) for query, pid in labels.items()}
        columns = ("track", "role", "image_id", "pid", "camid", "split")
        (GOLDEN / "annotations.csv").write_bytes(annotations_csv(rows, columns))
        (GOLDEN / "ranking.csv").write_bytes(ranking_csv(random_answers(rows, 20, skill=2.0)))
        (GOLDEN / "labels.csv").write_bytes(labels_csv(labels))
    if not (GOLDEN / "drawn_annotations.csv").exists():
        rows = with_tracklets(with_draws(asked_images(21, identities=24, gallery=3), 3, 21), 2)
        columns = ("track", "role", "image_id", "pid", "camid", "split", "draws", "tracklet")
        (GOLDEN / "drawn_annotations.csv").write_bytes(annotations_csv(rows, columns))
        (GOLDEN / "drawn_ranking.csv").write_bytes(ranking_csv(random_answers(rows, 21, skill=2.0)))
    (GOLDEN / "results.json").write_text(json.dumps(compute(), indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(write())
