"""Tell the time by the database's clock, the one clock that all processes share."""

from datetime import UTC, date, datetime

from django.db import connection


def database_now() -> datetime:
    """Return the instant at which the database runs this call, even late in a transaction or behind a lock."""
    with connection.cursor() as cursor:
        # now() would be the start of the transaction, which may lie before the lock that the caller waited for.
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def utc_day(moment: datetime) -> date:
    """Return the UTC day of an aware instant."""
    return moment.astimezone(UTC).date()
