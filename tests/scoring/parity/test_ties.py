"""What each evaluator does with ties and in corners, beside what we do: the numbers of scoring/README.md."""

import io
from dataclasses import replace

import numpy as np
import pytest

from scoring import SubmissionFormat
from scoring.parity import PRESETS
from tests.scoring.parity.cases import Case, listed, random_case
from tests.scoring.parity.oracles import fast_reid, layumi, market1501_matlab, trec_eval
from tests.scoring.sets import ranking_csv, read_annotations


def tied(labels, distances):
    return replace(listed(labels), distances=np.array([distances], dtype=np.float32))


def quantised(seed, *, levels=6, **shape):
    case = random_case(seed, **shape)
    return replace(case, distances=np.ceil(case.distances * levels) / np.float32(levels))


def in_order(case, *, matches_first):
    """Return a case without ties: equal distances in the order that is best, or worst, for the matches."""
    distances = np.empty_like(case.distances)
    for query, pid in enumerate(case.query_pids):
        later = np.array([(other == pid) != matches_first for other in case.gallery_pids])
        order = np.lexsort((later, case.distances[query]))
        distances[query, order] = np.arange(1, len(order) + 1)
    return replace(case, distances=distances)


THREE_OF_FOUR = tied("1010", [0.5, 0.5, 0.5, 0.9])


@pytest.mark.parametrize(
    ("case", "value"),
    [
        (THREE_OF_FOUR, 0.833333),  # gallery order: 1 0 1 0
        (in_order(THREE_OF_FOUR, matches_first=True), 1.0),
        (in_order(THREE_OF_FOUR, matches_first=False), 0.583333),
    ],
)
def test_equal_distances_go_to_the_earlier_item_here(case, value):
    assert case.score(PRESETS["torchreid"])["mAP"] == pytest.approx(value, abs=5e-7)


@pytest.mark.parametrize("seed", [5, 6])
def test_matlab_has_the_same_order_as_we(seed):
    case = quantised(seed, queries=20, gallery=80, identities=9)
    expected = pytest.approx(market1501_matlab.figures(case), rel=0, abs=1e-12)
    assert case.score(PRESETS["market1501_matlab"]) == expected
    assert case.score(PRESETS["market1501_matlab"], kind="distances") == expected


@pytest.mark.parametrize("seed", [7, 8, 9])
def test_the_unstable_sort_of_fast_reid_and_torchreid_is_only_bounded(seed):
    case = quantised(seed, queries=8, gallery=600, identities=5)

    theirs = float(np.mean(fast_reid.evaluate(case, np.argsort)[1]))
    ours = case.score(PRESETS["fast_reid"])["mAP"]

    lowest = in_order(case, matches_first=False).score(PRESETS["fast_reid"])["mAP"]
    highest = in_order(case, matches_first=True).score(PRESETS["fast_reid"])["mAP"]
    assert lowest - 1e-5 <= theirs <= highest + 1e-5
    assert lowest < ours < highest
    assert highest - lowest > 0.1  # what coarse distances leave open is no small matter


def test_layumi_turns_equal_similarities_round():
    case = tied("100", [0.5, 0.5, 0.5])
    assert case.score(PRESETS["layumi"])["mAP"] == 1.0
    assert layumi.figures(case)["mAP"] == pytest.approx(1 / 6)  # rank 3: half of 0/2 + 1/3


@pytest.mark.parametrize("seed", [7, 8])
def test_the_unstable_sort_of_layumi_is_only_bounded(seed):
    case = quantised(seed, queries=8, gallery=600, identities=5)
    theirs = layumi.figures(case, np.argsort)["mAP"]
    lowest = in_order(case, matches_first=False).score(PRESETS["layumi"])["mAP"]
    highest = in_order(case, matches_first=True).score(PRESETS["layumi"])["mAP"]
    assert lowest - 1e-6 <= theirs <= highest + 1e-6


def test_trec_eval_puts_the_greater_document_id_first():
    case = tied("1010", [0.5, 0.5, 0.5, 0.9])  # g0 and g2 match: trec_eval's order is g2 g1 g0 g3
    assert trec_eval.figures(case)["map"] == pytest.approx(0.833333, abs=5e-7)
    case = tied("1100", [0.5, 0.5, 0.5, 0.9])  # g0 and g1 match
    assert trec_eval.figures(case)["map"] == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert case.score(PRESETS["trec_eval"])["map"] == 1.0


