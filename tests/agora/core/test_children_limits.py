"""Children that use more than they may, in ways that a simple count would miss: each is ended and called by its limit."""

import os
import signal
import sys
import textwrap
from collections.abc import Iterator

import pytest

from agora.core import children
from agora.core.children import MEBIBYTE, Ending, Limits, Outcome, run_child
from agora.core.confinement import Confinement

_LIMITS = Limits(memory_bytes=128 * MEBIBYTE, deadline_seconds=60, file_bytes=64 * MEBIBYTE)


def _run(code: str, *, limits: Limits = _LIMITS, descriptor: int | None = None) -> Outcome:
    command = [sys.executable, "-I", "-S", "-c", f"out = {descriptor}\n" + textwrap.dedent(code)]
    given = [] if descriptor is None else [descriptor]
    return run_child(command, limits=limits, confinement=Confinement(), descriptors=given)


@pytest.fixture
def result() -> Iterator[int]:
    """Return a file of memory, as the scorer's result is one."""
    number = os.memfd_create("result")
    yield number
    os.close(number)


EATERS = {
    "pages of its own": "block = bytearray(400 * 1024 * 1024)",
    "shared pages": """
        import mmap
        block = mmap.mmap(-1, 400 * 1024 * 1024)
        for page in range(0, len(block), 4096):
            block[page] = 1
    """,
    "page tables": """
        import mmap
        blocks = []
        for _ in range(64):
            block = mmap.mmap(-1, 1 << 33, flags=mmap.MAP_PRIVATE | 0x4000, prot=mmap.PROT_READ)
            blocks.append(block)
            for page in range(0, len(block), 1 << 21):
                block[page]
    """,
    "many threads' stacks": """
        import threading
        threading.stack_size(8 << 20)
        def fill():
            block = bytearray(8 << 20)
            threading.Event().wait()
        for _ in range(60):
            threading.Thread(target=fill, daemon=True).start()
    """,
}


@pytest.mark.parametrize("eater", EATERS)
def test_memory_counts_wherever_it_is(eater: str) -> None:
    outcome = _run(textwrap.dedent(EATERS[eater]) + "\nimport time; time.sleep(60)")

    assert (outcome.ending, outcome.status) == (Ending.MEMORY, -signal.SIGKILL)
    assert outcome.peak_memory_bytes > _LIMITS.memory_bytes


def test_what_a_child_writes_into_shared_memory_counts(result: int) -> None:
    code = "import os, time\nos.write(out, bytes(100 << 20))\nos.write(2, bytes(100 << 20))\ntime.sleep(60)"
    limits = Limits(memory_bytes=128 * MEBIBYTE, deadline_seconds=60, file_bytes=100 * MEBIBYTE)

    outcome = _run(code, limits=limits, descriptor=result)

    assert outcome.ending is Ending.MEMORY


def test_a_result_stops_growing_at_its_limit(result: int) -> None:
    code = "import os\nblock = bytes(1 << 20)\nwhile True:\n    os.write(out, block)"
    outcome = _run(code, descriptor=result)

    assert (outcome.ending, os.fstat(result).st_size) == (Ending.SIZE, _LIMITS.file_bytes)


def test_endless_talk_stops_at_its_limit_and_is_not_repeated() -> None:
    outcome = _run("import os\nwhile True:\n    os.write(2, b'pid-0815 \\x1b[2J' * 100_000)")

    assert (outcome.ending, outcome.trace) in {(Ending.SIZE, ""), (Ending.SIZE, "OSError")}


def test_a_result_cannot_be_made_large_without_writing_it(result: int) -> None:
    outcome = _run("import os\nos.ftruncate(out, 1 << 25)", descriptor=result)

    assert (outcome.ending, os.fstat(result).st_size) == (Ending.FAILED, 0)


def test_a_bomb_of_threads_is_ended() -> None:
    code = """
        import threading
        threading.stack_size(1 << 15)
        while True:
            try:
                threading.Thread(target=threading.Event().wait, daemon=True).start()
            except RuntimeError:
                pass
    """
    outcome = _run(code)

    assert (outcome.ending, outcome.status) == (Ending.TASKS, -signal.SIGKILL)
    assert outcome.seconds < _LIMITS.deadline_seconds


@pytest.mark.parametrize(
    ("answer", "status"), [("SIG_DFL", -signal.SIGXCPU), ("SIG_IGN", -signal.SIGKILL)], ids=["obeying", "ignoring"]
)
def test_burnt_cpu_time_is_a_deadline(monkeypatch: pytest.MonkeyPatch, answer: str, status: int) -> None:
    monkeypatch.setattr(children, "_cpu_seconds", lambda limits: 1)
    code = f"import signal\nsignal.signal(signal.SIGXCPU, signal.{answer})\nwhile True: pass"
    # A busy machine takes long to give it a second.
    outcome = _run(code, limits=Limits(memory_bytes=128 * MEBIBYTE, deadline_seconds=300))

    assert (outcome.ending, outcome.status) == (Ending.DEADLINE, status)


def test_a_small_child_hits_no_limit(result: int) -> None:
    outcome = _run("import os\nos.write(out, b'{}')", descriptor=result)

    assert (outcome.ending, outcome.status, os.pread(result, 9, 0)) == (Ending.FINISHED, 0, b"{}")
