"""Make and check backups: a dump of the database and every object that its rows name.

Why nothing is missing. An object is written once, before the row that names it, and never changes; so every object that a row of
a snapshot names exists at the snapshot. Deleting is the only danger, and it stops first: the backup holds `KEEP_LOCK` alone from
before its snapshot to its end, and whoever deletes an object that a row has named takes the lock shared or leaves the object to
the sweep, which takes it too (`agora.core.objects`). The dump and the list of objects are read in one snapshot; then the objects
are copied, each one hashed on its way and compared with its key. Uploads that arrive meanwhile are in neither. If the backup is
killed, the server lets the lock go.

A backup is a folder that appears under its name when it is whole:

    manifest.json   version of this format, time, migrations, the audit chain, SHA-256 of the next two, and of itself
    database.dump   pg_dump's custom format, without sessions
    objects.tsv     alias, key, size in bytes, SHA-256: one line an object
    objects/        the objects, <alias>/<key>

It holds what the site holds: accounts, ground truth, private scores. It does not hold `var/secrets`.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.db import OperationalError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from agora.core.clock import database_now
from agora.core.dumping import dump, server_version
from agora.core.objects import KEEP_LOCK, named_objects, sha256_of_key
from agora.core.refs import new_ref
from agora.core.storage import KEY, alias

FORMAT: Final = 1
MANIFEST, DUMP, LIST, OBJECTS = "manifest.json", "database.dump", "objects.tsv", "objects"
_CHUNK_BYTES: Final = 1024 * 1024
_LOCK_WAIT: Final = "60s"
_TOLD: Final = 10


class BackupError(Exception):
    """A backup could not be made, or is damaged; the message says what is wrong with what."""


class RefusedError(Exception):
    """Nothing was begun, because the call makes no sense here; the message says why."""


@dataclass(frozen=True)
class Stored:
    """One line of the list of objects."""

    alias: str
    key: str
    size_bytes: int
    sha256: str


def make_backup(folder: Path, *, facts: Callable[[], dict[str, Any]] = dict) -> dict[str, Any]:
    """Write a backup to `folder`, which must not exist, and return its manifest; `facts` are read in the backup's snapshot.

    Raises
    ------
    RefusedError
        The folder exists, its parent does not, or another backup is being made.
    BackupError
        An object is missing, cannot be read or is not what its key says; nothing is left behind.
    """
    if folder.exists() or folder.is_symlink():
        raise RefusedError(f"{folder} exists: a backup never overwrites anything.")
    if not folder.parent.is_dir():
        raise RefusedError(f"{folder.parent} is no folder.")
    draft = folder.with_name(f".{folder.name}.{new_ref()}")
    earlier = os.umask(0o077)  # whatever the operator's: folders in between and what pg_dump writes are private too
    try:
        draft.mkdir()
        with nothing_deleted():
            manifest = _dump_and_list(draft, facts)
            manifest["objects"] = _copy_objects(draft)
        manifest["sha256"] = {name: _sha256_of(draft / name) for name in (DUMP, LIST)}
        manifest["checksum"] = checksum(manifest)
        _write(draft / MANIFEST, json.dumps(manifest, indent=1).encode())
        os.sync()
        draft.rename(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    finally:
        os.umask(earlier)
    return manifest


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a backup; RefusedError when the folder is none, or of a later version of this format."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except FileNotFoundError as error:
        raise RefusedError(f"{folder} is no backup: it has no {MANIFEST}.") from error
    except ValueError as error:
        raise BackupError(f"{folder / MANIFEST} is damaged.") from error
    if not isinstance(manifest, dict) or manifest.get("checksum") != checksum(manifest):
        raise BackupError(f"{folder / MANIFEST} is damaged.")
    if manifest["format"] != FORMAT:
        raise RefusedError(f"{folder} was made by a later version of AGORA (format {manifest['format']}).")
    return manifest


def verify_backup(folder: Path) -> dict[str, Any]:
    """Read every byte of a backup against its SHA-256 and return the manifest; BackupError names what is damaged."""
    manifest = read_manifest(folder)
    problems = [
        f"{name}: {trouble}"
        for name, sha256 in manifest["sha256"].items()
        if (trouble := _trouble(folder / name, sha256))
    ]
    if not problems:
        for stored in listed(folder):
            path = folder / OBJECTS / stored.alias / stored.key
            if trouble := _trouble(path, stored.sha256):
                problems.append(f"{path.relative_to(folder)}: {trouble}")
    _raise_if(problems, f"{folder} is damaged")
    return manifest


def listed(folder: Path) -> Iterator[Stored]:
    """Yield the objects of a backup."""
    with (folder / LIST).open(encoding="ascii") as file:
        for line in file:
            name, key, size, sha256 = line.rstrip("\n").split("\t")
            if not KEY.fullmatch(key):
                raise BackupError(f"{folder / LIST} names what is no key.")
            yield Stored(name, key, int(size), sha256)


def checksum(manifest: dict[str, Any]) -> str:
    """Return the SHA-256 of a manifest's other entries, as canonical JSON."""
    rest = {name: value for name, value in manifest.items() if name != "checksum"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@contextmanager
def nothing_deleted() -> Iterator[None]:
    """Hold the lock under which no object that a row has named is deleted, by this connection's session.

    RefusedError when another session holds it for longer than a minute.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [_LOCK_WAIT])
        try:
            cursor.execute("SELECT pg_advisory_lock(%s)", [KEEP_LOCK])
        except OperationalError as error:
            raise RefusedError("Another backup is being made or restored.") from error
        finally:
            cursor.execute("RESET lock_timeout")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [KEEP_LOCK])


def _dump_and_list(draft: Path, facts: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Write dump and list of keys from one snapshot and return what else the manifest says of it."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            snapshot = cursor.fetchone()[0]
        dump(draft / DUMP, snapshot=snapshot)
        with _private(draft / LIST) as file:
            for name, key in named_objects():
                file.write(f"{name}\t{key}\n".encode())
        applied = MigrationRecorder(connection).applied_migrations()
        return {
            "format": FORMAT,
            "made_at": database_now().isoformat(timespec="seconds"),
            "postgresql": server_version(),
            "migrations": sorted(list(name) for name in applied),
            **facts(),
        }


def _copy_objects(draft: Path) -> dict[str, int]:
    """Copy every listed object and write its size and hash beside its key; return how many, and their bytes."""
    keys, problems, count, total = draft / "keys", [], 0, 0
    (draft / LIST).rename(keys)
    with keys.open(encoding="ascii") as names, _private(draft / LIST) as table:
        for line in names:
            name, key = line.rstrip("\n").split("\t")
            try:
                size = _copy(name, key, draft / OBJECTS / name / key)
            except (OSError, BackupError) as error:
                problems.append(f"{name}/{key}: {error.strerror if isinstance(error, OSError) else error}")
                continue
            table.write(f"{name}\t{key}\t{size}\t{sha256_of_key(key)}\n".encode())
            count, total = count + 1, total + size
    keys.unlink()
    _raise_if(problems, "Objects that rows name cannot be backed up")
    return {"count": count, "bytes": total}


def _copy(name: str, key: str, target: Path) -> int:
    """Copy one object, a chunk at a time; BackupError when its content is not that of its key."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with alias(name).open(key, "rb") as source, _private(target) as file:
        while chunk := source.read(_CHUNK_BYTES):
            file.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    if digest.hexdigest() != sha256_of_key(key):
        raise BackupError("the content is not what its key says")
    return size


def _trouble(path: Path, sha256: str) -> str:
    try:
        return "" if _sha256_of(path) == sha256 else "other content than when it was made"
    except OSError as error:
        return error.strerror or "cannot be read"


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _private(path: Path) -> Any:
    """Open a new file that this user alone can read, from its first byte on."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _write(path: Path, content: bytes) -> None:
    with _private(path) as file:
        file.write(content)


def _raise_if(problems: list[str], what: str) -> None:
    if problems:
        more = f"\n… and {len(problems) - _TOLD} more" if len(problems) > _TOLD else ""
        raise BackupError(f"{what}:\n" + "\n".join(problems[:_TOLD]) + more)
