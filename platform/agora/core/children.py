"""Run a command in a child process that can harm nobody: bounded, watched, and judged by what it left, not by what it said.

The child gets an empty environment, inherited descriptors instead of paths, its own process group and the limits of `launch.py`.
The parent looks at its memory every 20 ms, keeps the deadline, and kills the whole group.
"""

import json
import os
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
from agora.core.crashes import places

MEBIBYTE = 1024 * 1024
GIBIBYTE = 1024 * MEBIBYTE
WATCH_SECONDS = 0.02
# Finding the members of a group means reading all of /proc, so it is done less often than reading the members' memory.
GROUP_SECONDS = 0.2
# RLIMIT_DATA counts what is reserved, not what is used: it stands this far behind the watched budget.
DATA_HEADROOM_BYTES = GIBIBYTE
STDERR_BYTES = 64 * 1024
_MEMORY_FIELDS = ("RssAnon", "RssShmem", "VmSwap", "VmPTE")


@dataclass(frozen=True)
class Limits:
    """What one child may use. `threads` also multiplies the CPU time that `deadline_seconds` of wall clock stands for.

    With `grace_seconds` a child that its parent interrupts is asked by SIGTERM first and killed when they have passed.
    """

    memory_bytes: int
    deadline_seconds: float
    file_bytes: int = 256 * MEBIBYTE
    open_files: int = 256
    threads: int = 1
    tasks: int = 128  # processes and threads in all; libraries start one or two of each per thread that they may use
    grace_seconds: float = 0.0
    headroom_bytes: int = DATA_HEADROOM_BYTES


class Ending(StrEnum):
    """How a child ended, as its parent knows it."""

    FINISHED = "finished"  # exit status 0
    FAILED = "failed"  # another status, or a signal that nobody here sent
    MEMORY = "memory"  # above its budget
    DEADLINE = "deadline"  # too long, by wall clock or CPU time
    TASKS = "tasks"  # too many processes and threads
    SIZE = "size"  # filled a file up to the limit
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
    memory_files: tuple[int, ...] = ()
    started: float = field(default_factory=time.monotonic)
    peak: int = 0
    members: tuple[int, ...] = ()
    members_at: float = 0.0

    def verdict(self) -> Ending | None:
        """Return why the child has to be killed now, or None."""
        uses = [usage_of(pid) for pid in self._group()]
        memory = sum(use.memory_bytes for use in uses) + sum(map(_held_by, self.memory_files))
        self.peak = max(self.peak, memory)
        if self.peak > self.limits.memory_bytes:
            return Ending.MEMORY
        if sum(use.threads for use in uses) > self.limits.tasks:
            return Ending.TASKS
        if time.monotonic() - self.started > self.limits.deadline_seconds:
            return Ending.DEADLINE
        return Ending.INTERRUPTED if self.is_interrupted() else None

    def _group(self) -> tuple[int, ...]:
        now = time.monotonic()
        if now - self.members_at > GROUP_SECONDS:
            self.members, self.members_at = group_members(self.process.pid), now
        return self.members or (self.process.pid,)

    def ending(self, status: int, cpu_seconds: float) -> Ending:
        """Return how a child ended that nobody here killed, by its status, the time it used and what it filled."""
        if status == 0:
            return Ending.FINISHED
        # A child that ignores the signal at its limit of CPU time is killed by another one a second later.
        if status == -signal.SIGXCPU or cpu_seconds >= _cpu_seconds(self.limits):
            return Ending.DEADLINE
        full = any(os.fstat(file).st_size >= self.limits.file_bytes for file in self.memory_files)
        return Ending.SIZE if full or status == -signal.SIGXFSZ else Ending.FAILED


def run_child(
    command: Sequence[str],
    *,
    limits: Limits,
    confinement: Confinement,
    descriptors: Sequence[int] = (),
    environment: Mapping[str, str] | None = None,
    is_interrupted: Callable[[], bool] = lambda: False,
    output: int | None = None,
) -> Outcome:
    """Run `command` (its first word is an absolute path) to its end and return how it ended; it never outlives the call.

    Call it from a thread that lives at least as long: the kernel's death signal follows the thread that forked.
    `is_interrupted` is asked every 20 ms. What the child prints is lost but for the places of an error, unless `output` is a
    descriptor that takes its standard output and error. The child can do what `confinement` allows, as far as this kernel can
    hold it to that (`isolation`).
    """
    with os.fdopen(os.memfd_create("stderr"), "r+b") as stderr:
        bounds = json.dumps({**_bounds(limits), **_walls(confinement)})
        said = (subprocess.DEVNULL, stderr.fileno()) if output is None else (output, output)
        process = _start([bounds, *command], limits, descriptors, environment or {}, said)
        memory_files = (stderr.fileno(), *filter(_is_memory_file, descriptors))
        watch = _Watch(process, limits, is_interrupted, memory_files)
        cpu_seconds = 0.0
        try:
            verdict = _watch_to_the_end(watch)
        finally:
            cpu_seconds = kill_group(process)
        ending = verdict or watch.ending(process.returncode, cpu_seconds)
        is_told = ending not in {Ending.FINISHED, Ending.INTERRUPTED}
        trace = (
            places(_tail(stderr.fileno()), [*interpreter_paths(), *map(str, confinement.readable)]) if is_told else ""
        )
    return Outcome(ending, process.returncode, time.monotonic() - watch.started, watch.peak, trace)


