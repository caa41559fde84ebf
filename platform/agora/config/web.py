"""What the web server is told beside its command line: `gunicorn --config python:agora.config.web agora.config.wsgi`.

Each web process counts requests in a file of its own below `PROMETHEUS_MULTIPROC_DIR`, by default the folder run/metrics of
`AGORA_VAR`; any of them adds the files up for a scrape. The library reads the variable when it is imported, so it is set here,
in the main process, before any application code runs; and is imported by web processes alone, each of which decides anew.
"""

import os
from pathlib import Path
from typing import Any, Final

from agora.core.access import WebLogger

logger_class = WebLogger
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
# The library's names of a process's files, and how much of the disk each takes at once: a few hundred routes × methods × answers.
_FILES: Final = {"counter": 64 * 1024, "gauge_livesum": 64 * 1024, "histogram": 1024 * 1024}


def on_starting(server: Any) -> None:
    """Begin to count anew: what an earlier run has left would be added."""
    var = Path(os.environ.get("AGORA_VAR") or Path(os.environ.get("AGORA_ROOT") or Path.cwd()) / "var")
    folder = Path(os.environ.setdefault(_FOLDER, str(var.absolute() / "run" / "metrics")))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in folder.glob("*.db"):
        left.unlink()


def post_fork(server: Any, worker: Any) -> None:
    """Take the room that counting needs before anything is counted; without it this process counts in its memory alone.

    The files are mapped, and on a full disk a write into a mapping is no error: the kernel kills the process, the next one too.
    """
    files = [Path(os.environ[_FOLDER]) / f"{name}_{os.getpid()}.db" for name in _FILES]
    try:
        for file, size in zip(files, _FILES.values(), strict=True):
            with file.open("wb") as opened:
                os.posix_fallocate(opened.fileno(), 0, size)
    except OSError:
        for file in files:
            file.unlink(missing_ok=True)
        del os.environ[_FOLDER]


def child_exit(server: Any, worker: Any) -> None:
    """Forget what a process that ended was doing; what it counted stays counted."""
    for live in Path(os.environ[_FOLDER]).glob(f"gauge_live*_{worker.pid}.db"):
        live.unlink(missing_ok=True)
