"""One supervisor per folder, and what a crashed one leaves is ended by the next."""

import json
import subprocess
from pathlib import Path

import pytest

from agora.supervisor.errors import SupervisorError
from agora.supervisor.lock import ProcessMemory, VarLock
from agora.supervisor.process import Child


def test_the_second_holder_is_refused_and_the_first_is_named(tmp_path: Path) -> None:
    first, second = VarLock(tmp_path / "run"), VarLock(tmp_path / "run")
    first.acquire()

    with pytest.raises(SupervisorError, match=r"is running already \(process \d+\)"):
        second.acquire()

    first.release()
    second.acquire()
    second.release()


def test_a_noted_process_that_still_lives_is_ended(tmp_path: Path) -> None:
    child = Child(name="web", command=["sleep", "600"], log=tmp_path / "log")
    child.start()
    memory = ProcessMemory(tmp_path / "processes.json")
    memory.write([child])

    assert memory.end_leftovers() == ["web"]
    assert child.exit_status == -9
    assert memory.end_leftovers() == []


def test_a_stranger_with_a_noted_number_is_spared(tmp_path: Path) -> None:
    stranger = subprocess.Popen(["sleep", "600"], process_group=0)
    memory = ProcessMemory(tmp_path / "processes.json")
    memory.file.write_text(json.dumps({"web": [stranger.pid, 1]}))

    assert memory.end_leftovers() == []

    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"web": 3}'])
def test_a_torn_note_is_no_obstacle(tmp_path: Path, content: str) -> None:
    memory = ProcessMemory(tmp_path / "processes.json")
    memory.file.write_text(content)

    assert memory.end_leftovers() == []
