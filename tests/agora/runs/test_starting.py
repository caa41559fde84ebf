"""Who may start what, and what is refused before anything is queued."""

from typing import Any

import pytest

from agora.accounts.models import User
from agora.activity.models import AuditEvent
from agora.competitions.models import DataFile, Phase
from agora.core.errors import FieldError, QuotaExceededError, WrongStateError
from agora.core.workers import say_alive
from agora.runs import offers, starting
from agora.runs.models import Device, Run, RunState
from agora.runs.queueing import sweep
from agora.runs.starting import CannotRunError
from tests.agora import factories

pytestmark = [pytest.mark.django_db(transaction=True)]


def test_a_run_keeps_the_recipe_as_it_is_now(phase: Phase, organiser: User) -> None:
    run = starting.start_run(phase, organiser, recipe="bot_r50_tiny", overrides=["train.optim.lr=1e-3"], seed=5)

    assert (run.state, run.title, run.seed, run.device, run.needs_torch) == ("queued", "BoT, tiny", 5, "auto", True)
    assert run.tables["train"]["optim"]["lr"] == 1e-3
    assert AuditEvent.objects.get(action="run-start").subject == run.ref


def test_an_addition_sets_its_facet(phase: Phase, organiser: User) -> None:
    run = starting.start_run(phase, organiser, recipe="bot_r50_tiny+rerank")

    assert run.facets == 1


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"recipe": "nothing"}, "recipe", "Choose one"),
        (
            {"recipe": "bot_r50_tiny", "overrides": ["train.optim.weight_deca=1e-3"]},
            "overrides",
            'did you mean "train.optim.weight_decay"',
        ),
        (
            {"recipe": "bot_r50_tiny", "overrides": ["train.optim.lr=fast"]},
            "overrides",
            "train.optim.lr must be a number",
        ),
        ({"recipe": "bot_r50_tiny", "overrides": ["train.optim.lr"]}, "overrides", "write key=value"),
        ({"recipe": "colour_texture", "overrides": ["train.optim.lr=1"]}, "overrides", "learns nothing"),
        ({"recipe": "random", "overrides": ["a=1"] * 41}, "overrides", "at most 40"),
        ({"recipe": "random", "overrides": ["a=" + "1" * 200]}, "overrides", "at most 200 characters"),
        ({"recipe": "random", "overrides": ["a=\u202e1"]}, "overrides", "can be seen"),
        ({"recipe": "random", "seed": -1}, "seed", "whole number"),
        ({"recipe": "random", "device": "tpu"}, "device", "Choose one"),
        ({"recipe": "bot_r50", "device": "cpu"}, "device", "made for a GPU"),
    ],
)
def test_what_cannot_be_run_is_refused_with_its_field(
    phase: Phase, organiser: User, given: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(FieldError, match=words) as caught:
        starting.start_run(phase, organiser, **given)

    assert caught.value.data["field"] == field
    assert not Run.objects.exists()


def test_a_recipe_for_a_gpu_waits_for_one(phase: Phase, organiser: User) -> None:
    assert starting.start_run(phase, organiser, recipe="bot_r50").device == Device.CUDA


def test_without_pytorch_only_what_learns_nothing_is_offered(
    phase: Phase, organiser: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offers, "has_torch", lambda: False)

    assert {one.recipe.slug for one in offers.offered() if one.is_open} == {"colour_texture", "random"}
    with pytest.raises(FieldError, match="PyTorch is not installed"):
        starting.start_run(phase, organiser, recipe="bot_r50_tiny")

    say_alive("baselines@elsewhere", ["baselines"], 1)  # beside which PyTorch is installed, as here
    assert all(one.is_open for one in offers.offered())


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda phase: Phase.objects.filter(pk=phase.pk).update(current_spec=None), "no ground truth"),
        (lambda phase: Phase.objects.filter(pk=phase.pk).update(format={"kind": "labels"}), "takes no rankings"),
        (lambda phase: DataFile.objects.all().delete(), "released no data"),
    ],
)
def test_where_a_run_could_not_end_in_an_entry_none_begins(
    phase: Phase, organiser: User, spoil: Any, words: str
) -> None:
    spoil(phase)
    phase.refresh_from_db()

    with pytest.raises(CannotRunError, match=words):
        starting.start_run(phase, organiser, recipe="random")


def test_the_quota_counts_what_ran_and_what_waits(phase: Phase, organiser: User, settings: Any) -> None:
    settings.RUN_QUOTA = 2
    first = starting.start_run(phase, organiser, recipe="random")
    starting.start_run(phase, organiser, recipe="random")

    with pytest.raises(QuotaExceededError, match="Your 2 runs of today are used") as caught:
        starting.start_run(phase, organiser, recipe="random")
    assert caught.value.status == 429

    starting.cancel_run(first, organiser)  # before a worker had it: it cost nothing
    again = starting.start_run(phase, organiser, recipe="random")
    Run.objects.filter(pk=again.pk).update(state=RunState.FAILED, reason="Ours.", incident="0" * 12)
    assert starting.left_today(organiser) == 1

    operator = factories.make_user()
    operator.is_staff = True
    assert starting.left_today(operator) is None


def test_what_has_ended_is_not_cancelled_and_what_goes_on_is_not_resumed(phase: Phase, organiser: User) -> None:
    run = starting.start_run(phase, organiser, recipe="random")
    with pytest.raises(WrongStateError):
        starting.resume_run(run, organiser)

    Run.objects.update(state=RunState.FAILED, reason="Broken data.", is_resumable=False)
    for act in (starting.cancel_run, starting.resume_run):
        with pytest.raises(WrongStateError):
            act(run, organiser)

    Run.objects.update(is_resumable=True)
    starting.resume_run(run, organiser)
    run.refresh_from_db()
    assert (run.state, run.reason, run.attempt) == ("queued", "", 0)


def test_wake_ups_go_to_who_can_take_a_run(phase: Phase, organiser: User) -> None:
    for device in ("cpu", "cuda", "auto"):
        run = starting.start_run(phase, organiser, recipe="random")
        Run.objects.filter(pk=run.pk).update(device=device)
    assert sweep() == {"baselines": 0, "baselines-gpu": 0}  # nobody listens

    say_alive("baselines@one", ["baselines"], 1)
    say_alive("baselines@two", ["baselines", "baselines-gpu"], 1)
    assert sweep() == {"baselines": 2, "baselines-gpu": 1}

    Run.objects.filter(device="cuda").update(state=RunState.RUNNING, used_device="cuda")
    assert sweep() == {"baselines": 2, "baselines-gpu": 0}  # a message would wait for hours with who is busy
