"""The hand-computed lists under every preset: the definition of AP, cut lists, queries without a match, one match alone."""

import csv
import io
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from scoring import FormatError, ProtocolError, SubmissionFormat
from scoring.parity import PRESETS, Preset
from tests.scoring.parity.cases import Case, listed
from tests.scoring.sets import read_annotations

EXAMPLES = list(csv.DictReader((Path(__file__).parents[2] / "golden" / "worked_examples.csv").read_text().splitlines()))
TRAPEZOID = {"market1501_matlab", "layumi"}
#: Presets whose means are over all queries.
ALL_QUERIES = {"market1501_matlab", "layumi", "vpulab_cityflow"}


def precision(name, case, **changes):
    preset = PRESETS[name]
    found = case.score(preset, protocol=replace(preset.protocol, **changes))
    return found["map" if name == "trec_eval" else "mAP"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["hits"])
@pytest.mark.parametrize("name", PRESETS)
def test_average_precision(name, example):
    expected = float(Fraction(example["trapezoid" if name in TRAPEZOID else "step"]))
    assert precision(name, listed(example["hits"].replace(" ", ""))) == pytest.approx(expected)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["hits"])
def test_inverse_negative_penalty(example):
    found = listed(example["hits"].replace(" ", "")).score(PRESETS["fast_reid"])
    assert found["mINP"] == pytest.approx(float(Fraction(example["inp"])))
    assert found["metric"] == pytest.approx((found["mAP"] + found["Rank-1"]) / 2)


@pytest.mark.parametrize("name", sorted(set(PRESETS) - TRAPEZOID))
def test_a_list_cut_at_five(name):
    expected = 0.833333 if name == "visda2020_server" else 0.416667
    assert precision(name, listed("1010010001"), depth=5) == pytest.approx(expected, abs=5e-7)


@pytest.mark.parametrize("name", PRESETS)
def test_what_the_means_are_over(name):
    """Three queries with the precisions 1 and 0.5 and no match."""
    case = Case(
        distances=np.array([[1, 2], [1, 2], [1, 2]], dtype=np.float32),
        query_pids=["a", "b", "c"],
        query_cameras=["1", "1", "1"],
        gallery_pids=["a", "b"],
        gallery_cameras=["2", "2"],
    )
    sums = 1.25 if name in TRAPEZOID else 1.5
    assert precision(name, case) == pytest.approx(sums / (3 if name in ALL_QUERIES else 2))
    first = next(figure.name for figure in PRESETS[name].figures if figure.of == ("rank-1",))
    assert case.score(PRESETS[name])[first] == pytest.approx(1 / (3 if name in ALL_QUERIES else 2))


@pytest.mark.parametrize("rank", [2, 3, 10, 50])
def test_with_one_match_the_trapezoid_rule_gives_half(rank):
    case = listed("0" * (rank - 1) + "1")
    assert precision("torchreid", case) == pytest.approx(1 / rank)
    assert precision("market1501_matlab", case) == pytest.approx(0.5 / rank)


@pytest.mark.parametrize("name", ["vpulab_cityflow", "visda2020_server"])
def test_a_match_beyond_the_depth_is_not_found(name):
    assert precision(name, listed("0" * 100 + "1")) == 0.0
    assert precision(name, listed("0" * 99 + "1")) == pytest.approx(0.01)


def test_cut_rankings_have_no_penalty():
    preset = PRESETS["fast_reid"]
    assert "mINP" not in listed("101").score(preset, protocol=replace(preset.protocol, depth=5))


def test_a_track_without_a_query_that_counts_has_no_figures():
    case = replace(listed("0"), query_pids=["z"])
    assert case.score(PRESETS["fast_reid"]) == {}


def test_labels_are_refused():
    with pytest.raises(FormatError, match="scores rankings"):
        PRESETS["fast_reid"].evaluate(
            io.BytesIO(b""),
            annotations=read_annotations(listed("1").rows()),
            submission_format=SubmissionFormat(kind="labels"),
        )


@pytest.mark.parametrize("draw", ["per_query", "resplit"])
def test_several_galleries_are_refused(draw):
    preset = PRESETS["torchreid"]
    with pytest.raises(ProtocolError, match="one gallery"):
        listed("10").score(preset, protocol=replace(preset.protocol, draw=draw))


def test_the_catalogue_says_what_is_assumed():
    assert {name for name, preset in PRESETS.items() if preset.status == "assumed"} == {"visda2020_server", "vrai"}
    for name, preset in PRESETS.items():
        assert isinstance(preset, Preset)
        assert preset.name == name
        assert preset.status in {"source", "assumed"}
        assert preset.sources
        assert preset.ties
        assert preset.notes


def test_a_result_says_what_it_rests_on():
    case = listed("101")
    found = PRESETS["torchreid"].evaluate(
        io.BytesIO(case.ranking()), annotations=read_annotations(case.rows()), submission_format=SubmissionFormat()
    )
    mapping = found.to_mapping()
    assert mapping["preset"] == "torchreid"
    assert mapping["values"]["t"]["Rank-1"] == 1.0
    assert mapping["result"]["protocol_hash"] == PRESETS["torchreid"].protocol.hash
