"""Write log lines that name things by their ids and never quote what anybody sent.

A line says when (UTC), how bad, who speaks (`logger`, `process`, `pid`), what happened (`event`), and the ids that are known
where it is written: those given with the message, and those that `bound` keeps for a request or a piece of work. As JSON, one
object a line; for a terminal the same in words.

What may stand in a line is decided here, by who speaks, and not at each call:

- our own loggers (`agora.…`) write ``logger.info("orphans removed alias=%s count=%d", …)``; the words are the event, each
  ``name=%s`` a field. A value is a number or one plain word; anything else (blanks, quotes, ``@``) is a mistake and withheld.
- of other packages' messages the words of their code are kept, and of their values the numbers: their texts quote addresses of
  pages, headers, bodies and rows.
- of an exception its class and the places in the code, never its message: PostgreSQL's quote rows, Python's quote input.

No library does this: those that write JSON write the finished message, which is where the payload is. The standard library
alone is used, because the supervisor writes its log with this module too.
"""

import contextvars
import json
import linecache
import logging
import logging.config
import os
import re
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType, TracebackType
from typing import Any, Final

_IDS: contextvars.ContextVar[Mapping[str, object]] = contextvars.ContextVar(
    "agora_log_ids", default=MappingProxyType({})
)
_FIELD: Final = re.compile(r"\s*\b([a-z][a-z_]*)=%[sdrfg]")
_WORD: Final = re.compile(r"[A-Za-z0-9_.:/+,-]{1,200}")
# Fields whose values are made by our own code from code: places in it, or a worker's name.
_OWN_WORDS: Final = {name: re.compile(r"[\w.:/<>@+, -]{1,2000}") for name in ("at", "cause", "trace", "worker")}
# What Celery's own lines say beside numbers: the task's name in our code, and its random id.
_CELERY_WORDS: Final = frozenset({"name", "id"})
WITHHELD: Final = "withheld"
# Where a request's middleware leaves its facts in the WSGI environment, the one thing that it shares with the server.
REQUEST_FACTS: Final = "agora.request"
_PLACES: Final = 12


@contextmanager
def bound(**ids: object) -> Iterator[None]:
    """Put ids into every line that is written while the `with` lasts, by this thread and those that copy its context."""
    token = bind(**ids)
    try:
        yield
    finally:
        unbind(token)


def bind(**ids: object) -> contextvars.Token[Mapping[str, object]]:
    """Put ids into every line from now on and return what takes them out again; for ends that no `with` can hold."""
    return _IDS.set(MappingProxyType({**_IDS.get(), **ids}))


def unbind(token: contextvars.Token[Mapping[str, object]]) -> None:
    """Take out what `bind` put in."""
    _IDS.reset(token)


def bound_id(name: str) -> str:
    """Return an id of the current request or piece of work, empty if there is none of that name."""
    return str(_IDS.get().get(name, ""))


def facts_of(record: logging.LogRecord) -> dict[str, object]:
    """Return all that a line may say of a record, in order."""
    event, fields = _own_words(record) if _is_ours(record) else (_foreign_words(record), _foreign_fields(record))
    said = {name: _plain(name, value) for name, value in {**_IDS.get(), **fields}.items()}
    return {
        "time": _instant(record.created),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": str(said.pop("event", "")) or event or WITHHELD,
        "process": os.environ.get("AGORA_PROCESS") or os.environ.get("AGORA_ROLE") or "operator",
        "pid": record.process,
        **said,
        **(error_facts(record.exc_info[1]) if record.exc_info else {}),
    }


def error_facts(error: BaseException | None) -> dict[str, str]:
    """Return class and places of an exception, and those of the one that it came from."""
    if error is None:
        return {}
    facts = {"error": _class_of(error), "at": places_of(error)}
    origin = error.__cause__ or error.__context__
    return {**facts, "cause": f"{_class_of(origin)} at {places_of(origin)}"} if origin else facts


def places_of(error: BaseException) -> str:
    """Return where in the code an exception came from, innermost first."""
    frames = traceback.extract_tb(error.__traceback__)[-_PLACES:]
    return " < ".join(f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in reversed(frames))


class JSONFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return json.dumps(facts_of(record), default=str)


