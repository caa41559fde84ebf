"""Submit in three steps: send a file, read what its check found, describe and enter it."""

import csv
import json
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agora.competitions.access import competition_for, phase_for, require_accepted_rules
from agora.core.errors import FieldError, ParticipantError, wants_json
from agora.submissions import selectors, services
from agora.submissions.access import is_of_team, own_upload_for
from agora.submissions.findings import listed_rows
from agora.submissions.forms import DescribeForm
from agora.submissions.models import Upload, UploadState
from agora.submissions.safe_csv import safe_cell
from agora.submissions.tagged import tagged
from agora.submissions.uploading import submit_page, upload_mapping, upload_page, upload_state
from agora.submissions.views.answers import json_errors, refused

# Longer bodies of upload-create are refused before they are read; the fields are a slug, a name and a number.
_CREATE_BYTES = 4096
_LARGEST = 2**63  # bytes: what no column holds is no size


@require_safe
def submit(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the first step; only those who accepted the rules get so far, and where nothing is taken the page says so."""
    competition = competition_for(request.user, slug)
    context = submit_page(competition, phase_for(competition, request.GET.get("phase", "")), request.user)
    if context["refusal"] is None:
        require_accepted_rules(request.user, competition)
    return render(request, "submissions/submit.html", context)


@require_POST
@json_errors
def create(request: HttpRequest, slug: str) -> HttpResponse:
    """Announce a file: 201 with the address to which its bytes go."""
    competition = competition_for(request.user, slug)
    given = _announced(request)
    if given is None:
        return refused(
            "bad_request", 'Send {"phase": slug, "filename": name, "size": bytes} as JSON or as a form.', 400
        )
    if not given["phase"]:
        raise Http404
    phase = phase_for(competition, given["phase"])
    upload = services.create_upload(phase, request.user, given["filename"], given["size"])
    addresses = {
        "put": reverse("submissions:upload-content", args=[upload.ref]),
        "page": reverse("submissions:upload", args=[upload.ref]),
    }
    return JsonResponse({"ref": upload.ref, **addresses}, status=201)


def _announced(request: HttpRequest) -> dict[str, Any] | None:
    """Return phase, filename and size of an announcement, or None if it cannot be read."""
    try:
        if request.content_type == "application/json":
            if int(request.headers.get("content-length") or 0) > _CREATE_BYTES:
                return None
            given = json.loads(request.body)
        else:
            given = request.POST
        size = int(given["size"])
        if abs(size) >= _LARGEST:
            return None
        return {"phase": str(given["phase"]), "filename": str(given["filename"]), "size": size}
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None


@require_http_methods(["PUT"])
@json_errors
def content(request: HttpRequest, ref: str) -> HttpResponse:
    """Take the bytes as they are: the body is streamed to the store and never parsed as a form."""
    upload = own_upload_for(request.user, ref)
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        return refused("length_required", "Send the header Content-Length with the number of bytes.", 411)
    _bound_silence(request)
    received = services.receive_upload(upload, request, int(length))
    return JsonResponse(upload_mapping(received), status=201)


def _bound_silence(request: HttpRequest) -> None:
    """Let a read of the body fail when nothing comes for a while; gunicorn sets the socket anew for the next request."""
    connection = request.META.get("gunicorn.socket")  # META is the WSGI environment
    if connection is not None:
        connection.settimeout(settings.UPLOAD_SILENCE_SECONDS)


@require_safe
def show(request: HttpRequest, ref: str) -> HttpResponse:
    """Show what the check found, and the form that enters the file when nothing is wrong."""
    upload = selectors.upload_for(request.user, ref)
    entered = upload.submissions.first()
    if entered is not None:
        return redirect("submissions:detail", entered.ref)
    return _page(request, upload, _prefilled(upload))


def _prefilled(upload: Upload) -> DescribeForm:
    last = selectors.latest_entry(upload.team, upload.phase.competition) if upload.team else None
    return DescribeForm.like(last)


def _page(request: HttpRequest, upload: Upload, form: DescribeForm) -> HttpResponse:
    page = request.GET.get("page", "1")
    opened = request.GET.get("show", "")
    context = upload_page(upload, request.user, show=opened, page=int(page) if page.isdecimal() else 1)
    context["form"] = form
    context["may_submit"] = is_of_team(request.user, upload.team, upload.phase.competition)
    return render(request, "submissions/upload.html", context)


@require_safe
def state(request: HttpRequest, ref: str) -> HttpResponseBase:
    """Answer a poll: JSON for scripts, the second step for the page, 304 while nothing changes."""
    upload = selectors.upload_for(request.user, ref)
    if wants_json(request):
        return tagged(request, JsonResponse(upload_mapping(upload)))
    return tagged(request, render(request, "submissions/partials/_upload_state.html", upload_state(upload)))


@require_safe
def problems(request: HttpRequest, ref: str) -> HttpResponse:
    """Send the full list of what the check found as CSV."""
    upload = selectors.upload_for(request.user, ref)
    if not upload.report:
        raise Http404
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="problems-{upload.ref}.csv"'
    writer = csv.writer(response, lineterminator="\n")
    writer.writerow(["severity", "code", "line", "id"])
    writer.writerows([safe_cell(cell) for cell in row] for row in listed_rows(upload.report))
    return response


@require_POST
def enter(request: HttpRequest, ref: str) -> HttpResponse:
    """Enter a checked file for scoring and lead to its page; a field at fault is shown where it stands."""
    upload = own_upload_for(request.user, ref)
    form = DescribeForm(request.POST)
    if form.is_valid():
        try:
            submission = services.submit(upload, request.user, **form.fields_of_entry())
        except FieldError as error:
            name = str(error.data.get("field", ""))
            form.add_error(name if name in form.fields else None, error.message)
        else:
            page = reverse("submissions:detail", args=[submission.ref])
            return (
                JsonResponse({"ref": submission.ref, "page": page}, status=201)
                if wants_json(request)
                else redirect(page)
            )
    if wants_json(request):
        return refused("field", " ".join(_faults(form)), 400)
    if upload.state != UploadState.READY:
        raise _not_ready()
    return _page(request, upload, form)


def _faults(form: DescribeForm) -> list[str]:
    return [f"{name}: {message}" for name, messages in form.errors.items() for message in messages]


def _not_ready() -> ParticipantError:
    return FieldError("Only a file that passed the check can be submitted.")
