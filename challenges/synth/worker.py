"""Render what the parent sends, until it sends no more: `python -m challenges.synth.worker DESCRIPTOR`.

It speaks to `crew` over an inherited socket. The parent's end tells it to stop, an interrupt of the terminal does not.
"""

from __future__ import annotations

import signal
import sys
from multiprocessing.connection import Connection

from challenges.synth.crew import make


def main() -> None:
    """Answer lists of tasks with what came of each, or with the error of the file system."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connection: Connection = Connection(int(sys.argv[1]))
    try:
        while True:
            for task in connection.recv():
                try:
                    connection.send(make(task))
                except OSError as error:
                    connection.send(error)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the parent is done, or gone


if __name__ == "__main__":
    main()
