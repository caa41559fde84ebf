"""Give a failure of ours a number under which the log has it."""

import logging

from agora.core.logs import error_facts
from agora.core.measures import INCIDENTS
from agora.core.refs import new_ref


def report_incident(logger: logging.Logger, event: str, error: BaseException | None = None, **ids: object) -> str:
    """Log a failure with its ids under a new incident reference and return the reference.

    Of an exception only its class and the places in the code are logged: its message may hold what nobody else should read.
    """
    incident = new_ref()
    INCIDENTS.inc()
    facts = {"incident": incident, "event": event, **ids, **error_facts(error)}
    logger.error(" ".join(f"{name}=%s" for name in facts), *facts.values())
    return incident
