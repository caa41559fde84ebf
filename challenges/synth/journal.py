"""Keep an unfinished release beside its place, so that the same command goes on where it stopped.

The folder `.<name>.unfinished` holds the settings, the files written so far under `release/` and a journal with a line
for each finished image: part, name, SHA-256 of the file and row. An image counts as finished only if its line is whole
and its file has that hash, so a kill at any moment costs the images in the works and nothing else.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from challenges.synth.populations import Item, Row, SynthesisError

_SETTINGS, _JOURNAL, _LOCK = "settings.json", "journal.jsonl", "lock"


@dataclass(frozen=True)
class Done:
    """Hold what is known of a finished image: the SHA-256 of its file, hexadecimal, and its row."""

    sha256: str
    row: Row


@dataclass
class Draft:
    """Hold an unfinished release: where its files lie and what is done, by (part, image id)."""

    folder: Path
    done: dict[tuple[str, str], Done] = field(default_factory=dict)

    @property
    def release(self) -> Path:
        """Return the folder that becomes the release."""
        return self.folder / "release"

    def note(self, part: str, name: str, done: Done) -> None:
        """Write down that an image is finished; its file must be."""
        self.done[part, name] = Done(done.sha256, _shared(done.row))
        with (self.folder / _JOURNAL).open("a", encoding="ascii") as file:
            file.write(_line(part, name, done))

    def take_up(self, plan: Mapping[str, Sequence[Item]]) -> None:
        """Take what an earlier call finished and remove every other file it left among the images."""
        noted = dict(_noted(self.folder / _JOURNAL))
        for part, items in plan.items():
            images = images_of(self.release, part)
            images.mkdir(parents=True, exist_ok=True)
            planned = {item.name for item in items}
            for path in images.iterdir():
                known = noted.get((part, path.stem)) if path.stem in planned and path.suffix == ".png" else None
                if known is not None and hashlib.sha256(path.read_bytes()).hexdigest() == known.sha256:
                    self.done[part, path.stem] = known
                else:
                    path.unlink()
        # Written anew: a torn last line would spoil the one that follows it.
        rewritten = self.folder / f"{_JOURNAL}.new"
        rewritten.write_text("".join(_line(*key, done) for key, done in self.done.items()), encoding="ascii")
        rewritten.replace(self.folder / _JOURNAL)


def images_of(release: Path, part: str) -> Path:
    """Return the folder of one part's images."""
    return release / "public" / part / "images"


@contextmanager
def opened_draft(out: Path, settings: Mapping[str, object], *, restart: bool) -> Iterator[Draft]:
    """Yield the draft of the release `out`, locked: new, or what an earlier call with equal settings left.

    Raises
    ------
    SynthesisError if another process is at it, or the draft has other settings and `restart` is not set.
    """
    folder = out.parent / f".{out.name}.unfinished"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / _LOCK).open("w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SynthesisError(f"another process is writing {out}") from error
        _settle(folder, settings, out=out, restart=restart)
        yield Draft(folder)


def _settle(folder: Path, settings: Mapping[str, object], *, out: Path, restart: bool) -> None:
    """Write the settings of a new draft; compare those of an old one."""
    text, path = json.dumps(settings, indent=1, sort_keys=True) + "\n", folder / _SETTINGS
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    if path.exists() and not restart:
        raise SynthesisError(
            f"{folder} holds an unfinished {out.name} with other settings; give those of {_SETTINGS} in it to go on, "
            "or remove the folder to begin anew"
        )
    for left in folder.iterdir():
        if left.is_dir():
            shutil.rmtree(left)
        elif left.name != _LOCK:
            left.unlink()
    whole = path.with_suffix(".new")
    whole.write_text(text, encoding="utf-8")
    whole.replace(path)


def finish(draft: Draft, out: Path) -> None:
    """Put the release in its place in one step; `out` does not exist or is an empty folder."""
    os.replace(draft.release, out)  # noqa: PTH105 - replaces an empty folder; Path.replace is the same call
    shutil.rmtree(draft.folder, ignore_errors=True)


def _line(part: str, name: str, done: Done) -> str:
    return json.dumps([part, name, done.sha256, dict(done.row)], separators=(",", ":")) + "\n"


def _noted(path: Path) -> Iterator[tuple[tuple[str, str], Done]]:
    """Yield the whole lines of a journal; one that a kill tore is passed over."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            try:
                part, name, sha256, row = json.loads(line)
            except ValueError:
                continue
            yield (part, name), Done(sha256, _shared(row))


def _shared(row: Row) -> Row:
    """Return the row with one copy of each common value: there are a hundred thousand rows of the same few words."""
    return {sys.intern(column): sys.intern(value) for column, value in row.items()}
