"""Find challenges by the slug of a pack or by a folder."""

from pathlib import Path

from challenges.errors import ChallengeError, Problem, did_you_mean
from challenges.reader import FILE_NAME, read_challenge
from challenges.spec import Challenge

PACKS = Path(__file__).parent / "packs"


def slugs() -> tuple[str, ...]:
    """Return the slugs of the packs that are part of the project, sorted."""
    return tuple(sorted(path.parent.name for path in PACKS.glob(f"*/{FILE_NAME}")))


def load(slug_or_folder: str | Path) -> Challenge:
    """Load a challenge by its slug or from a folder that holds `challenge.toml`.

    A text without a path separator that names a pack means the pack, whatever the working directory holds.

    Raises
    ------
    ChallengeError
        If there is no such challenge, or with every problem of its pack.
    """
    name = str(slug_or_folder)
    if isinstance(slug_or_folder, str) and name in slugs():
        return read_challenge(PACKS / name)
    folder = Path(slug_or_folder)
    if folder.is_dir() and (folder / FILE_NAME).exists():
        return read_challenge(folder)
    known = slugs()
    message = f"there is no such challenge{did_you_mean(name, known)}; known: {', '.join(known)}; or give a folder with {FILE_NAME}"
    raise ChallengeError([Problem(f'"{name}"', "", "", message)])