def test_trec_eval_compares_ids_as_strings():
    case = tied("1" + "0" * 9 + "1", [0.5] * 11)  # g0 and g10 match; g9 … g2, g10, g1, g0
    assert trec_eval.figures(case)["map"] == pytest.approx((1 / 9 + 2 / 11) / 2)
    assert case.score(PRESETS["trec_eval"])["map"] == pytest.approx((1 + 2 / 11) / 2)


def test_trec_eval_rounds_scores_to_single_precision():
    judgements = {"q": {"a": 1, "b": 0}}
    assert trec_eval.evaluate(judgements, {"q": {"a": 1.0 + 1e-9, "b": 1.0}})["q"]["map"] == 0.5
    assert trec_eval.evaluate(judgements, {"q": {"a": 1.0 + 1e-6, "b": 1.0}})["q"]["map"] == 1.0


def test_trec_eval_leaves_out_queries_that_the_run_or_the_judgements_lack():
    judgements = {"q": {"a": 1}, "not_in_run": {"a": 1}, "judged_only": {"a": 0}}
    found = trec_eval.evaluate(judgements, {"q": {"a": 1.0}, "judged_only": {"a": 1.0}, "not_judged": {"a": 1.0}})
    assert {query: row["map"] for query, row in found.items()} == {"q": 1.0, "judged_only": 0.0}


def test_trec_eval_on_a_run_without_junk_is_our_score_with_the_junk_rule():
    case = random_case(4, queries=30, gallery=80, identities=10)
    scores, judgements = trec_eval.run(case), trec_eval.qrels(case)
    for query, (pid, camera) in enumerate(zip(case.query_pids, case.query_cameras, strict=True)):
        for item, (other, where) in enumerate(zip(case.gallery_pids, case.gallery_cameras, strict=True)):
            if (other, where) == (pid, camera):
                del scores[f"q{query}"][f"g{item}"]
                del judgements[f"q{query}"][f"g{item}"]
    rows = trec_eval.evaluate({query: items for query, items in judgements.items() if items}, scores).values()
    preset = PRESETS["trec_eval"]
    ours = case.score(preset, protocol=replace(preset.protocol, junk=(("pid", "camid"),)))
    assert ours["map"] == pytest.approx(sum(row["map"] for row in rows) / len(rows), abs=1e-9)


def test_a_cut_run_is_divided_by_all_relevant_documents():
    case = listed("1010010001")
    scores = {"q0": dict(list(trec_eval.run(case)["q0"].items())[:5])}
    assert trec_eval.evaluate(trec_eval.qrels(case), scores)["q0"]["map"] == pytest.approx(0.416667, abs=5e-7)
    found = PRESETS["trec_eval"].evaluate(
        io.BytesIO(ranking_csv({"q0": list(scores["q0"])})),
        annotations=read_annotations(case.rows()),
        submission_format=SubmissionFormat(depth=5),
    )
    assert found.depth == 5
    assert found.values["t"] == pytest.approx(
        {"map": 0.416667, "recip_rank": 1, "success_1": 1, "success_5": 1}, abs=5e-7
    )


def test_fast_reid_leaks_an_earlier_query_into_cmc_beyond_the_items_left():
    """Three items are left for the second query; ranks 4 and 5 of its curve are those of the first, whose match is at rank 5."""
    case = Case(
        distances=np.array([[5, 1, 2, 3, 4], [1, 4, 5, 2, 3]], dtype=np.float32),
        query_pids=["a", "b"],
        query_cameras=["1", "1"],
        gallery_pids=["a", "b", "b", "b", "c"],
        gallery_cameras=["2", "1", "1", "2", "2"],
    )

    theirs = fast_reid.evaluate(case, reset=False)[0]

    assert theirs.tolist() == [0.0, 0.5, 0.5, 0.0, 1.0]
    assert fast_reid.evaluate(case)[0].tolist() == [0.0, 0.5, 0.5, 0.5, 1.0]
    assert case.score(PRESETS["fast_reid"])["Rank-5"] == 1.0
