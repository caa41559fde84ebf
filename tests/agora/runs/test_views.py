"""The pages of runs, in words; who may open them is the matrix's business."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from agora.accounts.models import User
from agora.competitions.models import Phase
from agora.core.storage import alias
from agora.runs import starting
from agora.runs.models import Run, RunState
from baselines.catalogue import recipes
from tests.agora import factories

pytestmark = [pytest.mark.django_db(transaction=True)]
POINTS = [[k, k / 8, 1e-3, 4.0 / k] for k in range(1, 121)]


@pytest.fixture
def page(organiser: User, client: Client) -> Client:
    """Return the organiser's browser."""
    client.force_login(organiser)
    return client


@pytest.fixture
def run(phase: Phase, organiser: User) -> Run:
    """Return a run of a network that waits."""
    return starting.start_run(phase, organiser, recipe="bot_r50_tiny", overrides=["train.optim.lr=1e-3"], seed=5)


def _running(run: Run, **fields: Any) -> None:
    progress = {
        "stage": "train",
        "iteration": 112,
        "iterations": 240,
        "epoch": 13.2,
        "epochs": 30,
        "images_per_s": 1180.4,
    }
    told = {"progress": progress, "curve": {"stride": 1, "said": 120, "points": POINTS}, "used_device": "cpu", **fields}
    Run.objects.filter(pk=run.pk).update(state=RunState.RUNNING, started_at=run.created_at, attempt=1, **told)


def test_the_form_starts_a_run_and_leads_to_it(page: Client, phase: Phase) -> None:
    address = f"/c/{phase.competition.slug}/runs/start"
    assert "Colour and texture (colour_texture)" in page.get(address).content.decode()

    answer = page.post(address, {"recipe": "colour_texture", "seed": "4", "device": "cpu", "overrides": ""})

    run = Run.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/r/{run.ref}/")
    assert (run.recipe, run.seed, run.device, run.overrides) == ("colour_texture", 4, "cpu", [])


def test_every_recipe_stands_once_with_what_it_can_be_run_with(page: Client, phase: Phase) -> None:
    said = page.get(f"/c/{phase.competition.slug}/runs/start").content.decode()
    rows = re.findall(r'<th scope="row">.*?</tr>', said, flags=re.DOTALL)

    assert [re.findall("<code>(.*?)</code>", row) for row in rows] == [[one.slug] for one in recipes()]
    (swin,) = (row for row in rows if "<code>swin_base_circle</code>" in row)
    assert re.findall(r"recipe=([^\"]*)\"[^>]*>(.*?)<", swin) == [
        ("swin_base_circle", "Swin-B + circle"),
        ("swin_base_circle%2Bpseudo", "pseudo-labels"),
        ("swin_base_circle%2Brerank", "re-ranking"),
    ]
    (chance,) = (row for row in rows if "<code>random</code>" in row)
    assert "Also with" not in chance


def test_an_organiser_chooses_the_phase(page: Client, phase: Phase) -> None:
    second = factories.make_phase(phase.competition, "final", position=1, current_spec=phase.current_spec)
    address = f"/c/{phase.competition.slug}/runs/start"
    assert f'<a href="?phase={phase.slug}" aria-current="true">' in page.get(address).content.decode()

    shown = page.get(f"{address}?phase={second.slug}").content.decode()
    answer = page.post(f"{address}?phase={second.slug}", {"recipe": "random", "seed": "1", "device": "cpu"})

    assert f'<a href="?phase={second.slug}" aria-current="true">' in shown
    assert f'action="{address}?phase={second.slug}"' in shown
    assert (answer.status_code, Run.objects.get().phase) == (302, second)
    assert "Final, <code>random</code>" in page.get(f"/c/{phase.competition.slug}/runs/").content.decode()
    assert page.get(f"{address}?phase=nothing").status_code == 404


def test_the_first_phase_that_takes_rankings_is_offered(page: Client, phase: Phase) -> None:
    labels = factories.make_phase(
        phase.competition, "labels", format={"kind": "labels"}, current_spec=phase.current_spec
    )
    type(phase).objects.filter(pk=phase.pk).update(position=1)
    address = f"/c/{phase.competition.slug}/runs/start"

    assert "neither ground truth nor database" in page.get(address).content.decode()
    assert "takes no rankings" in page.get(f"{address}?phase={labels.slug}").content.decode()
    assert (
        page.post(f"{address}?phase={labels.slug}", {"recipe": "random", "seed": "1", "device": "cpu"}).status_code
        == 409
    )
    page.post(address, {"recipe": "random", "seed": "1", "device": "cpu"})
    assert Run.objects.get().phase == phase


