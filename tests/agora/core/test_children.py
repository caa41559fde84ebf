"""Real children that misbehave: each is ended, and what is said of it does not come from its own mouth."""

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from agora.core import launch
from agora.core.children import (
    MEBIBYTE,
    Ending,
    Limits,
    Outcome,
    Usage,
    bare_environment,
    group_members,
    interpreter_paths,
    run_child,
    usage_of,
)
from agora.core.confinement import Confinement
from agora.supervisor.process import wait_until

_LIMITS = Limits(memory_bytes=256 * MEBIBYTE, deadline_seconds=20)
_CONFINED = Confinement()


def _run(code: str, *, limits: Limits = _LIMITS, confinement: Confinement = _CONFINED, **options: object) -> Outcome:
    command = [sys.executable, "-I", "-S", "-c", textwrap.dedent(code)]
    return run_child(command, limits=limits, confinement=confinement, **options)  # type: ignore[arg-type]


def _report(code: str, confinement: Confinement = _CONFINED) -> str:
    """Run code that writes to the descriptor in `out` and return what it wrote."""
    read, write = os.pipe()
    try:
        outcome = _run(
            f"import os\nout = {write}\n" + textwrap.dedent(code), descriptors=[write], confinement=confinement
        )
    finally:
        os.close(write)
    with os.fdopen(read) as file:
        text = file.read()
    assert outcome.ending is Ending.FINISHED, outcome
    return text


def test_a_child_that_ends_well_is_finished() -> None:
    outcome = _run("pass")

    assert (outcome.ending, outcome.status, outcome.trace) == (Ending.FINISHED, 0, "")


def test_a_child_above_its_memory_is_killed() -> None:
    outcome = _run("block = bytearray(600 * 1024 * 1024)\nimport time; time.sleep(60)")

    assert (outcome.ending, outcome.status) == (Ending.MEMORY, -signal.SIGKILL)
    assert outcome.peak_memory_bytes > _LIMITS.memory_bytes
    assert outcome.seconds < _LIMITS.deadline_seconds


def test_memory_of_the_whole_group_counts() -> None:
    code = """
        import os, time
        for _ in range(3):
            if os.fork() == 0:
                block = bytearray(120 * 1024 * 1024)
                time.sleep(60)
        time.sleep(60)
    """

    assert _run(code, confinement=Confinement(calls=())).ending is Ending.MEMORY


def test_reserving_far_beyond_the_budget_fails_inside_the_child() -> None:
    outcome = _run("block = bytearray(8 * 1024 ** 3)")

    assert outcome.ending is Ending.FAILED
    assert outcome.trace.startswith("MemoryError")


def test_a_child_beyond_its_deadline_is_killed_even_if_it_ignores_signals() -> None:
    code = """
        import signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(60)
    """
    outcome = _run(code, limits=Limits(memory_bytes=256 * MEBIBYTE, deadline_seconds=0.3))

    assert outcome.ending is Ending.DEADLINE
    assert outcome.seconds < 60  # as long as it would sleep


def test_no_grandchild_outlives_the_call() -> None:
    code = """
        import os, time
        if os.fork() == 0:
            time.sleep(60)
        os.write(out, str(os.getpgid(0)).encode())
    """
    group = int(_report(code, confinement=Confinement(calls=())))

    # The signal is sent; its delivery is the kernel's business.
    wait_until(
        lambda: not any(_is_alive(pid) for pid in group_members(group)),
        deadline_seconds=20,
        what="the grandchild is gone",
    )


def test_a_child_that_ignores_everything_dies_with_its_parent() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT.format(path=str(Path(launch.__file__).parents[2]))],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()

    wait_until(lambda: not _is_alive(child), deadline_seconds=20, what="the child is gone")


