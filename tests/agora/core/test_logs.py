"""What a line of the log may say."""

import json
import logging
import re
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from agora.core import logs
from agora.core.logs import JSONFormatter, TextFormatter, bound, bound_id, configure, facts_of, logging_settings
from agora.core.middleware import RequestMiddleware, route_of
from agora.core.refs import REF_PATTERN


def _record(name: str, message: object, *values: object) -> logging.LogRecord:
    given = values[0] if len(values) == 1 and isinstance(values[0], dict) else values
    return logging.LogRecord(name, logging.INFO, __file__, 12, message, given, None)


def _said(name: str, message: object, *values: object) -> dict[str, object]:
    facts = facts_of(_record(name, message, *values))
    return {key: value for key, value in facts.items() if key not in {"time", "level", "logger", "process", "pid"}}


def test_our_own_messages_are_an_event_and_fields() -> None:
    assert _said("agora.core.x", "orphans removed alias=%s count=%d", "results", 3) == {
        "event": "orphans removed",
        "alias": "results",
        "count": 3,
    }


@pytest.mark.parametrize("value", ["two words", "a@b.org", "quo'te", 'quo"te', "line\nbreak", "x" * 201, "käse", "a=b"])
def test_what_is_no_plain_word_is_withheld_even_from_ourselves(value: str) -> None:
    assert _said("agora.x", "event value=%s", value)["value"] == "withheld"


@pytest.mark.parametrize("value", [1, 1.5, True, None, "", "host:12:abc", "a/b-c_d.e", "2026-11-21T10:00:00+00:00"])
def test_numbers_and_ids_are_written(value: object) -> None:
    assert _said("agora.x", "event value=%s", value)["value"] == value


def test_a_message_of_ours_that_names_no_fields_is_treated_as_a_strangers() -> None:
    assert _said("agora.x", "%s %s id=%s", "secret words", "more", 7) == {"event": "… … id=7"}


def test_strangers_messages_keep_their_words_and_numbers() -> None:
    assert (
        _said("other", "Worker %s sent code %s to %r", "secret", 3, {"secret": 1})["event"]
        == "Worker … sent code 3 to …"
    )
    assert _said("other", "%(what)s took %(seconds).1f s", {"what": "secret", "seconds": 2})["event"] == "… took 2.0 s"


def test_a_message_put_together_at_run_time_is_withheld() -> None:
    assert _said("other", "sec" + "ret" * 2)["event"] == "withheld"
    assert _said("other", "these words stand in this file")["event"] == "these words stand in this file"


def test_celerys_lines_name_the_task() -> None:
    values = {"name": "agora.x.score", "id": "f00d", "exc": "secret", "description": "raised"}

    assert _said("celery.app.trace", "Task %(name)s[%(id)s] %(description)s: %(exc)s", values)["event"] == (
        "Task agora.x.score[f00d] …: …"
    )


def test_of_an_exception_class_places_and_origin_are_written() -> None:
    try:
        try:
            raise KeyError("secret")
        except KeyError as error:
            raise ValueError("secret") from error
    except ValueError:
        record = _record("other", "failed")
        record.exc_info = sys.exc_info()

    facts = facts_of(record)

    assert facts["error"] == "ValueError"
    assert str(facts["at"]).startswith("agora/core/test_logs.py:")
    assert str(facts["cause"]).startswith("KeyError at agora/core/test_logs.py:")
    for formatter in (JSONFormatter(), TextFormatter()):
        assert "secret" not in formatter.format(record)


def test_time_is_utc_with_milliseconds() -> None:
    record = _record("agora.x", "event")
    record.created = 1_700_000_000.0419

    assert facts_of(record)["time"] == "2023-11-14T22:13:20.041Z"


