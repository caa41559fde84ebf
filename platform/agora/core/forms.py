"""Refuse files in forms: no page takes any, and Django would write them to the disk before it asks who sends them."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler


class NoFiles(FileUploadHandler):
    """End the request at the first file of a multipart body; Django answers 400. Uploads come as raw bodies."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Refuse, before a byte of the file is read."""
        raise RequestDataTooBig("no form of this site takes a file")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Never called."""
        return None

    def file_complete(self, file_size: int) -> None:
        """Never called."""
