"""Pages of runs: a competition's list, the form that starts one, one run in every state, and its files."""

from django.core.files.storage import storages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agora.competitions.access import phase_for
from agora.core.downloads import attachment
from agora.core.errors import FieldError, wants_json
from agora.runs import pages, starting
from agora.runs.access import hosted_competition, run_for
from agora.runs.forms import StartForm
from agora.submissions.tagged import tagged


@require_safe
def runs(request: HttpRequest, slug: str) -> HttpResponse:
    """List the runs of a competition."""
    competition, host = hosted_competition(request.user, slug)
    return render(request, "runs/list.html", pages.run_list(competition, host))


@require_safe
def rows(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Answer a poll with the rows of the list, 304 while nothing changes."""
    competition, host = hosted_competition(request.user, slug)
    return tagged(request, render(request, "runs/partials/_rows.html", pages.run_rows(competition, host)))


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the form, and queue what it asks for; a field at fault is shown where it stands."""
    competition, host = hosted_competition(request.user, slug)
    asked = request.GET.get("phase", "")
    phase = phase_for(competition, asked) if asked else starting.usual_phase(competition)
    if request.method != "POST":
        form = StartForm(initial={"recipe": request.GET.get("recipe", "colour_texture")})
        return render(request, "runs/start.html", pages.start_page(phase, host, form))
    form = StartForm(request.POST)
    if form.is_valid():
        try:
            run = starting.start_run(phase, host, **form.fields_of_run())
        except FieldError as error:
            form.add_error(str(error.data["field"]), error.message)
        else:
            if wants_json(request):
                return JsonResponse(pages.run_mapping(run), status=201)
            return redirect("runs:detail", run.ref)
    return render(request, "runs/start.html", pages.start_page(phase, host, form), status=400)


@require_safe
def detail(request: HttpRequest, ref: str) -> HttpResponse:
    """Show one run: how far it is or how it ended, and all that it depends on."""
    return render(request, "runs/detail.html", pages.run_page(*run_for(request.user, ref)))


@require_safe
def state(request: HttpRequest, ref: str) -> HttpResponseBase:
    """Answer a poll: JSON for scripts, what changes for the page, 304 while nothing does."""
    run, _ = run_for(request.user, ref)
    if wants_json(request):
        return tagged(request, JsonResponse(pages.run_mapping(run)))
    return tagged(request, render(request, "runs/partials/_state.html", pages.run_state(run)))


@require_POST
def cancel(request: HttpRequest, ref: str) -> HttpResponse:
    """Take a waiting run back, or stop a running one."""
    run, host = run_for(request.user, ref)
    starting.cancel_run(run, host)
    return redirect("runs:detail", run.ref)


@require_POST
def resume(request: HttpRequest, ref: str) -> HttpResponse:
    """Let a stopped run go on."""
    run, host = run_for(request.user, ref)
    starting.resume_run(run, host)
    return redirect("runs:detail", run.ref)


@require_POST
def rerun(request: HttpRequest, ref: str) -> HttpResponse:
    """Queue the same run once more."""
    again = starting.rerun(*run_for(request.user, ref))
    return redirect("runs:detail", again.ref)


@require_safe
def file(request: HttpRequest, ref: str, name: str) -> HttpResponseBase:
    """Send a file that a run left, as an attachment."""
    run, _ = run_for(request.user, ref)
    kept = run.artefacts.filter(name=name).first()
    if kept is None:
        raise Http404
    opened = storages["submissions"].open(kept.storage_key)
    return attachment(request, opened, name=kept.name, size_bytes=kept.size_bytes, sha256=kept.sha256)
