"""`python -m tests.browser.pictures --out DIR [NAME …]`: a picture of every page in every state, to be looked at by a person.

Pictures of each state at 320, 390, 900, 1280 and 1600 px, light and dark, named `<state>-<theme>-<width>.png`. Names choose the
states that begin with them; states that need a checked file are left out unless they are named.
"""

import argparse
import os
import re
import tempfile
from collections import ChainMap
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import Literal

import django
from playwright.sync_api import Browser

from tests.browser.figures import draw_figures
from tests.browser.staging import checked_files, staged_site

WIDTHS = (320, 390, 900, 1280, 1600)
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def main() -> None:
    """Start a site with every state and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("names", nargs="*")
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "agora.config.settings")
    django.setup()
    from tests.browser.chromium import chromium
    from tests.browser.states import CHECK, STATES

    chosen = [state for state in STATES if state.name.startswith(tuple(given.names) or ("",))]
    if not given.names:
        chosen = [state for state in chosen if state not in CHECK]
    with tempfile.TemporaryDirectory() as folder:
        for staged in staged_site(Path(folder) / "var"):
            with checked_files(staged) as checked, chromium() as browser:
                refs = ChainMap(staged.refs, checked)
                take(
                    browser,
                    staged.site.address,
                    staged.cookies,
                    [(one, one.path.format_map(refs)) for one in chosen],
                    given.out,
                )


def take(browser: Browser, address: str, cookies: dict[str, str], states: Iterable[tuple], out: Path) -> None:  # type: ignore[type-arg]
    """Write the pictures of states, given with their addresses, into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    for (state, path), theme in product(states, THEMES):
        # A context of its own for each theme: figures take their colours when they are drawn.
        context = browser.new_context(base_url=address, color_scheme=theme)
        if state.visitor:
            context.add_cookies([{"name": "sessionid", "value": cookies[state.visitor], "url": address}])
        page = context.new_page()
        page.goto(path)
        if state.act is not None:
            state.act(page)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            draw_figures(page)
            name = re.sub(r"\W+", "-", state.name)
            page.screenshot(path=out / f"{name}-{theme}-{width}.png", full_page=True)
        context.close()


if __name__ == "__main__":
    main()
