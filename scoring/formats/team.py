"""Do pieces of work on several threads and take their results in order.

The thread that hands out the work helps whenever the others are behind: on two cores one thread reads and hashes a file while
the other parses it, and both parse what is left over. Nothing that is computed depends on who computed it.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Event, Thread
from types import TracebackType
from typing import Generic, Self, TypeVar

Piece = TypeVar("Piece")
Bench = TypeVar("Bench")
Found = TypeVar("Found")


def threads() -> int:
    """Return how many threads a reader may use: what NUMBA_NUM_THREADS allows, at most the processors it may run on."""
    allowed = os.environ.get("NUMBA_NUM_THREADS", "")
    processors = len(os.sched_getaffinity(0))
    return max(1, min(int(allowed), processors) if allowed.isdigit() else processors)


@dataclass
class _Task(Generic[Piece, Found]):
    """Hold one piece and what became of it."""

    piece: Piece
    done: Event = field(default_factory=Event)
    found: Found | None = None
    error: BaseException | None = None


class Team(Generic[Piece, Bench, Found]):
    """Work on pieces with one thread per bench, the caller's among them; see the module.

    Parameters
    ----------
    work : callable
        Turns a piece into what is found in it, with the bench of the thread that does it.
    benches : sequence
        What each thread writes on; the first is the caller's.
    """

    def __init__(self, work: Callable[[Piece, Bench], Found], benches: Sequence[Bench]) -> None:
        self._work = work
        self._benches = benches
        self._queue: SimpleQueue[_Task[Piece, Found] | None] = SimpleQueue()
        self._tasks: deque[_Task[Piece, Found]] = deque()
        self._threads: list[Thread] = []

    def __len__(self) -> int:
        """Return the number of pieces that were handed out and not taken back."""
        return len(self._tasks)

    def hand_out(self, piece: Piece) -> None:
        """Let the next free thread work on a piece."""
        task: _Task[Piece, Found] = _Task(piece)
        self._tasks.append(task)
        self._queue.put(task)
        # A small file is one piece and starts no thread.
        if len(self._tasks) > 1 and len(self._threads) + 1 < len(self._benches):
            bench = self._benches[len(self._threads) + 1]
            thread = Thread(target=self._run, args=(bench,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def take(self) -> tuple[Piece, Found]:
        """Return the oldest piece with what was found in it; work until that is known.

        Raises
        ------
        BaseException
            What the work raised.
        """
        task = self._tasks.popleft()
        while not task.done.is_set():
            try:
                waiting = self._queue.get_nowait()
            except Empty:
                task.done.wait()
                break
            if waiting is not None:
                self._do(waiting, self._benches[0])
        if task.error is not None:
            raise task.error
        assert task.found is not None  # noqa: S101 (it is done and has no error)
        return task.piece, task.found

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _run(self, bench: Bench) -> None:
        while (task := self._queue.get()) is not None:
            self._do(task, bench)

    def _do(self, task: _Task[Piece, Found], bench: Bench) -> None:
        try:
            task.found = self._work(task.piece, bench)
        except BaseException as error:  # noqa: BLE001 (it is raised again where the piece is taken)
            task.error = error
        task.done.set()
