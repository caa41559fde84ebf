"""Scorers that misbehave: scripts that stand in the place of the scorer's command, each a real process."""

import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

import scoring
from agora.core import scorer

Breaker = Callable[[str], None]
_JOB = """
import json, os, sys
with os.fdopen(int(sys.argv[1])) as file:
    job = json.load(file)

def answer(text):
    os.write(job["result"], text.encode())
"""


class Stand:
    """Puts a script in the place of the scorer's command."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder, self._monkeypatch = folder, monkeypatch

    def in_(self, code: str) -> None:
        """Let the scorer's child run `code`; `job` is what it was asked and `answer(text)` writes its message."""
        script = self._folder / "child.py"
        script.write_text(_JOB + textwrap.dedent(code))
        self._monkeypatch.setattr(scorer, "COMMAND", (sys.executable, "-I", "-S", str(script)))
        self._monkeypatch.setattr(scorer, "READABLE", (script,))

    def out(self) -> None:
        """Let the real scorer work again."""
        self._monkeypatch.setattr(scorer, "COMMAND", (sys.executable, "-I", "-m", "scoring.child"))
        self._monkeypatch.setattr(scorer, "READABLE", (Path(scoring.__file__).parent,))


CRASH = "os.abort()"
LIE = 'answer("not json")'
NOTHING = ""
STATUS = "sys.exit(3)"
EATER = "block = bytearray(300 * 1024 * 1024)\nimport time; time.sleep(60)"
SLEEPER = "import time; time.sleep(60)"
FILLER = "block = bytes(1 << 20)\nwhile True:\n    os.write(job['result'], block)"
BOMB = """
import threading
threading.stack_size(1 << 15)
while True:
    try:
        threading.Thread(target=threading.Event().wait, daemon=True).start()
    except RuntimeError:
        pass
"""
