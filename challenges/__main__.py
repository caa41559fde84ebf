"""Run the commands of `python -m challenges`."""

import io
import os
import sys

from challenges.cli import main

# The shell's status for a program whose reader went away: 128 + SIGPIPE.
READER_GONE = 141


def _run() -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without arrows shows "?" rather than a traceback
    try:
        status = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # The rest has no reader; without this the interpreter would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READER_GONE
    return status


if __name__ == "__main__":
    sys.exit(_run())
