"""The sheet of tokens: every colour pair has the contrast that it is used for, in light and in dark."""

import re
from pathlib import Path

import pytest

from agora import core

SHEET = Path(core.__file__).parent / "static" / "css" / "agora.css"
GROUNDS = ("page", "surface", "sunken")
TOKEN = re.compile(r"--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
# Text on every ground it may stand on, and on the weak ground of its own colour; the numbers are the least of light and dark.
PAIRS = [
    *(("ink", ground, (15.4, 11.5)) for ground in GROUNDS),
    *(("ink-2", ground, (7.2, 6.9)) for ground in GROUNDS),
    *(("ink-3", ground, (4.8, 4.9)) for ground in GROUNDS),
    *(("line-2", ground, (3.05, 3.7)) for ground in ("page", "surface")),
    *(("accent", ground, (6.0, 7.0)) for ground in (*GROUNDS, "accent-weak")),
    *(("ok", ground, (5.7, 7.4)) for ground in (*GROUNDS, "ok-weak")),
    *(("warn", ground, (5.7, 7.2)) for ground in (*GROUNDS, "warn-weak")),
    *(("bad", ground, (5.6, 6.6)) for ground in (*GROUNDS, "bad-weak")),
    ("on-accent", "accent", (6.9, 8.3)),
    *((f"series-{number}", "surface", (5.0, 5.0)) for number in range(1, 7)),
]


def tokens() -> dict[str, tuple[str, str]]:
    """Return each colour token with its light and its dark value."""
    return {name: (light, dark) for name, light, dark in TOKEN.findall(SHEET.read_text(encoding="utf-8"))}


def luminance(colour: str) -> float:
    """Return the relative luminance of `#rrggbb` (WCAG 2.2)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.2)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_of_known_pairs() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0]} on {pair[1]}")
def test_every_pair_has_its_contrast(pair: tuple[str, str, tuple[float, float]]) -> None:
    front, ground, least = pair
    known = tokens()

    found = [contrast(known[front][scheme], known[ground][scheme]) for scheme in (0, 1)]

    assert found[0] >= least[0] - 0.05, f"light: {found[0]:.2f}"
    assert found[1] >= least[1] - 0.05, f"dark: {found[1]:.2f}"


def test_areas_take_their_colours_from_the_tokens() -> None:
    """A colour written elsewhere would miss one of the two schemes."""
    root = Path(core.__file__).parents[1]
    sheets = [path for path in sorted(root.rglob("static/css/*.css")) if path != SHEET]

    assert [str(path) for path in sheets if re.search(r"#[0-9a-fA-F]{3,8}\b(?![^{]*{)", path.read_text())] == []
