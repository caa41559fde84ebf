"""Render and write a release in one piece: the whole folder appears, or nothing but what the next call goes on with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from challenges.synth.card import chance_values, readme_text
from challenges.synth.catalogue import POPULATIONS
from challenges.synth.crew import Task, made, usual_workers
from challenges.synth.journal import Draft, finish, images_of, opened_draft
from challenges.synth.populations import IMAGE_COLUMNS, PARTS, Item, Population, Row, Settings, SynthesisError
from challenges.synth.stream import Stream
from challenges.synth.tables import write_gallery, write_samples, write_table

Plan = Mapping[str, Sequence[Item]]
Progress = Callable[[int, int], None]
"""Called with the number of images done and to be done."""


@dataclass(frozen=True)
class Synthesis:
    """Summarise a release that was written: where, how many images and bytes, and how many images were there before."""

    folder: Path
    images: int
    size_bytes: int
    resumed: int


def synthesize(  # noqa: PLR0913 - one keyword for each choice of a release
    out: Path | str,
    *,
    seed: int,
    identities: int | None = None,
    preset: str = "agreid",
    size: str = "small",
    fixed: Sequence[str] = (),
    scaled: Mapping[str, float] | None = None,
    population: str = "agsynth",
    workers: int | None = None,
    restart: bool = False,
    progress: Progress | None = None,
) -> Synthesis:
    """Render a synthetic challenge and write its release into the folder `out`.

    Parameters
    ----------
    out : folder that does not exist or is empty; it appears when all is written. Until then finished images lie in
        `.<name>.unfinished` beside it, and an equal call goes on with them.
    seed : integer of any size, 0 or more. It decides every byte, so whoever knows it knows the hidden labels.
    identities : number of training and of test identities; that of the size if left out.
    preset, size : of those that the population has.
    fixed, scaled : nuisances held at their plain value, and factors on the preset's strength of others.
    population : slug of a pack that can be made, a key of `catalogue.POPULATIONS`.
    workers : processes that render; as many as suit the number of images if left out. Bytes do not depend on it.
    restart : throw away what a call with other settings left unfinished, instead of refusing.
    progress : called with (images done, images in all).

    Raises
    ------
    SynthesisError if an argument is out of range, `out` is in use, or an unfinished release has other settings. OSError
    from the file system; what is finished stays for the next call, as it does after a KeyboardInterrupt.
    """
    folder, people = Path(out).absolute(), POPULATIONS[population]
    settings = Settings(
        seed, identities, preset, size, tuple(sorted(set(fixed))), tuple(sorted((scaled or {}).items()))
    )
    people.check(settings)
    if workers is not None and not 1 <= workers <= 256:
        raise SynthesisError(f"workers must be 1 to 256, not {workers}")
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise SynthesisError(f"{out} is in use: give a folder that does not exist or is empty")
    with opened_draft(folder, _described(people, settings), restart=restart) as draft:
        synthesis = _completed(draft, people, settings, workers=workers, progress=progress)
        finish(draft, folder)
    return replace(synthesis, folder=Path(out))


def _described(people: Population, settings: Settings) -> dict[str, object]:
    """Return the settings as the provenance names them."""
    return {
        "population": people.slug,
        "generator_revision": people.revision,
        "seed": settings.seed,
        "identities": settings.identities,
        "preset": settings.preset,
        "size": settings.size,
        "fixed": list(settings.fixed),
        "scaled": dict(settings.scaled),
    }


def _completed(
    draft: Draft, people: Population, settings: Settings, *, workers: int | None, progress: Progress | None
) -> Synthesis:
    """Render what is missing, write the tables and return the summary."""
    stream = people.stream(settings)
    plan = people.plan(stream, settings)
    draft.take_up(plan)
    resumed, total = len(draft.done), sum(len(items) for items in plan.values())
    tasks = list(_missing(draft, plan))
    with closing(made(tasks, workers=workers or usual_workers(len(tasks)))) as results:
        for number, result in enumerate(results, start=resumed + 1):
            draft.note(result.part, result.name, result.done)
            if progress is not None:
                progress(number, total)
    rows = {part: [draft.done[part, item.name].row for item in plan[part]] for part in PARTS}
    _write_tables(draft.release, people, rows, stream.fork("samples"))
    _write_provenance(draft, people, settings, rows)
    size = sum(path.stat().st_size for path in draft.release.rglob("*") if path.is_file())
    return Synthesis(draft.release, total, size, resumed)


def _missing(draft: Draft, plan: Plan) -> Iterator[Task]:
    for part, items in plan.items():
        folder = str(images_of(draft.release, part))
        for item in items:
            if (part, item.name) not in draft.done:
                yield Task(part, item, folder)


def _write_tables(release: Path, people: Population, rows: Mapping[str, Sequence[Row]], stream: Stream) -> None:
    public, hidden = release / "public", release / "hidden"
    hidden.mkdir(exist_ok=True)
    of_training = (*IMAGE_COLUMNS, *people.columns)
    of_test = ("track", "role", *IMAGE_COLUMNS, "split", *people.columns)
    write_table(public / "train" / "annotations.csv", of_training, rows["train"])
    write_table(public / "val" / "annotations.csv", of_test, rows["val"])
    write_table(hidden / "annotations.csv", of_test, rows["test"])
    for part in ("val", "test"):
        write_table(public / part / "images.csv", ("track", "role", "image_id"), rows[part])
        write_gallery(public / part / "gallery.csv", rows[part])
        folder = public if part == "test" else public / part
        write_samples(folder, rows[part], people.tracks, stream.fork(part))
    (public / "README.md").write_bytes(readme_text(people, rows).encode())


def _write_provenance(draft: Draft, people: Population, settings: Settings, rows: Mapping[str, Sequence[Row]]) -> None:
    """Write how the release was made and the SHA-256 of every file; it names the seed and so stays with the hidden part."""
    hashes = {f"public/{part}/images/{name}.png": done.sha256 for (part, name), done in draft.done.items()}
    for path in draft.release.rglob("*"):
        name = path.relative_to(draft.release).as_posix()
        if path.is_file() and name not in hashes and name != f"{people.slug}.json":
            hashes[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    provenance = {
        "schema": 1,
        "synthetic": True,
        **_described(people, settings),
        "chance": {part: chance_values(rows[part], people.tracks) for part in ("val", "test")},
        "files": hashes,
    }
    text = json.dumps(provenance, indent=1, sort_keys=True) + "\n"
    (draft.release / f"{people.slug}.json").write_text(text, encoding="utf-8")
