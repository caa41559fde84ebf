"""Judge one answer: the outcome that the matrix names, and what holds for every answer of the site."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from django.urls import reverse

from tests.agora.permissions.walk import SAFE, STATUS, Answer, Line
from tests.agora.permissions.world import World

#: What a browser may show in our origin; everything else is an attachment. Pictures are encoded anew by our import; the
#: one script that is no static file is the catalogue of words of Django's administration.
_INLINE: Final = ("text/html", "application/json", "image/png", "text/javascript")
#: Form tokens and the like, which differ from request to request: two answers without them are the same answer.
_TOKEN: Final = re.compile(rb'name="csrfmiddlewaretoken" value="[A-Za-z0-9]+"|"X-CSRFToken": "[A-Za-z0-9]+"')


def verdict(world: World, line: Line, answer: Answer) -> Iterator[str]:
    """Yield what is wrong with an answer to a cell of the matrix."""
    expected = line.outcome(answer.role)
    if outcome(answer) != expected:
        yield f"{outcome(answer)} {answer.headers.get('Location', '')} instead of {expected}"
    if bool(answer.changed) != line.changes(answer.role):
        yield f"changed {sorted(answer.changed) or 'nothing'}"
    yield from always(world, answer)


def outcome(answer: Answer) -> str:
    """Return the matrix's word for an answer, its number if there is none."""
    if answer.status in {301, 302, 303}:
        return _redirect(answer)
    words = {status: word for word, status in STATUS.items()}
    return words.get(answer.status, str(answer.status))


def _redirect(answer: Answer) -> str:
    target = answer.headers["Location"].split("?")[0]
    if target == reverse("account_login"):
        return "login"
    if target == reverse("home") and answer.method in SAFE:
        return "home"
    if target.startswith("/accounts/"):
        return "account"
    return "moved" if answer.method in SAFE else "done"


def always(world: World, answer: Answer) -> Iterator[str]:
    """Yield what is wrong with an answer by the rules for all of them."""
    headers = answer.headers
    if headers.get("X-Content-Type-Options") != "nosniff":
        yield "no nosniff"
    if "default-src 'none'" not in headers.get("Content-Security-Policy", ""):
        yield "no content security policy"
    if headers.get("X-Frame-Options") != "DENY":
        yield "may be framed"
    if headers.get("Referrer-Policy") != "same-origin":
        yield "no referrer policy"
    if answer.status == 405 and "Allow" not in headers:
        yield "405 without Allow"
    if answer.method == "HEAD" and answer.body:
        yield "HEAD with a body"
    kind = headers.get("Content-Type", "").split(";")[0]
    if answer.status == 200 and kind not in _INLINE and "attachment" not in headers.get("Content-Disposition", ""):
        yield f"{kind} is shown in our origin"
    if not {"private", "no-store"} & set(headers.get("Cache-Control", "").replace(",", " ").split()):
        yield f"may be kept by a shared cache: {headers.get('Cache-Control')!r}"
    yield from _addresses_of_others(world, answer)


def _addresses_of_others(world: World, answer: Answer) -> Iterator[str]:
    if answer.url.startswith("/admin/") and answer.role == "staff":
        return
    for role in world.users:
        if role != answer.role and world.email(role).encode() in answer.body.lower():
            yield f"the e-mail address of {role}"


def same_bytes(answer: Answer) -> bytes:
    """Return an answer's body without what differs from request to request: tokens, and the address that was asked."""
    plain = answer.body
    for asked in {answer.url.encode(), quote(answer.url).encode(), quote(answer.url, safe="").encode()}:
        plain = plain.replace(asked, b"")
    return _TOKEN.sub(b"", plain)
