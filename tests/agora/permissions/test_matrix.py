"""Every address, as every role, by every method: what the matrix says, and what holds for all of them."""

from collections.abc import Iterator

import pytest

from tests.agora.permissions.roles import ROLES
from tests.agora.permissions.routes import Route, routes
from tests.agora.permissions.verdicts import verdict
from tests.agora.permissions.walk import METHODS, Line, ask_cell, lines
from tests.agora.permissions.world import World

pytestmark = pytest.mark.django_db
OURS = {route.name: route for route in routes() if not route.is_admin}
LINES = lines()


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    asked = {line.route for line in LINES}

    assert sorted(set(OURS) - asked) == [], "these routes have no row in tests/agora/permissions/matrix.py"
    assert sorted(asked - set(OURS)) == [], "these rows have no route any more"


def test_no_cell_is_given_twice() -> None:
    keys = [(line.route, line.case, line.method) for line in LINES]

    assert len(keys) == len(set(keys))


def _cells(route: Route) -> Iterator[tuple[Line, str]]:
    """Yield every line of a route; then, for its first object, HEAD where there is GET, and every other method to be refused."""
    given = [line for line in LINES if line.route == route.name]
    for line in given:
        yield line, line.method
    first, known = given[0], {line.method for line in given}
    for method in METHODS:
        if method == "HEAD" and first.method == "GET":
            yield first, method
        elif method not in known:
            yield Line(route.name, first.case, method, ("method",) * len(ROLES)), method


@pytest.mark.parametrize("name", sorted(OURS))
def test_the_matrix_holds(world: World, name: str) -> None:
    route = OURS[name]
    found = [
        f"{role:<12} {method:<7} {answer.url}: {problem}"
        for line, method in _cells(route)
        for role in ROLES
        for answer in ask_cell(world, route, line, role, method)
        for problem in verdict(world, line, answer)
    ]

    assert not found, "\n" + "\n".join(found)
