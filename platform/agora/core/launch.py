"""Bind this process to its limits, then become the command: `python -I -S launch.py LIMITS COMMAND…`.

A file of its own and not a `preexec_fn`: the process that starts children runs a heartbeat thread, and Python code between fork
and exec can dead-lock on a lock that another thread held. Here there is one thread and one fresh interpreter, which takes 15 ms,
imports nothing of ours and is replaced by exec. Everything set here survives exec and is inherited by whatever the child starts.

LIMITS is JSON: `parent` (process id), `data_bytes`, `file_bytes`, `open_files`, `cpu_seconds`. Exit status 125: a limit could
not be set, and the command was not run.
"""

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys

REFUSED = 125
PR_SET_PDEATHSIG = 1  # linux/prctl.h
PR_SET_NO_NEW_PRIVS = 38


def main(arguments: list[str]) -> None:
    """Set every limit and exec; end with `REFUSED` when one cannot be set."""
    limits, command = json.loads(arguments[0]), arguments[1:]
    try:
        _bind_to_parent(limits["parent"])
        _prctl(PR_SET_NO_NEW_PRIVS, 1)
        _give_up_memory_first()
        _set_limits(limits)
        _confine()
    except OSError as error:
        sys.stderr.write(f"launch: {error}\n")
        sys.exit(REFUSED)
    os.execv(command[0], command)  # noqa: S606 - the arguments are ours


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _bind_to_parent(parent: int) -> None:
    """Die when the parent does; it may have died before this call, in which case nobody would send the signal."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(REFUSED)


def _give_up_memory_first() -> None:
    """Ask the kernel to take this process first when the machine runs out of memory; raising the score needs no privilege."""
    # Without /proc (a bare container) the parent's watch and the data limit remain.
    with contextlib.suppress(FileNotFoundError), open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123
        file.write("1000")


def _set_limits(limits: dict[str, int]) -> None:
    wanted = {
        resource.RLIMIT_DATA: limits["data_bytes"],
        resource.RLIMIT_FSIZE: limits["file_bytes"],
        resource.RLIMIT_NOFILE: limits["open_files"],
        resource.RLIMIT_CPU: limits["cpu_seconds"],
        resource.RLIMIT_CORE: 0,
    }
    for name, value in wanted.items():
        _, hard = resource.getrlimit(name)
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        # At the soft limit of CPU time comes SIGXCPU, which tells the parent why; at the hard one SIGKILL, which does not.
        room = 1 if name == resource.RLIMIT_CPU else 0
        resource.setrlimit(name, (bound, bound + room if hard == resource.RLIM_INFINITY else bound))


def _confine() -> None:
    """Take away the file system and the network, where the kernel can: the last step before the command."""


if __name__ == "__main__":
    main(sys.argv[1:])
