"""Private folders, secrets and short socket folders."""

import os
import stat
import tempfile
from pathlib import Path

import pytest

from agora.supervisor.errors import SupervisorError
from agora.supervisor.folders import forget_socket_folder, private_folder, secret, socket_folder


@pytest.fixture
def open_umask() -> None:
    """Let everybody read and write what is made without care."""
    earlier = os.umask(0)
    yield
    os.umask(earlier)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("open_umask")
def test_a_folder_that_was_open_becomes_private(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir(mode=0o777)

    private_folder(folder)

    assert _mode(folder) == 0o700


@pytest.mark.usefixtures("open_umask")
def test_a_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "password"

    first = secret(file)

    assert secret(file) == first
    assert len(first) >= 32
    assert _mode(file) == 0o600
    assert [entry.name for entry in file.parent.iterdir()] == ["password"]


def test_two_secrets_differ(tmp_path: Path) -> None:
    assert secret(tmp_path / "a") != secret(tmp_path / "b")


def test_a_short_path_holds_its_own_sockets(tmp_path: Path) -> None:
    wanted = Path(tempfile.mkdtemp()) / "run"

    assert socket_folder(wanted) == wanted
    assert _mode(wanted) == 0o700
    wanted.rmdir()
    wanted.parent.rmdir()


def test_a_long_path_gets_a_short_folder_that_the_next_run_uses_again(tmp_path: Path) -> None:
    wanted = tmp_path / ("long" * 30) / "run"

    first = socket_folder(wanted)

    assert len(os.fsencode(first)) < 90
    assert _mode(first) == 0o700
    assert socket_folder(wanted) == first
    forget_socket_folder(wanted)
    assert not first.exists()


def test_a_remembered_folder_that_others_can_enter_is_not_used_again(tmp_path: Path) -> None:
    wanted = tmp_path / ("long" * 30) / "run"
    first = socket_folder(wanted)
    first.chmod(0o755)

    second = socket_folder(wanted)

    assert second != first
    forget_socket_folder(wanted)
    first.rmdir()


def test_no_short_place_at_all_is_an_error_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = tmp_path / ("long" * 30)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))

    with pytest.raises(SupervisorError, match="TMPDIR"):
        socket_folder(long / "run")

    assert [entry.name for entry in long.iterdir()] == []
