import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from agora.core.storage import alias
from agora.submissions.models import Submission, Upload, UploadState
from tests.agora.factories import (
    make_competition,
    make_entry,
    make_phase,
    make_ready_upload,
    make_truth,
    make_user,
    scored_entry,
)
from tests.agora.submissions.reports import problem, report

pytestmark = pytest.mark.django_db
JSON = {"HTTP_ACCEPT": "application/json"}


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
