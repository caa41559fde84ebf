"""Start the scorer's child for a check, an evaluation or a comparison of scored entries, and read what it left."""

import json
import math
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Protocol

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
#: What each task may answer: outcome to the part that holds it, and the type of that part.
_OUTCOMES: Final[Mapping[str, Mapping[str, tuple[str, type]]]] = {
    "check": {"report": ("report", dict)},
    "evaluate": {"scored": ("result", dict), "invalid": ("report", dict)},
    "compare": {"compared": ("result", dict), "refused": ("code", str)},
    "tiers": {"sorted": ("result", dict), "refused": ("code", str)},
    "slices": {"sliced": ("result", dict), "refused": ("code", str)},
}

Stored = tuple[str, str]  # alias and key of an object


class Question(Protocol):
    """What the child can be asked."""

    @property
    def task(self) -> str:
        """Return the scorer's name of the task."""

    @property
    def objects(self) -> Mapping[str, Stored | None]:
        """Return the stored objects by names of our own."""

    def words(self, given: Mapping[str, int | None]) -> Mapping[str, Any]:
        """Return the question as the child reads it, the objects being descriptors now."""


@dataclass(frozen=True)
class Job:
    """What the child is asked: each object is (alias, key), handed over as a descriptor."""

    task: Literal["check", "evaluate"]
    submission: Stored
    format: Mapping[str, Any]
    protocol: Mapping[str, Any]
    images: Stored | None = None
    annotations: Stored | None = None
    gallery_identities: Stored | None = None

    @property
    def objects(self) -> dict[str, Stored | None]:
        """Return the stored objects by the name under which the child knows them."""
        return {name: getattr(self, name) for name in ("submission", "images", "annotations", "gallery_identities")}

    def words(self, given: Mapping[str, int | None]) -> dict[str, Any]:
        """Return the question as the child reads it."""
        described = {"format": dict(self.format), "protocol": dict(self.protocol)}
        return {**given, **described, "limits": reading_limits().to_mapping()}


@dataclass(frozen=True)
class ComparisonJob:
    """What the child is asked about scored entries, by one of its tasks `compare`, `tiers` and `slices`.

    `per_query` are the tables that scoring left, in the entries' order. All entries were scored on the annotations of
    `annotations_sha256` under the protocol of `protocol_hash`. `asked` holds what a task needs beside them
    (`scoring.comparison.jobs`): `split` and `metric`, or `metrics` and `columns`.
    """

    task: str
    protocol: Mapping[str, Any]
    protocol_hash: str
    annotations: Stored
    annotations_sha256: str
    per_query: tuple[Stored, ...]
    asked: Mapping[str, Any]

    @property
    def objects(self) -> dict[str, Stored | None]:
        """Return the stored objects, the entries' tables by their place."""
        return {"annotations": self.annotations, **{str(place): key for place, key in enumerate(self.per_query)}}

    def words(self, given: Mapping[str, int | None]) -> dict[str, Any]:
        """Return the question as the child reads it."""
        under = {"annotations_sha256": self.annotations_sha256, "protocol_hash": self.protocol_hash}
        entries = [{"per_query": given[str(place)], **under} for place in range(len(self.per_query))]
        found = {"protocol": dict(self.protocol), "annotations": given["annotations"], "entries": entries}
        return {**found, **self.asked}


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


def ask_scorer(job: Question, *, is_interrupted: Callable[[], bool] = lambda: False) -> Answer:
    """Run one job in a child of its own; OSError when an object cannot be opened here."""
    with ExitStack() as stack:
        given = {
            name: stack.enter_context(descriptor(*stored)) if stored else None for name, stored in job.objects.items()
        }
        result, per_query = stack.enter_context(_memory_file("result")), stack.enter_context(_memory_file("per_query"))
        message = {
            **job.words(given),
            "task": job.task,
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
    if not isinstance(message, dict) or not _is_shallow(message):
        return None
    part, kind = _OUTCOMES[task].get(str(message.get("outcome")), ("", dict))
    return message if isinstance(message.get(part), kind) else None


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
