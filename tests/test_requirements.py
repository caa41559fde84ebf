"""The locks: exact versions, nothing that ties them to one machine, and everything that the project file names."""

import re
import tomllib
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[1]
_LOCKS = ("site", "baselines")
_PINNED = re.compile(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!_-]+")


def _lines(lock: str) -> list[str]:
    text = (_ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _names(lock: str) -> set[str]:
    """Return the packages of a lock, those of the locks it includes among them."""
    names = set()
    for line in _lines(lock):
        if line.startswith("-r "):
            names |= _names(line.removeprefix("-r ").removesuffix(".txt"))
        else:
            names.add(_normal(line.split("==")[0]))
    return names


def _normal(name: str) -> str:
    """Return a package's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _named_in_project(*extras: str) -> set[str]:
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])]
    return {_normal(re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0]) for line in wanted}


@pytest.mark.parametrize("lock", _LOCKS)
def test_every_line_is_an_exact_version(lock: str) -> None:
    loose = [line for line in _lines(lock) if not _PINNED.fullmatch(line) and not line.startswith("-r ")]

    assert loose == []


@pytest.mark.parametrize("lock", _LOCKS)
def test_no_package_is_locked_twice(lock: str) -> None:
    names = [_normal(line.split("==")[0]) for line in _lines(lock)]

    assert len(names) == len(set(names))


@pytest.mark.parametrize(("lock", "extras"), [("site", ["site"]), ("baselines", ["site", "baselines"])])
def test_what_the_project_names_is_locked(lock: str, extras: list[str]) -> None:
    assert _named_in_project(*extras) - _names(lock) == set()


def test_the_site_needs_no_torch() -> None:
    assert {"torch", "torchvision", "timm"} & _names("site") == set()
    assert {"torch", "torchvision", "timm"} <= _names("baselines")


def test_the_locked_setuptools_can_build_the_project() -> None:
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (wanted,) = [line for line in project["build-system"]["requires"] if line.startswith("setuptools>=")]
    (locked,) = [line for line in _lines("site") if line.startswith("setuptools==")]

    assert int(locked.split("==")[1].split(".")[0]) >= int(wanted.split(">=")[1])
