"""What the web server is told beside its command line: `gunicorn --config python:agora.config.web agora.config.wsgi`.

Each web process counts requests in a file of its own below `PROMETHEUS_MULTIPROC_DIR`, by default the folder run/metrics of
`AGORA_VAR`; any of them adds the files up for a scrape. The library reads the variable when it is imported, so it is set here,
in the main process, before any application code runs.
"""

import os
from pathlib import Path
from typing import Any

from agora.core.access import WebLogger

logger_class = WebLogger
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def on_starting(server: Any) -> None:
    """Begin to count anew: what an earlier run has left would be added."""
    var = Path(os.environ.get("AGORA_VAR") or Path(os.environ.get("AGORA_ROOT") or Path.cwd()) / "var")
    folder = Path(os.environ.setdefault(_FOLDER, str(var.absolute() / "run" / "metrics")))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in folder.glob("*.db"):
        left.unlink()


def child_exit(server: Any, worker: Any) -> None:
    """Forget what a process that ended was doing; what it counted stays counted."""
    from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415 - reads the variable when imported

    mark_process_dead(worker.pid, os.environ[_FOLDER])  # type: ignore[no-untyped-call]
