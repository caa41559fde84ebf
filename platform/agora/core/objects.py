"""Know which stored objects the rows name: for the sweep, which removes the others, and for backups, which must hold them all."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Manager, QuerySet

from agora.core.storage import alias

# Held alone by a backup, shared by whoever deletes an object that a row has named. The number only has to differ from those of
# the site's other advisory locks.
KEEP_LOCK: Final = 0x41_47_4F_52_42


@dataclass(frozen=True)
class KeyColumn:
    """A column that names objects of an alias; the model by its label, since it lives in an app above this one."""

    alias: str
    model: str
    field: str

    @property
    def rows(self) -> QuerySet[Any]:
        """Return the rows that name an object."""
        manager: Manager[Any] = apps.get_model(self.model)._default_manager  # noqa: SLF001 - Django documents it
        return manager.exclude(**{self.field: ""})

    def named(self) -> Iterator[str]:
        """Yield the keys in order, without holding them all."""
        yield from self.rows.order_by(self.field).values_list(self.field, flat=True).distinct().iterator()


# A test finds every column of the site whose name ends in `_key`.
COLUMNS: Final = (
    KeyColumn("submissions", "submissions.Upload", "storage_key"),
    KeyColumn("submissions", "runs.Artefact", "storage_key"),
    KeyColumn("results", "submissions.Evaluation", "results_key"),
    KeyColumn("ground_truth", "competitions.GroundTruth", "storage_key"),
    KeyColumn("public", "competitions.GroundTruth", "manifest_key"),
    KeyColumn("public", "competitions.GroundTruth", "identities_key"),
    KeyColumn("public", "competitions.DataFile", "storage_key"),
    KeyColumn("public", "competitions.Picture", "storage_key"),
)


def named_objects() -> Iterator[tuple[str, str]]:
    """Yield (alias, key) of every object that a row names."""
    for column in COLUMNS:
        for key in column.named():
            yield column.alias, key


def keys_of(name: str) -> set[str]:
    """Return the keys that rows name in one alias."""
    return {key for column in COLUMNS if column.alias == name for key in column.named()}


def sha256_of_key(key: str) -> str:
    """Return the SHA-256 of an object's content, which is the last part of its key."""
    return PurePosixPath(key).name.partition(".")[0]


def discard(name: str, key: str) -> None:
    """Delete an object that no row names any more, unless a backup is being made.

    The backup may have read the row that named it. What stays is an object without a row, which the sweep removes after it.
    """
    with transaction.atomic():
        if may_discard():
            alias(name).delete(key)


def may_discard() -> bool:
    """Return whether objects may be deleted until the end of this transaction, which holds backups off for so long."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock_shared(%s)", [KEEP_LOCK])
        return bool(cursor.fetchone()[0])
