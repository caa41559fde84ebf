"""Ask every address as every role, each request in a transaction that is rolled back, and say what came back."""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, transaction
from django.http.response import HttpResponseBase

from tests.agora.permissions.bodies import body_for
from tests.agora.permissions.matrix import MATRIX
from tests.agora.permissions.roles import ROLES
from tests.agora.permissions.routes import Route
from tests.agora.permissions.world import World

SAFE: Final = ("GET", "HEAD")
METHODS: Final = (*SAFE, "POST", "PUT", "DELETE", "PATCH")
STATUS: Final = {
    "ok": 200,
    "made": 201,
    "forbidden": 403,
    "hidden": 404,
    "method": 405,
    "refused": 400,
    "conflict": 409,
}
#: Parameters of an address that no object of the world decides, each with every value that is asked.
FIXED: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "competitions:download": {"name": ("test/images.csv", "train.zip")},
    "competitions:picture": {"position": ("0",)},
    "leaderboards:export": {"ending": ("csv", "json", "tex")},
    "runs:file": {"name": ("ranking.csv",)},
    "account_confirm_email": {"key": ("no-such-key",)},
    "account_reset_password_from_key": {"uidb36": ("zz",), "key": ("no-such-key",)},
}

#: What `pg_stat_xact_user_tables` says, without the scans of every index that it adds up too: a fifth of the time, twice a request.
_WRITES: Final = """
    SELECT relname, pg_stat_get_xact_tuples_inserted(oid) + pg_stat_get_xact_tuples_updated(oid)
        + pg_stat_get_xact_tuples_deleted(oid)
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""


@dataclass(frozen=True)
class Line:
    """One line of the matrix: the outcome for each role, in the order of `ROLES`."""

    route: str
    case: str
    method: str
    outcomes: tuple[str, ...]

    def outcome(self, role: str) -> str:
        """Return what a role gets, without the mark of a change."""
        return self.outcomes[list(ROLES).index(role)].removesuffix("!")

    def changes(self, role: str) -> bool:
        """Return whether rows change when this role asks."""
        return self.outcomes[list(ROLES).index(role)].endswith("!")


@dataclass(frozen=True)
class Answer:
    """What came back: `changed` are the tables of which a row was written."""

    url: str
    role: str
    method: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    changed: frozenset[str]
    cookies: str = ""


def lines() -> tuple[Line, ...]:
    """Return the matrix; a line with another number of outcomes than there are roles is an error."""
    return tuple(_line(text) for text in MATRIX.splitlines() if text.strip() and not text.startswith("#"))


def _line(text: str) -> Line:
    route, case, method, *outcomes = text.split()
    if len(outcomes) == 1:
        outcomes *= len(ROLES)
    if len(outcomes) != len(ROLES) or method not in METHODS:
        raise ValueError(f"not a line of the matrix: {text}")
    return Line(route, case, method, tuple(outcomes))


def addresses(world: World, route: Route, case: str) -> Iterator[str]:
    """Yield the addresses of one object under a route."""
    combinations: list[dict[str, str]] = [dict(world.cases.get(case, {}))]
    for name, values in FIXED.get(route.name, {}).items():
        combinations = [{**known, name: value} for known in combinations for value in values]
    for values in combinations:
        yield route.path(**values)


def ask(world: World, role: str, method: str, url: str, *, is_strict: bool = False, **options: Any) -> Answer:
    """Send one request and roll back whatever it did; GET and HEAD get a transaction in which nothing can be written."""
    client = (world.strict_clients if is_strict else world.clients)[role]
    options.setdefault("REMOTE_ADDR", world.next_address())
    cookies, is_safe = copy.copy(client.cookies), method in SAFE
    with transaction.atomic():
        if is_safe:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION READ ONLY")
        before = {} if is_safe else _written()
        response: HttpResponseBase = getattr(client, method.lower())(url, **options)
        body = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
        changed = frozenset() if is_safe or connection.needs_rollback else _written(before)
        transaction.set_rollback(True)
    client.cookies = cookies  # whoever signed out is signed in again
    if not is_safe and response.status_code < 400:  # who is refused leaves no file
        world.drop_new_files()
    headers = dict(response.items())
    return Answer(url, role, method, response.status_code, headers, body, changed, response.cookies.output())


def ask_once(world: World, role: str, url: str) -> Answer:
    """Return the answer to a plain GET, asked once for all the rules that read it: nothing that is asked changes the world."""
    if (role, url) not in world.answers:
        world.answers[role, url] = ask(world, role, "GET", url)
    return world.answers[role, url]


def ask_cell(world: World, route: Route, line: Line, role: str, method: str) -> Iterator[Answer]:
    """Ask one cell of the matrix: every address of its object for GET, the first otherwise, with the body that the route takes."""
    if method == "GET":
        yield from (ask_once(world, role, url) for url in addresses(world, route, line.case))
        return
    body = {} if method in SAFE else body_for(world, route.name, line.case)
    yield ask(world, role, method, next(addresses(world, route, line.case)), **body)


def _written(before: Mapping[str, int] | None = None) -> Any:
    """Return how many rows of each table this transaction has written so far, or the tables of which it wrote since."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITES)
        now = dict(cursor.fetchall())
    if before is None:
        return now
    return frozenset(table for table, count in now.items() if count != before.get(table, 0))
