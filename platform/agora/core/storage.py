"""Local storage aliases: objects are written once, under keys that are ours, and some aliases cannot be read by every process."""

import os
import re
from typing import IO, Any

from django.core.exceptions import SuspiciousFileOperation
from django.core.files import File
from django.core.files.storage import FileSystemStorage

# <kind>/<ref>/<sha256>[.<ending>]: never a name from outside.
KEY = re.compile(r"[a-z][a-z_-]*(/[a-z0-9_-]+){1,3}(\.[a-z0-9]{1,8})?")


class NotReadableHereError(PermissionError):
    """This process's role may write this alias and not read it."""


class WriteOnceFolder(FileSystemStorage):
    """A folder whose objects never change: writing an existing key is an error, as is a key of another shape than ours.

    `readable` tells whether this process's role may open objects. On one machine, where all processes are one user's, this
    stops mistakes in our own code, not a broken-in process; a grown site gives each alias its own credentials.
    """

    def __init__(self, *args: Any, readable: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.readable = readable

    def _open(self, name: str, mode: str = "rb") -> File:
        if not self.readable:
            raise NotReadableHereError(f"{os.path.basename(self.location)}: not readable in this role")  # noqa: PTH119
        if set(mode) & set("wax+"):
            raise SuspiciousFileOperation("Objects are written once, through save().")
        return super()._open(name, mode)

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
