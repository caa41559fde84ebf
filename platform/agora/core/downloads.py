"""Hand out stored files: as attachments that no browser opens in our origin, whole or one range at a time."""

import re
from collections.abc import Iterator
from typing import IO, Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

CHUNK_BYTES = 256 * 1024
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")  # no file is larger; a longer number is no range


class RangeNotSatisfiableError(Exception):
    """The range asked for lies outside the file."""


def attachment(request: HttpRequest, file: IO[Any], *, name: str, size_bytes: int, sha256: str) -> HttpResponseBase:
    """Answer with a stored file under the name `name`; takes over `file` and closes it.

    Knows GET and HEAD, one byte range (RFC 9110, section 14; several ranges are answered with the whole file) and `If-Range`
    with the file's ETag, which is its SHA-256.
    """
    etag = f'"{sha256}"'
    try:
        span = _span(request, size_bytes, etag)
    except RangeNotSatisfiableError:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size_bytes}"})
    first, last = span or (0, size_bytes - 1)
    if request.method == "HEAD":
        file.close()
        response: HttpResponseBase = HttpResponse()
    else:
        response = StreamingHttpResponse(_Span(file, first, last - first + 1))
    if span is not None:
        response.status_code = 206
        response["Content-Range"] = f"bytes {first}-{last}/{size_bytes}"
    response["Content-Length"] = str(last - first + 1)
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    response["Content-Type"] = "application/octet-stream"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-cache"
    return response


def _span(request: HttpRequest, size_bytes: int, etag: str) -> tuple[int, int] | None:
    """Return the first and last byte asked for, or None for the whole file."""
    found = _RANGE.fullmatch(request.headers.get("range", "").replace(" ", ""))
    if found is None or found.groups() == ("", "") or request.headers.get("if-range", etag) != etag:
        return None
    begin, end = found.groups()
    if not begin:  # the last N bytes
        first, last = max(0, size_bytes - int(end)), size_bytes - 1
        valid = int(end) > 0 and size_bytes > 0
    else:
        first, last = int(begin), min(int(end), size_bytes - 1) if end else size_bytes - 1
        if end and int(end) < int(begin):
            return None  # not a valid range at all: ignored, as the standard says
        valid = first < size_bytes
    if not valid:
        raise RangeNotSatisfiableError
    return first, last


class _Span:
    """The bytes of a part of a file, never more than a chunk at once; closes the file even if nobody reads it."""

    def __init__(self, file: IO[Any], first: int, length: int) -> None:
        self._file = file
        self._left = length
        file.seek(first)

    def __iter__(self) -> Iterator[bytes]:
        """Iterate over itself."""
        return self

    def __next__(self) -> bytes:
        """Return the next chunk."""
        chunk: bytes = self._file.read(min(CHUNK_BYTES, self._left)) if self._left else b""
        if not chunk:
            raise StopIteration
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        """Close the file; called by the response when it is done or given up."""
        self._file.close()
