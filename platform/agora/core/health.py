"""Tell whether this process can serve: every part that a request may need, asked shortly and without a trace."""

from collections.abc import Callable

from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.db import Error, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from agora.core.storage import alias

BROKER_SECONDS = 2
_PART_FAILS = (Error, InterfaceError, RedisError, OperationalError, OSError)


def readiness() -> dict[str, bool]:
    """Return one boolean for each part of what requests need; it never raises and waits for seconds at most.

    `database` is a query; `migrations` that no migration of this code is missing (a database ahead of the code serves it, as in
    a rolling upgrade); `broker` and `cache` a round trip; `storage` that a file can be written where uploads are stored.
    """
    parts: dict[str, Callable[[], bool]] = {
        "database": _reaches_database,
        "migrations": _is_migrated,
        "broker": _reaches_broker,
        "cache": _reaches_cache,
        "storage": _can_store,
    }
    return {name: _holds(part) for name, part in parts.items()}


def _holds(part: Callable[[], bool]) -> bool:
    try:
        return part()
    except _PART_FAILS:
        return False


def _reaches_database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def _is_migrated() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _reaches_broker() -> bool:
    # A server that takes the connection and then says nothing must not hold the answer up either.
    options = dict.fromkeys(settings.CELERY_BROKER_TRANSPORT_OPTIONS, BROKER_SECONDS)
    broker = current_app.connection_for_write(connect_timeout=BROKER_SECONDS, transport_options=options)
    with broker:
        broker.ensure_connection(max_retries=0)
    return True


def _reaches_cache() -> bool:
    cache.get("readyz")
    return True


def _can_store() -> bool:
    """Write bytes on their way to an upload that they never become; they vanish at the end of the `with`.

    Other aliases are written by workers and commands, and a container mounts them for reading or not at all.
    """
    with alias("submissions").incoming() as incoming:
        incoming.write(b"ready")
    return True