class TextFormatter(logging.Formatter):
    """The same facts in words, for whoever looks at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        facts = facts_of(record)
        head = [str(facts.pop(name)) for name in ("time", "level", "logger", "event")]
        return " ".join([*head, *(f"{name}={value}" for name, value in facts.items())])


def logging_settings(level: str, form: str) -> dict[str, Any]:
    """Return the settings of `logging.config.dictConfig`: everything to standard error, as `json` or as `text`.

    An empty `form` means text on a terminal and JSON elsewhere.
    """
    chosen = form or ("text" if sys.stderr.isatty() else "json")
    formatter = {"json": JSONFormatter, "text": TextFormatter}[chosen]
    # Lines that come several times a second and say nothing that ours do not, or say what the line of the request says.
    quiet = dict.fromkeys(("celery.app.trace", "celery.beat", "celery.worker.strategy", "django.server"), "WARNING")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": formatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            **{name: {"level": least} for name, least in {**quiet, "django.request": "ERROR"}.items()},
            # Django hangs handlers of its own on these two: to the console, and as mail with the whole request in it.
            "django": {"handlers": [], "propagate": True},
        },
    }


def configure(settings: Mapping[str, Any]) -> None:
    """Set logging up and lead to it what would otherwise be printed with its message: uncaught errors and warnings."""
    # A line that cannot be formatted would be printed with its values.
    logging.raiseExceptions = False
    logging.config.dictConfig(dict(settings))
    warnings.showwarning = _log_warning
    if not sys.stderr.isatty():
        # Whoever sits at a terminal reads Python's own words; a test runner's hook stays in its place.
        if sys.excepthook is sys.__excepthook__:
            sys.excepthook = _log_uncaught
        if threading.excepthook is threading.__excepthook__:
            threading.excepthook = lambda args: _log_error("uncaught in a thread", args.exc_value)
        if sys.unraisablehook is sys.__unraisablehook__:
            sys.unraisablehook = lambda args: _log_error("uncaught in a destructor", args.exc_value)


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    _log_error("uncaught", error)


def _log_error(event: str, error: BaseException | None) -> None:
    logging.getLogger("agora.python").critical(event, exc_info=error)


def _log_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: Any = None,
    line: str | None = None,
) -> None:
    logging.getLogger("agora.python").warning(
        "warning category=%s at=%s", category.__qualname__, f"{_short(filename)}:{lineno}"
    )


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] == "agora"


def _own_words(record: logging.LogRecord) -> tuple[str, dict[str, object]]:
    """Take one of our own messages apart: its words, and its ``name=%s`` fields; other placeholders count as foreign."""
    template, values = str(record.msg), record.args
    names = _FIELD.findall(template)
    if not isinstance(values, tuple) or len(names) != len(values):
        return _foreign_words(record), {}
    return " ".join(_FIELD.sub("", template).split()), dict(zip(names, values, strict=True))


def _foreign_words(record: logging.LogRecord) -> str:
    """Return the words of a message that stand in the code that wrote it, and of its values the numbers."""
    template, values = str(record.msg), record.args
    if not values:
        return " ".join(template.split()) if _stands_in_code(template, record) else ""
    masked: object
    if isinstance(values, Mapping):
        is_celery = record.name.partition(".")[0] == "celery"
        masked = {
            name: value if is_celery and name in _CELERY_WORDS else _masked(value) for name, value in values.items()
        }
    else:
        masked = tuple(_masked(value) for value in values)
    try:
        return " ".join((template % masked).split())
    except (TypeError, ValueError, KeyError):
        return " ".join(template.split())


def _foreign_fields(record: logging.LogRecord) -> dict[str, object]:
    status = getattr(record, "status_code", None)
    place = {"at": f"{_short(record.pathname)}:{record.lineno}"} if record.levelno >= logging.WARNING else {}
    return {**place, "status": status} if isinstance(status, int) else dict(place)


def _stands_in_code(text: str, record: logging.LogRecord) -> bool:
    """Say whether a message without values is part of the file that wrote it: what is put together at run time is not."""
    return text in "".join(linecache.getlines(record.pathname))


class _Mask:
    """Stands for a value that is not written."""

    def __repr__(self) -> str:
        return "…"


def _masked(value: object) -> object:
    return value if isinstance(value, int | float) else _Mask()


def _plain(name: str, value: object) -> object:
    """Return a value that may stand in a line: a number, or a text in the alphabet of ids."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return round(value, 6) if abs(value) < float("inf") else str(value)
    text = str(value)
    allowed = _OWN_WORDS.get(name, _WORD)
    return text if text == "" or allowed.fullmatch(text) else WITHHELD


def _class_of(error: BaseException) -> str:
    return type(error).__qualname__


def _short(filename: str) -> str:
    """Return a path from the package on: where this machine keeps packages says nothing."""
    for root in ("site-packages/", "/platform/", "/lib/python"):
        _, found, rest = filename.rpartition(root)
        if found:
            return rest
    return "/".join(filename.rsplit("/", 3)[-3:])


def _instant(seconds: float) -> str:
    """Return an instant in UTC with milliseconds, as RFC 3339 writes it."""
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds % 1 * 1000):03d}Z"
