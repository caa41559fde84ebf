"""Declare what a child may do: files it may open and system calls it may make; everything else is refused by the kernel.

The list of calls names what is allowed. A scorer's child is a cold interpreter, numpy, numba, OpenBLAS and PyArrow that read some
descriptors and compute: traced over every format it makes about forty different calls, so a list of what it needs is short, and
what nobody thought of (a new call, another family of sockets, System V memory that no watchdog counts) is refused without being
named. A list of dangers would have to grow with every kernel. Libraries stand it because of how it refuses: calls numbered from
424 on are younger than what a library may count on, and are answered ENOSYS as by an older kernel, so that libc falls back
(clone3 to clone, faccessat2 to faccessat); all others are answered EPERM.

`program` turns a list into a filter for the kernel (classic BPF). `launch.py` completes it with what only the child's own
process knows and installs it; see there for how one `execve`, and only one, gets through.
"""

import platform
from dataclasses import dataclass
from errno import ENOSYS, EPERM
from pathlib import Path
from typing import Final, Literal

# linux/audit.h, linux/seccomp.h, linux/filter.h
ARCHITECTURES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_KILL, _REFUSE, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
_LOAD, _MASK, _JUMP_IF_EQUAL, _JUMP_IF_NOT_LESS, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16  # struct seccomp_data; arguments are 64 bits, low half first
_YOUNG: Final = 424  # the first number that is the same on every architecture (Linux 5.1)

# What is known only in the child's process: its id, and the words of the key with which it may exec once.
Word = int | Literal["pid", "key0", "key1", "key2", "key3", "key4", "key5"]
Instruction = tuple[int, int, int, Word]
_KEY: Final[tuple[Word, ...]] = ("key0", "key1", "key2", "key3", "key4", "key5")


@dataclass(frozen=True)
class Condition:
    """What half an argument of a call has to be: `word` counts halves (argument 1 is words 2 and 3), low half first."""

    word: int
    among: tuple[Word, ...]
    mask: int = 0xFFFFFFFF


@dataclass(frozen=True)
class Call:
    """A system call that is allowed when all conditions hold: its numbers on x86_64 and aarch64 (None: not there)."""

    name: str
    x86_64: int
    aarch64: int | None
    conditions: tuple[Condition, ...] = ()


def _calls(table: str) -> tuple[Call, ...]:
    """Read lines of name and the two numbers."""
    rows = (line.split() for line in table.strip().splitlines())
    return tuple(Call(name, int(one), None if other == "-" else int(other)) for name, one, other in rows)


# Reading what lies below the readable folders, and using inherited descriptors.
_FILES: Final = _calls("""
    read 0 63
    write 1 64
    readv 19 65
    writev 20 66
    pread64 17 67
    pwrite64 18 68
    lseek 8 62
    close 3 57
    dup 32 23
    dup2 33 -
    dup3 292 24
    pipe2 293 59
    stat 4 -
    lstat 6 -
    fstat 5 80
    newfstatat 262 79
    statx 332 291
    statfs 137 43
    fstatfs 138 44
    access 21 -
    faccessat 269 48
    readlink 89 -
    readlinkat 267 78
    getdents64 217 61
    getcwd 79 17
    fadvise64 221 223
    poll 7 -
    ppoll 271 73
    select 23 -
    pselect6 270 72
    epoll_create1 291 20
""")
_MEMORY: Final = _calls("""
    munmap 11 215
    mprotect 10 226
    mremap 25 216
    madvise 28 233
    mbind 237 235
    brk 12 214
""")
_ITSELF: Final = _calls("""
    futex 202 98
    set_robust_list 273 99
    set_tid_address 218 96
    rseq 334 293
    arch_prctl 158 -
    exit 60 93
    exit_group 231 94
    restart_syscall 219 128
    rt_sigaction 13 134
    rt_sigprocmask 14 135
    rt_sigreturn 15 139
    sigaltstack 131 132
    gettid 186 178
    getpid 39 172
    getppid 110 173
    getpgid 121 155
    getuid 102 174
    geteuid 107 175
    getgid 104 176
    getegid 108 177
    getrlimit 97 163
    getrusage 98 165
    times 100 153
    sched_getaffinity 204 123
    sched_yield 24 124
    getcpu 309 168
    uname 63 160
    sysinfo 99 179
    getrandom 318 278
    time 201 -
    gettimeofday 96 169
    clock_gettime 228 113
    clock_getres 229 114
    clock_nanosleep 230 115
    nanosleep 35 101
""")
_WRITING: Final = 0x00400243  # O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_TMPFILE
_HUGE_PAGES: Final = 0x00040000  # MAP_HUGETLB: from a pool that no budget counts
_THREAD: Final = 0x00010000  # CLONE_THREAD
_NEW: Final = 0x7E820000  # CLONE_NEW*: namespaces; CLONE_UNTRACED
# fcntl: F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC; not locks, leases, owners of signals, sizes of pipes.
_DESCRIPTORS: Final = (0, 1, 2, 3, 4, 1030)
# ioctl: TCGETS and TIOCGWINSZ (is it a terminal?), FIONREAD, FIONCLEX, FIOCLEX; not the attributes of a file.
_QUESTIONS: Final = (0x5401, 0x5413, 0x541B, 0x5450, 0x5451)
# prctl: PR_SET_NAME, PR_GET_NAME, PR_GET_NO_NEW_PRIVS; not the signal at the parent's death.
_NAMES: Final = (15, 16, 39)
_BOUND: Final = (
    Call("open", 2, None, (Condition(2, (0,), _WRITING),)),
    Call("openat", 257, 56, (Condition(4, (0,), _WRITING),)),
    Call("fcntl", 72, 25, (Condition(2, _DESCRIPTORS),)),
    Call("ioctl", 16, 29, (Condition(2, _QUESTIONS),)),
    Call("mmap", 9, 222, (Condition(6, (0,), _HUGE_PAGES),)),
    Call("clone", 56, 220, (Condition(0, (_THREAD,), _THREAD | _NEW),)),
    Call("prctl", 157, 167, (Condition(0, _NAMES),)),
    Call("prlimit64", 302, 261, (Condition(0, (0, "pid")), Condition(4, (0,)), Condition(5, (0,)))),  # reading its own
    Call("kill", 62, 129, (Condition(0, ("pid",)),)),
    Call("tgkill", 234, 131, (Condition(0, ("pid",)),)),
)
COMPUTING: Final = (*_FILES, *_MEMORY, *_ITSELF, *_BOUND)
# What a trainer does beside: it writes files, which Landlock keeps to its own folder, and PyTorch asks where memory lies.
_KEEPING_FILES: Final = _calls("""
    open 2 -
    openat 257 56
    creat 85 -
    mkdir 83 -
    mkdirat 258 34
    rename 82 -
    renameat 264 38
    renameat2 316 276
    unlink 87 -
    unlinkat 263 35
    rmdir 84 -
    truncate 76 45
    ftruncate 77 46
    fallocate 285 47
    fsync 74 82
    fdatasync 75 83
    msync 26 227
    chmod 90 -
    fchmod 91 52
    fchmodat 268 53
    umask 95 166
    utimensat 280 88
    flock 73 32
    sendfile 40 71
    copy_file_range 326 285
    eventfd2 290 19
    epoll_ctl 233 21
    epoll_wait 232 -
    epoll_pwait 281 22
    mincore 27 232
    get_mempolicy 239 236
    sched_setaffinity 203 122
    getpgrp 111 -
    getsid 124 156
    getresuid 118 148
    getresgid 120 150
""")
_WRITES_FILES: Final = frozenset(call.name for call in _KEEPING_FILES)
TRAINING: Final = tuple(call for call in COMPUTING if call.name not in _WRITES_FILES) + _KEEPING_FILES
# The kernel looks at three arguments of execve; the filter looks at the other three as well.
_EXEC_ONCE: Final = Call(
    "execve",
    59,
    221,
    tuple(Condition(6 + at, (word,)) for at, word in enumerate(_KEY)),
)


