"""The packs of the project load, say what the publications say, and keep their protocol hashes."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

import challenges
from challenges.registry import PACKS
from scoring.benchmarks import BENCHMARKS

GOLDEN = Path(__file__).parent / "golden_protocol_hashes.json"

# Table 3 of the AG-ReID2023 paper: method, A→G, G→A, Overall; strings as printed.
TABLE_3 = """
LENS-AG-Net         97.91 97.54 97.73
CentroidNet         94.76 93.78 94.28
BENTO               93.17 92.72 92.95
MFE                 92.94 92.63 92.80
SMTL                82.06 80.46 81.29
SBS(R50)            74.68 75.19 74.94
HRNet-18(224x224)   79.66 77.09 78.38
BoT(R50)            77.99 78.85 78.42
MGN(R50)            79.26 79.28 79.28
SwinV2(256x256)     81.65 78.84 80.25
Swin(224x224)       85.58 81.31 83.45
"""
# Table 4 where it names a facet, with what the appendix adds in brackets.
TABLE_4 = {
    "LENS-AG-Net": ({"rerank", "transductive_train"}, set()),
    "CentroidNet": ({"rerank"}, {"gallery_pooling"}),
    "BENTO": ({"rerank", "ensemble", "transductive_train"}, {"gallery_pooling"}),
    "MFE": ({"ensemble"}, {"gallery_pooling"}),
}


def test_reported_values_are_the_strings_of_table_3():
    rows = challenges.load("agreid2023").reported_rows

    found = [
        [row.method, row.values["aerial_ground"], row.values["ground_aerial"], row.values["overall"]] for row in rows
    ]

    assert found == [line.split() for line in TABLE_3.split("\n") if line]


def test_reported_facets_are_those_of_table_4_and_inferred_ones_are_marked():
    rows = challenges.load("agreid2023").reported_rows

    for row in rows:
        ticked, inferred = TABLE_4.get(row.method, (set(), set()))
        assert set(row.facets) == ticked | inferred, row.method
        assert set(row.inferred_facets) == inferred, row.method


def test_attribute_aware_training_is_a_card_field_and_no_facet():
    rows = {row.method: row for row in challenges.load("agreid2023").reported_rows}

    assert rows["SMTL"].facets == ()
    assert rows["SMTL"].card["attribute-aware training"] == "yes (inferred)"


def test_agreid2023_is_a_closed_archive_of_the_papers_size():
    challenge = challenges.load("agreid2023")
    phase = challenge.phases[0]

    assert challenge.tags == ("archive",)
    assert [(track.queries, track.gallery, track.identities) for track in challenge.tracks] == [
        (4348, 19259, 808),
        (4151, 21214, 808),
    ]
    assert sum(track.queries + track.gallery for track in challenge.tracks) == 48972
    assert phase.closes_at == datetime(2023, 4, 14, 23, tzinfo=UTC)  # 15 April, 9:00 AEST
    assert (phase.daily_quota, phase.selection_count) == (10, 2)
    assert (phase.format.kind, phase.primary_metric, phase.aggregate) == ("labels", "rank-1", "micro")
    assert phase.protocol.gallery_labels == "released"
    assert "not one definition" in challenge.reported.note_title


def test_agsynth_ranks_first_and_takes_labels_as_a_second_phase():
    challenge = challenges.load("agsynth")
    ranking, labels = challenge.phases

    assert challenge.tags == ("synthetic",)
    assert (ranking.slug, ranking.primary_metric, ranking.aggregate) == ("ranking", "mAP", "macro")
    assert ranking.format.depth is None
    assert ranking.daily_quota == 5
    assert ranking.protocol.junk == (("pid", "camid"),)
    assert ranking.protocol.gallery_labels == "hidden"
    assert (labels.slug, labels.primary_metric) == ("labels", "rank-1")
    assert labels.protocol.gallery_labels == "released"
    assert labels.metric_sentence == "Rank-1, mean over tracks"


def test_vehicles_are_searched_across_drones_under_the_rule_of_vrai():
    challenge = challenges.load("agsynth-vehicles")
    ranking, labels = challenge.phases

    assert [track.slug for track in challenge.tracks] == ["cross_camera"]
    assert ranking.protocol.junk == BENCHMARKS["vrai"].protocol.junk == (("pid", "camid"),)
    assert (ranking.primary_metric, ranking.aggregate, ranking.format.depth) == ("mAP", "micro", None)
    assert ranking.protocol.gallery_labels == "hidden"
    assert labels.protocol.gallery_labels == "released"


@pytest.mark.parametrize("slug", ["agsynth", "agsynth-vehicles"])
def test_synthetic_data_say_that_they_prove_nothing_about_real_data(slug):
    challenge = challenges.load(slug)

    assert challenge.tags == ("synthetic",)
    assert "no evidence" in challenge.description


@pytest.mark.parametrize("slug", challenges.slugs())
def test_each_pack_is_whole(slug):
    challenge = challenges.load(slug)

    assert challenge.slug == slug == challenge.folder.name
    assert challenge.citation.startswith("@")
    assert challenge.description
    assert challenge.rules
    assert challenge.data_note
    for phase in challenge.phases:
        assert phase.sample_lines[0] == ",".join(phase.format.columns)
        assert len(phase.sample_lines) == 4
        assert phase.worked_query.rows
        assert all(len(row) == len(phase.worked_query.headers) for row in phase.worked_query.rows)
        assert phase.evaluation
        assert all(status.note for status in phase.protocol_status.values())


@pytest.mark.parametrize("slug", challenges.slugs())
def test_each_protocol_field_has_a_status(slug):
    for phase in challenges.load(slug).phases:
        named = {name for name in phase.protocol.to_mapping() if name != "schema"}

        assert named <= set(phase.protocol_status)


def test_protocol_hashes_are_those_of_the_golden_file():
    found = {
        slug: {phase.slug: phase.protocol.hash for phase in challenges.load(slug).phases} for slug in challenges.slugs()
    }

    assert found == json.loads(GOLDEN.read_text(encoding="utf-8"))


def test_packs_folder_holds_nothing_but_packs():
    assert {path.name for path in PACKS.iterdir()} == set(challenges.slugs())
