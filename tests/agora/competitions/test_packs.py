"""A pack becomes a competition; loading it again brings texts up to date and nothing else."""

from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command

from agora.competitions import selectors, services
from agora.competitions.models import Competition, Phase, RulesVersion
from challenges import facets, load
from challenges.spec import SliceColumn
from tests.agora.competitions import factories

pytestmark = pytest.mark.django_db


def state() -> list[object]:
    """Return all rows of competitions as values."""
    tables = (Competition, Phase, RulesVersion)
    related = [list(Competition.objects.get(slug="agreid2023").reported_rows.values())]
    return [*(list(table.objects.order_by("pk").values()) for table in tables), *related]


def test_loading_twice_changes_nothing() -> None:
    factories.make_competition("agreid2023")
    before = state()

    factories.make_competition("agreid2023")

    assert state() == before


def test_the_published_rows_keep_their_text_and_facets() -> None:
    competition = factories.make_competition("agreid2023")

    assert competition.reported_rows.count() == 11
    row = competition.reported_rows.get(method="BENTO")
    assert row.values["overall"] == "92.95"
    assert facets.from_mask(row.facets) == ("rerank", "ensemble", "transductive_train", "gallery_pooling")
    assert facets.from_mask(row.inferred) == ("gallery_pooling",)


def test_an_archive_keeps_its_day_and_has_no_end_here() -> None:
    competition = factories.make_competition("agreid2023")

    assert str(competition.archived_on) == "2023-04-15"
    assert competition.phases.get().closes_at is None
    assert competition.facts == "808 identities, 48,972 test images"


def test_new_rules_are_a_new_version_and_equal_rules_are_not() -> None:
    challenge = load("agsynth")
    services.create_competition_from_pack(challenge)
    services.create_competition_from_pack(replace(challenge, rules=challenge.rules + "\n"))
    assert RulesVersion.objects.count() == 1

    services.create_competition_from_pack(replace(challenge, rules="1. Be kind.\n"))

    assert list(RulesVersion.objects.values_list("version", "text"))[-1] == (2, "1. Be kind.\n")


def test_texts_follow_the_pack_and_dates_stay() -> None:
    competition = factories.make_competition()
    opened = competition.phases.first()
    assert opened is not None

    services.create_competition_from_pack(replace(load("agsynth"), sentence="Another sentence."))

    competition.refresh_from_db()
    assert competition.sentence == "Another sentence."
    assert Phase.objects.get(pk=opened.pk).opens_at == opened.opens_at


def test_a_protocol_under_which_entries_are_scored_cannot_move() -> None:
    competition = factories.make_open_competition()
    challenge = load("agsynth")
    moved = replace(challenge.phases[0], protocol=replace(challenge.phases[0].protocol, aggregate="micro"))

    with pytest.raises(services.PackConflictError, match="changes protocol, aggregate"):
        services.create_competition_from_pack(replace(challenge, phases=(moved, *challenge.phases[1:])))

    assert competition.phases.first().protocol["aggregate"] == "macro"  # type: ignore[union-attr]


def test_columns_of_slices_are_added_at_the_end_alone_once_entries_are_scored() -> None:
    """Which slices may be shown together depends on all of them, the earlier columns first."""
    phase = factories.make_open_competition().phases.get(slug="ranking")
    challenge = load("agsynth")
    first = challenge.phases[0]

    def load_with(*slices: SliceColumn) -> None:
        services.create_competition_from_pack(
            replace(challenge, phases=(replace(first, slices=slices), *challenge.phases[1:]))
        )

    assert [one["column"] for one in phase.slices] == [one.column for one in first.slices]
    with pytest.raises(services.PackConflictError, match="drops or moves columns of slices"):
        load_with(*first.slices[1:])
    load_with(*first.slices, SliceColumn("feet", "Shoes"))

    phase.refresh_from_db()
    assert phase.slices[-1] == {"column": "feet", "label": "Shoes"}


def test_the_command_names_the_packs_there_are() -> None:
    with pytest.raises(CommandError, match="known: agreid2023, agsynth"):
        call_command("load_challenge", "agsynht")


def test_every_protocol_field_is_shown_with_its_status() -> None:
    phase = factories.make_competition("agreid2023").phases.get()

    terms = {term.term: [note.status for note in term.notes] for term in selectors.protocol_terms(phase)}

    assert terms["Junk"] == ["source", "unknown"]
    assert terms["Aggregate"] == ["assumed"]
    assert [term for term, statuses in terms.items() if not statuses] == ["Order"]
    noted = sum(len(term.notes) for term in selectors.protocol_terms(phase))
    assert noted == len(phase.protocol_notes)
