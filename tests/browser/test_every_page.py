"""Every page in every state, at every width: axe, sideways scroll, the console, third parties."""

from collections import ChainMap

import pytest
from playwright.sync_api import Page, expect

from tests.agora.permissions.routes import routes
from tests.browser import axe
from tests.browser.conftest import Visitors
from tests.browser.staging import Staged
from tests.browser.states import CHECK, NO_PAGE, REST, STATES, State
from tests.browser.watching import Watched

#: axe takes half of the time. Each state is looked at once, in turns wide and light, narrow and dark; the long test looks at all
#: four combinations, and at the states that repeat another.
_AXE = ((1280, "light"), (390, "dark"))
_TURNS = {state.name: _AXE[place % 2] for place, state in enumerate(STATES)}
_ALL = (*STATES, *REST)


def test_every_address_has_a_state_or_a_reason() -> None:
    ours = {route.name for route in routes() if not route.is_admin}
    shown = {state.route for state in STATES}

    assert ours - set(NO_PAGE) == shown
    assert set(NO_PAGE) - ours == set()
    assert set(NO_PAGE) & shown == set()


def test_names_of_states_are_unique() -> None:
    assert len({state.name for state in STATES}) == len(STATES)


def _enter(watched: Watched, state: State, staged: Staged, request: pytest.FixtureRequest) -> Page:
    """Bring the visitor's page into a state; only what shows a real check waits for it."""
    checked = request.getfixturevalue("checked") if state in (*CHECK, *REST) else {}
    page = watched.open(state.path.format_map(ChainMap(staged.refs, checked)), status=state.status)
    watched.refused |= set(state.refused)
    if state.act is not None:
        state.act(page)
    expect(page.locator("body")).to_contain_text(state.shows)
    return page


@pytest.mark.parametrize("state", STATES, ids=[state.name for state in STATES])
def test_a_state_is_shown_whole_and_readable(
    visit: Visitors, staged: Staged, request: pytest.FixtureRequest, state: State
) -> None:
    watched = visit(state.visitor)
    page = _enter(watched, state, staged, request)

    at, theme = _TURNS[state.name]
    found: dict[str, object] = {}
    for width in (1600, 1280, 900, 390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        if overhang := watched.overhang():
            found[f"sideways at {width}"] = overhang
        if width == at and not state.is_repeated:
            page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
            found[f"axe at {width}, {theme}"] = axe.findings(page)

    assert {what: said for what, said in found.items() if said} == {}


@pytest.mark.long
@pytest.mark.parametrize("state", _ALL, ids=[state.name for state in _ALL])
def test_every_state_is_readable_at_both_widths_in_both_themes(
    visit: Visitors, staged: Staged, request: pytest.FixtureRequest, state: State
) -> None:
    watched = visit(state.visitor)
    page = _enter(watched, state, staged, request)

    found = {}
    for width, _ in _AXE:
        page.set_viewport_size({"width": width, "height": 900})
        for theme in ("light", "dark"):
            page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
            found[f"{width}, {theme}"] = axe.findings(page)

    assert {what: said for what, said in found.items() if said} == {}
