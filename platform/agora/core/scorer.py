"""Start the scorer's child for a check or an evaluation and read what it left."""

import json
import math
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from django.conf import settings

import scoring
from agora.core.children import Ending, Limits, Outcome, run_child
from agora.core.confinement import Confinement
from agora.core.storage import descriptor
from scoring import Limits as ReadingLimits

COMMAND = (sys.executable, "-I", "-m", "scoring.child")
READABLE = (Path(scoring.__file__).parent,)  # the scorer's own code and compiled kernels; all else comes as descriptors
# The report of a bad file and the per-query table of a large test set stay far below; beyond it the child gets SIGXFSZ.
RESULT_BYTES = 256 * 1024 * 1024
# A message is numbers and a report with capped lists, 100 kB at most. Read as JSON, its bytes can grow twentyfold in memory.
MESSAGE_BYTES = 4 * 1024 * 1024
MESSAGE_DEPTH = 16
_LIMITS = frozenset({Ending.MEMORY, Ending.DEADLINE, Ending.TASKS, Ending.SIZE})


@dataclass(frozen=True)
class Job:
    """What the child is asked: each object is (alias, key), handed over as a descriptor."""

    task: Literal["check", "evaluate"]
    submission: tuple[str, str]
    format: Mapping[str, Any]
    protocol: Mapping[str, Any]
    images: tuple[str, str] | None = None
    annotations: tuple[str, str] | None = None
    gallery_identities: tuple[str, str] | None = None

    @property
    def objects(self) -> dict[str, tuple[str, str] | None]:
        """Return the stored objects by the name under which the child knows them."""
        return {name: getattr(self, name) for name in ("submission", "images", "annotations", "gallery_identities")}


@dataclass(frozen=True)
class Answer:
    """What a child left: its message, None when it is none that the task can give, and the per-query table's bytes."""

    outcome: Outcome
    message: dict[str, Any] | None
    per_query: bytes = b""

    @property
    def limit(self) -> str:
        """Return which limit the child hit: `memory`, `deadline`, `tasks`, `size` or none."""
        return str(self.outcome.ending) if self.outcome.ending in _LIMITS else ""


def ask_scorer(job: Job, *, is_interrupted: Callable[[], bool] = lambda: False) -> Answer:
    """Run one job in a child of its own; OSError when an object cannot be opened here."""
    with ExitStack() as stack:
        given = {
            name: stack.enter_context(descriptor(*stored)) if stored else None for name, stored in job.objects.items()
        }
        result, per_query = stack.enter_context(_memory_file("result")), stack.enter_context(_memory_file("per_query"))
        message = {
            "task": job.task,
            **given,
            "format": dict(job.format),
            "protocol": dict(job.protocol),
            "limits": reading_limits().to_mapping(),
            "result": result,
            "per_query": per_query if job.task == "evaluate" else None,
        }
        question = stack.enter_context(_memory_file("job"))
        os.write(question, json.dumps(message).encode())
        os.lseek(question, 0, os.SEEK_SET)
        outcome = run_child(
            [*COMMAND, str(question)],
            limits=child_limits(),
            descriptors=[*(number for number in given.values() if number is not None), result, per_query, question],
            confinement=Confinement(readable=READABLE),
            environment=_numba_environment(),
            is_interrupted=is_interrupted,
        )
        answer = _message(result, job.task) if outcome.ending is Ending.FINISHED else None
        return Answer(outcome, answer, _content(per_query) if answer else b"")


def reading_limits() -> ReadingLimits:
    """Return how much of a file the scorer reads on this site."""
    return ReadingLimits(max_bytes=settings.UPLOAD_MAX_BYTES, max_expanded_bytes=settings.UPLOAD_EXPANDED_MAX_BYTES)


def child_limits() -> Limits:
    """Return what a scoring child may use on this machine: half the cores, as many as run beside each other."""
    return Limits(
        memory_bytes=settings.CHILD_MEMORY_BYTES,
        deadline_seconds=settings.CHILD_DEADLINE_SECONDS,
        file_bytes=RESULT_BYTES,
        threads=min(2, len(os.sched_getaffinity(0))),
    )


def _numba_environment() -> dict[str, str]:
    """Pass on where compiled code lies and for which CPU it was compiled, when this installation says so."""
    names = ("NUMBA_CACHE_DIR", "NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES")
    return {name: os.environ[name] for name in names if name in os.environ}


@contextmanager
def _memory_file(name: str) -> Iterator[int]:
    number = os.memfd_create(name)
    try:
        yield number
    finally:
        os.close(number)


def _content(number: int) -> bytes:
    size, parts, at = os.fstat(number).st_size, [], 0
    while at < size:
        parts.append(os.pread(number, size - at, at))
        at += len(parts[-1])
    return b"".join(parts)


def _message(number: int, task: str) -> dict[str, Any] | None:
    """Return the child's message if it is one that the task can give: it comes from a process that read a stranger's file."""
    if os.fstat(number).st_size > MESSAGE_BYTES:
        return None
    try:
        message = json.loads(_content(number), parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError):
        return None
    outcomes = {"check": {"report": "report"}, "evaluate": {"scored": "result", "invalid": "report"}}[task]
    if not isinstance(message, dict) or not _is_shallow(message):
        return None
    part = outcomes.get(str(message.get("outcome")), "")
    return message if isinstance(message.get(part), dict) else None


def _is_shallow(message: object) -> bool:
    """Say whether nothing lies deeper than a message can be: whoever walks it later may do so by recursion."""
    level: list[object] = [message]
    for _ in range(MESSAGE_DEPTH):
        folded = [item.values() if isinstance(item, dict) else item for item in level if isinstance(item, dict | list)]
        level = [item for items in folded for item in items]
    return not level


def _finite(text: str) -> float:
    """Refuse numbers too large for a float, which Python's reader would take as infinite."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _refuse_constant(name: str) -> None:
    """Refuse NaN and infinities, which Python's reader would take."""
    raise ValueError(name)
