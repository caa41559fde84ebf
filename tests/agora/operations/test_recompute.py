"""Stored scores are those of their files, to the last bit, or the operator is told which are not."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from agora.competitions.models import Phase
from agora.submissions.models import Evaluation, Score
from tests.agora.operations.places import flip

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("files")]


def _recompute(*arguments: str) -> tuple[int, str]:
    said = io.StringIO()
    try:
        call_command("recompute", *arguments, stdout=said)
    except CommandError as error:
        return error.returncode, f"{said.getvalue()}{error}"
    return 0, said.getvalue()


def test_recompute_finds_the_smallest_difference_and_says_what_it_cannot_repeat(phase: Phase, files: Path) -> None:
    first, second = Evaluation.objects.order_by("pk")
    assert _recompute(first.submission.ref) == (0, "1 the same, 0 different, 0 skipped.\n")

    score = Score.objects.filter(evaluation=second, value__gt=0, value__lt=1).earliest("pk")
    Score.objects.filter(pk=score.pk).update(value=score.value + 2**-53)
    flip(files / "results" / first.results_key)
    status, said = _recompute("--all")
    assert status == 1
    assert f"{second.ref}: different: {score.split}/{score.track}/{score.metric}\n" in said
    assert f"{first.ref}: different: stored per-query results\n" in said

    (files / "results" / first.results_key).unlink()
    status, said = _recompute("--all")
    assert status == 1
    assert f"{first.ref}: different: stored per-query results cannot be read (No such file or directory)\n" in said
    assert f"{second.ref}: different: " in said

    (files / "submissions" / first.submission.upload.storage_key).unlink()
    assert "a stored file cannot be read" in _recompute(first.ref)[1]
    first.spec.scorer_revision = 999
    first.spec.save()
    assert _recompute("--all")[1].endswith("0 the same, 0 different, 2 skipped.\n")
    assert [_recompute(*given)[0] for given in (["nothing"], [], ["--all", first.ref])] == [2, 2, 2]
