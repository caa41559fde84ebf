"""Give a failure of ours a number under which the log has it."""

import logging
import traceback

from agora.core.refs import new_ref


def report_incident(logger: logging.Logger, event: str, error: BaseException | None = None, **ids: object) -> str:
    """Log a failure with its ids under a new incident reference and return the reference.

    Of an exception only its class and the places in the code are logged: its message may hold what nobody else should read.
    """
    incident = new_ref()
    facts = " ".join(f"{key}={value}" for key, value in ids.items())
    logger.error("incident=%s event=%s %s%s", incident, event, facts, _places(error))
    return incident


def _places(error: BaseException | None) -> str:
    if error is None:
        return ""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    return f" error={type(error).__qualname__} at {places}"
