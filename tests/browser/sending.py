"""Send files as a script with a visitor's session does."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tests.browser.wrong_files import RIGHT, WRONG, Lines, Wrong
from tests.live.visitor import Visitor

#: Every wrong file by its name, and every odd but right one.
FILES = {**WRONG, **{f"right, {name}": Wrong("", make) for name, make in RIGHT.items()}}
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


class Checked(Mapping[str, str]):
    """The name of each wrong file, and of each odd but right one, to its upload's reference: sent and checked when asked for."""

    def __init__(self, sender: Sender, others: Mapping[str, Lines], *, plan: Iterable[str] = ()) -> None:
        """Take the valid files of the phases, and of the competitions in `others`.

        The files that `plan` names, in the order in which they will be asked for, are sent at once: a worker checks them while a
        browser looks at other pages.
        """
        self._sender = sender
        self._lines = {**sender.samples(), **others}
        self._others = frozenset(others)
        self._refs: dict[str, str] = {}
        self._sent = {name: self._send(name) for name in dict.fromkeys(plan)}

    def __getitem__(self, name: str) -> str:
        """Return the reference of an upload whose check has ended."""
        if name not in self._refs:
            ref = self._sent.get(name) or self._send(name)
            self._sender.visitor.wait_for_check(ref)
            self._refs[name] = ref
        return self._refs[name]

    def _send(self, name: str) -> str:
        wrong = FILES[name]
        lines = self._lines[wrong.competition if wrong.competition in self._others else wrong.phase]
        return self._sender.send(wrong, lines)

    def __iter__(self) -> Iterator[str]:
        return iter(FILES)

    def __len__(self) -> int:
        return len(FILES)
