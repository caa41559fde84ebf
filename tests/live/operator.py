"""The operator of a live site, as far as HTTP goes: signs in with the demo's log-in, starts runs, follows and stops them."""

import json
from typing import Any, Self

import httpx

from agora.supervisor.process import wait_until
from tests.live.site import LiveSite
from tests.live.visitor import Visitor

_ENDED = {"finished", "failed", "cancelled"}


class Operator(Visitor):
    """A session of the demo's operator."""

    def __init__(self, site: LiveSite) -> None:
        super().__init__(site.address)
        self._site = site

    def __enter__(self) -> Self:
        accounts = json.loads((self._site.var / "secrets" / "demo.json").read_text(encoding="utf-8"))["accounts"]
        known = next(entry for entry in accounts if entry["role"] == "operator")
        form = self.page("/accounts/login/").form("/accounts/login")
        self.send(form, base="/accounts/login/", login=known["email"], password=known["password"])
        return self

    def start_run(self, slug: str, **fields: str) -> str:
        """Start a run through the form and return its reference; fail when it is refused."""
        address = f"/c/{slug}/runs/start"
        self.page(address)
        given = {"seed": "0", "device": "cpu", "overrides": "", **fields}
        answer = self.http.post(address, data=given, headers={**self.token(), "Accept": "application/json"})
        assert answer.status_code == 201, f"{answer.status_code}: {answer.text[:2000]}"
        return str(answer.json()["ref"])

    def act(self, ref: str, what: str) -> httpx.Response:
        """Cancel, resume or repeat a run."""
        self.page(f"/r/{ref}/")
        return self.http.post(f"/r/{ref}/{what}", headers=self.token())

    def run_state(self, ref: str) -> dict[str, Any]:
        """Return a run as scripts read it."""
        answer = self.http.get(f"/r/{ref}/state", headers={"Accept": "application/json"})
        assert answer.status_code == 200, f"{answer.status_code}: {answer.text[:2000]}"
        found: dict[str, Any] = answer.json()
        return found

    def wait_for_run(self, ref: str, *, deadline_seconds: float = 180.0) -> dict[str, Any]:
        """Wait until a run has ended and return it."""
        state: dict[str, Any] = {}

        def has_ended() -> bool:
            state.update(self.run_state(ref))
            return state["state"] in _ENDED

        wait_until(has_ended, deadline_seconds=deadline_seconds, what=f"run {ref} ends", every_seconds=0.3)
        return state