def test_a_field_at_fault_is_shown_where_it_stands(page: Client, phase: Phase) -> None:
    given = {"recipe": "bot_r50_tiny", "seed": "0", "device": "auto", "overrides": "train.optim.weight_deca=1e-3\n\n"}

    answer = page.post(f"/c/{phase.competition.slug}/runs/start", given)

    assert answer.status_code == 400
    assert "did you mean &quot;train.optim.weight_decay&quot;" in answer.content.decode()
    assert not Run.objects.exists()


def test_a_running_run_says_how_far_it_is_and_shows_its_curve(page: Client, run: Run) -> None:
    _running(run, log="14:02:07 iteration 112, loss 0.5")

    text = page.get(f"/r/{run.ref}/").content.decode()

    assert "epoch 14 of 30, 1,180 images/s" in text
    assert "left" in text
    assert 'id="figure-loss"' in text
    assert "14:02:07 iteration 112, loss 0.5" in text
    assert '<span class="overridden">lr = 0.001' in text
    assert f'data-poll="/r/{run.ref}/state"' in text


def test_a_poll_is_answered_with_304_while_nothing_changes(page: Client, run: Run) -> None:
    first = page.get(f"/r/{run.ref}/state", headers={"HX-Request": "true"})
    again = page.get(f"/r/{run.ref}/state", headers={"HX-Request": "true", "If-None-Match": first["ETag"]})

    assert (first.status_code, again.status_code) == (200, 304)
    told = page.get(f"/r/{run.ref}/state", headers={"Accept": "application/json"}).json()
    assert (told["state"], told["submission"], told["error"]) == ("queued", None, None)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"progress": {"checkpoint": 1200}}, "goes on from the checkpoint at iteration 1,200, which helps only if"),
        ({"error_code": "limit_time"}, "begins at its first step and has as long again."),
        ({"incident": "0" * 12}, "begins at its first step, which helps once our trouble is over."),
        ({"state": RunState.CANCELLED, "progress": {"checkpoint": 8}}, "goes on from the checkpoint at iteration 8.<"),
    ],
)
def test_where_a_stopped_run_would_go_on_is_said_and_whether_it_helps(
    page: Client, run: Run, fields: dict[str, Any], words: str
) -> None:
    Run.objects.update(**{"state": RunState.FAILED, "reason": "It stopped.", "is_resumable": True, **fields})
    assert f"Resumed, it {words}" in page.get(f"/r/{run.ref}/").content.decode()

    Run.objects.update(is_resumable=False)
    assert "Resume" not in page.get(f"/r/{run.ref}/").content.decode()


def test_a_failed_run_says_why_and_can_be_resumed(page: Client, run: Run) -> None:
    Run.objects.update(state=RunState.FAILED, reason="loss became NaN at step 1,212", is_resumable=True)

    text = page.get(f"/r/{run.ref}/").content.decode()

    assert "Loss became NaN at step 1,212" in text
    assert f"/r/{run.ref}/resume" in text
    assert "data-poll" not in text
    assert page.post(f"/r/{run.ref}/resume").status_code == 302
    assert Run.objects.get().state == "queued"


def test_what_children_say_is_text_on_the_page(page: Client, run: Run) -> None:
    _running(run, log="<script>alert(1)</script>")

    assert "<script>alert" not in page.get(f"/r/{run.ref}/").content.decode()


def test_a_kept_file_is_an_attachment(page: Client, run: Run) -> None:
    key = alias("submissions").save(f"runs/{run.ref}/{'0' * 64}", ContentFile(b"weights"))
    run.artefacts.create(name="model.safetensors", size_bytes=7, sha256="0" * 64, storage_key=key)

    answer = page.get(f"/r/{run.ref}/files/model.safetensors")

    assert b"".join(answer.streaming_content) == b"weights"  # type: ignore[attr-defined]
    assert "attachment" in answer["Content-Disposition"]
    assert page.get(f"/r/{run.ref}/files/checkpoint.pt").status_code == 404


def test_a_list_of_many_runs_asks_no_more_than_one_of_few(
    page: Client, phase: Phase, organiser: User, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    address = f"/c/{phase.competition.slug}/runs/"
    for _ in range(2):
        starting.start_run(phase, organiser, recipe="random")
    with django_assert_max_num_queries(40) as few:
        page.get(address)
    for _ in range(10):
        starting.start_run(phase, organiser, recipe="random")

    with django_assert_max_num_queries(len(few)):
        assert page.get(address).content.decode().count("Random order") == 12


def test_the_tab_is_there_for_hosts_alone(page: Client, phase: Phase) -> None:
    address = f"/c/{phase.competition.slug}/"

    assert f"{address}runs/" in page.get(address).content.decode()
    assert f"{address}runs/" not in Client().get(address).content.decode()
