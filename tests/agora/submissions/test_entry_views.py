import io

import pytest
from django.urls import reverse

from agora.submissions.models import EvaluationState, Submission, Upload
from tests.agora.factories import (
    finish,
    make_entry,
    make_member,
    make_ready_upload,
    make_stored_upload,
    make_truth,
    platform_entry,
    scored_entry,
    team_of,
)
from tests.agora.submissions.reports import problem, report

pytestmark = pytest.mark.django_db
JSON = {"HTTP_ACCEPT": "application/json"}


@pytest.mark.parametrize("name", ["detail", "state", "receipt", "file"])
def test_entries_are_their_teams_own(client, as_other, phase, member, name):
    entry = scored_entry(phase, member, 0.5)
    url = reverse(f"submissions:{name}", args=[entry.ref])

    assert client.get(url).status_code == 404
    assert as_other.get(url).status_code == 404


def test_everybody_may_look_at_a_platform_run_entry_but_not_have_its_file(client, phase):
    entry = platform_entry(phase, "colour_texture", 0.31)

    assert client.get(f"/s/{entry.ref}/").status_code == 200
    assert client.get(f"/s/{entry.ref}/file").status_code == 404


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (EvaluationState.QUEUED, "Queued, place 1."),
        (EvaluationState.SCORING, "Scoring, attempt"),
        (EvaluationState.INVALID, "It cost nothing."),
        (EvaluationState.ERROR, "Your quota was given back."),
        (EvaluationState.CANCELLED, "Cancelled before scoring began."),
    ],
)
def test_every_state_has_its_words(as_member, phase, member, state, words):
    entry = make_entry(phase, member)
    entry.evaluations.update(state=state, report=report(problem("unknown_gallery_ids")), incident="7f3k22abcdef")

    page = as_member.get(f"/s/{entry.ref}/").content.decode()

    assert words in page
    assert ("data-poll" in page) == (state in {EvaluationState.QUEUED, EvaluationState.SCORING})


def test_the_private_half_is_in_no_byte_before_its_release(as_member, phase, member):
    scores = {("private", "macro", "mAP"): 0.87654, ("all", "macro", "mAP"): 0.76543}
    entry = scored_entry(phase, member, 0.5, scores=scores)

    for url in (f"/s/{entry.ref}/", f"/s/{entry.ref}/receipt.json", f"/s/{entry.ref}/state"):
        content = as_member.get(url).content.decode() + as_member.get(url, **JSON).content.decode()
        assert not any(digits in content for digits in ("87.6", "0.876", "87.7", "0.877", "76.5", "0.765"))


def test_the_receipt_is_rounded_like_the_page(as_member, phase, member):
    entry = scored_entry(phase, member, 0.58124)

    receipt = as_member.get(f"/s/{entry.ref}/receipt.json").json()

    assert [score["value"] for score in receipt["scores"]] == [0.581]
    assert receipt["spec"]["protocol_hash"] == phase.current_spec.protocol_hash


def test_the_scorers_warning_tells_no_exact_number(as_member, phase, member):
    entry = scored_entry(phase, member, 0.5)
    text = "aerial_ground: mAP of 5.98% is below the 6.34% of a random order; reversed."
    entry.evaluations.update(warnings=[text, "something new: 1.2345"])

    page = (
        as_member.get(f"/s/{entry.ref}/").content.decode()
        + as_member.get(f"/s/{entry.ref}/receipt.json").content.decode()
    )

    assert "A → G: mAP is below that of a random order" in page
    assert not any(digits in page for digits in ("5.98", "6.34", "1.2345"))


def test_a_queued_entry_is_cancelled_by_its_own_team_alone(as_member, as_other, phase, member):
    entry = make_entry(phase, member)
    url = reverse("submissions:cancel", args=[entry.ref])

    assert as_member.get(url).status_code == 405
    assert as_other.post(url).status_code == 404
    assert entry.evaluations.get().state == EvaluationState.QUEUED
    assert as_member.post(url).status_code == 302
    assert entry.evaluations.get().state == EvaluationState.CANCELLED