def test_a_line_is_one_json_object_whatever_is_in_it() -> None:
    with bound(request="abc"):
        line = JSONFormatter().format(_record("other", "two\nlines of %d", 5))

    assert "\n" not in line
    assert json.loads(line)["event"] == "two lines of 5"
    assert json.loads(line)["request"] == "abc"


def test_text_says_the_same() -> None:
    with bound(request="abc"):
        line = TextFormatter().format(_record("agora.x", "orphans removed count=%d", 3))

    assert " info agora.x orphans removed " in line
    assert line.endswith(" request=abc count=3")


def test_ids_last_as_long_as_their_block_and_nest() -> None:
    with bound(request="outer"):
        with bound(task="inner"):
            assert (bound_id("request"), bound_id("task")) == ("outer", "inner")
        assert (bound_id("request"), bound_id("task")) == ("outer", "")
    assert bound_id("request") == ""


def test_ids_of_one_thread_are_not_those_of_another() -> None:
    seen = []
    with bound(request="mine"):
        thread = threading.Thread(target=lambda: seen.append(bound_id("request")))
        thread.start()
        thread.join()

    assert seen == [""]


@pytest.mark.parametrize(("form", "formatter"), [("json", JSONFormatter), ("text", TextFormatter)])
def test_the_form_is_a_setting(form: str, formatter: type) -> None:
    assert logging_settings("INFO", form)["formatters"]["line"]["()"] is formatter


def test_a_terminal_gets_text_and_a_file_json(monkeypatch: pytest.MonkeyPatch) -> None:
    for is_terminal, formatter in ((True, TextFormatter), (False, JSONFormatter)):
        monkeypatch.setattr(sys.stderr, "isatty", lambda answer=is_terminal: answer)
        assert logging_settings("INFO", "")["formatters"]["line"]["()"] is formatter


def test_an_unknown_form_is_an_error() -> None:
    with pytest.raises(KeyError):
        logging_settings("INFO", "xml")


@pytest.fixture
def _python_as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give Python its own hooks for the test, and the test runner's back after it."""
    for module, name in ((sys, "excepthook"), (threading, "excepthook"), (sys, "unraisablehook")):
        monkeypatch.setattr(module, name, getattr(module, f"__{name}__"))
    before = logging.getLogger().handlers[:]
    yield
    logging.getLogger().handlers[:] = before


@pytest.mark.usefixtures("_python_as_it_was")
def test_what_nobody_caught_is_logged_without_its_message(capsys: pytest.CaptureFixture[str]) -> None:
    configure(logging_settings("INFO", "json"))

    try:
        raise ValueError("secret")
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)

    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["error"], line["level"]) == ("uncaught", "ValueError", "critical")


def test_a_request_has_an_id_of_ours_and_takes_none_from_outside() -> None:
    seen = []

    def view(request: Any) -> HttpResponse:
        seen.append(bound_id("request"))
        return HttpResponse()

    response = RequestMiddleware(view)(RequestFactory().get("/x", headers={"X-Request-ID": "stranger"}))

    assert response["X-Request-ID"] == seen[0]
    assert re.fullmatch(REF_PATTERN, seen[0])
    assert bound_id("request") == ""


def test_a_request_leaves_its_facts_for_the_server() -> None:
    request = RequestFactory().get("/static/x.css?token=secret")

    RequestMiddleware(lambda _: HttpResponse())(request)

    facts = request.META[logs.REQUEST_FACTS]
    assert (facts["route"], facts["method"], facts["user"]) == ("static", "GET", None)
    assert "secret" not in str(facts)
    assert route_of(RequestFactory().get("/no/such/page")) == "none"


def test_lines_are_quick_to_write() -> None:
    """A line costs less of the processor than a thousandth of what a request may take."""
    formatter, record = JSONFormatter(), _record("agora.x", "request status=%d ms=%d bytes=%d", 200, 12, 4096)
    begin = time.thread_time()

    for _ in range(200):
        formatter.format(record)

    assert (time.thread_time() - begin) / 200 < 0.005
