import csv
import io
import json

import pytest

from challenges.facets import to_mask
from tests.agora.factories import make_member, make_open_phase, platform_entry, scored_entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def phase(tmp_path):
    phase = make_open_phase(tmp_path)
    member = make_member(phase.competition)
    team = member.memberships.get().team
    team.name = "=Petrel & Sons_1"
    team.save()
    scored_entry(phase, member, 0.58124, facets=to_mask(["rerank"]), method="ViT, 384×128")
    platform_entry(phase, "colour_texture", 0.2)
    phase.competition.reported_source = "Table 3"
    phase.competition.save()
    phase.competition.reported_rows.create(method="BoT(R50)", values={"overall": "78.40"}, source="Table 3")
    return phase


def export(client, phase, ending, query=""):
    response = client.get(f"/c/{phase.competition.slug}/leaderboard.{ending}{query}")
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith("attachment")
    return response.content.decode()


def test_csv_has_rounded_fractions_and_no_formula(client, phase):
    rows = list(csv.DictReader(io.StringIO(export(client, phase, "csv"))))

    assert [row["kind"] for row in rows] == ["participant", "baseline", "reported"]
    assert rows[0]["name"] == "'=Petrel & Sons_1"
    assert rows[0]["mAP macro"] == "0.581"


def test_csv_keeps_printed_percents_out_of_the_column_of_fractions(client, phase):
    rows = list(csv.DictReader(io.StringIO(export(client, phase, "csv"))))

    assert (rows[2]["mAP macro"], rows[2]["mAP macro as printed"]) == ("", "78.40")
    assert rows[0]["mAP macro as printed"] == ""


def test_json_keeps_reported_values_as_printed(client, phase):
    document = json.loads(export(client, phase, "json"))

    assert [entry["rank"] for entry in document["entries"]] == [1, None]
    assert document["reported"][0]["values"] == {"overall": "78.40"}


def test_latex_escapes_what_people_write(client, phase):
    table = export(client, phase, "tex")

    assert r"1 & =Petrel \& Sons\_1 (ViT, 384$\times$128; + re-ranking) & 58.1" in table
    assert r"-- & Colour\_texture (platform-run) & 20.0" in table
    assert r"BoT(R50) & 78.40" in table
    assert table.count(r"\begin{tabular}") == table.count(r"\end{tabular}") == 1


def test_an_export_is_of_the_view_that_is_shown(client, phase):
    rows = list(csv.DictReader(io.StringIO(export(client, phase, "csv", "?methods=plain"))))

    assert [row["kind"] for row in rows] == ["baseline", "reported"]


def test_another_ending_is_not_found(client, phase):
    assert client.get(f"/c/{phase.competition.slug}/leaderboard.xlsx").status_code == 404
