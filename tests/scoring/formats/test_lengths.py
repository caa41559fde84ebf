"""Ids of every length that an id may have are told apart, whatever stands around them."""

import pytest

from scoring import Protocol
from tests.scoring.oracle import Oracle
from tests.scoring.sets import random_answers, random_set, ranking_csv, score, values


@pytest.mark.parametrize("length", [*range(5, 18), 63, 64])
def test_a_ranking_of_ids_of_one_length_means_what_it_says(length):
    rows = random_set(5, identities=12)
    names = {row["image_id"]: f"{at:x}" for at, row in enumerate(rows)}
    for row in rows:
        row["image_id"] = (names[row["image_id"]] + "-" * 64)[: length - 1] + "z"
    answers = random_answers(rows, 5)

    found = values(score(rows, ranking_csv(answers)))

    assert found == pytest.approx(Oracle(rows, Protocol().to_mapping(), answers).scores(), abs=1e-12)


def test_ids_of_all_lengths_stand_in_one_ranking():
    rows = random_set(6, identities=12)
    for at, row in enumerate(rows):
        row["image_id"] = f"{at}x{'-' * (at % 60)}"
    answers = random_answers(rows, 6)

    found = values(score(rows, ranking_csv(answers)))

    assert found == pytest.approx(Oracle(rows, Protocol().to_mapping(), answers).scores(), abs=1e-12)
