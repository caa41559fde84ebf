"""Ask the real scorer each question once: its answer is a function of what it is asked and of the files that it reads."""

import json
from collections.abc import Callable
from hashlib import sha256

from agora.core import scorer
from agora.core.scorer import Answer, Question, ask_scorer
from agora.core.storage import alias

_REAL = scorer.COMMAND


class Memory:
    """Answers of the scorer's children so far: a test of what the site does with them needs no child of its own."""

    def __init__(self) -> None:
        self._answers: dict[str, Answer] = {}

    def ask(self, job: Question, *, is_interrupted: Callable[[], bool] = lambda: False) -> Answer:
        """Answer as `ask_scorer` does; who stands in for the scorer, or is interrupted, is always asked."""
        if scorer.COMMAND != _REAL or is_interrupted():
            return ask_scorer(job, is_interrupted=is_interrupted)
        key = _question(job)
        if key not in self._answers:
            self._answers[key] = ask_scorer(job, is_interrupted=is_interrupted)
        return self._answers[key]

    def forget(self) -> None:
        """Ask real children again from here on."""
        self._answers.clear()


def _question(job: Question) -> str:
    """Return all that an answer depends on: the child's question, with the hashes of files for their descriptors."""
    hashes = {}
    for name, stored in job.objects.items():
        if stored is not None:
            where, key = stored
            with alias(where).open(key) as file:
                hashes[name] = sha256(file.read()).hexdigest()
    words = job.words({name: hashes.get(name) for name in job.objects})
    return json.dumps([job.task, words], sort_keys=True, default=str)
