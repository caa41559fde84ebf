"""A release is the same whoever renders it, in how many processes, and however often it is stopped on the way."""

import json
import os
import pty
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from challenges.synth import SynthesisError, synthesize

SETTINGS = {"identities": 2, "seed": 9}


def _bytes(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return every byte of a release that one process wrote without a stop."""
    return _bytes(synthesize(tmp_path_factory.mktemp("whole") / "out", workers=1, **SETTINGS).folder)


def _command(out: Path, *more: str) -> list[str]:
    made = ["--out", str(out), "--identities", "2", "--seed", "9"]
    return [sys.executable, "-m", "challenges", "synthesize", "agsynth", *made, *more]


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
    child = subprocess.Popen(_command(out, *more), stdin=theirs, stderr=theirs, stdout=theirs, start_new_session=True)
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


def test_several_processes_write_the_bytes_of_one(tmp_path: Path, whole: dict[str, bytes]) -> None:
    synthesize(tmp_path / "out", workers=3, **SETTINGS)

    assert _bytes(tmp_path / "out") == whole


@pytest.mark.parametrize("workers", [pytest.param("1", marks=pytest.mark.long), "2"])
def test_a_killed_release_goes_on_and_ends_with_the_same_bytes(
    tmp_path: Path, whole: dict[str, bytes], workers: str
) -> None:
    out = tmp_path / "out"
    _stop_midway(out, signal.SIGKILL, "--workers", workers)
    assert not out.exists()

    made = synthesize(out, **SETTINGS)

    assert 10 <= made.resumed < made.images
    assert _bytes(out) == whole
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_interrupt_stops_the_children_and_says_how_to_go_on(tmp_path: Path, whole: dict[str, bytes]) -> None:
    out = tmp_path / "out"

    child = _stop_midway(out, signal.SIGINT, "--workers", "2")

    assert child.returncode == 130
    assert "The same command goes on where it stopped" in child.shown
    assert "Traceback" not in child.shown
    ended = subprocess.run(_command(out), capture_output=True, text=True)
    assert "of them made before" in ended.stdout
    assert _bytes(out) == whole


def test_torn_files_and_lines_are_made_anew(tmp_path: Path, whole: dict[str, bytes]) -> None:
    out = tmp_path / "out"
    _stop_midway(out, signal.SIGKILL, "--workers", "1")
    draft = tmp_path / ".out.unfinished"
    lines = (draft / "journal.jsonl").read_bytes().splitlines(keepends=True)
    part, name, _, _ = json.loads(lines[0])
    torn = draft / "release/public" / part / "images" / f"{name}.png"
    torn.write_bytes(torn.read_bytes()[:-9])
    (torn.parent / "stranger.png").write_bytes(b"none of ours")
    (draft / "journal.jsonl").write_bytes(b"".join(lines[:-1]) + lines[-1][:-20])

    made = synthesize(out, **SETTINGS)

    assert made.resumed <= len(lines) - 2
    assert _bytes(out) == whole


def test_other_settings_do_not_mix_with_what_is_unfinished(tmp_path: Path) -> None:
    out = tmp_path / "out"
    _stop_midway(out, signal.SIGKILL)

    with pytest.raises(SynthesisError, match="holds an unfinished out with other settings"):
        synthesize(out, identities=2, seed=10)
    assert synthesize(out, identities=2, seed=10, restart=True).resumed == 0


def test_two_processes_do_not_write_one_release(tmp_path: Path) -> None:
    def start_another(done: int, _: int) -> None:
        if done == 1:
            with pytest.raises(SynthesisError, match="another process is writing"):
                synthesize(tmp_path / "out", **SETTINGS)

    assert synthesize(tmp_path / "out", progress=start_another, **SETTINGS).images > 0


def test_a_child_that_dies_is_an_error_and_costs_nothing_that_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")

    with pytest.raises(ChildProcessError, match="a rendering process ended with 1"):
        synthesize(tmp_path / "out", workers=2, **SETTINGS)

    monkeypatch.undo()
    assert synthesize(tmp_path / "out", **SETTINGS).resumed == 1
