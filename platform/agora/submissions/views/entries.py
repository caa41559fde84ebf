"""Pages of entries: the team's list, one entry in every state, its receipt and file."""

from django.contrib import messages
from django.core.files.storage import storages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from agora.competitions.access import competition_for, phase_for, require_member
from agora.core import words
from agora.core.downloads import attachment
from agora.core.errors import WrongStateError, wants_json
from agora.submissions import selectors, services
from agora.submissions.access import entry_for, is_of_team, own_submission_for
from agora.submissions.entry_list import entry_list
from agora.submissions.entry_page import entry_mapping, entry_page, entry_state
from agora.submissions.final import choose_final
from agora.submissions.receipt import receipt as receipt_of
from agora.submissions.tagged import tagged


@require_safe
def entries(request: HttpRequest, slug: str) -> HttpResponse:
    """List the entries of the visitor's own team."""
    competition = competition_for(request.user, slug)
    team = require_member(request.user, competition).team
    phase = phase_for(competition, request.GET.get("phase", ""))
    context = entry_list(competition, phase, team, request.user, request.GET.get("state", "all"))
    return render(request, "submissions/list.html", context)


@require_POST
def choose(request: HttpRequest, slug: str) -> HttpResponse:
    """Make the ticked entries the team's choice for the final ranking."""
    competition = competition_for(request.user, slug)
    membership = require_member(request.user, competition)
    phase = phase_for(competition, request.POST.get("phase", ""))
    count = choose_final(membership, phase, request.POST.getlist("entry"))
    messages.success(request, f"{words.plural(count, 'entry', 'entries')} chosen for the final ranking.")
    query = urlencode({"phase": phase.slug})
    return redirect(f"{reverse('submissions:list', args=[slug])}?{query}")


@require_safe
def detail(request: HttpRequest, ref: str) -> HttpResponse:
    """Show one entry: its score and how sure it is, its way, and all that the score is a function of."""
    return render(request, "submissions/detail.html", entry_page(entry_for(request.user, ref), request.user))


@require_safe
def state(request: HttpRequest, ref: str) -> HttpResponseBase:
    """Answer a poll: JSON for scripts, the two panels for the page, 304 while nothing changes."""
    submission = entry_for(request.user, ref)
    if wants_json(request):
        return tagged(request, JsonResponse(entry_mapping(submission)))
    evaluation = selectors.current_evaluation(submission)
    is_own = is_of_team(request.user, submission.team, submission.phase.competition)
    context = entry_state(submission, evaluation, is_own=is_own)
    return tagged(request, render(request, "submissions/partials/_entry_state.html", context))


@require_safe
def receipt(request: HttpRequest, ref: str) -> HttpResponse:
    """Send the receipt as JSON."""
    submission = entry_for(request.user, ref)
    answer = receipt_of(submission, selectors.current_evaluation(submission))
    return JsonResponse(answer, json_dumps_params={"indent": 2, "ensure_ascii": False})


@require_POST
def cancel(request: HttpRequest, ref: str) -> HttpResponse:
    """Take a queued entry back; its charge is given back."""
    submission = own_submission_for(request.user, ref)
    evaluation = selectors.current_evaluation(submission)
    if evaluation is None:
        raise WrongStateError("Nothing of this entry is waiting.")
    services.cancel(evaluation, request.user)
    if wants_json(request):
        return JsonResponse(entry_mapping(submission))
    return redirect("submissions:detail", submission.ref)


@require_safe
def file(request: HttpRequest, ref: str) -> HttpResponseBase:
    """Send the submitted file back to its own team or to an organiser, as an attachment."""
    submission = selectors.submission_for(request.user, ref)
    upload = submission.upload
    if not upload.storage_key:
        raise Http404
    opened = storages["submissions"].open(upload.storage_key)
    size = upload.size_bytes or 0
    return attachment(request, opened, name=upload.filename, size_bytes=size, sha256=upload.sha256)
