"""What the documents promise."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_every_setting_is_in_the_readme() -> None:
    """Whoever runs a site finds each variable that the settings read."""
    config = ROOT / "platform" / "agora" / "config"
    read = {
        name
        for path in config.glob("*.py")
        for name in re.findall(r"\b(?:AGORA_[A-Z_]+|[A-Z_]+_URL)\b", path.read_text())
    }
    known = {
        name for name in read if name.startswith("AGORA_") or name in {"DATABASE_URL", "CACHE_URL", "CELERY_BROKER_URL"}
    }
    written = set(re.findall(r"`([A-Z_]+)`", (ROOT / "README.md").read_text()))

    assert known - written == set()


def test_every_make_target_is_in_the_readme() -> None:
    """The table of commands names each target but `help`, which lists them itself, and `install`, which `run` calls."""
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    written = set(re.findall(r"`make ([a-z-]+)", (ROOT / "README.md").read_text()))

    assert targets - written <= {"help", "install"}
    assert written <= targets


def test_links_between_documents_lead_somewhere() -> None:
    """A link to a file of the project names one that is there."""
    documents = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("*/README.md"))]
    links = [(path, link) for path in documents for link in re.findall(r"\]\(([^)#:]+)\)", path.read_text())]
    broken = [f"{path.relative_to(ROOT)}: {link}" for path, link in links if not (path.parent / link).exists()]

    assert broken == []
