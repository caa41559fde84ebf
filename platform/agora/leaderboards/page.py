"""Collect what the page of a board shows around its table: controls, caption, key, figures."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from agora.competitions.access import Visitor
from agora.competitions.head import head, phase_state
from agora.competitions.models import Competition, Phase
from agora.competitions.selectors import protocol_terms
from agora.core import words
from agora.leaderboards.captions import Caption
from agora.leaderboards.cmc import board_cmc
from agora.leaderboards.links import Links
from agora.leaderboards.selectors import Board, board
from agora.leaderboards.tabulate import table_of
from agora.leaderboards.view import PAGE_ROWS, is_primary, view_for
from agora.submissions.uploading import sample_file
from challenges.facets import facet
from challenges.spec import metric_label

KIND_WORDS = {"": "All rows", "participant": "Participants", "platform": "Platform-run", "reported": "Reported"}
MOST_SEGMENTS = 4


@dataclass(frozen=True)
class Choice:
    """One linked choice; without a `url` it cannot be taken and `note` says when."""

    label: str
    url: str
    is_chosen: bool
    count: str = ""
    note: str = ""


def board_page(competition: Competition, phase: Phase, visitor: Visitor, given: Any) -> dict[str, Any]:
    """Return the context of a board's page for the view that the query string `given` asks for."""
    main = competition.phases.order_by("position", "pk").first()
    found = board(phase, view_for(phase, given), viewer=visitor)
    links = Links(found.view, found.choices, phase_slug="" if phase == main else phase.slug)
    shown = head(competition, visitor, phase=phase)
    return {
        "head": shown,
        "tab": "leaderboard",
        "competition": competition,
        "phase": phase,
        "board": found,
        "view": found.view,
        "table": table_of(found, links),
        "caption": found.caption,
        "sentences": caption_sentences(found, competition),
        "terms": protocol_terms(phase),
        "phases": _phases(competition, phase),
        "controls": controls(found, links),
        "form_pairs": [pair for pair in links.pairs(search="") if pair[0] != "q"],
        "clear_url": links.to(methods="all", kind="", facet="", search=""),
        "hidden_by": _hidden_by(found),
        "pages": _pages(found, links),
        "export_query": links.to().removeprefix("?"),
        "counts_words": _counts_words(found),
        "figure": board_cmc(found),
        "state": phase_state(phase, shown.now),
        "opens": words.instant(phase.opens_at),
        "opens_in": words.duration(phase.opens_at - shown.now),
        "sample": sample_file(phase),
        "overview_url": reverse("competitions:overview", args=[competition.slug]),
    }


def controls(found: Board, links: Links) -> dict[str, Any]:
    """Return the choices above the table; a control with one choice is left out."""
    view, choices = found.view, found.choices
    tracks = [Choice(label, links.to(track=slug), slug == view.track) for slug, label in choices.tracks]
    metrics = [Choice(label, links.to(metric=slug), slug == view.metric) for slug, label in choices.metrics]
    return {
        "boards": _boards(found, links),
        "tracks": tracks if len(tracks) > 1 else [],
        "tracks_as_menu": len(tracks) > MOST_SEGMENTS,
        "track": next((choice.label for choice in tracks if choice.is_chosen), ""),
        "metrics": metrics if len(metrics) > 1 else [],
        "metric": metric_label(view.metric),
        "methods": _methods(found, links),
        "kinds": _kinds(found, links),
        "is_filtered": view.is_filtered,
    }


def _boards(found: Board, links: Links) -> list[Choice]:
    caption = found.caption
    if caption is None or not caption.has_private:
        return []
    public = Choice("Public", links.to(split="public"), found.view.split == "public")
    if caption.is_released:
        return [Choice("Private", links.to(split="private"), found.view.split == "private"), public]
    ends = caption.released_at or found.phase.closes_at
    return [public, Choice("Private", "", is_chosen=False, note=f"opens {words.day(ends)}" if ends else "not released")]


def _methods(found: Board, links: Links) -> list[Choice]:
    counts = found.counts
    every = counts["all"] + counts["reported_all"]
    plain = counts["plain"] + counts["reported_plain"]
    chosen = found.view.methods
    if every == plain and chosen == "all":
        return []
    return [
        Choice("All methods", links.to(methods="all"), chosen == "all", words.count(every)),
        Choice("Plain protocol", links.to(methods="plain"), chosen == "plain", words.count(plain)),
    ]


