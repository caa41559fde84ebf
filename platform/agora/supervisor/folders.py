"""Private folders and generated secrets below the site's `var` folder."""

import os
import secrets
import stat
import tempfile
from pathlib import Path

from agora.supervisor.errors import SupervisorError

# A unix socket's path is limited to 107 bytes; the engine adds "/.s.PGSQL.5432.lock" to its folder.
_LONGEST_SOCKET_FOLDER = 88


def private_folder(folder: Path) -> Path:
    """Make `folder` (parents too) readable by this user alone, whatever the umask; return it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # mkdir's mode is subject to the umask and does not touch a folder that exists.
    folder.chmod(0o700)
    return folder


def secret(file: Path, *, length_bytes: int = 24) -> str:
    """Return the secret kept in `file` (0600), making a random one at first use.

    The file appears complete or not at all: a run that dies in between leaves no empty secret.
    """
    if not file.exists():
        private_folder(file.parent)
        write_private(file, secrets.token_urlsafe(length_bytes) + "\n")
    return file.read_text(encoding="utf-8").strip()


def write_private(file: Path, text: str) -> None:
    """Write `text` to `file`, readable and writable by this user alone, in one step."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        os.fchmod(stream.fileno(), 0o600)
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)


def socket_folder(wanted: Path) -> Path:
    """Return a private folder for unix sockets: `wanted`, or a short temporary one where its path is too long.

    The temporary folder is remembered in a file beside `wanted` and used again by the next run.
    """
    if len(os.fsencode(wanted)) <= _LONGEST_SOCKET_FOLDER:
        return private_folder(wanted)
    memory = wanted.with_name(f"{wanted.name}.path")
    if memory.exists():
        remembered = Path(memory.read_text(encoding="utf-8").strip())
        if _is_ours_alone(remembered):
            return remembered
    private_folder(wanted.parent)
    folder = Path(tempfile.mkdtemp(prefix="agora-"))
    if len(os.fsencode(folder)) > _LONGEST_SOCKET_FOLDER:
        folder.rmdir()
        raise SupervisorError(
            f"the path of the folder for sockets is too long: {wanted}, and so is that of the temporary folder "
            f"{folder.parent}. Set TMPDIR to a short path or choose a shorter VAR."
        )
    write_private(memory, f"{folder}\n")
    return folder


def forget_socket_folder(wanted: Path) -> None:
    """Remove the short temporary folder that stands for `wanted`, if one was made and is empty."""
    memory = wanted.with_name(f"{wanted.name}.path")
    if not memory.exists():
        return
    folder = Path(memory.read_text(encoding="utf-8").strip())
    if _is_ours_alone(folder) and not any(folder.iterdir()):
        folder.rmdir()
        memory.unlink()


def _is_ours_alone(folder: Path) -> bool:
    """Say whether `folder` is a real folder of this user that nobody else can enter."""
    try:
        status = folder.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and stat.S_IMODE(status.st_mode) == 0o700
