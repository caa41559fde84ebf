"""Run a command in a child process that can harm nobody: bounded, watched, and judged by what it left, not by what it said.

The child gets an empty environment, inherited descriptors instead of paths, its own process group and the limits of `launch.py`.
The parent looks at its memory every 20 ms, keeps the deadline, and kills the whole group.
"""

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from agora.core import launch
from agora.core.confinement import Confinement, exec_number, program

MEBIBYTE = 1024 * 1024
GIBIBYTE = 1024 * MEBIBYTE
WATCH_SECONDS = 0.02
# Finding the members of a group means reading all of /proc, so it is done less often than reading the members' memory.
GROUP_SECONDS = 0.2
# RLIMIT_DATA counts what is reserved, not what is used: it stands this far behind the watched budget.
DATA_HEADROOM_BYTES = GIBIBYTE
STDERR_BYTES = 64 * 1024
_FRAME = re.compile(r'^\s*File "(?P<file>[^"]+)", line (?P<line>\d+)(?:, in (?P<name>\S+))?', re.MULTILINE)
_ERROR_CLASS = re.compile(r"^(?P<name>[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt))\b", re.MULTILINE)


@dataclass(frozen=True)
class Limits:
    """What one child may use. `threads` also multiplies the CPU time that `deadline_seconds` of wall clock stands for."""

    memory_bytes: int
    deadline_seconds: float
    file_bytes: int = 256 * MEBIBYTE
    open_files: int = 256
    threads: int = 1


class Ending(StrEnum):
    """How a child ended, as its parent knows it."""

    FINISHED = "finished"  # exit status 0
    FAILED = "failed"  # another status, or a signal that nobody here sent
    MEMORY = "memory"  # above its budget
    DEADLINE = "deadline"  # too long, by wall clock or CPU time
    INTERRUPTED = "interrupted"  # the parent had a reason to stop it


@dataclass(frozen=True)
class Outcome:
    """The end of a child. `trace` names places in code and the class of an error, never a message: those may quote data."""

    ending: Ending
    status: int  # negative: the signal
    seconds: float
    peak_memory_bytes: int
    trace: str = ""


@dataclass
class _Watch:
    """What the parent has seen of a running child."""

    process: subprocess.Popen[bytes]
    limits: Limits
    is_interrupted: Callable[[], bool]
    started: float = field(default_factory=time.monotonic)
    peak: int = 0
    members: tuple[int, ...] = ()
    members_at: float = 0.0

    def verdict(self) -> Ending | None:
        """Return why the child has to be killed now, or None."""
        self.peak = max(self.peak, self._memory())
        if self.peak > self.limits.memory_bytes:
            return Ending.MEMORY
        if time.monotonic() - self.started > self.limits.deadline_seconds:
            return Ending.DEADLINE
        return Ending.INTERRUPTED if self.is_interrupted() else None

    def _memory(self) -> int:
        now = time.monotonic()
        if now - self.members_at > GROUP_SECONDS:
            self.members, self.members_at = group_members(self.process.pid), now
        return sum(memory_of(pid) for pid in self.members or (self.process.pid,))


