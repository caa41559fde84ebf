"""Store cached values as JSON: Django's default would unpickle whatever stands in the cache."""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from django.core.cache import cache
from django.core.serializers.json import DjangoJSONEncoder
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


class JSONSerializer:
    """Serialise values for Django's Redis cache; integers stay integers, so that `incr` works."""

    def dumps(self, value: Any) -> bytes | int:
        """Return the bytes to store, or the integer itself."""
        if type(value) is int:
            return value
        return json.dumps(value, cls=DjangoJSONEncoder).encode()

    def loads(self, data: bytes) -> Any:
        """Return the value of what `dumps` wrote."""
        return json.loads(data)


def remembered(kind: str, key: Iterable[object], compute: Callable[[], Any], *, seconds: int) -> Any:
    """Return the cached value of `key`, or compute and cache it; a cache that cannot be reached is done without.

    The value is plain JSON; what comes back is as read from JSON whether it was cached or not.
    """
    digest = hashlib.sha256(json.dumps([str(part) for part in key]).encode()).hexdigest()
    name = f"{kind}:{digest}"
    try:
        stored = cache.get(name)
    except RedisError as error:
        logger.warning("cache unreachable error=%s", type(error).__name__)
        return _plain(compute())
    if stored is not None:
        return stored
    value = _plain(compute())
    with suppress(RedisError):
        cache.set(name, value, timeout=seconds)
    return value


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))
