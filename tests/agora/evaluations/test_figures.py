from datetime import UTC, datetime

from agora.evaluations.figures import seconds_figure
from agora.evaluations.selectors import HourOfScoring


def _hour(hour: int, median: float, slow: float) -> HourOfScoring:
    return HourOfScoring(datetime(2026, 11, 21, hour, tzinfo=UTC), 12, median, slow)


def test_one_hour_is_no_line() -> None:
    figure = seconds_figure([_hour(9, 1.0, 2.0)])

    assert (figure.json, figure.sentence) == (None, "Needs scores from two different hours.")


def test_both_lines_and_the_table_say_the_same() -> None:
    figure = seconds_figure([_hour(9, 1.0, 2.0), _hour(10, 1.25, 8.0)])

    assert figure.json is not None
    median, slow = figure.json["data"]
    assert (median["y"], slow["y"]) == ([1.0, 1.25], [2.0, 8.0])
    assert median["x"] == slow["x"] == ["2026-11-21 09:00", "2026-11-21 10:00"]
    assert figure.rows[1] == ("21 Nov 10:00", "12", "1.2", "8.0")
    assert figure.json["layout"]["yaxis"]["ticksuffix"] == " s"