def test_the_submitted_file_comes_back_as_an_attachment(as_member, phase, member):
    content = make_truth().ranking()
    upload = make_stored_upload(phase, member, content)
    as_member.post(f"/u/{upload.ref}/submit", {"note": "n"})
    entry = Submission.objects.get()

    answer = as_member.get(f"/s/{entry.ref}/file")

    assert io.BytesIO(b"".join(answer.streaming_content)).read() == content
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_the_list_counts_its_segments_and_says_why_there_is_no_score(as_member, phase, member):
    scored_entry(phase, member, 0.5)
    broken = make_entry(phase, member)
    broken.evaluations.update(state=EvaluationState.INVALID, report=report(problem("unknown_gallery_ids")))
    url = reverse("submissions:list", args=[phase.competition.slug])

    page = as_member.get(url).content.decode()
    scored = as_member.get(f"{url}?state=scored").content.decode()

    assert "2 gallery ids are unknown, on 1 line" in page
    assert "2 gallery ids are unknown, on 1 line" not in scored
    assert "50.0" in scored


def test_an_empty_list_starts_with_the_sample(as_member, phase):
    page = as_member.get(reverse("submissions:list", args=[phase.competition.slug])).content.decode()

    assert "Nothing submitted." in page


def test_the_list_is_for_members(client, phase):
    url = reverse("submissions:list", args=[phase.competition.slug])

    assert client.get(url).status_code == 403


def test_a_benchmark_without_end_has_no_final_choice(as_member, phase, member):
    scored_entry(phase, member, 0.5)
    slug = phase.competition.slug

    assert b">Final<" not in as_member.get(reverse("submissions:list", args=[slug])).content
    assert as_member.post(reverse("submissions:choose", args=[slug]), {"phase": phase.slug}).status_code == 409


def test_the_final_choice_is_kept_and_bounded(as_member, phase, member):
    phase.closes_at = phase.opens_at.replace(year=phase.opens_at.year + 1)
    phase.selection_count = 1
    phase.save()
    entries = [scored_entry(phase, member, value) for value in (0.5, 0.6)]
    url = reverse("submissions:choose", args=[phase.competition.slug])

    too_many = as_member.post(url, {"phase": phase.slug, "entry": [entry.ref for entry in entries]})
    chosen = as_member.post(url, {"phase": phase.slug, "entry": entries[0].ref})

    assert too_many.status_code == 400
    assert chosen.status_code == 302
    assert list(Submission.objects.filter(is_selected=True)) == [entries[0]]


def test_another_teams_entry_cannot_be_chosen(as_member, phase, member):
    phase.closes_at = phase.opens_at.replace(year=phase.opens_at.year + 1)
    phase.save()
    foreign = scored_entry(phase, make_member(phase.competition), 0.9)

    answer = as_member.post(
        reverse("submissions:choose", args=[phase.competition.slug]), {"phase": phase.slug, "entry": foreign.ref}
    )

    assert answer.status_code == 400
    assert not Submission.objects.filter(is_selected=True).exists()


def test_no_page_changes_anything_when_it_is_read(as_member, phase, member):
    upload = make_ready_upload(phase, member, report=report())
    entry = make_entry(phase, member)
    before = (Upload.objects.count(), list(entry.evaluations.values_list("state", "attempt")))

    for url in (f"/u/{upload.ref}/submit", f"/s/{entry.ref}/cancel", f"/c/{phase.competition.slug}/uploads"):
        assert as_member.get(url).status_code == 405
    for url in (f"/u/{upload.ref}/", f"/s/{entry.ref}/", f"/s/{entry.ref}/state"):
        assert as_member.get(url).status_code == 200

    assert (Upload.objects.count(), list(entry.evaluations.values_list("state", "attempt"))) == before


def test_no_page_has_a_style_attribute_or_a_script_in_itself(as_member, phase, member):
    scores = {("public", "macro", f"rank-{rank}"): 0.5 + rank / 200 for rank in (1, 2, 5, 10, 20, 50)}
    entry = scored_entry(phase, member, 0.5, scores=scores)
    slug = phase.competition.slug

    for url in (f"/s/{entry.ref}/", f"/c/{slug}/submit/", f"/c/{slug}/submissions/"):
        page = as_member.get(url).content.decode()
        assert " style=" not in page
        assert page.count("<script") == page.count("<script src=") + page.count("<script type=") + page.count(
            "<script defer"
        ) + page.count("<script id=")


def test_a_score_that_arrives_is_shown_with_its_interval(as_member, phase, member):
    entry = make_entry(phase, member)

    finish(entry, {("public", "macro", "mAP"): (0.5812, 0.545, 0.617)})

    page = as_member.get(f"/s/{entry.ref}/").content.decode()
    assert "58.1" in page
    assert "95 % interval 54.5 to 61.7" in page
    assert team_of(member, phase.competition).name in page
