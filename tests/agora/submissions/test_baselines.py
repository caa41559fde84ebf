"""Entries of our own workers: the same way as everybody's, at no charge."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from agora.competitions.models import Phase
from agora.core.errors import WrongStateError
from agora.submissions import errors, services
from agora.submissions.models import Evaluation, Kind, Submission, Upload, UploadState
from tests.agora import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("files", "remembered")]
TRUTH = factories.make_truth()


@pytest.fixture
def phase(files: Path, tmp_path: Path) -> Phase:
    """Return an open phase."""
    return factories.make_open_phase(tmp_path, TRUTH)


@pytest.fixture
def ranking(tmp_path: Path) -> Path:
    """Return a file as a recipe writes it."""
    path = tmp_path / "ranking.csv"
    path.write_bytes(TRUTH.ranking())
    return path


def test_a_baseline_is_checked_and_queued_behind_people(phase: Phase, ranking: Path) -> None:
    entry = services.submit_baseline(phase, recipe="random", file=ranking, title="Random order", facets=["tta"])

    assert (entry.kind, entry.recipe, entry.title, entry.team, entry.charged_on) == (
        Kind.BASELINE,
        "random",
        "Random order",
        None,
        None,
    )
    assert (entry.upload.state, entry.facets) == (UploadState.READY, 2)
    assert Evaluation.objects.get().priority == 2


def test_the_same_file_of_a_recipe_is_entered_once(phase: Phase, ranking: Path) -> None:
    first, second = (services.submit_baseline(phase, recipe="random", file=ranking, title="Random") for _ in range(2))

    assert first == second
    assert Submission.objects.count() == 1
    assert Upload.objects.count() == 1


def test_a_bad_file_is_not_entered(phase: Phase, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("query_id,gallery_ids\n")

    with pytest.raises(WrongStateError, match="The file cannot be entered"):
        services.submit_baseline(phase, recipe="random", file=bad, title="Random")
    assert not Submission.objects.exists()


def test_an_archive_takes_no_baseline(ranking: Path) -> None:
    archive = factories.make_phase(factories.make_competition())

    with pytest.raises(errors.NoGroundTruthError):
        services.submit_baseline(archive, recipe="random", file=ranking, title="Random")
    assert not Upload.objects.exists()


def test_the_command_enters_and_says_what_is_wrong(
    phase: Phase, ranking: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slug = phase.competition.slug
    call_command("submit_baseline", slug, "random", str(ranking), "--phase", "ranking")
    assert f"{slug}/ranking: entered random as " in capsys.readouterr().out

    for arguments, words in (
        (("nowhere", "random", str(ranking)), "no such phase"),
        ((slug, "nothing", str(ranking)), "no recipe"),
        ((slug, "random", f"{ranking}.missing"), "No such file"),
    ):
        with pytest.raises(CommandError, match=words):
            call_command("submit_baseline", *arguments)
