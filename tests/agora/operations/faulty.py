"""Pages and tasks that fail with a stranger's words in their messages, for real processes of the tests."""

import logging
import threading
import warnings
from collections.abc import Iterator

from django.core.exceptions import SuspiciousOperation
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from agora.accounts.models import User
from agora.config.urls import handler400, handler403, handler404, handler500, urlpatterns
from agora.core.queue import task

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


def _word(request: HttpRequest) -> str:
    return request.POST["word"]


@csrf_exempt
def value(request: HttpRequest) -> HttpResponse:
    try:
        raise KeyError(_word(request))
    except KeyError as error:
        raise ValueError(f"cannot use {_word(request)!r}") from error


@csrf_exempt
def duplicate(request: HttpRequest) -> HttpResponse:
    for handle in ("one", "two"):
        User.objects.create(email=_word(request), handle=handle)
    return HttpResponse()


@csrf_exempt
def statement(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::integer", [_word(request)])
    return HttpResponse()


@csrf_exempt
def suspicious(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation(f"no {_word(request)}")


@csrf_exempt
def loud(request: HttpRequest) -> HttpResponse:
    word = _word(request)
    stranger = logging.getLogger("third.party")
    stranger.error(f"put together: {word}")
    stranger.error("with values: %s, %d, %r", word, 4711, {"key": word})
    stranger.error("these words stand in the code")
    stranger.error("too few values for %s and %s", word)
    logging.getLogger("agora.test").warning("a mistake of ours value=%s", f"{word} {word}")
    warnings.warn(f"warned of {word}", stacklevel=1)
    thread = threading.Thread(target=lambda: int(word))
    thread.start()
    thread.join()
    return HttpResponse()


@csrf_exempt
def torn(request: HttpRequest) -> StreamingHttpResponse:
    def parts(word: str) -> Iterator[bytes]:
        yield b"first"
        raise RuntimeError(f"torn at {word}")

    return StreamingHttpResponse(parts(_word(request)))


@task
def fail_with(word: str) -> None:
    """Fail as a task may that got something from outside."""
    raise ValueError(f"cannot do {word}")


urlpatterns += [
    path("faulty/value", value, name="faulty-value"),
    path("faulty/duplicate", duplicate, name="faulty-duplicate"),
    path("faulty/statement", statement, name="faulty-statement"),
    path("faulty/suspicious", suspicious, name="faulty-suspicious"),
    path("faulty/loud", loud, name="faulty-loud"),
    path("faulty/torn", torn, name="faulty-torn"),
]
