"""The protocol as a value: fields, words and a hash that never moves."""

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring import Protocol, ProtocolError
from scoring.protocol import ADDED, CHOICES

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "protocol_hashes.json").read_text())

pids = st.lists(st.sampled_from(["-1", "0", "P1", "P2", "Ü"]), max_size=3, unique=True)
mappings = st.fixed_dictionaries(
    {},
    optional={
        "junk": st.lists(st.lists(st.sampled_from(["pid", "camid", "image_id", "domain"]), min_size=1), max_size=3),
        "depth": st.integers(1, 1000),
        "junk_pids": pids,
        "ap": st.sampled_from(CHOICES["ap"]),
        "no_match": st.sampled_from(CHOICES["no_match"]),
        "aggregate": st.sampled_from(CHOICES["aggregate"]),
        "gallery_labels": st.sampled_from(CHOICES["gallery_labels"]),
        "draw": st.sampled_from(["all", "fixed"]),
        "image_to_track": st.booleans(),
    },
) | st.fixed_dictionaries(
    {"draw": st.sampled_from(["per_query", "resplit"]), "draws": st.integers(1, 100)},
    optional={"no_match": st.sampled_from(CHOICES["no_match"])},
)


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["hash"])
def test_stored_hashes_never_move(case):
    assert Protocol.from_mapping(case["protocol"]).hash == case["hash"]


@given(mappings)
def test_a_protocol_survives_json(mapping):
    protocol = Protocol.from_mapping(mapping)
    again = Protocol.from_mapping(json.loads(json.dumps(protocol.to_mapping())))
    assert again == protocol
    assert again.hash == protocol.hash
    assert len(protocol.hash) == 16


@given(mappings)
def test_every_protocol_can_be_said(mapping):
    for term, sentence in Protocol.from_mapping(mapping).describe():
        assert term[0].isupper()
        assert sentence.endswith((".", ")."))


def test_fields_that_came_later_are_left_out_at_their_defaults():
    assert Protocol(draws=1, draw_seed=0, image_to_track=False).to_mapping().keys().isdisjoint(ADDED)
    drawn = Protocol(draw="per_query", draws=10, draw_seed=3)
    assert drawn.to_mapping().items() >= {"draws": 10, "draw_seed": 3}.items()


def test_equal_rules_in_another_order_hash_equally():
    one = Protocol(junk=(("pid", "camid"), ("image_id",)), junk_pids=("a", "b"))
    other = Protocol(junk=(("image_id",), ("camid", "pid"), ("pid", "camid")), junk_pids=("b", "a", "a"))
    assert one.hash == other.hash


def test_every_field_changes_the_hash():
    changed = [
        {"junk": [["camid"]]},
        {"junk_pids": ["-1"]},
        {"distractor_pids": ["0"]},
        {"depth": 100},
        {"depth": 100, "denominator": "found"},
        {"ap": "trapezoid"},
        {"no_match": "zero"},
        {"aggregate": "macro"},
        {"gallery_labels": "released"},
        {"draw": "fixed"},
        {"draw": "per_query"},
        {"draw": "per_query", "draws": 10},
        {"draw": "per_query", "draw_seed": 10},
        {"draw": "resplit", "draws": 10},
        {"image_to_track": True},
    ]
    hashes = {Protocol.from_mapping(mapping).hash for mapping in changed} | {Protocol().hash}
    assert len(hashes) == len(changed) + 1


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"deph": 10}, 'no field "deph". Did you mean "depth"?'),
        ({"ap": "steps"}, 'Did you mean "step"?'),
        ({"ap": 1}, '"ap" cannot be 1.'),
        ({"depth": 0}, "at least 1"),
        ({"depth": True}, "at least 1"),
        ({"depth": "10"}, "at least 1"),
        ({"junk": "pid"}, "list of lists"),
        ({"junk": [[]]}, "list of lists"),
        ({"junk": [["Pid"]]}, 'Did you mean "pid"?'),
        ({"junk_pids": [-1]}, "written as text"),
        ({"distractor_pids": "0"}, "written as text"),
        ({"junk_pids": ["0"], "distractor_pids": ["0"]}, "cannot be junk and distractors at once"),
        ({"denominator": "found"}, 'needs a "depth"'),
        ({"schema": 2}, '"schema" must be 1'),
        ({"draw": "per_querry"}, 'Did you mean "per_query"?'),
        ({"draw": {}}, '"draw" cannot be {}.'),
        ({"draws": 10}, '"draws" belongs to'),
        ({"draw": "resplit", "draws": 101}, "from 1 to 100"),
        ({"draw": "per_query", "draws": 0}, "from 1 to 1,000"),
        ({"draw": "per_query", "draws": True}, "from 1 to 1,000"),
        ({"draw": "resplit", "draw_seed": 3}, "other draws are stored"),
        ({"draw": "per_query", "draw_seed": 2**63}, "2^63 - 1"),
        ({"image_to_track": 1}, "true or false"),
        ({"draw": "per_query", "image_to_track": True}, "draws images"),
        ({"gallery_labels": "public"}, '"gallery_labels" cannot be'),
    ],
)
def test_wrong_fields_are_named(mapping, message):
    with pytest.raises(ProtocolError) as caught:
        Protocol.from_mapping(mapping)
    assert message in str(caught.value)


def test_all_wrong_fields_are_named_at_once():
    with pytest.raises(ProtocolError) as caught:
        Protocol.from_mapping({"ap": "x", "no_match": "y", "depth": -1})
    assert all(name in str(caught.value) for name in ("ap", "no_match", "depth"))


def test_a_protocol_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Protocol().depth = 3
