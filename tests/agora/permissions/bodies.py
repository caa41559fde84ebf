"""What the matrix sends with its POST and PUT, by route: a body with which the route does its work for whoever may ask.

A route that needs no body has no entry: an empty form is sent.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from agora.competitions.models import Team
from tests.agora.permissions.truth import noisy
from tests.agora.permissions.world import UNKNOWN_REF, World

JSON: Final = "application/json"
Body = tuple[Mapping[str, str] | bytes, str | None]


def _announcement(world: World, case: str) -> Body:
    return json.dumps({"phase": "ranking", "filename": "heron.csv", "size": 10}).encode(), JSON


def _file(world: World, case: str) -> Body:
    return noisy("ready"), "application/octet-stream"


def _second_team(world: World, case: str) -> Body:
    team = Team.objects.filter(competition__slug=case, name="Second").first()
    return {"team": team.ref if team else UNKNOWN_REF}, None


def _choice(world: World, case: str) -> Body:
    return {"phase": "ranking", "entry": world.cases[case].get("ref", "")}, None


BODIES: Final[Mapping[str, Callable[[World, str], Body]]] = {
    "competitions:accept-rules": lambda world, case: ({"version": "1"}, None),
    "competitions:ask-merger": _second_team,
    "competitions:hand-on-lead": lambda world, case: ({"member": world.users["mate"].handle}, None),
    "competitions:invite": lambda world, case: ({"who": world.users["rival"].handle}, None),
    "competitions:team": lambda world, case: ({"name": "Third"}, None),
    "account_reset_password": lambda world, case: ({"email": f"nobody-{world.next_address()}@example.org"}, None),
    "runs:start": lambda world, case: ({"recipe": "random", "seed": "1", "device": "cpu"}, None),
    "submissions:choose": _choice,
    "submissions:upload-create": _announcement,
    "submissions:upload-content": _file,
    "submissions:upload-submit": lambda world, case: ({"note": "A note."}, None),
    "theme": lambda world, case: ({"theme": "dark"}, None),
}


def body_for(world: World, route: str, case: str) -> dict[str, Any]:
    """Return what Django's test client takes: `data` and, unless it is a form, `content_type`."""
    data, content_type = BODIES[route](world, case) if route in BODIES else ({}, None)
    return {"data": data} if content_type is None else {"data": data, "content_type": content_type}
