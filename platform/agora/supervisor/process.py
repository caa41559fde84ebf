"""One foreground child of the supervisor: how it is started, watched, ended and never left behind."""

import ctypes
import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from agora.supervisor.errors import DeadlineError, SupervisorError
from agora.supervisor.rotation import rotate

logger = logging.getLogger(__name__)

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_POLL_SECONDS = 0.02
_FORCED_END_SECONDS = 5.0


def die_with_parent(death_signal: int, parent_pid: int) -> None:
    """Ask the kernel to send `death_signal` to this process when its parent ends, however that ends.

    Call it in the child between fork and exec; the setting survives exec of ordinary programs (also through
    `unshare --user`). The kernel watches the *thread* that forked, so start children from a thread that lives on.
    """
    _LIBC.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    # The parent may have died before the request: then nobody would ever send the signal.
    if os.getppid() != parent_pid:
        os._exit(1)


def wait_until(
    condition: Callable[[], bool],
    *,
    deadline_seconds: float,
    what: str,
    watch: Callable[[], None] | None = None,
    every_seconds: float = _POLL_SECONDS,
) -> None:
    """Poll `condition` until it holds; `watch` is called at each turn and may raise to give up early.

    Raises DeadlineError naming `what` when `deadline_seconds` have passed.
    """
    end = time.monotonic() + deadline_seconds
    while not condition():
        if watch is not None:
            watch()
        if time.monotonic() > end:
            raise DeadlineError(f"{what}: not so within {deadline_seconds:g} s")
        time.sleep(every_seconds)


@dataclass
class Child:
    """A program in its own process group with its output in one log file.

    `stop_signal` asks it to end in order, `force_signal` ends it at once (SIGKILL for most; a server with processes
    outside its group names another); `death_signal` is what the kernel sends it when the supervisor is killed.
    """

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    folder: Path | None = None
    stop_signal: int = signal.SIGTERM
    force_signal: int = signal.SIGKILL
    death_signal: int = signal.SIGKILL
    inherited_descriptors: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the program; its standard input is closed, so that nothing waits for a terminal."""
        parent_pid = os.getpid()
        self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        rotate(self.log)
        descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self.process = subprocess.Popen(
                list(self.command),
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                env=dict(self.environment),
                cwd=self.folder,
                # Its own group: Ctrl-C in the terminal reaches the supervisor alone, which stops things in order.
                process_group=0,
                pass_fds=self.inherited_descriptors,
                preexec_fn=lambda: die_with_parent(self.death_signal, parent_pid),  # noqa: PLW1509 - no other thread
            )
        except OSError as error:
            raise SupervisorError(f"cannot start {self.name} ({self.command[0]}): {error}") from error
        finally:
            os.close(descriptor)
        logger.info("process started program=%s child=%d", self.name, self.process.pid)

    @property
    def is_running(self) -> bool:
        """Say whether the program has been started and has not ended."""
        return self.process is not None and self.process.poll() is None

    @property
    def exit_status(self) -> int | None:
        """Return the exit status (negative: the signal that ended it), None while it runs or was never started."""
        return None if self.process is None else self.process.poll()

    def ask_to_stop(self) -> None:
        """Send the signal that ends the program in order; do nothing when it has ended."""
        if self.process is not None and self.is_running:
            self.process.send_signal(self.stop_signal)

    def stop(self, *, deadline_seconds: float, hurry: Callable[[], bool] = lambda: False) -> bool:
        """End the program: in order within the deadline, else by its force signal, at last by SIGKILL to its group.

        `hurry` is asked while waiting; True cuts the wait short. Returns whether the program ended in order.
        """
        self.ask_to_stop()
        self._wait_for_end(deadline_seconds, hurry)
        in_order = not self.is_running
        logger.info("process asked to stop program=%s in_order=%s status=%s", self.name, in_order, self.exit_status)
        if not in_order and self.process is not None:
            self.process.send_signal(self.force_signal)
            self._wait_for_end(_FORCED_END_SECONDS, lambda: False)
        self.kill_group()
        return in_order

    def _wait_for_end(self, deadline_seconds: float, hurry: Callable[[], bool]) -> None:
        with suppress(DeadlineError):
            wait_until(
                lambda: not self.is_running or hurry(), deadline_seconds=deadline_seconds, what=f"end of {self.name}"
            )

    def kill_group(self) -> None:
        """Kill what is left of the program's process group and reap the program."""
        if self.process is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def log_tail(self, *, lines: int = 15) -> str:
        """Return the last lines of the program's log, for an error message."""
        try:
            text = self.log.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""
        return "\n".join(text.splitlines()[-lines:])


def run_to_end(child: Child, *, deadline_seconds: float, watch: Callable[[], None] | None = None) -> None:
    """Run a program that ends by itself; raise SupervisorError with the end of its log when it fails.

    The program never outlives the call: whatever interrupts the wait kills it.
    """
    child.start()
    try:
        wait_until(lambda: not child.is_running, deadline_seconds=deadline_seconds, what=child.name, watch=watch)
    finally:
        child.kill_group()
    if child.exit_status != 0:
        raise SupervisorError(
            f"{child.name} ended with status {child.exit_status}; the end of {child.log}:\n{child.log_tail()}"
        )
