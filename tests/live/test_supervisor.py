"""The operator's one command: start, stop, crash, and start again."""

import os
import signal
import socket
import stat
from pathlib import Path

import httpx
import pytest

from agora.supervisor.engines import PostgreSQL, Valkey
from agora.supervisor.process import wait_until
from tests.live.site import LiveSite


def _is_alive(site: LiveSite) -> bool:
    """Say whether the site answers and reaches its engines."""
    try:
        return httpx.get(f"{site.address}/readyz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def test_a_start_after_a_crash_keeps_what_is_there(bare_site: LiveSite) -> None:
    """Faults show a start after a stop, which comes while an entry is scored, and that a killed supervisor leaves nothing."""
    earlier = os.umask(0)
    try:
        bare_site.start()
    finally:
        os.umask(earlier)
    assert _exposed(bare_site.var) == []  # whatever the operator's umask
    secrets = _secrets(bare_site)

    bare_site.kill()
    bare_site.start()  # and ends what still lives

    assert _is_alive(bare_site)
    assert _secrets(bare_site) == secrets
    assert bare_site.log("postgresql").count("running bootstrap script") == 1
    assert "No migrations to apply" in bare_site.log("manage-migrate")
    assert bare_site.stop(signal.SIGINT) == 0, bare_site.printed()
    assert bare_site.processes() == {}
    assert "killed" not in bare_site.printed()
    assert "database system is shut down" in bare_site.log("postgresql")


def _secrets(site: LiveSite) -> dict[str, bytes]:
    """Return the secrets that a second run must keep; the addresses of its servers are not among them."""
    return {file.name: file.read_bytes() for file in (site.var / "secrets").iterdir() if file.name != "environment"}


def _exposed(var: Path) -> list[str]:
    """Return what others than the owner may touch. Links and sockets are left out: their folders let nobody in."""
    found = [path for path in [var, *var.rglob("*")] if not path.is_symlink() and (path.is_file() or path.is_dir())]
    return [str(path) for path in found if stat.S_IMODE(path.lstat().st_mode) & 0o077]


def test_a_second_run_of_the_same_folder_is_refused(demo_site: LiveSite) -> None:
    second = LiveSite(demo_site.var, arguments=("--no-demo", "--no-runs"), terminal="second")

    second.spawn()

    assert second.process is not None
    assert second.process.wait(timeout=60) == 1
    assert demo_site.process is not None
    assert f"is running already (process {demo_site.process.pid})" in second.printed()
    assert _is_alive(demo_site)


def test_a_taken_port_is_named(bare_site: LiveSite) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        bare_site.arguments = ("--no-demo", f"--port={port}")

        bare_site.spawn()

        assert bare_site.process is not None
        assert bare_site.process.wait(timeout=60) == 1
        assert f"cannot use port {port} of 127.0.0.1: Address already in use" in bare_site.printed()
        assert "make run PORT=" in bare_site.printed()
        assert bare_site.processes() == {}


def test_a_stop_during_the_start_leaves_nothing(bare_site: LiveSite) -> None:
    bare_site.spawn()
    wait_until(lambda: "Preparing" in bare_site.printed(), deadline_seconds=60, what="the start is under way")

    status = bare_site.stop()

    assert status == 0
    assert "before the start was complete" in bare_site.printed()
    assert bare_site.processes() == {}


@pytest.mark.parametrize("name", ["web", "scoring", "housekeeping", "beat", "valkey", "postgresql"])
def test_a_killed_process_is_started_again(demo_site: LiveSite, name: str) -> None:
    victim = demo_site.recorded_process(name)

    os.kill(victim, signal.SIGKILL)

    wait_until(
        lambda: demo_site.recorded_process(name) != victim, deadline_seconds=120, what=f"{name} is started again"
    )
    wait_until(lambda: _is_alive(demo_site), deadline_seconds=120, what="the site answers again")
    assert f"{name} ended with status -9; starting it again" in demo_site.printed()


def test_given_servers_are_used_instead_of_own_ones(bare_site: LiveSite, tmp_path: Path) -> None:
    with PostgreSQL(tmp_path / "pg", is_durable=False) as postgresql, Valkey(tmp_path / "vk") as valkey:
        bare_site.environment = {
            **bare_site.environment,
            "DATABASE_URL": postgresql.url,
            "CELERY_BROKER_URL": valkey.url,
            "CACHE_URL": valkey.database_url(1),
        }

        bare_site.start()

        assert _is_alive(bare_site)
        assert not (bare_site.var / "postgresql").exists()
        assert not (bare_site.var / "valkey").exists()
        assert bare_site.stop(signal.SIGHUP) == 0
        assert bare_site.processes() == {}


def test_a_broken_setting_is_told_with_the_end_of_the_log(bare_site: LiveSite) -> None:
    bare_site.environment = {**bare_site.environment, "AGORA_PERIOD_SWEEP": "soon"}

    bare_site.spawn()

    assert bare_site.process is not None
    assert bare_site.process.wait(timeout=60) == 1
    assert "AGORA_PERIOD_SWEEP" in bare_site.printed()
    assert bare_site.processes() == {}
