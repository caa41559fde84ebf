"""Try to escape from confinement: real attempts of a hostile child, shared by the tests and by `manage.py isolation`.

Each attempt is a few lines of Python that a child runs. They go for a world made for the occasion (`world`): files, sockets and a
process that are nobody's. An attempt raises OSError when the kernel refuses it and says nothing when it got through; outside
confinement every one of them gets through, which the tests check.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from agora.core.children import MEBIBYTE, Limits, run_child
from agora.core.confinement import Confinement
from agora.core.isolation import Claim

SECRET = "pid-0815"  # noqa: S105 - what an attempt is after, and nobody's
GOT_THROUGH = "got through"
_LIMITS = Limits(memory_bytes=512 * MEBIBYTE, deadline_seconds=30)
_PRELUDE = """
import ctypes, errno, json, os, signal, socket, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
out, world = int(sys.argv[1]), json.loads(sys.argv[2])

def checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return result

def call(x86_64, aarch64, *arguments):
    number = x86_64 if os.uname().machine == "x86_64" else aarch64
    return checked(libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments)))

def reach(attempt, *arguments):
    # The arguments are nonsense: whatever the kernel says of them, it has taken the call.
    try:
        attempt(*arguments)
    except OSError as error:
        if error.errno in (errno.EPERM, errno.EACCES, errno.ENOSYS):
            raise

def as_new_process(pid):
    # Nobody waits for it: a filter that lets a process start and forbids the waiting must not look like a refusal.
    if pid == 0:
        os._exit(0)

def attempt():
"""
_POSTLUDE = f"""

try:
    attempt()
    told = "{GOT_THROUGH}"
except OSError as error:
    told = errno.errorcode.get(error.errno, str(error))
os.write(out, told.encode())
"""
# A process of the same user that lets itself be inspected where Yama would forbid it.
_VICTIM = f"""
import ctypes, sys, time
ctypes.CDLL(None).prctl(0x59616d61, -1, 0, 0, 0)
secret = ctypes.create_string_buffer(b"{SECRET}")
print(ctypes.addressof(secret), flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True)
class Escape:
    """One attempt: what it tries, which claim is to stop it, the code, and the errors that mean it was stopped."""

    name: str
    claim: Claim
    code: str
    errors: frozenset[str] = frozenset({"EPERM", "EACCES", "ENOSYS"})

    @property
    def script(self) -> str:
        """Return the program of the child: `script OUT WORLD`."""
        lines = "\n".join(f"    {line}" for line in self.code.strip().splitlines())
        return _PRELUDE + lines + _POSTLUDE


def _escapes(claim: Claim, **codes: str) -> tuple[Escape, ...]:
    return tuple(Escape(name.replace("_", " "), claim, code) for name, code in codes.items())


READING = (
    *_escapes(
        Claim.READING,
        another_file_by_its_path="open(world['file']).read()",
        a_file_through_the_descriptors_of_its_parent="open(f'/proc/{os.getppid()}/fd/{world[\"descriptor\"]}').read()",
        the_names_in_a_folder="os.listdir(world['folder'])",
        the_files_of_process_1="open('/proc/1/stat').read()",
        the_environment_of_another_process="open(f'/proc/{world[\"victim\"]}/environ').read()",
        its_own_process_files="open('/proc/self/status').read()",
        the_accounts_of_the_machine="open('/etc/passwd').read()",
        a_shared_mapping_of_a_file="import mmap\nmmap.mmap(os.open(world['file'], os.O_RDONLY), 8, prot=mmap.PROT_READ)",
    ),
    Escape(
        "a descriptor that it was not given",
        Claim.READING,
        "os.pread(world['descriptor'], 8, 0)",
        frozenset({"EBADF"}),
    ),
)
WRITING = _escapes(
    Claim.WRITING,
    a_new_file="open(world['folder'] + '/new', 'w')",
    appending_to_a_file="open(world['file'], 'a').write('more')",
    truncating_a_file="os.truncate(world['file'], 0)",
    a_temporary_file="open(f'/tmp/agora-escape-{os.getpid()}', 'w')\nos.unlink(f'/tmp/agora-escape-{os.getpid()}')",
    a_file_without_a_name="os.open('/tmp', os.O_TMPFILE | os.O_WRONLY)",
    shared_memory_with_a_name="path = f'/dev/shm/agora-escape-{os.getpid()}'\nopen(path, 'w')\nos.unlink(path)",
    the_working_folder="open('agora-escape', 'w')\nos.unlink('agora-escape')",
    a_folder="os.mkdir(world['folder'] + '/new')",
)
CHANGING = _escapes(
    Claim.CHANGING,
    modes="os.chmod(world['file'], 0o777)",
    modes_through_a_descriptor="os.fchmod(out, 0o777)",
    owner="os.chown(world['file'], os.getuid(), os.getgid())",
    dates="os.utime(world['file'], (0, 0))",
    attributes="reach(os.setxattr, world['file'], 'user.escape', b'1')",
    a_hard_link="os.link(world['file'], world['folder'] + '/link')",
    a_symbolic_link="os.symlink('/etc/passwd', world['folder'] + '/link')",
    renaming="os.rename(world['file'], world['folder'] + '/other')",
    removing="os.unlink(world['file'])",
    more_rights_to_a_descriptor="os.open(f'/proc/self/fd/{out}', os.O_RDWR)",
    a_lock="import fcntl\nfcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)",
)
TCP = _escapes(
    Claim.TCP,
    TCP_over_IPv4="socket.create_connection(('127.0.0.1', world['tcp4']), 2)",
    listening="server = socket.socket()\nserver.bind(('127.0.0.1', 0))\nserver.listen()",
)
if socket.has_ipv6:
    TCP += _escapes(Claim.TCP, TCP_over_IPv6="socket.create_connection(('::1', world['tcp6']), 2)")
