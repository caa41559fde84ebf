"""Colours: every pair of tokens has the contrast that the specification asks for, as the browser computes it."""

import pytest

from tests.browser.conftest import Visitors

#: Token, the grounds it stands on, and the least contrast there, light and dark: section 1 of the specification of the pages.
_GROUNDS = ("--page", "--surface", "--sunken")
PAIRS = (
    ("--ink", _GROUNDS, 15.4, 11.5),
    ("--ink-2", _GROUNDS, 7.2, 6.9),
    ("--ink-3", _GROUNDS, 4.8, 4.9),
    ("--line-2", ("--page", "--surface"), 3.05, 3.7),
    ("--accent", (*_GROUNDS, "--accent-weak"), 6.0, 7.0),
    ("--on-accent", ("--accent",), 6.9, 8.3),
    ("--ok", (*_GROUNDS, "--ok-weak"), 5.7, 7.4),
    ("--warn", (*_GROUNDS, "--warn-weak"), 5.9, 7.2),
    ("--bad", (*_GROUNDS, "--bad-weak"), 5.7, 6.6),
    *((f"--series-{place}", ("--surface",), 5.0, 5.0) for place in range(1, 7)),
)
_COMPUTED = """names => {
  const probe = document.createElement("span");
  document.body.append(probe);
  const found = Object.fromEntries(names.map(name => {
    probe.style.setProperty("color", `var(${name})`);
    return [name, getComputedStyle(probe).color];
  }));
  probe.remove();
  return found;
}"""


def _luminance(colour: str) -> float:
    """Return the relative luminance of `rgb(r, g, b)` (WCAG 2.2)."""
    parts = [int(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_pair_of_tokens_has_its_contrast(visit: Visitors, theme: str) -> None:
    page = visit("").open("/")
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    names = sorted({name for token, grounds, *_ in PAIRS for name in (token, *grounds)})
    colours = page.evaluate(_COMPUTED, names)
    page.emulate_media(color_scheme="light")

    low = {
        f"{token} on {ground}": round(found, 2)
        for token, grounds, light, dark in PAIRS
        for ground in grounds
        # The specification gives one decimal, rounded.
        if (found := contrast(colours[token], colours[ground])) < (light if theme == "light" else dark) - 0.05
    }
    assert low == {}
    assert len(set(colours.values())) > 15
