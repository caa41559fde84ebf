"""Make packs, annotations and submissions for the tests of the challenge engine."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from challenges.registry import PACKS


def copied_pack(
    folder: Path, slug: str = "agsynth", *, edits: Mapping[str, str] | None = None, file: str = "challenge.toml"
) -> Path:
    """Copy a pack into `folder` and replace pieces of one of its files."""
    target = folder / slug
    shutil.copytree(PACKS / slug, target)
    path = target / file
    text = path.read_text(encoding="utf-8")
    for old, new in (edits or {}).items():
        assert old in text, f"{old!r} is not in the pack"
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    return target
