"""Render items, in this process or in several: the same files whoever makes them.

Each child takes a few items at a time over a socket and answers with what it made. A child ignores the terminal's
interrupt and ends when its socket closes, so it never outlives the parent, however that ends.
"""

from __future__ import annotations

import hashlib
import os
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from challenges.synth.journal import Done
from challenges.synth.png import png_bytes
from challenges.synth.populations import Item

_AT_A_TIME = 4
_IMAGES_PER_CHILD = 1200
"""Fewer are done sooner than another interpreter starts."""


@dataclass(frozen=True)
class Task:
    """Hold an item, the part it belongs to and the folder of its image."""

    part: str
    item: Item
    folder: str


@dataclass(frozen=True)
class Made:
    """Hold what came of a task."""

    part: str
    name: str
    done: Done


def make(task: Task) -> Made:
    """Render a task's image and write its file in one step."""
    pixels, row = task.item.render()
    data, path = png_bytes(pixels), Path(task.folder) / f"{task.item.name}.png"
    torn = path.with_suffix(f".{os.getpid()}")
    torn.write_bytes(data)
    torn.replace(path)
    return Made(task.part, task.item.name, Done(hashlib.sha256(data).hexdigest(), row))


def usual_workers(images: int) -> int:
    """Return how many processes suit this many images: as many as this one may use cores, one for few images."""
    return max(1, min(len(os.sched_getaffinity(0)), images // _IMAGES_PER_CHILD))


def made(tasks: Iterable[Task], *, workers: int) -> Generator[Made, None, None]:
    """Yield what came of each task, in the order in which they are finished.

    Raises
    ------
    OSError from the file system, of this process or a child; ChildProcessError if a child ended before its time.
    """
    todo = iter(tasks)
    for task in todo:
        yield make(task)
        if workers > 1:  # The first compiled the pixel loops into the cache, which children share.
            yield from _made_by_children(todo, workers)


def _made_by_children(todo: Iterator[Task], workers: int) -> Iterator[Made]:
    results: queue.SimpleQueue[Made | Exception | None] = queue.SimpleQueue()
    source = _Source(todo)
    with ExitStack() as stack:
        for _ in range(workers):
            stack.enter_context(_Child(source, results))
        running = workers
        while running:
            result = results.get()
            if result is None:
                running -= 1
            elif isinstance(result, Exception):
                raise result
            else:
                yield result


class _Source:
    """Give tasks to the threads of several children, a few at a time."""

    def __init__(self, todo: Iterator[Task]) -> None:
        self._todo, self._lock = todo, threading.Lock()

    def take(self) -> list[Task]:
        with self._lock:
            return [task for _, task in zip(range(_AT_A_TIME), self._todo, strict=False)]


class _Child:
    """Run one child and a thread that feeds it; leaving the context ends both."""

    def __init__(self, source: _Source, results: queue.SimpleQueue[Made | Exception | None]) -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            number = str(theirs.fileno())
            command = [sys.executable, "-m", "challenges.synth.worker", number]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=(theirs.fileno(),))
            self._connection: Connection = Connection(ours.detach())
        self._source, self._results = source, results
        self._thread = threading.Thread(target=self._feed, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        self._thread.join()
        self._connection.close()

    def _feed(self) -> None:
        try:
            while tasks := self._source.take():
                self._connection.send(tasks)
                for _ in tasks:
                    result = self._connection.recv()
                    self._results.put(result)
            self._results.put(None)
        except (EOFError, BrokenPipeError, ConnectionResetError):
            self._results.put(ChildProcessError(f"a rendering process ended with {self._process.wait()}"))
