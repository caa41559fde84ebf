"""Every address that the site has, read from its URL configuration: ours, allauth's and the administration's."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import get_resolver
from django.urls.resolvers import RegexPattern, RoutePattern, URLPattern, URLResolver
from django.utils.regex_helper import normalize


@dataclass(frozen=True)
class Route:
    """One pattern with everything that it is included by.

    `name` has its namespaces; a pattern without a name is called by its own text, so that it needs a row as well.
    """

    name: str
    pattern: str
    template: str  # the address with %(name)s for its parameters

    @property
    def is_admin(self) -> bool:
        """Return whether the administration answers."""
        return self.pattern.startswith("admin/")

    def path(self, **values: str) -> str:
        """Return the address for these parameters; those that it does not take are left out."""
        return "/" + self.template % values


def routes() -> tuple[Route, ...]:
    """Return every route of the site, in the order in which Django tries them."""
    return tuple(_walk(get_resolver().url_patterns, "", "", ""))


def _walk(patterns: Any, prefix: str, start: str, namespace: str) -> Iterator[Route]:
    for entry in patterns:
        if not isinstance(entry, URLPattern | URLResolver):
            raise TypeError(f"the matrix cannot walk {entry!r}")
        text, template = prefix + str(entry.pattern), start + _template(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry.url_patterns, text, template, inner)
        else:
            yield Route(f"{namespace}{entry.name}" if entry.name else text, text, template)


def _template(pattern: Any) -> str:
    """Return one part of an address with %(name)s for its parameters; a kind of pattern that is not known is an error."""
    if isinstance(pattern, RoutePattern):
        return re.sub(r"<(?:\w+:)?(\w+)>", r"%(\1)s", str(pattern))
    if isinstance(pattern, RegexPattern):
        return normalize(str(pattern))[0][0]
    raise TypeError(f"the matrix cannot walk {pattern!r}")
