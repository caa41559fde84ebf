"""The README lists every key that the reader knows, and its example is a pack."""

import re
from pathlib import Path

import pytest

import challenges
from challenges.schema import Table
from challenges.tables import CHALLENGE, STATUS

README = (Path(challenges.__file__).parent / "README.md").read_text(encoding="utf-8")


def _tables(table: Table, place: str = "") -> list[tuple[str, Table]]:
    found = [(place, table)]
    for key in table.keys:
        if key.table is not None:
            path = f"{place}.{key.name}" if place else key.name
            found += _tables(key.table, path)
    return found


def _section(place: str) -> str:
    """Return the part of the README under the heading of one table."""
    heading = f"`\\[+{re.escape(place)}\\]+`" if place else "Top level"
    match = re.search(rf"^### {heading}.*?$(.*?)(?=^##|\Z)", README, re.MULTILINE | re.DOTALL)
    assert match, f"the README has no section for {place}"
    return match[1]


@pytest.mark.parametrize(("place", "table"), [*_tables(CHALLENGE), ("protocol_status.<field>", STATUS)])
def test_the_readme_lists_every_key_of_every_table(place, table):
    section = _section(place) if place != "protocol_status.<field>" else README.split("`[protocol_status.<field>]`")[1]

    rows = [line for line in section.splitlines() if line.startswith("| `")]

    assert [row.split("`")[1] for row in rows][: len(table.keys)] == list(table.names())
    for key, row in zip(table.keys, rows, strict=False):
        assert row.split("|")[2].strip() == ("yes" if key.required else "no"), row
        assert key.meaning in row


def test_the_example_of_the_readme_is_a_pack(tmp_path):
    example = README.split("```toml\n")[1].split("```")[0]
    (tmp_path / "challenge.toml").write_text(example, encoding="utf-8")
    for name in ("description.md", "rules.md", "data.md", "evaluation.md"):
        (tmp_path / name).write_text("Text.\n", encoding="utf-8")

    challenge = challenges.load(tmp_path)

    assert challenge.slug == "market-sample"
    assert challenge.protocol.junk_pids == ("-1",)


@pytest.mark.parametrize("command", ["list", "describe", "check", "evaluate", "synthesize", "sheet", "audit", "verify"])
def test_the_readme_names_every_command(command):
    assert f"python -m challenges {command}" in README
