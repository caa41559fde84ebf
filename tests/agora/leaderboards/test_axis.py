import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora.leaderboards.axis import FEWEST_TICKS, MOST_TICKS, REACH, STEPS, Axis, Bar, axis_for

percent = st.floats(0, 100, allow_nan=False)


def position(text: str) -> float:
    return float(text.removesuffix("%"))


def test_no_rows_have_no_axis():
    assert axis_for([]) is None


def test_range_reaches_from_the_lowest_to_the_highest_bound():
    axis = axis_for([Bar(90, 85, 95), Bar(80, 75, 84)])

    assert (axis.low, axis.high) == (75, 95)
    assert [tick.label for tick in axis.ticks] == ["75", "80", "85", "90", "95"]


def test_a_row_far_below_the_best_does_not_stretch_the_axis():
    axis = axis_for([Bar(95.82, 95.2, 96.4), Bar(21.64, 20.5, 22.8)])

    assert axis.low == pytest.approx(95.82 - REACH)
    assert axis.mark(Bar(21.64, 20.5, 22.8)).outside == "low"


def test_a_whisker_that_leaves_the_axis_ends_at_its_edge():
    axis = Axis(70, 100, 10)

    mark = axis.mark(Bar(72, 60, 84))

    assert position(mark.low) == position(axis.mark(Bar(70)).at)
    assert mark.outside == ""


def test_a_value_without_interval_has_no_whisker():
    mark = Axis(70, 100, 10).mark(Bar(97.73))

    assert (mark.low, mark.high) == ("", "")


def test_a_single_value_still_gets_an_axis():
    axis = axis_for([Bar(58.12)])

    assert FEWEST_TICKS <= len(axis.ticks) <= MOST_TICKS


@given(st.lists(percent, min_size=1, max_size=30))
def test_every_axis_has_three_to_six_ticks_inside_the_graphic(values):
    bars = [Bar(value) for value in values]

    axis = axis_for(bars)

    assert axis.step in STEPS
    assert FEWEST_TICKS <= len(axis.ticks) <= MOST_TICKS
    assert all(0 <= position(tick.at) <= 100 for tick in axis.ticks)
    assert 0 <= axis.low < axis.high <= 100


@given(st.lists(percent, min_size=1, max_size=30))
def test_marks_stand_in_the_order_of_their_values(values):
    axis = axis_for([Bar(value) for value in values])

    places = [position(axis.mark(Bar(value)).at) for value in sorted(values)]

    assert places == sorted(places)
    assert axis.mark(Bar(max(values))).outside == ""
