"""Read a pack's folder into a `Challenge`, or say everything that is wrong with it."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from challenges import phases
from challenges.errors import ChallengeError, Collector, Problem
from challenges.files import read_text
from challenges.reported import read_reported
from challenges.spec import (
    Challenge,
    FileSpec,
    Licence,
    Organiser,
    Phase,
    ReleaseSpec,
    Reported,
    Synthesis,
    Track,
)
from challenges.tables import CHALLENGE
from challenges.tree import read_table

FILE_NAME = "challenge.toml"
SCHEMA = 1

Tree = dict[str, Any]


def read_challenge(folder: Path) -> Challenge:
    """Read the pack in `folder`.

    Raises
    ------
    ChallengeError
        With every problem of `challenge.toml` and of the files that it names.
    """
    faults = Collector(FILE_NAME)
    tree = read_table(_parse(folder / FILE_NAME), CHALLENGE, where="", faults=faults)
    if tree["schema"] not in (None, SCHEMA):
        faults.add("", "schema", f"is {tree['schema']}; this version reads {SCHEMA}")
    texts = {
        key: read_text(folder, tree[key], place=("", key), faults=faults) for key in ("description", "rules", "data")
    }
    unique(tree["tracks"], where="tracks", faults=faults)
    unique(tree["phases"], where="phases", faults=faults)
    built = tuple(
        phases.build_phase(tree, number, folder=folder, faults=faults) for number in range(len(tree["phases"]))
    )
    reported = _reported(tree, built, folder=folder, faults=faults)
    if faults.problems:
        raise ChallengeError(faults.problems)
    return _assemble(tree, texts, built, reported=reported, folder=folder)


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        message = f"not found in {path.parent}; a folder is a challenge if it holds this file"
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 text: byte {error.start + 1} cannot be read"
    except tomllib.TOMLDecodeError as error:
        message = f"is not valid TOML: {error}"
    raise ChallengeError([Problem(FILE_NAME, "", "", message)])


def unique(items: Iterable[Mapping[str, Any]], *, where: str, faults: Collector) -> None:
    """Note every slug that stands twice in an array of tables."""
    seen: set[str] = set()
    for position, item in enumerate(items, 1):
        slug = item["slug"]
        if slug is not None and slug in seen:
            faults.add(f"{where}[{position}]", "slug", f'"{slug}" is used twice')
        seen.add(slug)


def _reported(tree: Tree, built: tuple[Phase | None, ...], *, folder: Path, faults: Collector) -> Reported | None:
    table = tree["reported"]
    if table is None or not built or built[0] is None:
        return None
    columns = (*built[0].columns, built[0].primary_column)
    rows = read_reported(folder, table["file"], columns=columns, faults=faults)
    values = {key: table[key] for key in ("publication", "caption", "note_title", "note")}
    return Reported(columns=columns, rows=rows, **values)


def _assemble(
    tree: Tree, texts: Mapping[str, str], built: tuple[Phase | None, ...], *, reported: Reported | None, folder: Path
) -> Challenge:
    return Challenge(
        slug=tree["slug"],
        title=tree["title"],
        sentence=tree["sentence"],
        tags=tuple(tree["tags"]),
        organiser=Organiser(**tree["organiser"]),
        licence=Licence(**tree["licence"]),
        citation=tree["citation"].strip() + "\n",
        description=texts["description"],
        rules=texts["rules"],
        rules_version=tree["rules_version"],
        data_note=texts["data"],
        tracks=tuple(Track(**values) for values in tree["tracks"]),
        phases=tuple(phase for phase in built if phase is not None),
        reported=reported,
        release=_release(tree["release"]),
        synthesis=Synthesis(**tree["synthesis"]) if tree["synthesis"] else None,
        folder=folder,
    )


def _release(table: Tree | None) -> ReleaseSpec | None:
    if table is None:
        return None
    return ReleaseSpec(**{**table, "files": tuple(FileSpec(**values) for values in table["files"])})
