"""The delete-one-identity jackknife against taking identities out of the files and scoring again."""

import pytest

from scoring import Protocol, SubmissionFormat
from scoring.intervals.wilson import wilson_interval
from tests.scoring.oracle import Oracle, jackknife_error, query_role_error
from tests.scoring.sets import labels_csv, random_answers, random_set, ranking_csv, score

KEYS = [
    ("all", "ag", "rank-1"),
    ("all", "ga", "mAP"),
    ("all", "micro", "rank-2"),
    ("all", "micro", "mAP"),
    ("all", "macro", "rank-1"),
    ("all", "macro", "mAP"),
    ("all", "macro", "mINP"),
    ("public", "micro", "mAP"),
]
PROTOCOLS = [
    {},
    {"ap": "trapezoid", "junk": [["camid"]]},
    {"no_match": "zero"},
    # Distractors and junk are no sample of people: they stay when identities are taken out.
    {"distractor_pids": ["P005", "P006"], "junk_pids": ["P007"]},
]


def bounds(result, key):
    found = next(item for item in result.scores if (item.split, item.track, item.metric) == key)
    return found.value, found.low, found.high


def counted_units(rows, protocol, key):
    """Return the number of units with counted queries, and of those queries."""
    oracle = Oracle(rows, protocol, {})
    tracks = oracle.tracks() if key[1] in ("micro", "macro") else [key[1]]
    counted = [row for track in tracks for row in oracle.counted(key[0], track)]
    return len({oracle.unit(row) for row in counted}), len(counted)


@pytest.mark.parametrize("options", PROTOCOLS, ids=str)
@pytest.mark.parametrize(("identities", "clusters"), [(32, 0), (52, 26)])
def test_two_roles_equal_brute_force(options, identities, clusters):
    rows = random_set(11, identities=identities, queries=3, gallery=3, clusters=clusters)
    answers = random_answers(rows, 11, skill=2.0)
    protocol = Protocol.from_mapping(options)
    mapping = protocol.to_mapping()

    result = score(rows, ranking_csv(answers), protocol=protocol)

    assert result.interval == "gallery and query"
    checked = 0
    for key in KEYS:
        value, low, high = bounds(result, key)
        units, queries = counted_units(rows, mapping, key)
        if units < 20:
            assert (low, high) == (None, None)
            continue
        error = jackknife_error(rows, mapping, answers, key)
        assert (low, high) == pytest.approx(wilson_interval(value, error, units, queries), abs=1e-9)
        checked += 1
    assert checked >= 4


def test_a_query_is_not_asked_without_the_other_people_of_its_own_cluster():
    rows = []
    for person in range(42):
        same = {"track": "ag", "pid": f"P{person:02d}", "cluster": f"c{person // 2}"}
        rows.append({**same, "role": "query", "image_id": f"q{person:02d}", "camid": "1"})
        rows.append({**same, "role": "gallery", "image_id": f"g{person:02d}", "camid": "2"})
    items = [row["image_id"] for row in rows if row["role"] == "gallery"]
    # In every third cluster the odd person's match is second, right behind the even person.
    answers = {}
    for person in range(42):
        first = [f"g{person - 1:02d}", f"g{person:02d}"][0 if person % 6 == 1 else 1 :]
        answers[f"q{person:02d}"] = first + [item for item in items if item not in first]
    key = ("all", "ag", "rank-1")

    value, low, high = bounds(score(rows, ranking_csv(answers)), key)

    assert value == pytest.approx(35 / 42)
    error = jackknife_error(rows, Protocol().to_mapping(), answers, key)
    assert (low, high) == pytest.approx(wilson_interval(value, error, 21, 42), abs=1e-9)


@pytest.mark.parametrize("key", [("all", "micro", "mAP@5"), ("all", "macro", "mAP@5"), ("all", "ag", "rank-1")])
def test_cut_rankings_know_the_query_role_alone(key):
    rows = random_set(13, identities=48, queries=3)
    answers = random_answers(rows, 13, depth=5, skill=2.0)
    described = SubmissionFormat(depth=5)

    result = score(rows, ranking_csv(answers), described=described)

    value, low, high = bounds(result, key)
    mapping = Protocol().to_mapping()
    error = query_role_error(rows, mapping, answers, key, depth=5)
    assert result.interval == "gallery fixed"
    assert (low, high) == pytest.approx(wilson_interval(value, error, *counted_units(rows, mapping, key)), abs=1e-12)


@pytest.mark.parametrize("track", ["micro", "macro", "ag"])
def test_labels_know_the_query_role_alone(track):
    rows = random_set(14, identities=48, queries=3)
    answers = {r["image_id"]: r["pid"] if i % 3 else "P000" for i, r in enumerate(rows) if r["role"] == "query"}
    key = ("all", track, "rank-1")

    result = score(rows, labels_csv(answers), described=SubmissionFormat(kind="labels"))

    value, low, high = bounds(result, key)
    mapping = Protocol().to_mapping()
    error = query_role_error(rows, mapping, answers, key, kind="labels")
    assert result.interval == "gallery fixed"
    assert (low, high) == pytest.approx(wilson_interval(value, error, *counted_units(rows, mapping, key)), abs=1e-12)
