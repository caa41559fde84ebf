"""Say what is wrong with a challenge pack, all of it at once."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Problem:
    """Hold one fault of a pack: where it is and how to mend it.

    `table` is the TOML path in the notation of the file (`[[phases]] 2`), empty at the top level;
    for a CSV it is `line 3`. `key` is the key or column, empty if the whole table is meant.
    """

    file: str
    table: str
    key: str
    message: str

    def __str__(self) -> str:
        """Write the fault on one line, from the file inwards."""
        place = ": ".join(part for part in (self.file, self.table, self.key) if part)
        return f"{place}: {self.message}"


class ChallengeError(Exception):
    """Report every problem of a pack; the message has one line for each.

    Attributes
    ----------
    problems : tuple of Problem
        In the order in which they stand in the files.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass
class Collector:
    """Gather the problems of one file while reading goes on, so that all are reported together."""

    file: str
    problems: list[Problem] = field(default_factory=list)

    def add(self, table: str, key: str, message: str) -> None:
        """Note one problem."""
        self.problems.append(Problem(self.file, table, key, message))

    def is_clean(self, table: str) -> bool:
        """Tell whether nothing was noted in `table` or below it."""
        below = (f"{table}.", f"{table}[")
        return not any(problem.table == table or problem.table.startswith(below) for problem in self.problems)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ` (did you mean "x"?)` for the known word closest to `word`, or an empty string."""
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f' (did you mean "{near[0]}"?)' if near else ""
