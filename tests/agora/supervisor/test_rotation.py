"""Logs stay bounded while several processes write to them."""

import errno
import logging
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agora.supervisor.process import Child, wait_until
from agora.supervisor.rotation import rotate

_WRITER = """
import itertools, os, pathlib, sys
name, stop = sys.argv[1], pathlib.Path(sys.argv[2])
for number in itertools.count():
    is_last = stop.exists()
    os.write(1, f"{name} {'end' if is_last else 'go '} {number:08d} {'x' * 40}\\n".encode())
    if is_last:
        break
"""
_LINE = len("a go  00000000 ") + 40 + 1


def test_a_log_below_its_limit_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("1234")

    assert not rotate(tmp_path / "log", limit_bytes=4)
    assert not rotate(tmp_path / "missing", limit_bytes=4)
    assert [path.name for path in tmp_path.iterdir()] == ["log"]


def test_older_logs_move_on_and_the_oldest_goes(tmp_path: Path) -> None:
    log = tmp_path / "log"
    for number in range(5):
        log.write_text(f"log {number}")
        assert rotate(log, limit_bytes=4, older=3)

    assert log.read_text() == ""
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "log": "",
        "log.1": "log 4",
        "log.2": "log 3",
        "log.3": "log 2",
    }
    assert {path.stat().st_mode & 0o077 for path in tmp_path.glob("log.*")} == {0}


def test_processes_that_share_a_log_write_whole_lines_on_while_it_is_cut(tmp_path: Path) -> None:
    log, stop, limit = tmp_path / "log", tmp_path / "stop", 500
    log.touch()
    with log.open("ab") as shared:
        command = [sys.executable, "-c", _WRITER]
        writers = [subprocess.Popen([*command, name, stop], stdout=shared) for name in "abc"]
    cuts = 0

    def watch() -> None:
        nonlocal cuts
        cuts += rotate(log, limit_bytes=limit * _LINE, older=200)

    wait_until(lambda: cuts >= 20, deadline_seconds=60, what="the log is cut", watch=watch, every_seconds=0)
    stop.touch()
    wait_until(lambda: all(one.poll() == 0 for one in writers), deadline_seconds=60, what="the writers end")

    contents = {path.name: path.read_bytes() for path in tmp_path.glob("log*")}
    lines = [line for content in contents.values() for line in content.decode().splitlines()]
    assert len(contents) == cuts + 1
    # A log that was cut without a copy would leave its older ones empty.
    assert all(content.count(b"\n") >= limit for name, content in contents.items() if name != "log")
    assert b"\0" not in b"".join(contents.values())
    assert {len(line) + 1 for line in lines} == {_LINE}
    assert len(set(lines)) == len(lines)
    # What comes between the end of a copy and the cut is lost; after the last cut nothing is.
    assert {line[0] for line in contents["log"].decode().splitlines() if line[2:5] == "end"} == set("abc")


def test_a_full_disk_costs_the_log_and_not_the_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    (tmp_path / "log").write_text("much")

    assert rotate(tmp_path / "log", limit_bytes=1)

    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"log": ""}


def test_what_the_supervisor_does_is_logged_with_ids(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    child = Child(name="sleeper", command=["sleep", "60"], log=tmp_path / "log")

    with caplog.at_level(logging.INFO, "agora.supervisor"):
        child.start()
        assert child.process is not None
        child.stop(deadline_seconds=10)

    assert caplog.messages == [
        f"process started program=sleeper child={child.process.pid}",
        "process asked to stop program=sleeper in_order=True status=-15",
    ]
