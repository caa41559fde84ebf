"""Filters that say numbers and times: thin names for `agora.core.words` and `agora.core.markdown`."""

from datetime import date, datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from agora.core import words
from agora.core.markdown import to_html

register = template.Library()

register.filter("count", words.count)
register.filter("size", words.size)
register.filter("day", words.day)
register.filter("ago", words.ago)
register.filter("age", words.age)
register.filter("instant", words.instant)
register.filter("seconds", words.seconds)


@register.filter
def percent(fraction: float | None, digits: int = 2) -> str:
    """Say a fraction as per cent: 0.9582 is "95.82"."""
    return words.percent(fraction, digits=digits)


@register.filter
def when(moment: datetime | None) -> str | SafeString:
    """Write an instant as a `time` element: "21 Nov 2026 14:02 UTC", with its age as the title."""
    if moment is None:
        return ""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(), words.ago(moment), words.instant(moment)
    )


@register.filter
def since(moment: datetime | None) -> str | SafeString:
    """Write an instant as a `time` element for a narrow column: "12 min", with the instant as the title."""
    if moment is None:
        return ""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(), words.instant(moment), words.age(moment)
    )


@register.filter
def on_day(moment: datetime | date | None) -> str | SafeString:
    """Write a day as a `time` element: "21 Nov 2026"."""
    if moment is None:
        return ""
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), words.day(moment))


@register.filter
def markdown(text: str) -> SafeString:
    """Turn Markdown into HTML that cannot run anything."""
    return to_html(text)


@register.filter
def short(digest: str) -> str:
    """Return the first eight digits of a hash."""
    return digest[:8]


@register.simple_tag
def plural(value: int, one: str, many: str = "") -> str:
    """Say a count with its noun: "10 teams"."""
    return words.plural(value, one, many)
