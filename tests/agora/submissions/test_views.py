import io
import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from agora.core.storage import alias
from agora.submissions.models import EvaluationState, Submission, Upload, UploadState
from tests.agora.factories import (
    finish,
    make_competition,
    make_entry,
    make_member,
    make_open_phase,
    make_phase,
    make_ready_upload,
    make_stored_upload,
    make_truth,
    make_user,
    platform_entry,
    scored_entry,
    team_of,
)

pytestmark = pytest.mark.django_db
JSON = {"HTTP_ACCEPT": "application/json"}


def problem(code: str, **fields: Any) -> dict[str, Any]:
    given = {
        "code": code,
        "severity": "error",
        "title": "2 gallery ids are unknown, on 1 line",
        "mend": "Use the published names.",
        "count": 2,
        "line_count": 1,
        "items": [{"line": 7, "id": "=cmd()"}, {"line": 7, "id": "<b>g2</b>"}],
        "items_total": 2,
        "excerpts": [{"line": 7, "text": "q1,<i>g1</i> g3", "marks": [[3, 12]]}],
    }
    return {**given, **fields}


def report(*problems: dict[str, Any]) -> dict[str, Any]:
    facts = {"rows_read": 12, "bytes_read": 6200, "queries_found": 11, "queries_expected": 12}
    ok = all(found["severity"] != "error" for found in problems)
    return {"ok": ok, "problems": list(problems), "sha256": "4be1" + "0" * 60, "depth": "full rankings", **facts}


@pytest.fixture
def phase(tmp_path):
    return make_open_phase(tmp_path)


@pytest.fixture
def member(phase):
    return make_member(phase.competition)


@pytest.fixture
def as_member(client, member):
    client.force_login(member)
    return client


@pytest.fixture
def as_other(phase):
    other = Client()
    other.force_login(make_member(phase.competition))
    return other


def announce(client: Client, phase: Any, **fields: Any) -> Any:
    body = {"phase": phase.slug, "filename": "heron.csv", "size": 10, **fields}
    url = reverse("submissions:upload-create", args=[phase.competition.slug])
    return client.post(url, json.dumps(body), content_type="application/json")


def test_the_first_step_opens_for_a_member_with_format_limit_and_price(as_member, phase):
    page = as_member.get(reverse("submissions:submit", args=[phase.competition.slug])).content.decode()

    assert "python -m challenges check" in page
    assert "uses 1 of 5 left today" in page


def test_the_first_step_leads_strangers_to_what_is_missing(client, phase):
    url = reverse("submissions:submit", args=[phase.competition.slug])

    anonymous = client.get(url)
    client.force_login(make_user())
    stranger = client.get(url)

    assert anonymous.status_code == stranger.status_code == 403
    assert b"Sign in" in anonymous.content
    assert b"Join" in stranger.content


def test_an_archive_says_that_files_are_scored_offline(client):
    phase = make_phase(make_competition())

    response = client.get(reverse("submissions:submit", args=[phase.competition.slug]))

    assert response.status_code == 200
    assert b"holds no ground truth" in response.content
    assert b"data-upload" not in response.content


def test_announcing_gives_the_address_for_the_bytes(as_member, phase):
    answer = announce(as_member, phase)

    upload = Upload.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {"ref": upload.ref, "put": f"/u/{upload.ref}/content", "page": f"/u/{upload.ref}/"}


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"phase": "ranking", "filename": "a", "size": "many"}'])
def test_a_malformed_announcement_is_refused_in_json(as_member, phase, body):
    url = reverse("submissions:upload-create", args=[phase.competition.slug])

    answer = as_member.post(url, body, content_type="application/json")

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_request"
    assert not Upload.objects.exists()


def test_ten_gigabytes_are_refused_before_the_first_byte(as_member, phase):
    answer = announce(as_member, phase, size=10 * 10**9)

    assert answer.status_code == 413
    assert answer.json()["error"]["limit_bytes"] > 0


def test_anonymous_visitors_get_their_refusal_in_json(client, phase):
    answer = announce(client, phase)

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "not_allowed"


def test_bytes_are_taken_as_a_raw_body_and_wait_for_their_check(as_member, phase):
    content = make_truth().ranking()
    ref = announce(as_member, phase, size=len(content)).json()["ref"]

    answer = as_member.put(f"/u/{ref}/content", content, content_type="application/octet-stream")

    upload = Upload.objects.get(ref=ref)
    assert answer.status_code == 201
    assert (upload.state, upload.size_bytes) == (UploadState.CHECKING, len(content))
    with alias("submissions").open(upload.storage_key) as stored:
        assert stored.read() == content


def test_bytes_of_another_team_are_refused_as_if_nothing_were_there(as_member, as_other, phase):
    ref = announce(as_member, phase).json()["ref"]

    answer = as_other.put(f"/u/{ref}/content", b"0123456789", content_type="application/octet-stream")

    assert answer.status_code == 404
    assert Upload.objects.get().state == UploadState.RECEIVING


def test_bytes_without_their_number_are_refused(as_member, phase):
    ref = announce(as_member, phase).json()["ref"]

    answer = as_member.generic("PUT", f"/u/{ref}/content", b"", CONTENT_LENGTH="")

    assert answer.status_code == 411


def test_bytes_are_put_once(as_member, phase):
    ref = announce(as_member, phase).json()["ref"]
    as_member.put(f"/u/{ref}/content", b"0123456789", content_type="application/octet-stream")

    again = as_member.put(f"/u/{ref}/content", b"0123456789", content_type="application/octet-stream")

    assert again.status_code == 409


