"""Bring a backup into an empty place, and let work go on there."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from django.core.files.base import File
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.models import F

from agora.activity.selectors import verify_chain
from agora.core.backups import (
    DUMP,
    OBJECTS,
    BackupError,
    RefusedError,
    listed,
    make_backup,
    nothing_deleted,
    read_manifest,
    verify_backup,
)
from agora.core.dumping import load, server_version
from agora.core.models import Worker
from agora.core.objects import named_objects
from agora.core.storage import ALIASES, INCOMING, alias
from agora.evaluations.comparing import COMPARISONS
from agora.evaluations.scoring import EVALUATIONS
from agora.submissions.checking import CHECKS
from scoring import SCORER_REVISION

# Filled by `migrate` itself, or by processes that run already; none of it is anybody's data.
_NO_DATA: Final = frozenset(
    {"django_migrations", "django_content_type", "auth_permission", "django_session", Worker._meta.db_table}  # noqa: SLF001
)


def back_up(folder: Path) -> dict[str, Any]:
    """Write a backup with the state of the audit chain and the scorer in its manifest; `agora.core.backups.make_backup`."""
    return make_backup(folder, facts=_facts)


def restore(folder: Path) -> dict[str, Any]:
    """Load a backup into this site's empty database and store, and return its manifest.

    Everything is checked before anything is written: that the place is empty, that this code knows the backup's tables, and every
    byte against its SHA-256. Objects are written before the rows that name them; the place's own processes may run, and their
    sweep leaves these objects alone meanwhile. Then what workers of the old place held waits again, newer migrations are
    applied, and rows, objects and the audit chain are compared with the manifest.

    Raises
    ------
    RefusedError
        The place is not empty, or the backup is none or of a later version; nothing was changed.
    BackupError
        The backup is damaged (nothing was changed), or what was loaded is not what the manifest says.
    DumpError
        PostgreSQL refused the dump; the place is as empty as before.
    """
    _require_known(read_manifest(folder))
    _require_empty_database()
    _require_empty_store()
    manifest = verify_backup(folder)
    with nothing_deleted():
        _fill(folder)
    # At once, before a reaper that runs here takes them for lost by workers of this place, and spends an attempt.
    let_go()
    call_command("migrate", interactive=False, verbosity=0)
    _compare(manifest)
    return manifest


def _fill(folder: Path) -> None:
    """Write the objects and load the rows that name them: all, or none of either."""
    written: list[tuple[str, str]] = []
    try:
        for stored in listed(folder):
            _store(stored.alias, stored.key, folder / OBJECTS / stored.alias / stored.key, stored.sha256)
            written.append((stored.alias, stored.key))
        _drop_tables()
        load(folder / DUMP)
    except BaseException:
        for name, key in written:
            alias(name).delete(key)
        raise


def let_go() -> None:
    """Let what workers elsewhere held wait again, as after a shutdown, which is no attempt; forget those workers."""
    with transaction.atomic():
        for work in (EVALUATIONS, CHECKS, COMPARISONS):
            held = work.rows.filter(work.held)
            held.update(owner="", lease_until=None, attempt=F("attempt") - 1, **work.on_release)
        Worker.objects.all().delete()


def _facts() -> dict[str, Any]:
    chain = verify_chain()
    return {
        "scorer_revision": SCORER_REVISION,
        "audit": {"verified": chain.verified, "broken_at": chain.broken_at},
    }


def _require_known(manifest: dict[str, Any]) -> None:
    known = set(MigrationLoader(None).disk_migrations)
    unknown = sorted({tuple(name) for name in manifest["migrations"]} - known)
    if unknown:
        first = ".".join(unknown[0])
        raise RefusedError(
            f"The backup was made by a later version of AGORA: this one does not know the migration {first}."
        )
    here = server_version()
    if manifest["postgresql"] // 10_000 > here // 10_000:
        raise RefusedError(
            f"The backup comes from PostgreSQL {manifest['postgresql'] // 10_000}; this server is {here // 10_000}."
        )


def _require_empty_database() -> None:
    filled = sorted(table for table in set(connection.introspection.table_names()) - _NO_DATA if _has_rows(table))
    if filled:
        raise RefusedError(f"The database is not empty: {', '.join(filled)} hold rows. Restore into an empty one.")


def _require_empty_store() -> None:
    for name in ALIASES:
        if any(_files(Path(alias(name).location))):
            raise RefusedError(f"The store is not empty: there are objects in {name}. Restore into an empty one.")


def _has_rows(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT FROM {connection.ops.quote_name(table)})")  # noqa: S608 - quoted
        return bool(cursor.fetchone()[0])


def _files(folder: Path) -> Iterator[str]:
    for _, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != INCOMING]
        yield from files


def _store(name: str, key: str, path: Path, sha256: str) -> None:
    """Write one object into the store; its bytes are hashed once more on the way, as they are written."""
    with path.open("rb") as file, alias(name).incoming() as incoming:
        digest = hashlib.sha256()
        for chunk in File(file).chunks():
            digest.update(chunk)
            incoming.write(chunk)
        if digest.hexdigest() != sha256:
            raise BackupError(f"{path} changed while it was read.")
        incoming.keep(key)


def _drop_tables() -> None:
    """Remove the empty tables of a site that was prepared already: those of the backup may be older.

    Whether they are still empty is asked once more, behind locks: somebody may have signed up while the backup was read.
    """
    tables = ", ".join(connection.ops.quote_name(table) for table in connection.introspection.table_names())
    if tables:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
            _require_empty_database()
            cursor.execute(f"DROP TABLE {tables} CASCADE")


def _compare(manifest: dict[str, Any]) -> None:
    """Raise BackupError unless rows and objects belong together and the audit chain is the one of the manifest."""
    missing = [f"{name}/{key}" for name, key in named_objects() if not alias(name).exists(key)]
    if missing:
        raise BackupError(f"Rows name objects that the backup did not hold: {', '.join(missing[:10])}")
    chain = verify_chain()
    if {"verified": chain.verified, "broken_at": chain.broken_at} != manifest["audit"]:
        raise BackupError(
            f"The audit chain is another than when the backup was made: whole up to event {chain.verified}."
        )
