"""Write the files of a run in one piece."""

from __future__ import annotations

import os
from pathlib import Path

from baselines.training.errors import RunError


def write_whole(path: Path, content: bytes) -> None:
    """Write a file in one piece: whoever is killed meanwhile leaves the old one. RunError names it if the disk is full."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise RunError(f"{path.name} cannot be written ({error.strerror})") from error
