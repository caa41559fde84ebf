"""Small file systems that are full when a test says so: ENOSPC is the kernel's own."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def small_file_system(folder: Path, mebibytes: int) -> Iterator[Path]:
    """Lay a file system of that size over `folder` for the `with`; what was there is hidden meanwhile and untouched."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=0700", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, text=True)
    assert mounted.returncode == 0, (
        f"the test of a full disk mounts a small file system, which takes root: {mounted.stderr}"
    )
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(file: Path) -> None:
    """Write until the file system has no room."""
    with file.open("wb", buffering=0) as stream:
        for size in (65536, 512, 1):
            try:
                while True:
                    stream.write(b"\0" * size)
            except OSError:
                continue