@dataclass(frozen=True)
class Confinement:
    """What a child may do: paths it may read beside the interpreter's, folders (or devices) it may also write, and the system
    calls it may make (none named: any).
    """

    readable: tuple[Path, ...] = ()
    writable: tuple[Path, ...] = ()
    calls: tuple[Call, ...] = COMPUTING


def program(confinement: Confinement, machine: str | None = None) -> tuple[Instruction, ...]:
    """Return the filter of a confinement for this machine; empty where it names no calls or the machine is not known here."""
    machine = machine or platform.machine()
    if not confinement.calls or machine not in ARCHITECTURES:
        return ()
    rules = (rule for call in (*confinement.calls, _EXEC_ONCE) for rule in _rule(call, _number(call, machine)))
    return (
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        # Another architecture's calls (32-bit code on a 64-bit kernel) have other numbers: no library of ours makes them.
        (_JUMP_IF_EQUAL, 1, 0, ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
        *rules,
        (_JUMP_IF_NOT_LESS, 1, 0, _YOUNG),
        (_RETURN, 0, 0, _REFUSE | EPERM),
        (_RETURN, 0, 0, _REFUSE | ENOSYS),
    )


def exec_number(machine: str | None = None) -> int | None:
    """Return the number of execve on this machine, None where it is not known here."""
    machine = machine or platform.machine()
    return _number(_EXEC_ONCE, machine) if machine in ARCHITECTURES else None


def _number(call: Call, machine: str) -> int | None:
    return call.x86_64 if machine == "x86_64" else call.aarch64


def _rule(call: Call, number: int | None) -> tuple[Instruction, ...]:
    """Return the instructions that allow one call and go on to the next rule when it is another one."""
    if number is None:
        return ()
    tests = tuple(instruction for condition in call.conditions for instruction in _test(condition))
    body: tuple[Instruction, ...] = (*tests, (_RETURN, 0, 0, _ALLOW))
    return ((_JUMP_IF_EQUAL, 0, len(body), number), *body)


def _test(condition: Condition) -> tuple[Instruction, ...]:
    """Return the instructions that refuse the call unless the condition holds, and fall through when it does."""
    load: tuple[Instruction, ...] = ((_LOAD, 0, 0, _ARGUMENTS_AT + 4 * condition.word), (_MASK, 0, 0, condition.mask))
    choices = len(condition.among)
    # A match jumps over the remaining comparisons and the refusal.
    comparisons = tuple((_JUMP_IF_EQUAL, choices - at, 0, value) for at, value in enumerate(condition.among))
    return (*load, *comparisons, (_RETURN, 0, 0, _REFUSE | EPERM))
