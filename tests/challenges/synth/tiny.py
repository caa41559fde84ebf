"""The smallest release, which many tests compare with."""

from dataclasses import dataclass
from pathlib import Path

from challenges.synth import Synthesis

TINY = {"identities": 2, "seed": 9}


@dataclass(frozen=True)
class Tiny:
    """Hold a release of two identities that one process wrote without a stop, and what its progress was told."""

    made: Synthesis
    calls: list[tuple[int, int]]

    @property
    def bytes(self) -> dict[str, bytes]:
        """Return every file of the release."""
        return bytes_of(self.made.folder)


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder by its path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }
