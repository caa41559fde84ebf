"""Keep logs bounded while processes write to them, and the supervisor's own beside them."""

import logging
import os
import shutil
from logging.handlers import RotatingFileHandler
from pathlib import Path

from agora.core.logs import JSONFormatter

LOG_BYTES = 16 * 1024 * 1024  # a log above this size is cut
_LONGEST_LINE = 1024 * 1024
OLDER_LOGS = 3  # how many cut ones are kept: `<name>.log.1` is the newest


def rotate(log: Path, *, limit_bytes: int = LOG_BYTES, older: int = OLDER_LOGS) -> bool:
    """Move what a log holds aside once it is above the limit, and let it begin anew; return whether it was cut.

    Several processes hold the file open (a web server's, a pool's) and cannot be told to open another, so the content is copied
    and the file itself cut to nothing. They append, so they go on at its new end. A line written between the end of the copy
    and the cut is lost: microseconds, once in 16 MiB; one that the copy met half written is lost as a whole. When the disk is full
    nothing is copied: a log never grows without end.
    """
    try:
        if log.stat().st_size <= limit_bytes:
            return False
    except FileNotFoundError:
        return False
    names = [log.with_name(f"{log.name}.{number}") for number in range(1, older + 1)]
    names[-1].unlink(missing_ok=True)
    for earlier, later in zip(names[-2::-1], names[:0:-1], strict=True):
        if earlier.exists():
            earlier.replace(later)
    _copy_and_cut(log, names[0])
    return True


def _copy_and_cut(log: Path, target: Path) -> None:
    with log.open("r+b") as source:
        try:
            with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as copy:
                shutil.copyfileobj(source, copy, 1024 * 1024)
        except OSError:
            target.unlink(missing_ok=True)
        source.truncate(0)
    if target.exists():
        os.truncate(target, _end_of_last_line(target))


def _end_of_last_line(file: Path) -> int:
    """Return where the last whole line of a file ends; all of a file that has no line end."""
    size = file.stat().st_size
    with file.open("rb") as content:
        start = max(0, size - _LONGEST_LINE)
        content.seek(start)
        end = content.read().rfind(b"\n")
    return start + end + 1 if end >= 0 else size


def write_log_to(file: Path) -> None:
    """Write what the supervisor does to a log of its own, in the form of the site's other processes."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = RotatingFileHandler(file, maxBytes=LOG_BYTES, backupCount=OLDER_LOGS, encoding="utf-8")
    handler.setFormatter(JSONFormatter())
    journal = logging.getLogger("agora.supervisor")
    journal.addHandler(handler)
    journal.setLevel(logging.INFO)
    journal.propagate = False
    os.environ["AGORA_PROCESS"] = "supervisor"
