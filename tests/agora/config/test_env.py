"""Where variables come from."""

from pathlib import Path

import pytest

from agora.config.env import Environment, postgresql_settings


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AGORA_VAR", "AGORA_ENVIRONMENT_FILE", "CACHE_URL", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)


def _written(path: Path, address: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"CACHE_URL={address}\nDATABASE_URL=postgresql://agora:a=b@db/agora\n")
    return path


def test_a_given_file_stands_in_place_of_the_written_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _written(tmp_path / "var" / "secrets" / "environment", "redis://written")
    assert Environment.load(tmp_path).text("CACHE_URL") == "redis://written"

    monkeypatch.setenv("AGORA_ENVIRONMENT_FILE", str(_written(tmp_path / "given", "redis://given")))

    assert Environment.load(tmp_path).text("CACHE_URL") == "redis://given"
    assert Environment.load(tmp_path).text("DATABASE_URL") == "postgresql://agora:a=b@db/agora"


def test_a_variable_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGORA_ENVIRONMENT_FILE", str(_written(tmp_path / "given", "redis://given")))
    monkeypatch.setenv("CACHE_URL", "redis://variable")

    assert Environment.load(tmp_path).text("CACHE_URL") == "redis://variable"


def test_a_given_file_that_is_missing_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A site without its addresses would start and fail at the first query, far from the cause."""
    monkeypatch.setenv("AGORA_ENVIRONMENT_FILE", str(tmp_path / "missing"))

    with pytest.raises(FileNotFoundError):
        Environment.load(tmp_path)


def test_without_a_given_file_a_missing_one_is_empty(tmp_path: Path) -> None:
    assert Environment.load(tmp_path).text("CACHE_URL", "none") == "none"


def test_a_password_in_the_query_is_a_password_and_no_option() -> None:
    found = postgresql_settings("postgresql:///agora?host=/run/db&user=heron&password=p%40ss&sslmode=require")

    assert (found["USER"], found["PASSWORD"]) == ("heron", "p@ss")
    assert found["OPTIONS"] == {"connect_timeout": "5", "sslmode": "require"}
