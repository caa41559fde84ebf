"""The one rule for Debian packages: root installs, anybody else is told the one command."""

import shutil
import subprocess
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a folder with the script and a list that asks for one program nobody has."""
    (tmp_path / ".ci").mkdir()
    (tmp_path / "requirements").mkdir()
    shutil.copy(_ROOT / ".ci" / "packages", tmp_path / ".ci" / "packages")
    (tmp_path / "requirements" / "debian.txt").write_text(
        "# comment\ninstall  dash  command:sh\ntest  a-package  command:no-such-program\ntest  b-package  file:/no/such/file\n"
    )
    return tmp_path


def _run(tree: Path, *arguments: str, path: str = "/usr/bin:/bin") -> subprocess.CompletedProcess[str]:
    """Run the script as somebody who is not root, whoever runs the tests."""
    command = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--", str(tree / ".ci/packages"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env={"PATH": path})


def test_nothing_missing_is_said_nothing_about(tree: Path) -> None:
    answer = _run(tree, "install")

    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


def test_a_user_is_told_the_one_command(tree: Path) -> None:
    # apt-get itself is never reached: only its presence decides between the two messages.
    (tree / "bin").mkdir()
    (tree / "bin" / "apt-get").symlink_to("/bin/false")

    answer = _run(tree, "test", path=f"{tree / 'bin'}:/usr/bin:/bin")

    assert answer.returncode == 2
    assert "sudo apt-get install --yes --no-install-recommends a-package b-package" in answer.stderr


def test_a_python_without_venv_adds_its_package(tree: Path) -> None:
    python = tree / "python"
    python.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; *) echo python3.11-venv;; esac\n')
    python.chmod(0o755)

    answer = _run(tree, "install", str(python))

    assert answer.returncode == 2
    assert "python3.11-venv" in answer.stderr


def test_root_installs_without_starting_or_enabling_a_service(tree: Path) -> None:
    """The package manager stands in for a package that brings a server; root is root of a namespace with folders of its own."""
    seen, bin_folder = tree / "seen", tree / "bin"
    bin_folder.mkdir()
    link = "/etc/systemd/system/multi-user.target.wants/server.service"
    (bin_folder / "apt-get").write_text(
        f'#!/bin/sh\n[ "$1" = install ] || exit 0\n/usr/sbin/policy-rc.d server start\necho "$? $*" >{seen}\n'
        f"ln -s /dev/null {link}\n"
    )
    (bin_folder / "apt-get").chmod(0o755)
    inside = (
        "mount -t tmpfs tmpfs /usr/sbin && mount -t tmpfs tmpfs /etc"
        f" && mkdir -p /etc/systemd/system/multi-user.target.wants && ln -s /dev/null {link}.earlier.service"
        f" && {tree / '.ci/packages'} test && ls /usr/sbin /etc/systemd/system/multi-user.target.wants"
    )
    command = ["unshare", "--user", "--map-root-user", "--mount", "--", "sh", "-c", inside]

    answer = subprocess.run(command, capture_output=True, text=True, env={"PATH": f"{bin_folder}:/usr/bin:/bin"})

    assert answer.returncode == 0, answer.stderr
    assert seen.read_text() == "101 install --yes --no-install-recommends a-package b-package\n"
    listed = answer.stdout.split("Not enabled: server.service\n")[1].split()
    assert listed == ["/etc/systemd/system/multi-user.target.wants:", "server.service.earlier.service", "/usr/sbin:"]


def test_the_real_list_can_be_read() -> None:
    lines = (_ROOT / "requirements" / "debian.txt").read_text().splitlines()
    rows = [line.split() for line in lines if line and not line.startswith("#")]

    assert {row[0] for row in rows} == {"install", "test"}
    assert all(len(row) == 3 and row[2].startswith(("command:", "file:")) for row in rows)
