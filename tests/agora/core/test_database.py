"""A database that goes away for a moment, and texts that it cannot hold."""

import logging
from datetime import UTC, date, datetime

import pytest
from django.db import OperationalError, connection

from agora.core.clock import database_now, utc_day
from agora.core.database import outlast_restart, storable
from agora.core.incidents import report_incident


@pytest.mark.django_db(transaction=True)
def test_a_write_is_tried_again_on_a_new_connection() -> None:
    lost = []

    def write() -> int:
        with connection.cursor() as cursor:
            if not lost:
                lost.append(1)
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            cursor.execute("SELECT 7")
            return int(cursor.fetchone()[0])

    assert outlast_restart(write, deadline_seconds=10) == 7


@pytest.mark.django_db(transaction=True)
def test_after_the_deadline_the_error_rises() -> None:
    def write() -> None:
        raise OperationalError

    with pytest.raises(OperationalError):
        outlast_restart(write, deadline_seconds=-1)


def test_texts_lose_what_postgresql_cannot_hold() -> None:
    given = {"a\0": ["x\0y", 1, None, {"b": "\ud800"}], "c": 0.5}

    assert storable(given) == {
        "a\N{REPLACEMENT CHARACTER}": ["x\N{REPLACEMENT CHARACTER}y", 1, None, {"b": "?"}],
        "c": 0.5,
    }


@pytest.mark.django_db
def test_the_database_tells_the_time_in_utc() -> None:
    assert abs((database_now() - datetime.now(UTC)).total_seconds()) < 60  # noqa: TID251 - the clock under test is compared to


def test_a_day_begins_at_midnight_utc() -> None:
    assert utc_day(datetime.fromisoformat("2026-11-22T00:30:00+01:00")) == date(2026, 11, 21)


def test_an_incident_is_logged_with_places_and_without_words(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError("pid 1234")
    except ValueError as error:
        incident = report_incident(logging.getLogger("agora.test"), "broken", error, id=7)

    assert f"incident={incident} event=broken id=7 error=ValueError at=" in caplog.text
    assert "1234" not in caplog.text
