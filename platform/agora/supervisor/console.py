"""Short lines for the operator; everything else is in the logs."""

import json
import sys
from pathlib import Path


def say(text: str) -> None:
    """Write one line to the terminal at once, also through a pipe; a closed terminal is no reason to fail."""
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except (BrokenPipeError, OSError):
        # The terminal is gone; the site goes on until it is told to stop.
        return


def demo_lines(file: Path) -> list[str]:
    """Return the demo accounts to print, from the file that `manage.py demo` writes; none without it."""
    try:
        accounts = json.loads(file.read_text(encoding="utf-8"))["accounts"]
        return [f"  {entry['role']:<12} {entry['email']}  {entry['password']}" for entry in accounts]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return []
