"""A person with a browser, as far as HTTP goes: signs up, joins, downloads, uploads, submits, reads the board."""

import csv
import io
from typing import Any, Self
from urllib.parse import urljoin

import httpx

from agora.supervisor.process import wait_until
from tests.live.pages import Form, Page

_PASSWORD = "seven grey herons over the weir"
_SCORE_SECONDS = 120.0
_FINAL = {"scored", "invalid", "error", "cancelled"}
_CHECKED = {"ready", "rejected"}
Json = dict[str, Any]


class Visitor:
    """One browser session; every answer that is not the expected one fails with the page's text."""

    def __init__(self, address: str) -> None:
        # No proxy and no settings from the environment: the site is on this machine.
        self.http = httpx.Client(base_url=address, trust_env=False, follow_redirects=True, timeout=60.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def page(self, path: str) -> Page:
        """Open a page that must be there."""
        return _page(self.http.get(path))

    def send(self, form: Form, *, base: str, **values: str) -> Page:
        """Fill in a form and send it."""
        target = urljoin(base, form.action or base)
        return _page(self.http.post(target, data={**form.fields, **values}, headers={"Referer": str(self._url(base))}))

    def sign_up(self, handle: str) -> None:
        """Make an account and confirm its address through the link that local mode shows."""
        form = self.page("/accounts/signup/").form("/accounts/signup")
        values = {"email": f"{handle}@example.org", "username": handle, "password1": _PASSWORD}
        answer = self.send(form, base="/accounts/signup/", **values)
        assert not any("/accounts/signup" in again.action for again in answer.forms), f"not signed up: {answer.text}"
        link = self.page("/accounts/mail/").link("/accounts/confirm-email/")
        confirmation = httpx.URL(urljoin(str(self.http.base_url), link)).path
        self.send(self.page(confirmation).form("confirm-email"), base=confirmation)

    def join(self, slug: str) -> None:
        """Join a competition and accept its rules."""
        self.join_without_rules(slug)
        rules = f"/c/{slug}/rules/"
        self.send(self.page(rules).form("rules/accept"), base=rules)

    def join_without_rules(self, slug: str) -> None:
        """Join a competition and leave its rules unread."""
        overview = f"/c/{slug}/"
        self.send(self.page(overview).form(f"/c/{slug}/join"), base=overview)

    def download(self, slug: str, name: str) -> bytes:
        """Return one file of the competition's data."""
        response = self.http.get(f"/c/{slug}/data/{name}")
        assert response.status_code == 200, f"{name}: {response.status_code}"
        return response.content

    def declare(self, slug: str, *, phase: str, filename: str, size: object) -> httpx.Response:
        """Announce an upload from the page that offers it and return the answer as it is."""
        self.page(f"/c/{slug}/submit/?phase={phase}")
        return self.announce(slug, phase=phase, filename=filename, size=size)

    def announce(self, slug: str, *, phase: str, filename: str, size: object) -> httpx.Response:
        """Announce an upload as a script does and return the answer as it is."""
        body = {"phase": phase, "filename": filename, "size": size}
        return self.http.post(f"/c/{slug}/uploads", json=body, headers=self.token())

    def put(self, target: str, content: bytes) -> httpx.Response:
        """Send the bytes of an announced upload and return the answer as it is."""
        headers = {**self.token(), "Content-Type": "application/octet-stream"}
        return self.http.put(target, content=content, headers=headers)

    def upload(self, slug: str, content: bytes, *, phase: str, filename: str = "submission.csv") -> str:
        """Upload a file and return its ref; fail when the site does not take it."""
        declared = self.declare(slug, phase=phase, filename=filename, size=len(content))
        assert declared.status_code == 201, f"{declared.status_code}: {declared.text[:2000]}"
        received = self.put(declared.json()["put"], content)
        assert received.status_code == 201, f"{received.status_code}: {received.text[:2000]}"
        return str(declared.json()["ref"])

    def wait_for_check(self, ref: str) -> Json:
        """Wait until the upload is checked and return its state."""
        return self._wait(f"/u/{ref}/state", _CHECKED, what=f"upload {ref} is checked")

    def submit(self, ref: str) -> str:
        """Enter a checked upload and return the submission's ref; fail when it is not taken."""
        response = self.submit_response(ref)
        assert response.status_code == 201, f"{response.status_code}: {response.text[:2000]}"
        return str(response.json()["ref"])

    def submit_response(self, ref: str) -> httpx.Response:
        """Enter a checked upload and return the answer as it is."""
        headers = {**self.token(), "Accept": "application/json"}
        return self.http.post(f"/u/{ref}/submit", data={"note": "over HTTP"}, headers=headers)

    def wait_for_score(self, ref: str) -> Json:
        """Wait until the submission is in a final state and return it."""
        return self._wait(f"/s/{ref}/state", _FINAL, what=f"submission {ref} is final")

    def board(self, slug: str, **query: str) -> list[dict[str, str]]:
        """Return the leaderboard as its CSV export gives it."""
        response = self.http.get(f"/c/{slug}/leaderboard.csv", params=query)
        assert response.status_code == 200, f"{response.status_code}: {response.text[:2000]}"
        return list(csv.DictReader(io.StringIO(response.text)))

    def token(self) -> dict[str, str]:
        """Return the header with which a script proves that it has read a page of the site."""
        return {"X-CSRFToken": self.http.cookies.get("csrftoken", ""), "Referer": str(self.http.base_url)}

    def _wait(self, path: str, final: set[str], *, what: str) -> Json:
        answer: Json = {}

        def is_final() -> bool:
            response = self.http.get(path, headers={"Accept": "application/json"})
            assert response.status_code == 200, f"{path}: {response.status_code}: {response.text[:2000]}"
            answer.clear()
            answer.update(response.json())
            return answer["state"] in final

        wait_until(is_final, deadline_seconds=_SCORE_SECONDS, what=what, every_seconds=0.1)
        return answer

    def _url(self, path: str) -> httpx.URL:
        return self.http.base_url.join(path)


def _page(response: httpx.Response) -> Page:
    """Return the page of a good answer; fail with the text of any other."""
    page = Page(response.text)
    assert response.status_code == 200, f"{response.request.url}: {response.status_code}: {page.text[:2000]}"
    return page
