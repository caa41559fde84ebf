"""Lay out on this machine what a run's child reads and writes: the public release, and the run's own folder.

The folder of a run outlives its worker, and a resumed run goes on from what lies there. Where workers of several machines share
`AGORA_RUNS`, any of them can; where they do not, another machine's begins anew and says so (`journal.py`).
"""

import fcntl
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.core.files.storage import storages
from django.db.models.functions import Now

from agora.competitions.models import Competition, DataFile
from agora.competitions.releases import everything_name
from agora.runs.models import Run, RunState

CHECKPOINT = "checkpoint.pt"
_CHUNK_BYTES = 1024 * 1024


class NoReleaseError(Exception):
    """The competition offers no data, or not in a form that a run can read; the message says which."""


class FolderBusyError(Exception):
    """Another process of this machine still holds the folder of the run: its child has not ended yet."""


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run, which its child may write."""

    path: Path

    @property
    def work(self) -> Path:
        """Where the run keeps its files (the child's `--out`)."""
        return self.path / "run"

    @property
    def scratch(self) -> Path:
        """Where libraries put what nobody asks for again."""
        return self.path / "scratch"

    @property
    def ranking(self) -> Path:
        """The file that is entered."""
        return self.work / "ranking.csv"

    @property
    def has_checkpoint(self) -> bool:
        """Say whether training can go on from here."""
        return (self.work / CHECKPOINT).is_file()

    def prepare(self) -> None:
        """Make the folders; without a checkpoint what an earlier attempt left is of no use."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        if not self.has_checkpoint:
            shutil.rmtree(self.work, ignore_errors=True)
        for folder in (self.work, self.scratch):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def folder_of(run: Run) -> RunFolder:
    """Return the folder of a run on this machine."""
    return RunFolder(settings.RUNS / run.ref)


@contextmanager
def held(folder: RunFolder) -> Iterator[int]:
    """Hold a run's folder for this process and for the children that inherit the descriptor; FolderBusyError if another does.

    The lease decides who may write rows. This keeps the child of a worker that overslept its lease from writing files beside the
    child of the next one.
    """
    folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder.path / ".held", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FolderBusyError from error
        yield descriptor
    finally:
        os.close(descriptor)


def release_file(competition: Competition) -> DataFile | None:
    """Return the archive of everything that participants of a competition may download."""
    offered = competition.data_files.filter(withdrawn_at__isnull=True)
    return offered.filter(name=everything_name(competition)).first()


def public_release(competition: Competition) -> Path:
    """Return a folder with the competition's public files as participants unpack them, made at the first call.

    It is known by the archive's SHA-256, appears whole or not at all, and is shared by the runs on this machine.

    Raises
    ------
    NoReleaseError
        There is no release, or its archive names a place outside the folder.
    OSError
        The archive cannot be read, or the disk is full.
    """
    file = release_file(competition)
    if file is None:
        raise NoReleaseError(f"{competition.title} has released no data that a run could read.")
    target: Path = settings.RUNS / "releases" / file.sha256
    if target.is_dir():
        return target
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".", dir=target.parent))
    try:
        with storages["public"].open(file.storage_key) as archive, zipfile.ZipFile(archive) as members:
            _unpack(members, draft)
        _appear(draft, target)
    except zipfile.BadZipFile as error:
        raise NoReleaseError(f"The archive {file.name} cannot be unpacked.") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return target


def _appear(draft: Path, target: Path) -> None:
    try:
        draft.rename(target)
    except OSError:
        # Another worker of this machine was quicker: the same archive, so the same files.
        if not target.is_dir():
            raise


def _unpack(members: zipfile.ZipFile, folder: Path) -> None:
    for member in members.infolist():
        name = PurePosixPath(member.filename)
        if name.is_absolute() or ".." in name.parts or "\\" in member.filename:
            raise NoReleaseError(f"The archive of the release names a place outside it: {member.filename[:80]}")
        if member.is_dir():
            continue
        path = folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with members.open(member) as source, path.open("xb") as target:
            shutil.copyfileobj(source, target, _CHUNK_BYTES)


def tidy() -> int:
    """Remove the folders of finished runs on this machine, whose files are stored, and of those that nobody resumed in time.

    Returns how many were removed.
    """
    removed = 0
    for path in sorted(settings.RUNS.glob("?" * 12)):
        run = Run.objects.filter(ref=path.name).first()
        if run is None or run.state == RunState.FINISHED or _forget(run):
            shutil.rmtree(path, ignore_errors=True)
            removed += 1
    return removed


def _forget(run: Run) -> bool:
    """Say whether nobody resumed a stopped run in time; from then on nobody can, since its checkpoint goes."""
    latest = Now() - timedelta(seconds=settings.RUN_KEEP_SECONDS)
    stopped = Run.objects.filter(pk=run.pk, state__in=[RunState.FAILED, RunState.CANCELLED])
    return stopped.filter(finished_at__lt=latest).update(is_resumable=False) == 1
