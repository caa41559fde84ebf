"""What the site's processes are told, and what the operator reads."""

import json
from pathlib import Path

import pytest

from agora.supervisor.console import demo_lines
from agora.supervisor.options import Options, site_environment, write_environment


def _options(host: str, var: Path = Path("/srv/var")) -> Options:
    return Options(host, 8000, var)


@pytest.mark.parametrize(
    ("host", "is_loopback", "address"),
    [
        ("127.0.0.1", True, "http://127.0.0.1:8000/"),
        ("localhost", True, "http://localhost:8000/"),
        ("::1", True, "http://[::1]:8000/"),
        ("0.0.0.0", False, "http://127.0.0.1:8000/"),
        ("::", False, "http://[::1]:8000/"),
        ("192.0.2.7", False, "http://192.0.2.7:8000/"),
        ("arena.example.org", False, "http://arena.example.org:8000/"),
    ],
)
def test_confirmation_links_are_shown_on_this_machine_alone(host: str, is_loopback: bool, address: str) -> None:
    options = _options(host)

    assert options.is_loopback is is_loopback
    assert options.address(8000) == address
    assert site_environment(options, port=8000, urls={})["AGORA_LOCAL"] == ("1" if is_loopback else "0")


def test_what_the_operator_sets_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGORA_ALLOWED_HOSTS", "arena.example.org")
    monkeypatch.setenv("AGORA_PERIOD_SWEEP", "9")

    environment = site_environment(_options("0.0.0.0"), port=8000, urls={"DATABASE_URL": "postgresql://x"})

    assert environment["AGORA_ALLOWED_HOSTS"] == "arena.example.org"
    assert environment["AGORA_PERIOD_SWEEP"] == "9"
    assert environment["DATABASE_URL"] == "postgresql://x"


def test_operators_commands_find_the_servers(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    options = _options("127.0.0.1", tmp_path)
    urls = {"DATABASE_URL": "postgresql://agora:pw@/agora?host=/a%20b", "CELERY_BROKER_URL": "redis://x/0"}

    write_environment(options, site_environment(options, port=8123, urls=urls))

    file = tmp_path / "secrets" / "environment"
    lines = file.read_text().splitlines()
    assert "DATABASE_URL=postgresql://agora:pw@/agora?host=/a%20b" in lines
    assert "AGORA_PORT=8123" in lines
    assert file.stat().st_mode & 0o077 == 0


def test_demo_accounts_are_printed_with_their_passwords(tmp_path: Path) -> None:
    file = tmp_path / "demo.json"
    account = {"role": "participant", "email": "p@example.org", "password": "secret words"}
    file.write_text(json.dumps({"accounts": [account]}))

    assert [line.split() for line in demo_lines(file)] == [["participant", "p@example.org", "secret", "words"]]


@pytest.mark.parametrize("content", [None, "", "{}", '{"accounts": 3}', '{"accounts": [{}]}'])
def test_without_demo_accounts_nothing_is_printed(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "demo.json"
    if content is not None:
        file.write_text(content)

    assert demo_lines(file) == []
