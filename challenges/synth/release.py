"""Render and write a release in one piece: either the whole folder appears or nothing does."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from challenges.synth.card import chance_values, readme_text
from challenges.synth.plan import Item, plan_test, plan_train
from challenges.synth.png import png_bytes
from challenges.synth.render import render
from challenges.synth.scenes import PRESETS
from challenges.synth.stream import Stream
from challenges.synth.tables import (
    HIDDEN_COLUMNS,
    IMAGE_COLUMNS,
    annotation_row,
    write_gallery,
    write_samples,
    write_table,
)

GENERATOR_REVISION = 1
"""Raised by the commit that changes any byte of any release."""
LEAST_IDENTITIES, MOST_IDENTITIES = 2, 2_000
PUBLIC_COLUMNS = (*IMAGE_COLUMNS, *HIDDEN_COLUMNS)
TEST_COLUMNS = ("track", "role", *IMAGE_COLUMNS, "split", *HIDDEN_COLUMNS)

Row = dict[str, str]
Progress = Callable[[int, int], None]
"""Called with the number of images done and to be done."""


class SynthesisError(ValueError):
    """Say why a release cannot be made with these arguments; nothing was written."""


@dataclass(frozen=True)
class Synthesis:
    """Summarise a release that was written: where, and how many images and bytes."""

    folder: Path
    images: int
    size_bytes: int


def synthesize(
    out: Path | str, *, identities: int = 48, seed: int, preset: str = "agreid", progress: Progress | None = None
) -> Synthesis:
    """Render AG-Synth and write its release into the folder `out`.

    Parameters
    ----------
    out : folder that does not exist or is empty; it appears when all is written.
    identities : number of training and of test identities, 2 to 2,000; validation has a quarter as many.
    seed : integer of any size, 0 or more. It decides every byte, so whoever knows it knows the hidden labels.
    preset : a key of `scenes.PRESETS`.
    progress : called with (images done, images in all).

    Raises
    ------
    SynthesisError if an argument is out of range or `out` is in use. OSError from the file system, with nothing left.
    """
    folder = Path(out)
    _check(folder, identities=identities, seed=seed, preset=preset)
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        images = _write(draft, identities=identities, seed=seed, preset=preset, progress=progress)
        draft.chmod(0o755)
        size = sum(path.stat().st_size for path in draft.rglob("*") if path.is_file())
        os.replace(draft, folder)  # noqa: PTH105 - replaces an empty folder; Path.replace is the same call
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return Synthesis(folder, images, size)


def _check(folder: Path, *, identities: int, seed: int, preset: str) -> None:
    if not LEAST_IDENTITIES <= identities <= MOST_IDENTITIES:
        raise SynthesisError(f"identities must be {LEAST_IDENTITIES} to {MOST_IDENTITIES:,}, not {identities:,}")
    if seed < 0:
        raise SynthesisError(f"the seed must be 0 or more, not {seed}")
    if preset not in PRESETS:
        raise SynthesisError(f"unknown preset {preset!r}: there are {', '.join(sorted(PRESETS))}")
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise SynthesisError(f"{folder} is in use: give a folder that does not exist or is empty")


def _write(draft: Path, *, identities: int, seed: int, preset: str, progress: Progress | None) -> int:
    chosen = PRESETS[preset]
    stream = Stream("agsynth", GENERATOR_REVISION, preset, seed)
    parts = {
        "train": plan_train(stream.fork("train"), identities=identities, preset=chosen),
        "val": plan_test(stream.fork("val"), identities=max(2, identities // 4), preset=chosen),
        "test": plan_test(stream.fork("test"), identities=identities, preset=chosen),
    }
    total, done = sum(len(items) for items in parts.values()), 0
    rows: dict[str, list[Row]] = {}
    for part, items in parts.items():
        rows[part] = _render(draft / "public" / part / "images", items, done=done, total=total, progress=progress)
        done += len(items)
    _write_tables(draft, rows, stream.fork("samples"))
    _write_provenance(draft, rows, identities=identities, seed=seed, preset=preset)
    return total


def _render(folder: Path, items: Sequence[Item], *, done: int, total: int, progress: Progress | None) -> list[Row]:
    """Write one part's images and return their rows, in the order of the plan."""
    folder.mkdir(parents=True)
    rows = []
    for number, item in enumerate(items, start=done + 1):
        picture = render(item.shot)
        (folder / f"{item.name}.png").write_bytes(png_bytes(picture.pixels))
        rows.append(annotation_row(item, picture))
        if progress is not None:
            progress(number, total)
    return rows


def _write_tables(draft: Path, rows: dict[str, list[Row]], stream: Stream) -> None:
    public, hidden = draft / "public", draft / "hidden"
    hidden.mkdir()
    write_table(public / "train" / "annotations.csv", PUBLIC_COLUMNS, rows["train"])
    write_table(public / "val" / "annotations.csv", TEST_COLUMNS, rows["val"])
    write_table(hidden / "annotations.csv", TEST_COLUMNS, rows["test"])
    for part in ("val", "test"):
        write_table(public / part / "images.csv", ("track", "role", "image_id"), rows[part])
        write_gallery(public / part / "gallery.csv", rows[part])
        write_samples(public if part == "test" else public / part, rows[part], stream.fork(part))
    text = readme_text(train=rows["train"], val=rows["val"], test=rows["test"])
    (public / "README.md").write_bytes(text.encode())


def _write_provenance(draft: Path, rows: dict[str, list[Row]], *, identities: int, seed: int, preset: str) -> None:
    """Write how the release was made and the SHA-256 of every file; it names the seed and so stays with the hidden part."""
    files = sorted(path for path in draft.rglob("*") if path.is_file())
    provenance = {
        "schema": 1,
        "synthetic": True,
        "generator_revision": GENERATOR_REVISION,
        "seed": seed,
        "identities": identities,
        "preset": preset,
        "chance": {part: chance_values(rows[part]) for part in ("val", "test")},
        "files": {path.relative_to(draft).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files},
    }
    (draft / "agsynth.json").write_text(json.dumps(provenance, indent=1, sort_keys=True) + "\n", encoding="utf-8")
