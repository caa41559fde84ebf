"""No form takes a file."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client


@pytest.mark.django_db
@pytest.mark.parametrize("checks_csrf", [False, True])
def test_a_file_in_a_form_is_refused_and_not_kept(checks_csrf: bool) -> None:
    client = Client(enforce_csrf_checks=checks_csrf)
    client.get("/accounts/login/")  # sets the cookie: without it nothing of the body is read

    answer = client.post("/theme", {"file": SimpleUploadedFile("x.bin", b"0" * 10_000), "theme": "dark"})

    assert answer.status_code == 400
    assert b"cannot be understood" in answer.content
    assert "theme" not in answer.cookies
