"""Read a release: what participants download, with counts, sizes and checksums, and the ground truth beside it.

A release is a folder with `public/` and `hidden/`, laid out as the challenge's pack declares. Nothing under
`hidden/` is ever listed among the downloads.
"""

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, BinaryIO, TypeVar

from challenges.galleries import GalleryError, read_gallery
from challenges.spec import Challenge, FileSpec, ReleaseSpec
from scoring import Annotations, AnnotationsError, Manifest, ManifestError

# The earliest time that a zip can hold: archives of equal files have equal bytes.
ZIP_TIME = (1980, 1, 1, 0, 0, 0)
ZIP_MODE = 0o644

Value = TypeVar("Value")


class ReleaseError(Exception):
    """List everything that keeps a folder from being a release; `problems` holds one sentence each."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class PublicFile:
    """Describe one file: its path under `public/`, its size and its SHA-256 in hexadecimal."""

    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class ReleaseEntry:
    """Describe one download: a file, or a folder with its files in the order of their names.

    `count` counts `unit`s. A folder's `sha256` is that of its listing as `sha256sum` prints it (digest, two
    spaces, path under `public/`, line feed).
    """

    path: str
    what: str
    unit: str
    count: int
    size_bytes: int
    sha256: str
    is_folder: bool
    files: tuple[PublicFile, ...]


@dataclass(frozen=True)
class Release:
    """Hold a release that has been read; the images themselves stay on disk."""

    folder: Path
    entries: tuple[ReleaseEntry, ...]
    manifest: Manifest
    annotations: Annotations
    gallery: Mapping[str, str] | None
    provenance: Mapping[str, Any]

    def public_path(self, path: str) -> Path:
        """Return where a public file lies."""
        return self.folder / "public" / path


def read_release(folder: Path, challenge: Challenge) -> Release:
    """Read the release of `challenge` in `folder`.

    Raises
    ------
    ReleaseError
        With every problem: files that are declared and missing or there and not declared, links, and tables
        that cannot be read. What the tables say is judged by `challenges.verify`.
    """
    spec = challenge.release
    if spec is None:
        raise ReleaseError([f"{challenge.slug} declares no release"])
    problems: list[str] = []
    public = folder / "public"
    files = _listing(public, problems)
    entries = tuple(entry for item in spec.files if (entry := _entry(item, files, public, problems)))
    declared = {file.path for entry in entries for file in entry.files}
    problems.extend(f"public/{path} is not declared in the pack" for path in sorted(set(files) - declared))
    manifest = _table(public / spec.manifest, Manifest.read, problems)
    annotations = _table(folder / "hidden" / spec.annotations, Annotations.read, problems)
    gallery = _table(public / spec.gallery, read_gallery, problems) if spec.gallery else None
    provenance = _provenance(folder, spec, problems)
    if problems or manifest is None or annotations is None:
        raise ReleaseError(problems)
    return Release(folder, entries, manifest, annotations, gallery, MappingProxyType(provenance))


def write_zip(release: Release, paths: Sequence[str], file: BinaryIO) -> None:
    """Write the downloads at `paths` (files or folders, as declared) into one zip, stored under their public paths.

    Equal files give equal bytes: fixed times and modes, the order of the pack. Images are compressed
    already, so nothing is compressed again.
    """
    chosen = [entry for entry in release.entries if entry.path in paths]
    if missing := sorted(set(paths) - {entry.path for entry in chosen}):
        raise ValueError(f"no such download: {', '.join(missing)}")
    with zipfile.ZipFile(file, "w", compression=zipfile.ZIP_STORED) as archive:
        for member in (member for entry in chosen for member in entry.files):
            info = zipfile.ZipInfo(member.path, date_time=ZIP_TIME)
            info.external_attr = ZIP_MODE << 16
            archive.writestr(info, release.public_path(member.path).read_bytes())


def _listing(public: Path, problems: list[str]) -> dict[str, Path]:
    """Return every file under `public/` by its path there, in the order of names."""
    if not public.is_dir():
        problems.append(f"{public} is no folder")
        return {}
    found: dict[str, Path] = {}
    for path in sorted(public.rglob("*")):
        name = path.relative_to(public).as_posix()
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            problems.append(f"public/{name} is neither a file nor a folder")
        elif path.is_file():
            found[name] = path
    return found


def _entry(item: FileSpec, files: Mapping[str, Path], public: Path, problems: list[str]) -> ReleaseEntry | None:
    is_folder = (public / item.path).is_dir()
    names = [name for name in files if name == item.path or PurePosixPath(item.path) in PurePosixPath(name).parents]
    if not names:
        problems.append(f"public/{item.path} is missing: {item.what}")
        return None
    members = tuple(_file(name, files[name]) for name in names)
    listing = "".join(f"{member.sha256}  {member.path}\n" for member in members).encode()
    return ReleaseEntry(
        path=item.path,
        what=item.what,
        unit=item.unit,
        count=_count(item, files, names),
        size_bytes=sum(member.size_bytes for member in members),
        sha256=hashlib.sha256(listing).hexdigest() if is_folder else members[0].sha256,
        is_folder=is_folder,
        files=members,
    )


def _file(name: str, path: Path) -> PublicFile:
    with path.open("rb") as file:
        return PublicFile(name, path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def _count(item: FileSpec, files: Mapping[str, Path], names: Sequence[str]) -> int:
    if item.unit != "rows":
        return len(names)
    # A full ranking has lines of many kilobytes; counting line ends needs neither csv nor memory.
    return sum(max(sum(1 for _ in _lines(files[name])) - 1, 0) for name in names)


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from file


def _table(path: Path, read: Callable[[BinaryIO], Value], problems: list[str]) -> Value | None:
    try:
        with path.open("rb") as file:
            return read(file)
    except OSError as error:
        problems.append(f"{path}: {error.strerror}")
    except (ManifestError, AnnotationsError, GalleryError) as error:
        problems.extend(f"{path}: {problem}" for problem in error.problems)
    return None


def _provenance(folder: Path, spec: ReleaseSpec, problems: list[str]) -> dict[str, Any]:
    if spec.provenance is None:
        return {}
    path = folder / spec.provenance
    try:
        value = json.loads(path.read_bytes())
    except OSError as error:
        problems.append(f"{path}: {error.strerror}")
        return {}
    except ValueError as error:
        problems.append(f"{path}: is no JSON: {error}")
        return {}
    return value if isinstance(value, dict) else {"content": value}