SOCKETS = _escapes(
    Claim.SOCKETS,
    UDP="socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', world['udp']))",
    UDP_over_IPv6="reach(socket.socket, socket.AF_INET6, socket.SOCK_DGRAM)",
    a_Unix_socket_by_its_path="socket.socket(socket.AF_UNIX).connect(world['socket'])",
    an_abstract_Unix_socket="socket.socket(socket.AF_UNIX).connect('\\0' + world['abstract'])",
    a_pair_of_sockets="socket.socketpair()",
    netlink="socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
)
SIGNALS = _escapes(
    Claim.SIGNALS,
    a_signal_to_another_process="os.kill(world['victim'], signal.SIGURG)",
    a_signal_to_its_parent="os.kill(os.getppid(), 0)",
    a_signal_to_a_group="os.killpg(os.getpgid(world['victim']), 0)",
)
OTHERS = _escapes(
    Claim.OTHERS,
    the_memory_of_another_process="""
with open(f"/proc/{world['victim']}/mem", "rb") as memory:
    memory.seek(world['address'])
    memory.read(8)
""",
    reading_memory_by_a_call="""
here, there = ctypes.create_string_buffer(8), world['address']
local = struct.pack("PN", ctypes.addressof(here), 8)
remote = struct.pack("PN", there, 8)
checked(libc.process_vm_readv(world['victim'], local, ctypes.c_ulong(1), remote, ctypes.c_ulong(1), ctypes.c_ulong(0)))
""",
    tracing_another_process="checked(libc.ptrace(0x4206, world['victim'], 0, 0))",
    a_descriptor_of_another_process="""
handle = call(434, 434, world['victim'], 0)
call(438, 438, handle, 0, 0)
""",
)
PROCESSES = _escapes(
    Claim.PROCESSES,
    fork="as_new_process(os.fork())",
    clone="as_new_process(call(56, 220, signal.SIGCHLD, 0, 0, 0, 0))",
    vfork_by_posix_spawn="as_new_process(os.posix_spawn(sys.executable, ['python', '-I', '-S', '-c', ''], {}))",
    clone3="""
arguments = ctypes.create_string_buffer(struct.pack("8Q", 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0))
as_new_process(call(435, 435, ctypes.addressof(arguments), 64))
""",
    another_program="""
code = f"import os; os.write({out}, b'got through'); os._exit(0)"
os.set_inheritable(out, True)
os.execv(sys.executable, [sys.executable, "-I", "-S", "-c", code])
""",
    another_program_by_its_descriptor="""
code = f"import os; os.write({out}, b'got through'); os._exit(0)"
os.set_inheritable(out, True)
os.execve(os.open(sys.executable, os.O_RDONLY), [sys.executable, "-I", "-S", "-c", code], {})
""",
    a_session_of_its_own="call(112, 157)",
    a_group_of_its_own="os.setpgid(0, 0)",
    outliving_its_parent="checked(libc.prctl(1, 0, 0, 0, 0))",
)
KERNEL = _escapes(
    Claim.KERNEL,
    its_own_limits="none = struct.pack('QQ', 0, 0)\nchecked(libc.prlimit(0, 4, none, None))",
    the_limits_of_another_process="import resource\nresource.prlimit(world['victim'], resource.RLIMIT_CORE)",
    its_priority="os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, 0))",
    its_scheduling="os.sched_setaffinity(0, os.sched_getaffinity(0))",
    core_dumps="checked(libc.prctl(4, 1, 0, 0, 0))",
    a_namespace="checked(libc.unshare(0))",
    the_namespace_of_another="reach(lambda: checked(libc.setns(-1, 0)))",
    a_mount="reach(call, 165, 40, 1, 1, 1, 0, 1)",
    keys="call(250, 219, 0, -3, 0)",
    io_uring="reach(call, 425, 425, 1, 1)",
    bpf="reach(call, 321, 280, 0, 1, 128)",
    perf="reach(call, 298, 241, 1, 0, -1, -1, 0)",
    userfaultfd="reach(call, 323, 282, -1)",
    another_ruleset_of_Landlock="call(444, 444, 0, 0, 1)",
    another_filter="reach(call, 317, 277, 1, 0, 1)",
    memory_without_a_process="os.memfd_create('escape')",
    System_V_memory="libc.shmctl(checked(libc.shmget(0, ctypes.c_ulong(4096), 0o1600)), 0, 0)",
    a_longer_pipe="import fcntl\nfcntl.fcntl(os.pipe()[1], 1031, 1 << 16)",
    locked_memory="checked(libc.mlock(ctypes.create_string_buffer(16), ctypes.c_ulong(16)))",
)
ESCAPES = (*READING, *WRITING, *CHANGING, *TCP, *SOCKETS, *SIGNALS, *OTHERS, *PROCESSES, *KERNEL)


