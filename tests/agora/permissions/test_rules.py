"""What no single row says: forged requests are refused everywhere, and what is hidden cannot be told from what is not."""

from itertools import islice

import pytest

from tests.agora.permissions.bodies import body_for
from tests.agora.permissions.routes import routes
from tests.agora.permissions.verdicts import same_bytes
from tests.agora.permissions.walk import SAFE, Answer, addresses, ask, ask_cell, ask_once, lines
from tests.agora.permissions.world import World

pytestmark = pytest.mark.django_db
OURS = {route.name: route for route in routes() if not route.is_admin}
LINES = lines()
UNSAFE = ("POST", "PUT", "DELETE", "PATCH")
FORGED = "This form expired or came from another site."
OF_ITS_OWN = {
    "X-Request-ID",
    "Content-Length",
}  # of each request; the length is that of the body, which is compared itself
STRANGERS = ("anonymous", "rival")  # to the private competition
OUTSIDE = ("anonymous", "other")  # whom most things are hidden from


def test_no_request_of_another_site_is_obeyed(world: World) -> None:
    """Without the token of a page of ours an unsafe request is refused, whoever's session the browser adds to it."""
    found = []
    for name, route in OURS.items():
        case = next(line.case for line in LINES if line.route == name)
        url = next(addresses(world, route, case))
        for method in UNSAFE:
            body = body_for(world, name, case) if method in {"POST", "PUT"} else {}
            for role in ("anonymous", "participant"):
                answer = ask(world, role, method, url, is_strict=True, **body)
                is_refused = answer.status == 405 or (answer.status == 403 and FORGED in answer.body.decode())
                if not is_refused or answer.changed:
                    found.append(f"{role} {method} {url}: {answer.status} {sorted(answer.changed)}")

    assert not found, "\n".join(found)


def test_a_token_opens_what_its_absence_closed(world: World) -> None:
    """The check above fails for want of a token alone: with one the same request is obeyed."""
    client = world.strict_clients["participant"]
    token = client.get("/c/open/team/").cookies["csrftoken"].value
    answer = ask(
        world, "participant", "POST", "/theme", is_strict=True, data={"theme": "dark", "csrfmiddlewaretoken": token}
    )

    assert answer.status == 302
    client.cookies.pop("csrftoken")


def test_what_is_hidden_looks_like_what_is_not_there(world: World) -> None:
    """The 404 of a thing of others is, to the byte, the 404 of a thing that does not exist."""
    found = []
    for name, route in OURS.items():
        mine = [line for line in LINES if line.route == name]
        unknown = {line.method: line for line in mine if line.case.startswith("unknown")}
        for role in OUTSIDE:
            none = {
                method: _shape(next(ask_cell(world, route, line, role, method)))
                for method, line in unknown.items()
                if line.outcome(role) == "hidden"
            }
            for line in mine:
                if line.outcome(role) == "hidden" and line.method in none and line is not unknown[line.method]:
                    seen = next(ask_cell(world, route, line, role, line.method))
                    if _shape(seen) != none[line.method]:
                        found.append(f"{role} {line.method} {seen.url}")

    assert not found, "\n".join(found)


def _shape(answer: Answer) -> tuple[bytes, dict[str, str]]:
    return same_bytes(answer), {name: value for name, value in answer.headers.items() if name not in OF_ITS_OWN}


def test_strangers_never_read_of_a_private_competition(world: World) -> None:
    """Its name stands on no page that a stranger can open, and searching for it finds nothing; its members see it."""
    pages = [
        "/",
        "/competitions/",
        "/competitions/?q=secret",
        "/competitions/?which=yours",
        "/status/",
        "/notifications/",
    ]
    pages += [
        url for line in LINES if line.method in SAFE for url in islice(addresses(world, OURS[line.route], line.case), 1)
    ]
    pages = sorted(set(pages))
    readers = [f"{role} {url}" for role in STRANGERS for url in pages if _tells(world, role, url)]

    assert not readers, "\n".join(readers)
    assert _tells(world, "mate", "/")
    assert _tells(world, "organiser", "/competitions/")
    assert _tells(world, "staff", "/competitions/?q=secret")


def _tells(world: World, role: str, url: str) -> bool:
    body = same_bytes(ask_once(world, role, url))
    return b"/c/secret/" in body or b">Secret<" in body
