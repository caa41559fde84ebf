"""A release is the same whoever renders it, in how many processes, and however often it is stopped on the way."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from challenges.cli import main
from challenges.synth import SynthesisError, synthesize
from tests.challenges.synth.tiny import TINY, Tiny, bytes_of


def _arguments(out: Path, *more: str) -> list[str]:
    return ["synthesize", "agsynth", "--out", str(out), "--identities", "2", "--seed", "9", *more]


def _lines(out: Path) -> int:
    journal = out.parent / f".{out.name}.unfinished/journal.jsonl"
    return journal.read_bytes().count(b"\n") if journal.exists() else 0


def _stop_midway(out: Path, with_signal: int, *more: str) -> subprocess.Popen[bytes]:
    """Start the command on a terminal of its own and send a signal as soon as ten images are done.

    Nobody reads the terminal before the signal, and most of the 4 KiB that it holds are taken: the command, which draws its bar
    anew for each image, cannot run ahead.
    """
    ours, theirs = pty.openpty()
    os.write(theirs, b"." * 2800)
    # Where these tests run in the background, an interrupt is ignored, and children inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    command = [sys.executable, "-m", "challenges", *_arguments(out, *more)]
    child = subprocess.Popen(command, stdin=theirs, stderr=theirs, stdout=theirs, start_new_session=True)
    signal.signal(signal.SIGINT, before)
    os.close(theirs)
    shown = b""
    for _ in range(2400):
        with suppress(subprocess.TimeoutExpired):
            raise AssertionError(child.wait(timeout=0.05))
        if _lines(out) >= 10:
            break
    os.kill(child.pid, with_signal)
    try:
        while part := os.read(ours, 4096):
            shown += part
    except OSError:  # Linux says so when the last writer of a terminal is gone
        pass
    os.close(ours)
    child.wait(timeout=60)
    child.shown = shown.decode()
    return child


def _stop_here(out: Path, images: int) -> None:
    """Stop a release in this process as soon as so many images are done."""

    def stop(done: int, _: int) -> None:
        if done == images:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        synthesize(out, workers=1, progress=stop, **TINY)


def _first_told(out: Path, **settings: Any) -> int:
    """Return how many images are done when a release tells its first, and stop it there."""
    told: list[int] = []

    def stop(done: int, _: int) -> None:
        told.append(done)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        synthesize(out, workers=1, progress=stop, **settings)
    return told[0]


def _tear(out: Path) -> int:
    """Tear a picture and the journal's last line, add a stranger's file, and return how many lines there were."""
    draft = out.parent / f".{out.name}.unfinished"
    lines = (draft / "journal.jsonl").read_bytes().splitlines(keepends=True)
    part, name, _, _ = json.loads(lines[0])
    torn = draft / "release/public" / part / "images" / f"{name}.png"
    torn.write_bytes(torn.read_bytes()[:-9])
    (torn.parent / "stranger.png").write_bytes(b"none of ours")
    (draft / "journal.jsonl").write_bytes(b"".join(lines[:-1]) + lines[-1][:-20])
    return len(lines)


@pytest.mark.parametrize("workers", [2, pytest.param(3, marks=pytest.mark.long)])
def test_several_processes_write_the_bytes_of_one(tmp_path: Path, tiny: Tiny, workers: int) -> None:
    synthesize(tmp_path / "out", workers=workers, **TINY)

    assert bytes_of(tmp_path / "out") == tiny.bytes


def test_a_killed_command_goes_on_makes_torn_files_anew_and_ends_with_the_same_bytes(
    tmp_path: Path, tiny: Tiny, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    _stop_midway(out, signal.SIGKILL, "--workers", "2")
    assert not out.exists()
    lines = _tear(out)

    assert main(_arguments(out, "--workers", "1")) == 0

    resumed = int(re.search(r"([\d,]+) of them made before", capsys.readouterr().out)[1])
    assert 8 <= resumed <= lines - 2
    assert bytes_of(out) == tiny.bytes
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.long
@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("with_signal", [signal.SIGKILL, signal.SIGINT])
def test_a_stopped_command_ends_with_the_same_bytes_however_it_was_stopped(
    tmp_path: Path, tiny: Tiny, workers: str, with_signal: int
) -> None:
    out = tmp_path / "out"
    _stop_midway(out, with_signal, "--workers", workers)

    made = synthesize(out, **TINY)

    assert 10 <= made.resumed < made.images
    assert bytes_of(out) == tiny.bytes


def test_an_interrupt_stops_the_children_and_says_how_to_go_on(tmp_path: Path) -> None:
    child = _stop_midway(tmp_path / "out", signal.SIGINT, "--workers", "2")

    assert child.returncode == 130
    assert "The same command goes on where it stopped" in child.shown
    assert "Traceback" not in child.shown
    assert [path.name for path in tmp_path.iterdir()] == [".out.unfinished"]


def test_other_settings_do_not_mix_with_what_is_unfinished(tmp_path: Path) -> None:
    out = tmp_path / "out"
    _stop_here(out, 3)

    with pytest.raises(SynthesisError, match="holds an unfinished out with other settings"):
        synthesize(out, identities=2, seed=10)
    assert _first_told(out, **TINY) == 4
    assert _first_told(out, identities=2, seed=10, restart=True) == 1


def test_two_processes_do_not_write_one_release(tmp_path: Path) -> None:
    def start_another(done: int, _: int) -> None:
        with pytest.raises(SynthesisError, match="another process is writing"):
            synthesize(tmp_path / "out", **TINY)
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        synthesize(tmp_path / "out", workers=1, progress=start_another, **TINY)


def test_a_child_that_dies_is_an_error_and_costs_nothing_that_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")

    with pytest.raises(ChildProcessError, match="a rendering process ended with 1"):
        synthesize(tmp_path / "out", workers=2, **TINY)

    monkeypatch.undo()
    assert _first_told(tmp_path / "out", **TINY) == 2