@dataclass(frozen=True)
class World:
    """What attempts go for: `described` is what a child is told of it."""

    folder: Path
    described: dict[str, int | str]
    victim: subprocess.Popen[str]

    def state(self) -> tuple[object, ...]:
        """Return what an attempt could change: names, contents, modes, links and dates of files, and the process."""
        found = [(path.name, path.lstat()) for path in sorted(self.folder.rglob("*"))]
        files = [(name, one.st_mode, one.st_nlink, one.st_size, one.st_mtime_ns) for name, one in found]
        return files, (self.folder / "submission.csv").read_bytes(), self.victim.poll()


@contextmanager
def world() -> Iterator[World]:
    """Make files, sockets and a process to go for, and take them away again."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="agora-world-")))
        file = folder / "submission.csv"
        file.write_text(f"image_id,person_id\nq0001,{SECRET}\n")
        opened = stack.enter_context(file.open())
        os.set_inheritable(opened.fileno(), True)
        tcp4 = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", 0))
        unix, abstract = (stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(2))
        unix.bind(str(folder / "socket"))
        abstract.bind(f"\0agora-world-{os.getpid()}")
        unix.listen()
        abstract.listen()
        victim = stack.enter_context(_victim())
        described: dict[str, int | str] = {
            "folder": str(folder),
            "file": str(file),
            "descriptor": opened.fileno(),
            "tcp4": tcp4.getsockname()[1],
            "udp": udp.getsockname()[1],
            "socket": str(folder / "socket"),
            "abstract": f"agora-world-{os.getpid()}",
            "victim": victim.pid,
            "address": int(next(iter(victim.stdout or ()))),
            **_tcp6(stack),
        }
        yield World(folder, described, victim)


def _tcp6(stack: ExitStack) -> dict[str, int | str]:
    """Listen on IPv6 where this machine has it; a port that nobody listens on refuses as well."""
    try:
        server = stack.enter_context(socket.create_server(("::1", 0), family=socket.AF_INET6))
    except OSError:
        return {"tcp6": 9}
    return {"tcp6": server.getsockname()[1]}


@contextmanager
def _victim() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-I", "-S", "-c", _VICTIM]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, process_group=0, env={"SECRET": SECRET}
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def confined(escape: Escape, target: World, confinement: Confinement) -> str:
    """Let a confined child try; return `GOT_THROUGH`, the name of the error that stopped it, or its signal."""
    read, write = os.pipe()
    with os.fdopen(read) as answer:
        try:
            command = [sys.executable, "-I", "-S", "-c", escape.script, str(write), json.dumps(target.described)]
            outcome = run_child(command, limits=_LIMITS, confinement=confinement, descriptors=[write])
        finally:
            os.close(write)
        return answer.read() or f"status {outcome.status} {outcome.trace}".strip()


def unconfined(escape: Escape, target: World) -> str:
    """Let a child try that nothing confines, and that inherits every descriptor."""
    read, write = os.pipe()
    os.set_inheritable(write, True)
    with os.fdopen(read) as answer:
        command = [sys.executable, "-I", "-S", "-c", escape.script, str(write), json.dumps(target.described)]
        process = subprocess.Popen(command, close_fds=False, stderr=subprocess.DEVNULL, cwd=target.folder)
        os.close(write)
        process.wait(_LIMITS.deadline_seconds)
        return answer.read()
