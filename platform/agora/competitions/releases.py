"""Take a release folder in: what participants download, with sizes, hashes and previews."""

import csv
import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.core.files import File
from django.core.files.storage import storages
from django.db import transaction
from django.utils import timezone

from agora.competitions.archives import write_zip
from agora.competitions.models import Competition, DataFile
from agora.competitions.pictures import choose_pictures, import_pictures
from agora.core.refs import new_ref

IMAGE_ENDINGS = frozenset({".png", ".jpg", ".jpeg"})
PREVIEW_ROWS = 5
PREVIEW_CELL = 48  # characters: a row of a full ranking would fill the page
_CHUNK_BYTES = 1024 * 1024


class ReleaseError(Exception):
    """The folder cannot be taken in; the message says what is wrong with it."""


@dataclass(frozen=True)
class _Item:
    """One file to offer; `write` puts its bytes into a file and returns how many rows or images it holds, or None."""

    name: str
    what: str
    write: Callable[[IO[bytes]], int | None]
    table: Path | None = None


def everything_name(competition: Competition) -> str:
    """Return the name of the archive that holds the whole release."""
    return f"{competition.slug}.zip"


def import_release(competition: Competition, folder: Path) -> tuple[DataFile, ...]:
    """Store what lies under `folder`/public and offer it; a file that has not changed keeps its row.

    Each folder of images becomes one zip, everything together another; tables and texts stay as they are. What a later
    release no longer has, or has with other bytes, is withdrawn, not deleted.

    Raises
    ------
    ReleaseError
        If there is no such folder, it is empty, or it holds links.
    """
    public = folder / "public"
    paths = _paths(public)
    order = list(competition.guide.get("files", {}))
    items = sorted(_items(competition, public, paths), key=lambda item: _place(item, order))
    rows = tuple(_take_in(competition, item, place) for place, item in enumerate(items))
    names = [row.name for row in rows]
    competition.data_files.filter(withdrawn_at__isnull=True).exclude(name__in=names).update(withdrawn_at=timezone.now())
    if "synthetic" in competition.tags:
        import_pictures(competition, choose_pictures(public / "train"))
    return rows


def _paths(public: Path) -> list[Path]:
    if not public.is_dir():
        raise ReleaseError(f"{public}: there is no such folder; a release has its files under public/")
    paths = sorted(public.rglob("*"))
    links = [str(path.relative_to(public)) for path in paths if path.is_symlink()]
    if links:
        raise ReleaseError(f"{public}: links are not followed: {', '.join(links[:5])}")
    files = [path for path in paths if path.is_file()]
    if not files:
        raise ReleaseError(f"{public}: the folder is empty")
    return files


def _items(competition: Competition, public: Path, paths: list[Path]) -> Iterator[_Item]:
    texts: dict[str, str] = competition.guide.get("files", {})
    folders: dict[Path, list[Path]] = {}
    for path in paths:
        if path.suffix.lower() in IMAGE_ENDINGS:
            folders.setdefault(path.parent, []).append(path)
        else:
            name = path.relative_to(public).as_posix()
            yield _Item(name, texts.get(name, ""), _copy(path), path if path.suffix == ".csv" else None)
    for parent, images in sorted(folders.items()):
        inside = parent.relative_to(public).as_posix()
        name = inside.removesuffix("/images").replace("/", "-")
        yield _Item(f"{name}.zip", texts.get(inside, "Images"), _zip(public, images))
    yield _Item(everything_name(competition), "Everything", _zip(public, paths))


def _copy(path: Path) -> Callable[[IO[bytes]], int | None]:
    def write(target: IO[bytes]) -> int | None:
        with path.open("rb") as source:
            while chunk := source.read(_CHUNK_BYTES):
                target.write(chunk)
        return _count_rows(path) if path.suffix == ".csv" else None

    return write


def _zip(public: Path, paths: list[Path]) -> Callable[[IO[bytes]], int | None]:
    return lambda target: write_zip(target, ((path.relative_to(public).as_posix(), path) for path in paths))


def _place(item: _Item, order: list[str]) -> tuple[int, str]:
    """Sort files in the pack's order, a zip at the place of its folder, the rest behind them by name."""
    for name in (item.name, f"{item.name.removesuffix('.zip')}/images"):
        if name in order:
            return order.index(name), item.name
    return len(order), item.name


def _take_in(competition: Competition, item: _Item, place: int) -> DataFile:
    """Store one item unless a row with the same bytes is there; the object is written before its row."""
    with _staged(item) as (file, rows, sha256, size_bytes):
        shown = {
            "what": item.what,
            "position": place,
            "rows": rows,
            "preview": _preview(item.table) if item.table else [],
        }
        held = competition.data_files.filter(name=item.name, withdrawn_at__isnull=True).first()
        if held is not None and held.sha256 == sha256:
            competition.data_files.filter(pk=held.pk).update(**shown)
            return held
        ending = Path(item.name).suffix.lower()
        key = storages["public"].save(f"data/{new_ref()}/{sha256}{ending}", File(file))
    with transaction.atomic():
        competition.data_files.filter(name=item.name, withdrawn_at__isnull=True).update(withdrawn_at=timezone.now())
        return DataFile.objects.create(
            competition=competition, name=item.name, size_bytes=size_bytes, sha256=sha256, storage_key=key, **shown
        )


@contextmanager
def _staged(item: _Item) -> Iterator[tuple[IO[bytes], int | None, str, int]]:
    """Write an item to a temporary file and yield it with rows, SHA-256 and size."""
    with tempfile.TemporaryFile() as file:
        rows = item.write(file)
        size_bytes = file.tell()
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        yield file, rows, sha256, size_bytes


def _count_rows(path: Path) -> int:
    """Count the rows of a table below its header."""
    with path.open(newline="", encoding="utf-8") as file:
        return max(0, sum(1 for _ in file) - 1)


def _preview(path: Path) -> list[list[str]]:
    """Return the header and the first rows of a table, long cells cut."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [row for row, _ in zip(csv.reader(file), range(PREVIEW_ROWS + 1), strict=False)]
    return [[cell if len(cell) <= PREVIEW_CELL else f"{cell[:PREVIEW_CELL]}…" for cell in row] for row in rows]
