"""Say numbers, sizes and times the way all pages say them."""

from datetime import UTC, date, datetime, timedelta

from django.utils import timezone

MINUS = "\N{MINUS SIGN}"
_SIZES = ("kB", "MB", "GB", "TB")
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def count(value: int) -> str:
    """Return a whole number with thousands separated: 1,204."""
    return f"{value:,}".replace("-", MINUS)


def percent(fraction: float | None, *, digits: int = 2) -> str:
    """Return a fraction in [0, 1] as per cent without the sign: 0.9582 is "95.82"; None is an empty text."""
    return "" if fraction is None else f"{100 * fraction:.{digits}f}".replace("-", MINUS)


def half_width(low: float | None, high: float | None) -> str:
    """Return half the width of an interval of fractions in points, with one decimal: "± 0.6"; empty without one."""
    return "" if low is None or high is None else f"± {100 * (high - low) / 2:.1f}"


def size(size_bytes: int) -> str:
    """Return a size in decimal units, two significant digits under ten: "6.2 MB", "14 MB", "812 bytes"."""
    if size_bytes < 1000:
        return "1 byte" if size_bytes == 1 else f"{size_bytes} bytes"
    value = float(size_bytes)
    for unit in _SIZES:
        value /= 1000
        if value < 999.5 or unit == _SIZES[-1]:
            break
    return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"


def instant(moment: datetime) -> str:
    """Return an instant to the minute: "21 Nov 2026 14:02 UTC"."""
    moment = moment.astimezone(UTC)
    return f"{moment.day} {moment:%b %Y %H:%M} UTC"


def day(moment: datetime | date) -> str:
    """Return a UTC day: "21 Nov 2026"."""
    moment = moment.astimezone(UTC) if isinstance(moment, datetime) else moment
    return f"{moment.day} {moment:%b %Y}"


def duration(span: timedelta) -> str:
    """Return how long something lasts with its two leading units: "9 h 58 min", "3 days", "41 days", "12 s"."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    if seconds < _DAY:
        hours, minutes = divmod(seconds // _MINUTE, 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days = seconds // _DAY
    return "1 day" if days == 1 else f"{days} days"


def seconds(value: float) -> str:
    """Return a measured time: "2.4 s" under ten seconds, "75 s" under two minutes, then "2 min"."""
    if value < 9.95:
        return f"{value:.1f} s"
    return f"{value:.0f} s" if value < 2 * _MINUTE else duration(timedelta(seconds=value))


def ago(moment: datetime, *, now: datetime | None = None) -> str:
    """Return how long ago an instant was: "12 min ago"; within a minute "just now"."""
    span = (now or timezone.now()) - moment
    return "just now" if span < timedelta(seconds=_MINUTE) else f"{duration(span)} ago"


def age(moment: datetime, *, now: datetime | None = None) -> str:
    """Return an instant for a narrow column: "12 min", "3 h", "6 d" within a week, then "9 Nov", then "9 Nov 2025"."""
    now = now or timezone.now()
    seconds = max(_MINUTE, int((now - moment).total_seconds()))  # a column of minutes says "1 min", never "0 min"
    for limit, length, unit in ((_HOUR, _MINUTE, "min"), (_DAY, _HOUR, "h"), (7 * _DAY, _DAY, "d")):
        if seconds < limit:
            return f"{seconds // length} {unit}"
    moment = moment.astimezone(UTC)
    return f"{moment.day} {moment:%b}" if moment.year == now.year else f"{moment.day} {moment:%b %Y}"


def plural(value: int, one: str, many: str = "") -> str:
    """Return a count with its noun: "1 team", "10 teams", "2 entries"."""
    return f"{count(value)} {one if value == 1 else many or one + 's'}"
