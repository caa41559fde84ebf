"""Numbers, sizes and times as all pages say them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from agora.core import words
from agora.core.markdown import to_html

NOW = datetime(2026, 11, 21, 14, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("size_bytes", "said"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (6_240_000, "6.2 MB"),
        (9_960_000, "10 MB"),
        (14_300_000, "14 MB"),
        (999_600_000, "1.0 GB"),
    ],
)
def test_sizes(size_bytes: int, said: str) -> None:
    assert words.size(size_bytes) == said


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=-5), "0 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(minutes=12, seconds=59), "12 min"),
        (timedelta(hours=9, minutes=58), "9 h 58 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(days=1, hours=23), "1 day"),
        (timedelta(days=41), "41 days"),
    ],
)
def test_durations(span: timedelta, said: str) -> None:
    assert words.duration(span) == said


@pytest.mark.parametrize(
    ("earlier", "said"),
    [
        (timedelta(seconds=20), "1 min"),
        (timedelta(minutes=12), "12 min"),
        (timedelta(hours=11), "11 h"),
        (timedelta(days=6), "6 d"),
        (timedelta(days=12), "9 Nov"),
        (timedelta(days=365), "21 Nov 2025"),
    ],
)
def test_ages_for_narrow_columns(earlier: timedelta, said: str) -> None:
    assert words.age(NOW - earlier, now=NOW) == said


def test_numbers() -> None:
    assert words.count(1204) == "1,204"
    assert words.count(-5) == "−5"
    assert words.percent(0.95821) == "95.82"
    assert words.percent(None) == ""
    assert words.half_width(0.545, 0.617) == "± 3.6"
    assert words.half_width(None, None) == ""
    assert [words.seconds(value) for value in (0.04, 2.41, 9.96, 75.2, 130)] == [
        "0.0 s",
        "2.4 s",
        "10 s",
        "75 s",
        "2 min",
    ]
    assert [words.plural(number, "entry", "entries") for number in (0, 1, 2)] == ["0 entries", "1 entry", "2 entries"]


def test_instants_are_utc() -> None:
    assert words.instant(NOW) == "21 Nov 2026 14:02 UTC"
    assert words.day(date(2023, 4, 15)) == "15 Apr 2023"
    assert words.ago(NOW - timedelta(minutes=12), now=NOW) == "12 min ago"
    assert words.ago(NOW - timedelta(seconds=12), now=NOW) == "just now"


def test_markdown_keeps_words_and_nothing_that_runs() -> None:
    html = to_html("# A *b*\n\n<b onclick=x>c</b> [d](https://example.org) [e](data:text/html,x)\n\n|f|\n|-|\n|g|\n")

    assert html.startswith("<h3>A <em>b</em></h3>")
    assert "&lt;b onclick=x&gt;" in html
    assert '<a href="https://example.org" rel="noopener">d</a>' in html
    assert 'href="data:' not in html
    assert "<td>g</td>" in html
