"""The web server's own lines in the site's form, and one line a request without its address."""

import logging
import os
from datetime import timedelta
from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger

from agora.core.logs import REQUEST_FACTS, bound, configure, logging_settings

logger = logging.getLogger(__name__)

# Asked every few seconds by machines; their failures are shown.
_POLLED = frozenset({"healthz", "readyz", "metrics"})


class WebLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Writes what gunicorn says through the site's handlers, and requests by route: an address may hold a token."""

    def setup(self, cfg: Config) -> None:
        """Set logging up in the main process too, which never loads Django."""
        configure(
            logging_settings(os.environ.get("AGORA_LOG_LEVEL") or "INFO", os.environ.get("AGORA_LOG_FORMAT") or "")
        )
        self.cfg = cfg
        self.error_log.propagate = True

    @property
    def access_log_enabled(self) -> bool:
        """Say that requests are written."""
        return True

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> None:
        """Write one line: route, method, status, milliseconds to the last byte, bytes sent."""
        facts = environ.get(REQUEST_FACTS) or {"route": "none"}
        status = int(str(resp.status).split(maxsplit=1)[0])
        is_polled = facts["route"] in _POLLED and status < 400
        with bound(**facts):
            logger.log(
                logging.DEBUG if is_polled else logging.INFO,
                "request status=%d ms=%d bytes=%d",
                status,
                round(request_time.total_seconds() * 1000),
                resp.sent or 0,
            )
