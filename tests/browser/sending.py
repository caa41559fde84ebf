"""Send files as a script with a visitor's session does, many at once."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.browser.wrong_files import RIGHT, WRONG, Lines, Wrong
from tests.live.visitor import Visitor

SAMPLES = {"ranking": "sample_submission.csv", "labels": "sample_submission_labels.csv"}


@dataclass
class Sender:
    """A visitor's session outside the browser."""

    visitor: Visitor

    @classmethod
    def of(cls, address: str, session: str) -> "Sender":
        """Return a sender with the session of a visitor, and the token that every page of it sets."""
        visitor = Visitor(address)
        visitor.http.cookies.set("sessionid", session)
        visitor.page("/competitions/")
        return cls(visitor)

    def samples(self) -> dict[str, Lines]:
        """Return the lines of the valid file of each phase, as the release has them."""
        files = {phase: self.visitor.download("agsynth", name) for phase, name in SAMPLES.items()}
        return {phase: content.decode().splitlines() for phase, content in files.items()}

    def send(self, wrong: Wrong, lines: Lines) -> str:
        """Announce and send a file; return the upload's reference without waiting for its check."""
        content = wrong.make(lines)
        announced = self.visitor.announce(
            wrong.competition, phase=wrong.phase, filename=wrong.filename, size=len(content)
        )
        assert announced.status_code == 201, announced.text
        received = self.visitor.put(announced.json()["put"], content)
        assert received.status_code == 201, received.text
        return str(announced.json()["ref"])


def send_all(sender: Sender, others: Mapping[str, Lines]) -> dict[str, str]:
    """Send every wrong file and every odd but right one; return its name to its reference, all of them checked."""
    lines = {**sender.samples(), **others}
    files = {**WRONG, **{f"right, {name}": Wrong("", make) for name, make in RIGHT.items()}}
    refs = {
        name: sender.send(wrong, lines[wrong.competition if wrong.competition in others else wrong.phase])
        for name, wrong in files.items()
    }
    for ref in refs.values():
        sender.visitor.wait_for_check(ref)
    return refs
