"""Store cached values as JSON: Django's default would unpickle whatever stands in the cache."""

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder


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
