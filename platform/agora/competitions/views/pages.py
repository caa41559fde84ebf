"""Pages of a competition: list, overview, data, rules; joining and accepting."""

from django.contrib import messages
from django.core.files.storage import storages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from agora.competitions import catalogue, selectors, services
from agora.competitions.models import Competition, DataFile, RulesVersion
from agora.core.downloads import attachment

_DAY_SECONDS = 24 * 3600
_VERSION_DIGITS = 9  # no column holds more


def _to_login(competition: Competition) -> HttpResponse:
    """Send a visitor to the log-in and from there back to the competition."""
    back = urlencode({"next": reverse("competitions:overview", args=[competition.slug])})
    return redirect(f"{reverse('account_login')}?{back}")


@require_safe
def list_competitions(request: HttpRequest) -> HttpResponse:
    """Show the competitions, filtered by state and words."""
    shown = catalogue.listing(request.user, which=request.GET.get("which", ""), words=request.GET.get("q", ""))
    return render(request, "competitions/list.html", {"listing": shown})


@require_safe
def overview(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what is asked, how it is scored and what a file looks like."""
    competition = selectors.competition_for(request.user, slug)
    phases = list(competition.phases.all())
    phase = next((phase for phase in phases if phase.slug == request.GET.get("phase")), phases[0])
    context = {
        "head": selectors.head(competition, request.user),
        "tab": "overview",
        "phases": phases,
        "phase": phase,
        "metric": selectors.metric_words(phase),
        "terms": selectors.protocol_terms(phase),
        "protocol_hash": selectors.protocol_hash(phase),
        "events": selectors.events(phase),
    }
    return render(request, "competitions/overview.html", context)


@require_safe
def data(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the files that participants download."""
    competition = selectors.competition_for(request.user, slug)
    head = selectors.head(competition, request.user)
    may_download = head.membership is not None and head.has_accepted
    context = {
        "head": head,
        "tab": "data",
        "release": selectors.release(competition),
        "pictures": competition.pictures.all(),
        "may_download": may_download or selectors.is_organiser(request.user, competition),
    }
    return render(request, "competitions/data.html", context)


def _send(request: HttpRequest, file: DataFile) -> HttpResponseBase:
    opened = storages["public"].open(file.storage_key)
    name = file.name.rsplit("/", 1)[-1]
    return attachment(request, opened, name=name, size_bytes=file.size_bytes, sha256=file.sha256)


@require_safe
def download(request: HttpRequest, slug: str, name: str) -> HttpResponseBase:
    """Send one file to someone who joined and accepted the rules."""
    competition = selectors.competition_for(request.user, slug)
    return _send(request, selectors.data_file_for(request.user, competition, name))


@require_safe
def download_all(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Send the archive of the whole release."""
    competition = selectors.competition_for(request.user, slug)
    return _send(request, selectors.data_file_for(request.user, competition, selectors.everything_name(competition)))


@require_safe
def picture(request: HttpRequest, slug: str, position: int) -> HttpResponse:
    """Show one small picture of synthetic data, which our import encoded anew."""
    competition = selectors.competition_for(request.user, slug)
    found = get_object_or_404(competition.pictures, position=position)
    with storages["public"].open(found.storage_key) as file:
        headers = {"Cache-Control": f"private, max-age={_DAY_SECONDS}"}
        return HttpResponse(file.read(), content_type="image/png", headers=headers)


@require_safe
def rules(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the rules; to someone who accepted an older version, first what changed."""
    competition = selectors.competition_for(request.user, slug)
    head = selectors.head(competition, request.user)
    if head.rules is None:
        raise Http404
    accepted = selectors.last_accepted_rules(request.user, competition)
    is_new = accepted is not None and accepted != head.rules
    context = {
        "head": head,
        "tab": "rules",
        "acceptance": selectors.acceptance_for(request.user, head.rules),
        "accepted_before": accepted if is_new else None,
        "changes": selectors.rules_changes(accepted, head.rules) if accepted and is_new else (),
    }
    return render(request, "competitions/rules.html", context)


@require_POST
def accept_rules(request: HttpRequest, slug: str) -> HttpResponse:
    """Accept the version of the rules that the page showed."""
    competition = selectors.competition_for(request.user, slug)
    if not request.user.is_authenticated:
        return _to_login(competition)
    selectors.require_member(request.user, competition)
    shown = request.POST.get("version", "")
    is_number = shown.isdecimal() and len(shown) <= _VERSION_DIGITS
    version = get_object_or_404(RulesVersion, competition=competition, version=shown if is_number else 0)
    services.accept_rules(request.user, version)
    messages.success(request, f"You accepted version {version.version} of the rules. The data are open to you.")
    return redirect("competitions:data", slug=slug)


@require_POST
def join(request: HttpRequest, slug: str) -> HttpResponse:
    """Make the visitor a team of one and go on to the rules."""
    competition = selectors.competition_for(request.user, slug)
    if not request.user.is_authenticated:
        return _to_login(competition)
    membership = services.join(competition, request.user)
    messages.success(request, f"You joined as {membership.team.name}. Read the rules and accept them to go on.")
    return redirect("competitions:rules", slug=slug)