def _bounds(limits: Limits) -> dict[str, int]:
    return {
        "parent": os.getpid(),
        "data_bytes": limits.memory_bytes + limits.headroom_bytes,
        "file_bytes": limits.file_bytes,
        "open_files": limits.open_files,
        "cpu_seconds": _cpu_seconds(limits),
    }


def _cpu_seconds(limits: Limits) -> int:
    return int(limits.deadline_seconds * limits.threads) + 1


def _walls(confinement: Confinement) -> dict[str, object]:
    """Return what the launcher is told of a confinement; a filter only where the kernel takes one."""
    return {
        "readable": [*interpreter_paths(), *map(str, confinement.readable)],
        "writable": [*map(str, confinement.writable)],
        "filter": program(confinement) if launch.has_filters() else (),
        "execve": exec_number(),
    }


def interpreter_paths() -> list[str]:
    """Return where Python, its libraries and the system's lie: what any child has to read to start."""
    candidates = (sys.prefix, sys.base_prefix, "/usr", "/lib", "/lib64", "/etc/ld.so.cache")
    return [path for path in dict.fromkeys(candidates) if Path(path).exists()]


def _start(
    command: Sequence[str],
    limits: Limits,
    descriptors: Sequence[int],
    environment: Mapping[str, str],
    said: tuple[int, int],
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(Path(launch.__file__)), *command],
        stdin=subprocess.DEVNULL,
        stdout=said[0],
        stderr=said[1],
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
            if verdict is Ending.INTERRUPTED:
                _ask_to_stop(watch, poll)
            if verdict is not None:
                return verdict
    finally:
        os.close(handle)
    return None


def _ask_to_stop(watch: _Watch, ended: select.poll) -> None:
    """Give an interrupted child its time to end by itself, for as long as it keeps to its memory."""
    until = time.monotonic() + watch.limits.grace_seconds
    if not watch.limits.grace_seconds:
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(watch.process.pid, signal.SIGTERM)
    while time.monotonic() < until and not ended.poll(WATCH_SECONDS * 1000):
        # Whoever reads what the child says does so when asked, and a child must not wait for its reader.
        if watch.verdict() is Ending.MEMORY:
            return


def kill_group(process: subprocess.Popen[bytes]) -> float:
    """Kill whatever is left of a child's group, reap the child and return the seconds of CPU time that it used."""
    # The child is not reaped yet, so its id cannot belong to a stranger's group.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime


def group_members(group: int) -> tuple[int, ...]:
    """Return the processes of a group."""
    names = os.listdir("/proc")  # noqa: PTH208 - some hundred names several times a second need no path objects
    return tuple(pid for pid in map(int, filter(str.isdigit, names)) if _group_of(pid) == group)


def _group_of(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except OSError:
        return -1  # ended meanwhile


@dataclass(frozen=True)
class Usage:
    """What a process uses: memory that only it keeps alive, and its threads."""

    memory_bytes: int = 0
    threads: int = 0


def usage_of(pid: int) -> Usage:
    """Return what a process uses: anonymous and shared memory, swap and page tables; mapped files are not memory.

    Page tables count because they cost without a page: one read byte in every 2 MiB of an empty mapping takes 4 KiB.
    """
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return Usage()  # ended meanwhile
    fields = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    memory = sum(int(fields[name].split()[0]) for name in _MEMORY_FIELDS if name in fields)
    return Usage(memory * 1024, int(fields.get("Threads", 0)))


def _is_memory_file(descriptor: int) -> bool:
    """Say whether a child could fill memory through a descriptor: what it writes there is in nobody's count of pages."""
    return os.readlink(f"/proc/self/fd/{descriptor}").startswith("/memfd:")  # noqa: PTH115 - the target is no path


def _held_by(memory_file: int) -> int:
    return os.fstat(memory_file).st_blocks * 512


def _tail(stderr: int) -> str:
    size = os.fstat(stderr).st_size
    return os.pread(stderr, STDERR_BYTES, max(0, size - STDERR_BYTES)).decode("utf-8", errors="replace")