def run_child(
    command: Sequence[str],
    *,
    limits: Limits,
    confinement: Confinement,
    descriptors: Sequence[int] = (),
    environment: Mapping[str, str] | None = None,
    is_interrupted: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Run `command` (its first word is an absolute path) to its end and return how it ended; it never outlives the call.

    Call it from a thread that lives at least as long: the kernel's death signal follows the thread that forked.
    `is_interrupted` is asked every 20 ms. The child can do what `confinement` allows, as far as this kernel can hold it to that
    (`isolation`).
    """
    with os.fdopen(os.memfd_create("stderr"), "r+b") as stderr:
        bounds = json.dumps({**_bounds(limits), **_walls(confinement)})
        process = _start([bounds, *command], limits, descriptors, environment or {}, stderr.fileno())
        watch = _Watch(process, limits, is_interrupted)
        try:
            verdict = _watch_to_the_end(watch)
        finally:
            kill_group(process)
        ending = verdict or ending_of(process.returncode)
        trace = "" if ending in {Ending.FINISHED, Ending.INTERRUPTED} else places(_tail(stderr.fileno()))
    return Outcome(ending, process.returncode, time.monotonic() - watch.started, watch.peak, trace)


def _bounds(limits: Limits) -> dict[str, int]:
    return {
        "parent": os.getpid(),
        "data_bytes": limits.memory_bytes + DATA_HEADROOM_BYTES,
        "file_bytes": limits.file_bytes,
        "open_files": limits.open_files,
        "cpu_seconds": int(limits.deadline_seconds * limits.threads) + 1,
    }


def _walls(confinement: Confinement) -> dict[str, object]:
    """Return what the launcher is told of a confinement; a filter only where the kernel takes one."""
    return {
        "readable": [*interpreter_paths(), *map(str, confinement.readable)],
        "filter": program(confinement) if launch.has_filters() else (),
        "execve": exec_number(),
    }


def interpreter_paths() -> list[str]:
    """Return where Python, its libraries and the system's lie: what any child has to read to start."""
    candidates = (sys.prefix, sys.base_prefix, "/usr", "/lib", "/lib64", "/etc/ld.so.cache")
    return [path for path in dict.fromkeys(candidates) if Path(path).exists()]


def isolation() -> int:
    """Return the version of Landlock that confines children on this machine; 0: they are limited but not isolated."""
    return launch.landlock_version()


def _start(
    command: Sequence[str], limits: Limits, descriptors: Sequence[int], environment: Mapping[str, str], stderr: int
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(Path(launch.__file__)), *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=stderr,
        cwd="/",
        env={**bare_environment(limits.threads), **environment},
        pass_fds=tuple(descriptors),
        process_group=0,
    )


def bare_environment(threads: int) -> dict[str, str]:
    """Return all that a child is told: a UTF-8 locale and how many threads each library may use."""
    names = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ARROW_IO_THREADS")
    return {"LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", **dict.fromkeys(names, str(threads))}


def _watch_to_the_end(watch: _Watch) -> Ending | None:
    """Wait until the child ends by itself (None) or has to be killed (why)."""
    handle = os.pidfd_open(watch.process.pid)
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        # The descriptor becomes readable when the child ends, so a quick child costs no waiting.
        while not poll.poll(WATCH_SECONDS * 1000):
            verdict = watch.verdict()
            if verdict is not None:
                return verdict
    finally:
        os.close(handle)
    return None


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill whatever is left of a child's group and reap the child."""
    # The child is not reaped yet, so its id cannot belong to a stranger's group.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def ending_of(status: int) -> Ending:
    """Return how a child ended that nobody here killed."""
    if status == 0:
        return Ending.FINISHED
    return Ending.DEADLINE if status == -signal.SIGXCPU else Ending.FAILED


def group_members(group: int) -> tuple[int, ...]:
    """Return the processes of a group."""
    names = os.listdir("/proc")  # noqa: PTH208 - some hundred names several times a second need no path objects
    return tuple(pid for pid in map(int, filter(str.isdigit, names)) if _group_of(pid) == group)


def _group_of(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except OSError:
        return -1  # ended meanwhile


def memory_of(pid: int) -> int:
    """Return the bytes that only this process keeps alive: anonymous and shared memory and swap; mapped files are not memory."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0  # ended meanwhile
    fields = dict(
        line.split(":", 1) for line in text.splitlines() if line.startswith(("RssAnon", "RssShmem", "VmSwap"))
    )
    return sum(int(value.split()[0]) for value in fields.values()) * 1024


def _tail(stderr: int) -> str:
    size = os.fstat(stderr).st_size
    return os.pread(stderr, STDERR_BYTES, max(0, size - STDERR_BYTES)).decode("utf-8", errors="replace")


def places(stderr: str) -> str:
    """Return where in the code a Python child failed and the class of its error, without a word of its messages."""
    frames = [
        f"{Path(found['file']).name}:{found['line']} {found['name'] or ''}".strip() for found in _FRAME.finditer(stderr)
    ]
    classes = [found["name"] for found in _ERROR_CLASS.finditer(stderr)]
    return " < ".join([*classes[-1:], *reversed(frames[-6:])])
