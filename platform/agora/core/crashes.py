"""Tell where a Python child failed from what it printed, and repeat nothing that it made up."""

import builtins
import os
import re
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

_FRAME = re.compile(r'^ {2}File "(?P<file>[^"\n]+)", line (?P<line>\d{1,6}), in (?P<name>[\w<>]+)$', re.MULTILINE)
_ERROR_CLASS = re.compile(r"^(?:\w+\.)*(?P<name>\w+)(?=:|$)", re.MULTILINE)
_DEFINED_CLASS = re.compile(r"^class (\w+)", re.MULTILINE)
_BUILT_IN = frozenset(
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)
)
_FRAMES = 6


def places(stderr: str, roots: Sequence[str]) -> str:
    """Return the class of a child's error and its innermost places in code; empty when it printed no traceback.

    A hostile child prints what it likes: labels, terminal codes, tracebacks of code that is not. So a place is told only if it
    exists, that is a line of a file below `roots` and a function that this file defines; and a class only if Python or one of
    these files defines it. Messages are never told: they may quote data.
    """
    found = [_place(match, roots) for match in list(_FRAME.finditer(stderr))[-_FRAMES:]]
    told = [(place, source) for place, source in found if place]
    known = _BUILT_IN.union(chain.from_iterable(_DEFINED_CLASS.findall(source) for _, source in told))
    classes = [match["name"] for match in _ERROR_CLASS.finditer(stderr) if match["name"] in known]
    return " < ".join([*classes[-1:], *(place for place, _ in reversed(told))])


def _place(match: re.Match[str], roots: Iterable[str]) -> tuple[str, str]:
    """Return a frame as it is told, empty when it is made up, and the source that it lies in."""
    source, line, name = _source(match["file"], roots), int(match["line"]), match["name"]
    is_real = line <= source.count("\n") + 1 and (name == "<module>" or f"def {name}(" in source)
    return (f"{Path(match['file']).name}:{line} {name}" if source and is_real else ""), source


def _source(file: str, roots: Iterable[str]) -> str:
    """Return the text of a Python file below one of the roots, empty when it is none."""
    try:
        path = os.path.realpath(file)
        if not path.endswith(".py") or not any(path == root or path.startswith(f"{root}/") for root in roots):
            return ""
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError):  # ValueError: a NUL, which no name has
        return ""