def test_a_check_result_shows_the_files_own_bytes_escaped(as_member, phase, member):
    found = report(problem("unknown_gallery_ids"))
    upload = make_ready_upload(phase, member, state=UploadState.REJECTED, report=found)

    page = as_member.get(f"/u/{upload.ref}/").content.decode()

    assert "heron.csv cannot be scored yet" in page
    assert "<mark>&lt;i&gt;g1&lt;/i&gt;</mark>" in page
    assert "<i>g1</i>" not in page


def test_a_long_list_is_shown_in_pages(as_member, phase, member):
    items = [{"line": None, "id": f"q{number:04d}"} for number in range(450)]
    missing = problem("missing_queries", items=items, items_total=1204, excerpts=[], line_count=0)
    upload = make_ready_upload(phase, member, state=UploadState.REJECTED, report=report(missing))

    folded = as_member.get(f"/u/{upload.ref}/").content.decode()
    last = as_member.get(f"/u/{upload.ref}/?show=missing_queries&page=3").content.decode()

    assert "Show the first 450 of 1,204" in folded
    assert "q0005" not in folded
    assert "401 to 450 of 450" in last
    assert "q0449" in last


def test_a_warning_does_not_block(as_member, phase, member):
    found = report(problem("order_reversed", severity="warning", title="The order looks reversed"))
    upload = make_ready_upload(phase, member, report=found)

    page = as_member.get(f"/u/{upload.ref}/").content.decode()

    assert "Warning" in page
    assert "Submit all the same" in page


def test_our_failure_names_its_incident(as_member, phase, member):
    fields = {"state": UploadState.REJECTED, "error_code": "limit_memory", "incident": "7f3k22abcdef"}
    upload = make_ready_upload(phase, member, **fields)

    page = as_member.get(f"/u/{upload.ref}/").content.decode()

    assert "the scorer ran out of memory" in page
    assert "7f3k22abcdef" in page


def test_the_full_list_is_csv_that_no_spreadsheet_runs(as_member, phase, member):
    upload = make_ready_upload(phase, member, report=report(problem("unknown_gallery_ids")))

    lines = as_member.get(f"/u/{upload.ref}/problems.csv").content.decode().splitlines()

    assert lines[0] == "severity,code,line,id"
    assert lines[1] == "error,unknown_gallery_ids,7,'=cmd()"


def test_a_state_that_did_not_change_is_not_sent_again(as_member, phase, member):
    upload = make_ready_upload(phase, member, state=UploadState.CHECKING)
    first = as_member.get(f"/u/{upload.ref}/state", **JSON)

    again = as_member.get(f"/u/{upload.ref}/state", HTTP_IF_NONE_MATCH=first["ETag"], **JSON)

    assert first.json()["state"] == "checking"
    assert again.status_code == 304
    assert again.content == b""


def test_only_a_state_that_is_under_way_asks_to_be_polled(as_member, phase, member):
    checking = make_ready_upload(phase, member, state=UploadState.CHECKING)
    ready = make_ready_upload(phase, member, report=report())

    assert b"data-poll" in as_member.get(f"/u/{checking.ref}/state").content
    assert b"data-poll" not in as_member.get(f"/u/{ready.ref}/state").content


def test_entering_needs_a_note_and_charges_nothing_without(as_member, phase, member):
    upload = make_ready_upload(phase, member, report=report())

    page = as_member.post(f"/u/{upload.ref}/submit", {"note": " "})
    script = as_member.post(f"/u/{upload.ref}/submit", {"note": " "}, **JSON)

    assert b"Write a note" in page.content
    assert (script.status_code, script.json()["error"]["code"]) == (400, "field")
    assert not Submission.objects.exists()


def test_entering_leads_to_the_entry_and_a_second_click_to_the_same(as_member, phase, member):
    upload = make_ready_upload(phase, member, report=report())
    form = {"note": "First try.", "method": "SBS", "backbone": "ResNet50", "facets": ["rerank", "ensemble"]}

    first = as_member.post(f"/u/{upload.ref}/submit", form)
    second = as_member.post(f"/u/{upload.ref}/submit", form, **JSON)

    entry = Submission.objects.get()
    assert first.status_code == 302
    assert first.url == second.json()["page"] == f"/s/{entry.ref}/"
    assert (entry.card, entry.facets) == ({"Backbone": "ResNet50"}, 5)


def test_the_card_of_the_last_entry_is_filled_in_again(as_member, phase, member):
    Submission.objects.filter(pk=make_entry(phase, member).pk).update(method="SBS R50", facets=1)
    upload = make_ready_upload(phase, member, report=report())

    page = as_member.get(f"/u/{upload.ref}/").content.decode()

    assert 'value="SBS R50"' in page
    assert 'value="rerank" checked' in page
    assert "A note." not in page


def test_the_same_file_is_asked_about(as_member, phase, member):
    earlier = scored_entry(phase, member, 0.8846)
    upload = make_ready_upload(phase, member, sha256=earlier.upload.sha256, report=report())

    page = as_member.get(f"/u/{upload.ref}/").content.decode()

    assert "You submitted this very file on" in page
    assert "(entry 1, 88.5)" in page


@pytest.mark.parametrize("name", ["upload", "upload-state", "upload-problems"])
def test_uploads_are_their_teams_own(client, as_other, phase, member, name):
    upload = make_ready_upload(phase, member, report=report())
    url = reverse(f"submissions:{name}", args=[upload.ref])

    assert client.get(url).status_code == 404
    assert as_other.get(url).status_code == 404


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