_PARENT = '''
import os, sys, threading
sys.path.insert(0, {path!r})
from agora.core.children import Limits, run_child
from agora.core.confinement import Confinement
read, write = os.pipe()
code = f"""
import ctypes, os, signal, time
ctypes.CDLL(None).prctl(1, 0)  # PR_SET_PDEATHSIG: none
for number in set(signal.valid_signals()) - {{{{signal.SIGKILL, signal.SIGSTOP}}}}:
    signal.signal(number, signal.SIG_IGN)
os.write({{write}}, str(os.getpid()).encode() + bytes([10]))
while True:
    time.sleep(60)
"""
threading.Thread(target=lambda: print(os.read(read, 20).decode(), end="", flush=True)).start()
run_child([sys.executable, "-I", "-S", "-c", code], limits=Limits(1 << 28, 60.0), confinement=Confinement(), descriptors=[write])
'''


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_an_interrupted_child_is_killed_at_once() -> None:
    outcome = _run("import time; time.sleep(60)", is_interrupted=lambda: True)

    assert outcome.ending is Ending.INTERRUPTED
    assert outcome.seconds < _LIMITS.deadline_seconds


def test_a_crash_is_told_by_places_and_class_never_by_message() -> None:
    outcome = _run("import json\njson.loads('pid 1234 of image q17')")

    assert (outcome.ending, outcome.status) == (Ending.FAILED, 1)
    assert re.fullmatch(r"JSONDecodeError < decoder.py:\d+ raw_decode < decoder.py:\d+ decode < .*", outcome.trace)


def test_a_signal_from_elsewhere_is_a_failure() -> None:
    outcome = _run("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")

    assert (outcome.ending, outcome.status) == (Ending.FAILED, -signal.SIGSEGV)


def _bounds(**changes: int) -> str:
    fields = {"parent": os.getpid(), "data_bytes": 1 << 30, "file_bytes": 1 << 20, "open_files": 64, "cpu_seconds": 60}
    return json.dumps({**fields, **changes, "readable": interpreter_paths(), "filter": ()})


def test_the_launcher_refuses_to_run_below_a_stranger() -> None:
    command = [sys.executable, "-I", "-S", str(Path(launch.__file__)), _bounds(parent=1)]
    run = subprocess.run([*command, sys.executable, "-c", "print('ran')"], capture_output=True, text=True)

    assert (run.returncode, run.stdout) == (launch.REFUSED, "")


def test_the_environment_holds_nothing_but_locale_and_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    told = _report("os.write(out, '\\n'.join(sorted(os.environ)).encode())").split()

    assert told == sorted(bare_environment(1))


def test_only_the_named_descriptors_are_inherited() -> None:
    with Path(__file__).open() as other:
        os.set_inheritable(other.fileno(), True)
        code = """
            open_ones = []
            for number in range(3, 64):
                try:
                    os.fstat(number)
                except OSError:
                    continue
                open_ones.append(number)
            os.write(out, repr([number for number in open_ones if number != out]).encode())
        """
        assert _report(code) == "[]"


def test_limits_and_privileges_are_set() -> None:
    code = """
        import ctypes, resource
        names = ("DATA", "FSIZE", "NOFILE", "CORE")
        limits = [resource.getrlimit(getattr(resource, "RLIMIT_" + name)) for name in names]
        privileges = ctypes.CDLL(None).prctl(39, 0, 0, 0, 0)  # PR_GET_NO_NEW_PRIVS
        os.write(out, repr((limits, privileges, os.getcwd(), os.getpgid(0) == os.getpid())).encode())
    """
    data = _LIMITS.memory_bytes + 1024 * MEBIBYTE
    limits = [(data, data), (_LIMITS.file_bytes,) * 2, (_LIMITS.open_files,) * 2, (0, 0)]

    assert _report(code) == repr((limits, 1, "/", True))


def test_a_child_has_no_capabilities() -> None:
    code = """
        import ctypes
        header, held = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
        assert ctypes.CDLL(None).capget(header, held) == 0
        os.write(out, repr(list(held)).encode())
    """

    assert _report(code, Confinement(calls=())) == repr([0] * 6)


def test_memory_of_a_process_that_ended_is_nothing() -> None:
    ended = subprocess.Popen([sys.executable, "-I", "-S", "-c", ""])
    ended.wait()

    assert usage_of(ended.pid) == Usage()
    assert usage_of(os.getpid()).memory_bytes > MEBIBYTE


def test_a_child_reads_what_it_is_given(tmp_path: Path) -> None:
    (tmp_path / "given.txt").write_text("yes")
    code = f"import sys; sys.exit(0 if open({str(tmp_path / 'given.txt')!r}).read() == 'yes' else 1)"

    assert _run(code, confinement=Confinement(readable=(tmp_path,))).ending is Ending.FINISHED
