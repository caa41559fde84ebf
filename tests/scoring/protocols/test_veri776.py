"""VeRi-776: image to image with the trapezoid rule, and image to track, where a track stands with its best image."""

import dataclasses

import pytest

from scoring import Protocol
from scoring.benchmarks import BENCHMARKS
from tests.scoring.protocols.boards import images, scored, value

TRACKLETS = {"g1": "a2", "g2": "a2", "g3": "b2", "g4": "b2", "g5": "a3", "own1": "a1", "own2": "a1"}
ROWS = images("query", "q=a@1") + images(
    "gallery", "g1=a@2 g2=a@2 g3=b@2 g4=b@2 g5=a@3 own1=a@1 own2=a@1 alone=c@5", tracklet=TRACKLETS
)
ANSWERS = {"q": "own1 g3 g1 g4 alone g2 own2 g5"}


def test_image_to_image_by_hand():
    # own1 and own2 are junk: hits 0 1 0 0 1 1.
    expected = (1 / 2 * (0 / 1 + 1 / 2) + 1 / 2 * (1 / 4 + 2 / 5) + 1 / 2 * (2 / 5 + 3 / 6)) / 3  # 0.342
    assert value(scored("veri776", ROWS, ANSWERS), "mAP") == pytest.approx(expected)


def test_image_to_track_by_hand():
    # Tracks in the order of their first images: b2, a2, alone, a3. g4 and g2 vanish: hits 0 1 0 1.
    result = scored("veri776_tracks", ROWS, ANSWERS)
    assert value(result, "mAP") == pytest.approx((1 / 2 + 2 / 4) / 2)
    assert value(result, "mINP") == 2 / 4
    assert (value(result, "rank-1"), value(result, "rank-2")) == (0.0, 1.0)
    assert result.per_query["relevant"].tolist() == [2]


def test_the_two_are_not_comparable():
    steps = dataclasses.replace(BENCHMARKS["veri776"].protocol, ap="step")
    assert value(scored(steps, ROWS, ANSWERS), "mAP") == pytest.approx((1 / 2 + 2 / 5 + 3 / 6) / 3)  # 0.467, not 0.5


def test_a_track_is_there_while_one_of_its_images_is_not_junk():
    rows = images("query", "q=a@1") + images("gallery", "j=a@1 k=a@2 x=b@2", tracklet={"j": "t", "k": "t"})
    # j is junk, so its track stands where k does: hits 0 1.
    result = scored("veri776_tracks", rows, {"q": "j x k"})
    assert value(result, "mAP") == 1 / 2


def test_cut_lists_count_images():
    # The first three images are own1, g3, g1: tracks b2 and a2, one of two matches found, divided by both.
    result = scored(Protocol(image_to_track=True, depth=3), ROWS, ANSWERS)
    assert value(result, "mAP@3") == pytest.approx(1 / 2 / 2)


def test_chance_is_over_tracks():
    # Two matches among four tracks: 1 - (2/4) for rank-1.
    assert scored("veri776_tracks", ROWS, ANSWERS).chance["t"]["rank-1"] == pytest.approx(2 / 4)
