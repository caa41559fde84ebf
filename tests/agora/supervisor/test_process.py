"""Children end in order, by force, and with their parent."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agora.supervisor.errors import DeadlineError, SupervisorError
from agora.supervisor.process import Child, run_to_end, wait_until
from agora.supervisor.rotation import LOG_BYTES

_DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); signal.pause()"


def _python(code: str, log: Path, **more: object) -> Child:
    return Child(name="program", command=[sys.executable, "-c", code], log=log, **more)


def _wait_for_log(child: Child, text: str) -> None:
    wait_until(lambda: text in child.log_tail(), deadline_seconds=20, what=f"{text!r} in the log")


def _is_gone(pid: int) -> bool:
    """Say whether a process is gone or only waits to be reaped by a parent that is not this one."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_deadline_names_what_was_waited_for() -> None:
    with pytest.raises(DeadlineError, match=r"the moon turns green: not so within 0\.05 s"):
        wait_until(lambda: False, deadline_seconds=0.05, what="the moon turns green")


def test_a_watcher_ends_the_wait() -> None:
    def refuse() -> None:
        raise SupervisorError("enough")

    with pytest.raises(SupervisorError, match="enough"):
        wait_until(lambda: False, deadline_seconds=60, what="nothing", watch=refuse)


def test_a_program_that_listens_stops_in_order(tmp_path: Path) -> None:
    child = _python("import signal; print('ready', flush=True); signal.pause()", tmp_path / "log")
    child.start()
    _wait_for_log(child, "ready")

    assert child.stop(deadline_seconds=20) is True
    assert child.exit_status == -signal.SIGTERM


def test_a_deaf_program_is_killed_after_the_deadline(tmp_path: Path) -> None:
    child = _python(_DEAF, tmp_path / "log")
    child.start()
    _wait_for_log(child, "ready")

    assert child.stop(deadline_seconds=0.2) is False
    assert child.exit_status == -signal.SIGKILL


def test_hurry_cuts_the_wait_short(tmp_path: Path) -> None:
    child = _python(_DEAF, tmp_path / "log")
    child.start()
    _wait_for_log(child, "ready")

    assert child.stop(deadline_seconds=3600, hurry=lambda: True) is False
    assert not child.is_running


def test_what_a_program_started_ends_with_it(tmp_path: Path) -> None:
    code = "import subprocess; p = subprocess.Popen(['sleep', '600']); print('ready', p.pid, flush=True); p.wait()"
    child = _python(code, tmp_path / "log")
    child.start()
    _wait_for_log(child, "ready")
    grandchild = int(child.log_tail().split()[-1])

    child.stop(deadline_seconds=20)

    wait_until(lambda: _is_gone(grandchild), deadline_seconds=20, what="the grandchild is gone")


def test_a_child_dies_with_its_killed_parent(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = f"""
from pathlib import Path
from agora.supervisor.process import Child
import signal
child = Child(name="c", command=["sleep", "600"], log=Path({str(log)!r}))
child.start()
print(child.process.pid, flush=True)
signal.pause()
"""
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())

    parent.kill()
    parent.wait()
    parent.stdout.close()

    wait_until(lambda: _is_gone(pid), deadline_seconds=20, what="the child is gone")


def test_a_failure_quotes_the_end_of_the_log(tmp_path: Path) -> None:
    child = _python("import sys; print('disk on fire'); sys.exit(3)", tmp_path / "log")

    with pytest.raises(SupervisorError, match=r"(?s)status 3.*disk on fire"):
        run_to_end(child, deadline_seconds=20)


def test_a_program_that_takes_too_long_does_not_outlive_the_call(tmp_path: Path) -> None:
    child = _python("import signal; signal.pause()", tmp_path / "log")

    with pytest.raises(DeadlineError):
        run_to_end(child, deadline_seconds=0.2)

    assert child.exit_status == -signal.SIGKILL


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(SupervisorError, match=r"cannot start x .*/no/such/program"):
        Child(name="x", command=["/no/such/program"], log=tmp_path / "log").start()


def test_a_long_log_is_moved_aside(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("earlier")
    os.truncate(tmp_path / "log", LOG_BYTES + 1)

    run_to_end(_python("print('now')", tmp_path / "log"), deadline_seconds=20)

    assert (tmp_path / "log.1").read_bytes().startswith(b"earlier")
    assert (tmp_path / "log").read_text() == "now\n"


def test_children_inherit_no_descriptor_but_the_given(tmp_path: Path) -> None:
    kept, other = os.pipe()
    os.set_inheritable(other, True)
    code = f"import os; print([os.path.exists(f'/proc/self/fd/{{number}}') for number in ({kept}, {other})])"
    child = _python(code, tmp_path / "log", inherited_descriptors=(kept,))

    run_to_end(child, deadline_seconds=20)
    os.close(kept)
    os.close(other)

    assert child.log_tail() == "[True, False]"
