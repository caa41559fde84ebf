"""Bind this process to its limits, then become the command: `python -I -S launch.py LIMITS COMMAND…`.

A file of its own and not a `preexec_fn`: the process that starts children runs a heartbeat thread, and Python code between fork
and exec can dead-lock on a lock that another thread held. Here there is one thread and one fresh interpreter, which takes 15 ms,
imports nothing of ours and is replaced by exec. Everything set here survives exec and is inherited by whatever the child starts.

LIMITS is JSON: `parent` (process id), `data_bytes`, `file_bytes`, `open_files`, `cpu_seconds`, `readable` and `writable` (paths),
`filter` (what `confinement.program` returned) and `execve` (its number). Exit status 125: a limit could not be set, and the
command was not run. Where the kernel has Landlock, the command can open for reading what lies below `readable` and `writable`, and
for writing what lies below `writable`, which a scorer has none of; whatever else it needs, it inherits as descriptors.

The filter forbids `execve`, but is installed before the one that starts the command, so that no instruction of the command runs
without it. That one carries a key of 192 random bits in the three arguments that the kernel does not look at and the
filter does. The key exists in this process alone, whose memory and registers exec destroys: a second exec would have to guess it.
"""

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
from collections.abc import Sequence

REFUSED = 125
PR_SET_PDEATHSIG = 1  # linux/prctl.h
PR_SET_NO_NEW_PRIVS = 38
# linux/landlock.h and the system calls of every architecture but alpha.
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
LANDLOCK_RULE_PATH_BENEATH = 1
READ_FILE, READ_FOLDER = 0b0101, 0b1101  # execute and read a file; a folder's names too
# Reading, writing, shortening, and ordering a device; in a folder also making, renaming and removing files and folders. Not
# executing, and no devices, sockets, pipes or links.
WRITE_FILE, WRITE_FOLDER = 0b1100_0000_0000_0110, 0b1110_0001_1011_1110
# What each version of the interface can forbid: file rights (their number grew with it), TCP from 4, signals and abstract
# sockets from 6.
FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
# linux/seccomp.h, and the call's number where filters are known (`confinement.ARCHITECTURES`).
SECCOMP = {"x86_64": 317, "aarch64": 277}
SECCOMP_SET_MODE_FILTER, SECCOMP_GET_ACTION_AVAIL = 1, 2
SECCOMP_RET_ERRNO = 0x00050000
CAPABILITY_VERSION_3 = 0x20080522  # linux/capability.h
KEY_WORDS = 6


def main(arguments: list[str]) -> None:
    """Set every limit and exec; end with `REFUSED` when one cannot be set."""
    limits, command = json.loads(arguments[0]), arguments[1:]
    try:
        _bind_to_parent(limits["parent"])
        give_up_new_privileges()
        _give_up_memory_first()
        _set_limits(limits)
        _give_up_capabilities()
        _confine(limits["readable"], limits["writable"])
        if limits["filter"]:
            _become_filtered(command, limits["filter"], limits["execve"])
        os.execv(command[0], command)  # noqa: S606 - the arguments are ours
    except OSError as error:
        sys.stderr.write(f"launch: {error}\n")
        sys.exit(REFUSED)


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    _checked(libc.prctl(option, value, 0, 0, 0))


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def give_up_new_privileges() -> None:
    """Let no later program gain privileges, for this process and all that it starts; filters and Landlock ask for that."""
    _prctl(PR_SET_NO_NEW_PRIVS, 1)


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


def _give_up_capabilities() -> None:
    """Let root's powers go, where the worker has them: without new privileges exec does not bring them back."""
    libc = ctypes.CDLL(None, use_errno=True)
    header, none = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0), (ctypes.c_uint32 * 6)()
    _checked(libc.capset(header, none))


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
    return _checked(int(libc.syscall(ctypes.c_long(number), *arguments)))


def _confine(readable: list[str], writable: list[str]) -> None:
    """Take away the file system, TCP and the signalling of strangers, as far as the kernel can."""
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
        _allow(rules, path, READ_FILE, READ_FOLDER)
    for path in writable:
        # An older interface does not know the younger rights, and does not forbid them either.
        _allow(rules, path, WRITE_FILE & forbidden.files, WRITE_FOLDER & forbidden.files)
    _landlock(LANDLOCK_RESTRICT_SELF, ctypes.c_int(rules), ctypes.c_uint32(0))
    os.close(rules)


def _allow(rules: int, path: str, of_file: int, of_folder: int) -> None:
    folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    rights = of_folder if os.path.isdir(path) else of_file  # noqa: PTH112 - this file imports no more than it must
    rule = ctypes.byref(_PathBeneath(rights, folder))
    _landlock(
        LANDLOCK_ADD_RULE, ctypes.c_int(rules), ctypes.c_int(LANDLOCK_RULE_PATH_BENEATH), rule, ctypes.c_uint32(0)
    )
    os.close(folder)


class _Instruction(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint16), ("yes", ctypes.c_uint8), ("no", ctypes.c_uint8), ("value", ctypes.c_uint32)]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(_Instruction))]


def has_filters() -> bool:
    """Say whether this kernel lets a process filter its system calls, on an architecture whose numbers we know."""
    action = ctypes.c_uint32(SECCOMP_RET_ERRNO)
    try:
        _seccomp(SECCOMP_GET_ACTION_AVAIL, ctypes.byref(action))
    except (OSError, KeyError):
        return False  # not compiled in, refused by the container's own filter, or another architecture
    return True


def _seccomp(operation: int, value: object) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    number = ctypes.c_long(SECCOMP[os.uname().machine])
    _checked(libc.syscall(number, ctypes.c_uint32(operation), ctypes.c_uint32(0), value))


def install_filter(instructions: Sequence[Sequence[int]]) -> None:
    """Filter the system calls of this process and of all that it starts, for good."""
    lines = [_Instruction(*line) for line in instructions]
    program = _Program(len(lines), (_Instruction * len(lines))(*lines))
    _seccomp(SECCOMP_SET_MODE_FILTER, ctypes.byref(program))


def _become_filtered(command: list[str], instructions: list[list[int | str]], execve: int) -> None:
    """Install the filter and exec with the key that it lets through once; returns only by raising OSError."""
    key = [int.from_bytes(os.urandom(4), sys.byteorder) for _ in range(KEY_WORDS)]
    known = {"pid": os.getpid(), **{f"key{at}": word for at, word in enumerate(key)}}
    completed = [[value if isinstance(value, int) else known[value] for value in line] for line in instructions]
    words = [ctypes.c_uint64(key[at] | key[at + 1] << 32) for at in range(0, KEY_WORDS, 2)]
    arguments = (ctypes.c_char_p * (len(command) + 1))(*map(os.fsencode, command), None)
    settings = [name + b"=" + value for name, value in os.environb.items()]
    environment = (ctypes.c_char_p * (len(settings) + 1))(*settings, None)
    libc, number = ctypes.CDLL(None, use_errno=True), ctypes.c_long(execve)
    install_filter(completed)
    _checked(libc.syscall(number, ctypes.c_char_p(arguments[0]), arguments, environment, *words))


if __name__ == "__main__":
    main(sys.argv[1:])
