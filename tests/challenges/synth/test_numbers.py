import itertools
import math

import numpy as np
import pytest

from challenges.synth.blocks import coded
from challenges.synth.chance import chance_map, chance_rank_1
from challenges.synth.exact import Frame, Vector, cosine, outline, power_table, sine
from challenges.synth.stream import Stream


def test_sine_and_cosine_agree_with_the_library() -> None:
    turns = [step / 997 for step in range(-2000, 2000)]

    assert max(abs(sine(turn) - math.sin(2 * math.pi * turn)) for turn in turns) < 1e-12
    assert max(abs(cosine(turn) - math.cos(2 * math.pi * turn)) for turn in turns) < 1e-12


def test_turned_frames_stay_orthonormal() -> None:
    frame = Frame(Vector(0.0, 0.0, 0.0)).yawed(0.13).pitched(-0.21).rolled(0.4)

    axes = (frame.forward, frame.left, frame.up)
    for first, second in itertools.product(axes, axes):
        assert first.dot(second) == pytest.approx(1.0 if first is second else 0.0, abs=1e-12)


def test_frame_turns_to_its_left_and_bows_forward() -> None:
    start = Frame(Vector(0.0, 0.0, 0.0))

    assert start.yawed(0.25).forward == pytest.approx((0.0, 1.0, 0.0))
    assert start.pitched(0.25).up == pytest.approx((1.0, 0.0, 0.0))
    assert start.rolled(0.25).up == pytest.approx((0.0, 1.0, 0.0))


def test_gamma_table_is_the_rounded_power() -> None:
    table = power_table("0.45", 256, 4080)

    assert table[0] == 0
    assert table[-1] == 4080
    assert abs(table - 4080 * (np.arange(256) / 255) ** 0.45).max() < 0.51


@pytest.mark.parametrize("squareness", [2, 3, 6])
def test_outlines_are_superellipses(squareness: int) -> None:
    points = outline(16, squareness) / (1 << 14)

    assert np.abs((np.abs(points) ** squareness).sum(axis=1) - 1).max() < 1e-3
    assert points[8] == pytest.approx([1.0, 0.0])


def test_streams_are_pinned_and_independent_of_other_draws() -> None:
    first = Stream("a", 1)
    first.bits()

    assert Stream("a", 1).bits() == 3906122627387505084
    assert first.fork("b").bits() == Stream("a", 1).fork("b").bits()
    assert Stream("a", "1").bits() != Stream("a", 1).bits()


def test_draws_have_their_distributions() -> None:
    stream = Stream("draws")
    uniform, normal = [stream.uniform() for _ in range(4000)], [stream.normal(2.0) for _ in range(4000)]
    picked = [stream.weighted({"a": 3, "b": 1}) for _ in range(4000)]

    assert np.mean(uniform) == pytest.approx(0.5, abs=0.03)
    assert np.std(normal) == pytest.approx(2.0, abs=0.1)
    assert picked.count("a") / 4000 == pytest.approx(0.75, abs=0.03)


def test_shuffle_keeps_the_items() -> None:
    items = list(range(50))
    Stream("shuffle").shuffle(items)

    assert sorted(items) == list(range(50))
    assert items != list(range(50))


@pytest.mark.parametrize(("relevant", "gallery"), [(1, 5), (2, 6), (3, 6), (6, 6)])
def test_chance_equals_the_mean_over_all_orders(relevant: int, gallery: int) -> None:
    precisions, first = [], []
    for places in itertools.combinations(range(1, gallery + 1), relevant):
        precisions.append(sum((n + 1) / place for n, place in enumerate(places)) / relevant)
        first.append(places[0] == 1)

    assert chance_map([relevant], gallery) == pytest.approx(np.mean(precisions))
    assert chance_rank_1([relevant], gallery) == pytest.approx(np.mean(first))


def test_block_coder_is_faithful_at_a_small_step_and_coarser_at_a_large_one() -> None:
    ramp = np.dstack([np.add.outer(np.arange(21) * 30, np.arange(19) * 40)] * 3).astype(np.int64)

    fine, coarse = np.abs(coded(ramp, 1) - ramp).mean(), np.abs(coded(ramp, 40) - ramp).mean()

    assert fine < 16
    assert fine < coarse
