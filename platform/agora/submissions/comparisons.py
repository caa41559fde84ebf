"""Ask the scorer about scored entries, and read what it has answered: by what the answer depends on, never by a name.

Nothing here reads ground truth or results of single queries: a question is a row, and workers answer it (evaluations.comparing).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models.functions import Now

from agora.competitions.models import Phase, Spec
from agora.core.queue import wake
from agora.submissions.models import Comparison, ComparisonState, ComparisonTask, Evaluation

#: Whoever waits for an entry's page goes first.
_PRIORITY = {ComparisonTask.COMPARE: 0, ComparisonTask.SLICES: 1, ComparisonTask.TIERS: 2}
_SCHEMA = 1


@dataclass(frozen=True)
class Asked:
    """One question: a task over scored entries of one phase under one spec, in an order that the answer keeps."""

    task: ComparisonTask
    phase: Phase
    spec: Spec
    entries: tuple[Evaluation, ...]
    split: str
    metric: str
    columns: tuple[str, ...] = ()

    @property
    def is_answerable(self) -> bool:
        """Return whether the scorer left of every entry what it is asked about."""
        return bool(self.entries) and all(entry.results_key for entry in self.entries)

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256 of all that the answer depends on, and of the entries that it is about."""
        spec = self.spec
        parts = {
            "schema": _SCHEMA,
            "task": str(self.task),
            "phase": self.phase.pk,
            "ground_truth": spec.ground_truth.sha256,
            "protocol": spec.protocol_hash,
            "scorer_revision": spec.scorer_revision,
            "split": self.split,
            "metric": self.metric,
            "columns": list(self.columns),
            "entries": [[entry.ref, entry.results_sha256] for entry in self.entries],
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def ask(asked: Asked) -> bool:
    """Let the scorer be asked, unless it has been; return whether the question is new. Two who ask at once leave one row."""
    if not asked.is_answerable:
        return False
    given = {
        "task": asked.task,
        "phase": asked.phase,
        "spec": asked.spec,
        "evaluation": None if asked.task == ComparisonTask.TIERS else asked.entries[0],
        "entries": [entry.pk for entry in asked.entries],
        "split": asked.split,
        "metric": asked.metric,
        "columns": list(asked.columns),
        "priority": _PRIORITY[asked.task],
    }
    row, is_new = Comparison.objects.get_or_create(fingerprint=asked.fingerprint, defaults=given)
    if not is_new and row.state == ComparisonState.OUTDATED:
        again = Comparison.objects.filter(pk=row.pk, state=ComparisonState.OUTDATED)
        is_new = again.update(state=ComparisonState.QUEUED, attempt=0, queued_at=Now(), not_before=Now()) == 1
    if is_new:
        wake("comparing")
    return is_new


def answer(asked: Asked) -> dict[str, Any] | None:
    """Return the exact answer to a question, None while there is none; disclosure says what may be shown of it."""
    done = Comparison.objects.filter(fingerprint=asked.fingerprint, state=ComparisonState.DONE)
    return done.values_list("result", flat=True).first()


def answers_of(evaluation: Evaluation, task: ComparisonTask, *, split: str = "public") -> Sequence[Comparison]:
    """Return the answers about an entry of one kind, newest first: as the first of a pair or the second."""
    done = Comparison.objects.filter(
        task=task, state=ComparisonState.DONE, split=split, spec=evaluation.spec_id, entries__contains=[evaluation.pk]
    )
    return list(done.filter(phase=evaluation.submission.phase_id).order_by("-pk"))
