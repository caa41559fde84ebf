"""Guards that no ordinary test would trip: the layout, the import direction and the size of things."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("scoring", "challenges", "baselines", "platform", "tests")
MODULE_LINES = 400
FUNCTION_LINES = 40
VIEW_LINES = 25


def _modules() -> list[Path]:
    """Return every Python file of the project but migrations, sorted."""
    found = [path for top in SOURCES for path in (ROOT / top).rglob("*.py") if "migrations" not in path.parts]
    return sorted([*found, ROOT / "manage.py"])


def _functions(path: Path) -> list[tuple[str, int]]:
    """Return each function's name and length in lines, its docstring not counted."""
    rows = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if ast.get_docstring(node) else None
            docstring = first.end_lineno - first.lineno + 1 if first and first.end_lineno else 0
            rows.append((node.name, (node.end_lineno or node.lineno) - node.lineno + 1 - docstring))
    return rows


def test_source_roots_are_not_packages() -> None:
    """`platform/` would shadow the standard module, `docker/` the Docker SDK."""
    assert [folder for folder in ("platform", "docker") if (ROOT / folder / "__init__.py").exists()] == []


def test_platform_holds_one_package_and_nothing_else() -> None:
    """A file directly in `platform/` would be importable at top level once the folder is on the path."""
    names = {entry.name for entry in (ROOT / "platform").iterdir() if entry.suffix != ".egg-info"}
    assert names - {"__pycache__"} == {"agora", "README.md"}


@pytest.mark.parametrize(
    "code",
    [
        "import platform; platform.system()",
        "import uuid",
        "import sys, agora.config.wsgi; sys.exit('torch' in sys.modules)",
        "import sys, agora.supervisor; sys.exit('django' in sys.modules)",
        "import sys, scoring, challenges; sys.exit(bool({'django', 'torch', 'celery'} & set(sys.modules)))",
    ],
)
def test_fresh_interpreter(code: str) -> None:
    """In a fresh interpreter, because this one has already imported the standard module and perhaps torch."""
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_no_module_is_too_long() -> None:
    """Ugliness lives in the tail, so the budget is on the longest."""
    long = {
        str(path.relative_to(ROOT)): count
        for path in _modules()
        if (count := len(path.read_text().splitlines())) > MODULE_LINES
    }
    assert long == {}


def test_no_function_is_too_long() -> None:
    """Functions keep to 40 lines, views to 25."""
    long = []
    for path in _modules():
        limit = VIEW_LINES if path.stem == "views" or path.parent.name == "views" else FUNCTION_LINES
        long += [f"{path.relative_to(ROOT)}:{name} {lines}" for name, lines in _functions(path) if lines > limit]
    assert long == []


def test_no_drawer_modules() -> None:
    """A module called `utils` says nothing about what is in it."""
    drawers = {"utils", "helpers", "common", "misc"}
    assert [str(path.relative_to(ROOT)) for path in _modules() if path.stem in drawers] == []


def test_import_contracts_hold() -> None:
    """Import direction, so that plain pytest fails as `make check` does."""
    lint = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([str(lint)], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout
