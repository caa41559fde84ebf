"""Read the text files that a pack names."""

from pathlib import Path

from challenges.errors import Collector


def read_text(folder: Path, name: str | None, *, place: tuple[str, str], faults: Collector) -> str:
    """Return a text file of the pack, noting a fault at `place` (table, key) if it cannot be read.

    `name` is None where the key itself is at fault and has been noted already; the result is then empty.
    """
    if name is None:
        return ""
    try:
        text = (folder / name).read_text(encoding="utf-8")
    except OSError as error:
        faults.add(*place, f'"{name}" cannot be read: {error.strerror}')
        return ""
    except UnicodeDecodeError:
        faults.add(*place, f'"{name}" is not UTF-8 text')
        return ""
    if not text.strip():
        faults.add(*place, f'"{name}" is empty')
    return text
