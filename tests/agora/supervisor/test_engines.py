"""PostgreSQL and Valkey from the wheels: who may connect, what survives, how a crash is recovered from."""

import os
import signal
import socket
import subprocess
from pathlib import Path

import psycopg2
import pytest
import redis

from agora.supervisor import privileges
from agora.supervisor.engines import PostgreSQL, Valkey
from agora.supervisor.errors import SupervisorError
from agora.supervisor.process import wait_until


def _ask(url: str, question: str) -> object:
    connection = psycopg2.connect(url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(question)
            row = cursor.fetchone()
    finally:
        connection.close()
    return row[0] if row else None


def _postgresql(folder: Path) -> PostgreSQL:
    return PostgreSQL(folder / "pg", is_durable=False)


def test_the_site_is_no_superuser_and_owns_its_database(tmp_path: Path) -> None:
    with _postgresql(tmp_path) as server:
        assert _ask(server.url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
        assert _ask(server.url, "SELECT datdba::regrole::text FROM pg_database WHERE datname = 'agora'") == "agora"
        assert _ask(server.url, "SELECT datlocale FROM pg_database WHERE datname = 'agora'") == "C.UTF-8"
        assert _ask(server.url, "SHOW listen_addresses") == ""


def test_postgresql_refuses_whoever_has_no_password(tmp_path: Path) -> None:
    with _postgresql(tmp_path) as server:
        name, _, rest = server.url.partition("@")
        for user in (name.rsplit(":", 1)[0], "postgresql://agora_admin", "postgresql://agora:guessed"):
            with pytest.raises(psycopg2.OperationalError, match=r"password"):
                psycopg2.connect(f"{user}@{rest}")


def test_data_and_passwords_survive_a_restart(tmp_path: Path) -> None:
    with _postgresql(tmp_path) as server:
        url = server.url
        connection = psycopg2.connect(url)
        with connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        connection.close()

    with _postgresql(tmp_path) as server:
        assert server.url == url
        assert _ask(url, "SELECT answer FROM kept") == 42


def test_a_lock_file_with_the_number_of_a_stranger_is_no_obstacle(tmp_path: Path) -> None:
    with _postgresql(tmp_path):
        lock = tmp_path / "pg" / "data" / "postmaster.pid"
        lines = lock.read_text().splitlines()
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        lock.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")

        with _postgresql(tmp_path) as server:
            assert _ask(server.url, "SELECT 1") == 1

        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_server_that_a_killed_run_left_behind_is_ended_first(tmp_path: Path) -> None:
    left = _postgresql(tmp_path)
    left.start()
    assert left.child is not None
    assert left.child.process is not None

    with _postgresql(tmp_path) as server:
        assert _ask(server.url, "SELECT 1") == 1
        assert left.child.process.wait(timeout=20) == 0


def test_a_crashed_server_recovers(tmp_path: Path) -> None:
    server = _postgresql(tmp_path)
    with server:
        assert server.child is not None
        assert server.child.process is not None
        os.kill(server.child.process.pid, signal.SIGKILL)
        server.child.process.wait()

        server.start()

        assert _ask(server.url, "SELECT 1") == 1


def test_a_cluster_of_another_version_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with _postgresql(tmp_path):
        pass
    (tmp_path / "pg" / "data" / "PG_VERSION").write_text("12\n")

    with pytest.raises(SupervisorError, match="made by PostgreSQL 12, the installed server is PostgreSQL"):
        _postgresql(tmp_path).start()


def test_secrets_of_another_cluster_are_named(tmp_path: Path) -> None:
    with _postgresql(tmp_path):
        pass
    (tmp_path / "pg" / "secrets" / "postgresql_admin_password").write_text("another\n")
    server = _postgresql(tmp_path)

    with pytest.raises(SupervisorError, match="belong together"), server:
        pass

    assert server.child is not None
    assert not server.child.is_running


def test_a_half_made_cluster_is_made_again(tmp_path: Path) -> None:
    draft = tmp_path / "pg" / "data.new" / "base"
    draft.mkdir(parents=True)
    (draft / "1").write_text("torn")

    with _postgresql(tmp_path) as server:
        assert _ask(server.url, "SELECT 1") == 1
    assert not draft.exists()


def test_no_session_of_the_shell_leads_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "/nowhere")
    monkeypatch.setenv("PGPORT", "1")

    with _postgresql(tmp_path) as server:
        assert server.is_ready()


def test_a_refused_user_namespace_is_explained_to_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(privileges, "_UNPRIVILEGED", ("sh", "-c", "echo refused >&2; exit 1"))

    with pytest.raises(SupervisorError, match=r"(?s)\(refused\).*runuser -u agora -- make run"):
        privileges.unprivileged_prefix()


def test_valkey_serves_two_databases_to_whoever_has_the_password(tmp_path: Path) -> None:
    with Valkey(tmp_path / "vk") as server:
        broker, cache = redis.Redis.from_url(server.url), redis.Redis.from_url(server.database_url(1))
        broker.set("a", "b")
        assert broker.get("a") == b"b"
        assert cache.get("a") is None
        assert broker.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        stranger = redis.Redis.from_url(f"redis://{server.url.split('@')[1]}")
        with pytest.raises(redis.AuthenticationError):
            stranger.get("a")
        for client in (broker, cache, stranger):
            client.close()


def test_valkey_keeps_its_port_over_a_restart(tmp_path: Path) -> None:
    with Valkey(tmp_path / "vk") as server:
        url = server.url
        assert server.child is not None
        server.child.kill_group()
        server.start()
        assert server.url == url
        assert server.is_ready()


def test_valkey_on_a_taken_port_quotes_its_log(tmp_path: Path) -> None:
    server = Valkey(tmp_path / "vk")
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(server.url.rsplit(":", 1)[1].split("/")[0])))
        other.listen()

        with pytest.raises(SupervisorError, match=r"(?s)valkey ended at its start.*in use"), server:
            pass


def test_valkey_lets_nobody_read_its_password(tmp_path: Path) -> None:
    with Valkey(tmp_path / "vk") as server:
        password = server.url.split(":")[2].split("@")[0]
        assert server.child is not None
        assert server.child.process is not None
        command_line = Path(f"/proc/{server.child.process.pid}/cmdline").read_text()
        assert password not in command_line
        assert (tmp_path / "vk" / "valkey.conf").stat().st_mode & 0o077 == 0


def test_a_stopped_server_leaves_no_process(tmp_path: Path) -> None:
    with _postgresql(tmp_path) as server:
        pass

    def left() -> list[str]:
        folders = [folder for folder in Path("/proc").iterdir() if folder.name.isdigit()]
        return [folder.name for folder in folders if _is_inside(folder, server.directory)]

    wait_until(lambda: not left(), deadline_seconds=20, what="no server process is left")


def _is_inside(folder: Path, directory: Path) -> bool:
    try:
        return (folder / "cwd").readlink().is_relative_to(directory)
    except OSError:
        return False
