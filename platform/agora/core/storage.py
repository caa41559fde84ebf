"""Local storage aliases: objects are written once, under keys that are ours, and some aliases cannot be read by every process."""

import errno
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import FileSystemStorage, storages

from agora.core.refs import new_ref

# <kind>/<ref>/<sha256>[.<ending>]: never a name from outside.
KEY = re.compile(r"[a-z][a-z_-]*(/[a-z0-9_-]+){1,3}(\.[a-z0-9]{1,8})?")
ALIASES = ("public", "submissions", "results", "ground_truth")
# Bytes on their way in. The dot keeps the folder out of the keys' alphabet; it lies in the alias, so that renaming is atomic.
INCOMING = ".incoming"
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


class NotReadableHereError(PermissionError):
    """This process's role may write this alias and not read it."""


def is_out_of_space(error: OSError) -> bool:
    """Return whether an error says that the disk, or our share of it, is full."""
    return error.errno in _NO_SPACE


class Incoming:
    """Bytes on their way into an alias: nobody sees them before `keep`, and without it they vanish at the end of the `with`."""

    def __init__(self, alias: "WriteOnceFolder") -> None:
        self._alias = alias
        folder = Path(alias.location) / INCOMING
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = folder / new_ref()
        # Exclusive and private from the first byte on.
        self._file = os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=0)

    def write(self, chunk: bytes) -> None:
        """Append bytes; OSError with ENOSPC when the disk is full."""
        view = memoryview(chunk)
        while view:
            view = view[self._file.write(view) :]

    def keep(self, key: str) -> str:
        """Make the bytes the object `key`, on disk before it returns; FileExistsError if that object exists."""
        self._alias.get_available_name(key)
        target = Path(self._alias.path(key))
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.fsync(self._file.fileno())
        # A link, unlike a rename, fails when the target exists: an object never changes.
        os.link(self._path, target)
        descriptor = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return key

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)


class WriteOnceFolder(FileSystemStorage):
    """A folder whose objects never change: writing an existing key is an error, as is a key of another shape than ours.

    `readable` tells whether this process's role may open objects. On one machine, where all processes are one user's, this
    stops mistakes in our own code, not a broken-in process; a grown site gives each alias its own credentials.
    """

    def __init__(self, *args: Any, readable: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.readable = readable

    def _open(self, name: str, mode: str = "rb") -> Any:
        if not self.readable:
            raise NotReadableHereError(f"{os.path.basename(self.location)}: not readable in this role")  # noqa: PTH119
        if set(mode) & set("wax+"):
            raise SuspiciousFileOperation("Objects are written once, through save().")
        return super()._open(name, mode)  # type: ignore[misc]

    def _save(self, name: str, content: Any) -> str:
        with self.incoming() as incoming:
            for chunk in content.chunks():
                incoming.write(chunk)
            return incoming.keep(name)

    def incoming(self) -> Incoming:
        """Return a place for bytes that become an object once they are all there."""
        return Incoming(self)

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """Return `name` itself, or refuse: a key that exists is a bug or a collision, never a reason for another name."""
        if not KEY.fullmatch(name):
            raise SuspiciousFileOperation(f"Not a storage key: {name!r}")
        if self.exists(name):
            raise FileExistsError(name)
        return name

    def save(self, name: str | None, content: IO[Any], max_length: int | None = None) -> str:
        """Write a new object and return its key."""
        return super().save(name, content, max_length)

    def keys(self, *, older_than_seconds: float) -> Iterator[str]:
        """Yield the keys of objects that have been here for longer than that, in order."""
        root, latest = Path(self.location), time.time() - older_than_seconds
        for folder, names, files in os.walk(root):
            names[:] = sorted(name for name in names if name != INCOMING)
            for name in sorted(files):
                path = Path(folder) / name
                with suppress(FileNotFoundError):
                    if path.stat().st_mtime < latest:
                        yield str(path.relative_to(root))

    def drop_stalled(self, *, older_than_seconds: float) -> int:
        """Remove what never became an object, left by a process that was killed; return how many files."""
        latest, removed = time.time() - older_than_seconds, 0
        for path in sorted(Path(self.location, INCOMING).glob("*")):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < latest:
                    path.unlink()
                    removed += 1
        return removed


def alias(name: str) -> WriteOnceFolder:
    """Return the storage of an alias."""
    storage = storages[name]
    if not isinstance(storage, WriteOnceFolder):
        raise TypeError(f"storage alias {name!r} is no write-once storage")
    return storage


@contextmanager
def descriptor(name: str, key: str) -> Iterator[int]:
    """Give a fresh read-only descriptor of an object, for a child that gets no path."""
    with alias(name).open(key, "rb") as file:
        yield file.fileno()
