"""Bind this process to its limits, then become the command: `python -I -S launch.py LIMITS COMMAND…`.

A file of its own and not a `preexec_fn`: the process that starts children runs a heartbeat thread, and Python code between fork
and exec can dead-lock on a lock that another thread held. Here there is one thread and one fresh interpreter, which takes 15 ms,
imports nothing of ours and is replaced by exec. Everything set here survives exec and is inherited by whatever the child starts.

LIMITS is JSON: `parent` (process id), `data_bytes`, `file_bytes`, `open_files`, `cpu_seconds`, `readable` (paths). Exit status 125:
a limit could not be set, and the command was not run. Where the kernel has Landlock, the command can open for reading what lies
below `readable`, and nothing for writing; whatever else it needs, it inherits as descriptors.
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
# linux/landlock.h and the system calls of every architecture but alpha.
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
LANDLOCK_RULE_PATH_BENEATH = 1
READ_FILE, READ_FOLDER = 0b0101, 0b1101  # execute and read a file; a folder's names too
# What each version of the interface can forbid: file rights (their number grew with it), TCP from 4, signals and abstract
# sockets from 6.
FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}


def main(arguments: list[str]) -> None:
    """Set every limit and exec; end with `REFUSED` when one cannot be set."""
    limits, command = json.loads(arguments[0]), arguments[1:]
    try:
        _bind_to_parent(limits["parent"])
        _prctl(PR_SET_NO_NEW_PRIVS, 1)
        _give_up_memory_first()
        _set_limits(limits)
        _confine(limits["readable"])
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


class _Ruleset(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32)]


def landlock_version() -> int:
    """Return the version of Landlock that this kernel offers, 0 for none."""
    try:
        return _landlock(LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    except OSError:
        return 0  # not compiled in, not enabled, or refused by the container's own filter


def _landlock(number: int, *arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return int(result)


def _confine(readable: list[str]) -> None:
    """Take away the file system, TCP and the signalling of strangers, as far as the kernel can: the last step before exec."""
    version = landlock_version()
    if version == 0:
        return
    forbidden = _Ruleset(
        files=(1 << FILE_RIGHTS.get(version, 16)) - 1,
        network=0b11 if version >= 4 else 0,
        scoped=0b11 if version >= 6 else 0,
    )
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = _landlock(LANDLOCK_CREATE_RULESET, ctypes.byref(forbidden), ctypes.c_size_t(size), ctypes.c_uint32(0))
    for path in readable:
        _allow_reading(rules, path)
    _landlock(LANDLOCK_RESTRICT_SELF, ctypes.c_int(rules), ctypes.c_uint32(0))
    os.close(rules)


def _allow_reading(rules: int, path: str) -> None:
    folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    rights = READ_FOLDER if os.path.isdir(path) else READ_FILE  # noqa: PTH112 - this file imports no more than it must
    rule = ctypes.byref(_PathBeneath(rights, folder))
    _landlock(
        LANDLOCK_ADD_RULE, ctypes.c_int(rules), ctypes.c_int(LANDLOCK_RULE_PATH_BENEATH), rule, ctypes.c_uint32(0)
    )
    os.close(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