def _kinds(found: Board, links: Links) -> list[Choice]:
    """Return the kinds of rows to choose from: none on a board that has one kind alone."""
    if not found.view.kind and not (found.total and found.reported):
        return []
    return [Choice(label, links.to(kind=kind), kind == found.view.kind) for kind, label in KIND_WORDS.items()]


def _phases(competition: Competition, phase: Phase) -> list[Choice]:
    phases = list(competition.phases.order_by("position", "pk"))
    if len(phases) < 2:
        return []
    return [
        Choice(one.title, "?" if place == 0 else f"?phase={one.slug}", one == phase) for place, one in enumerate(phases)
    ]


def caption_sentences(found: Board, competition: Competition) -> list[str]:
    """Return the caption, one sentence per fact, the filter and the order among them."""
    caption = found.caption
    sentences = [_computed_words(caption)] if caption and found.counts["total"] else []
    if caption and caption.has_private and found.view.split == "public" and not caption.is_released:
        sentences.append("The final standings use the other part and may differ.")
    if sentences:
        sentences.append("Ties go to the earlier submission.")
    sentences += _view_words(found)
    sentences += _tier_words(found)
    if caption and caption.rounding and found.counts["total"]:
        sentences.append(f"{caption.rounding}.")
    return sentences


def _tier_words(found: Board) -> list[str]:
    """Say which entries were sorted into tiers where it is not all, or why none was."""
    tiers = found.tiers
    if tiers.why_none and found.counts["total"] > 1:
        return [tiers.why_none]
    if tiers.sorted_entries < tiers.total:
        return [f"Tiers are of the first {tiers.sorted_entries} of {words.count(tiers.total)} entries."]
    return []


def _computed_words(caption: Caption) -> str:
    part, whole = caption.part, caption.whole
    if not caption.has_private:
        people = words.plural(whole.identities, "identity", "identities")
        return f"Computed on all {people} and {words.plural(whole.queries, 'query', 'queries')}."
    share = (
        f"{words.count(part.identities)} of {words.count(whole.identities)} identities, "
        f"{words.count(part.queries)} of {words.count(whole.queries)} queries"
    )
    if caption.split == "private" and caption.released_at is not None:
        return f"Final standings, released {words.instant(caption.released_at)}, on the private part: {share}."
    return f"Computed on the public part: {share}."


def _view_words(found: Board) -> list[str]:
    """Say what the view leaves out and how it is ordered: a board is never shown filtered without saying so."""
    view = found.view
    hidden_by = _hidden_by(found)
    sentences = [f"Shown are only rows of: {', '.join(hidden_by)}."] if hidden_by else []
    ranks = f"{metric_label(found.phase.primary_metric)}, all tracks"
    if not is_primary(found.phase, view):
        sentences.append(f"Official ranks, in brackets, are by {ranks}.")
    if view.sort != "score":
        column = next((column.label for column in found.columns if column.slug == view.sort), view.sort)
        sentences.append(f"Sorted by {column}; ranks are by {ranks}.")
    return sentences


def _hidden_by(found: Board) -> list[str]:
    view = found.view
    parts = ["plain protocol"] if view.methods == "plain" else []
    parts += [KIND_WORDS[view.kind].lower()] if view.kind else []
    parts += [facet(view.facet).label] if view.facet else []
    return parts + ([f"“{view.search}”"] if view.search else [])


def _pages(found: Board, links: Links) -> dict[str, Any] | None:
    if found.pages < 2:
        return None
    page = found.view.page
    first = (page - 1) * PAGE_ROWS + 1
    last = min(page * PAGE_ROWS, found.total)
    return {
        "words": f"{words.count(first)}–{words.count(last)} of {words.count(found.total)}",
        "previous": links.to(page=page - 1) if page > 1 else "",
        "next": links.to(page=page + 1) if page < found.pages else "",
        "last": found.pages,
        "page": page,
    }


def _counts_words(found: Board) -> str:
    """Return the footer: how many rows of each kind stand here."""
    entries = found.entries
    computed = {kind: sum(entry.kind == kind for entry in entries) for kind in ("participant", "baseline")}
    teams = computed["participant"] if found.pages == 1 else 0
    parts = [words.plural(teams, "team")] if teams else []
    parts += [f"{words.count(computed['baseline'])} platform-run"] if computed["baseline"] and found.pages == 1 else []
    parts += [f"{words.count(found.total)} rows"] if found.pages > 1 else []
    return ", ".join(parts + ([f"{words.count(len(found.reported))} reported"] if found.reported else []))
