"""A configuration as a page shows it."""

import tomllib

import pytest

from agora.runs.figures import loss_figure, validation_figure
from agora.runs.tables import toml_lines
from baselines.catalogue import overridden, recipe, recipes

OVERRIDES = [
    "train.optim.lr=1e-3",
    "train.losses.triplet.margin=0.5",
    "train.losses.0.weight=2.0",
    "data.size=[64, 32]",
]


@pytest.mark.parametrize("slug", [one.slug for one in recipes() if one.learns])
def test_the_lines_of_every_recipe_are_toml_of_the_same_tables(slug: str) -> None:
    table = recipe(slug).table

    assert tomllib.loads("\n".join(line.text for line in toml_lines(table, []))) == table


def test_exactly_what_overrides_changed_is_marked() -> None:
    chosen = overridden(recipe("bot_r50_tiny"), OVERRIDES)

    marked = [line.text for line in toml_lines(chosen.table, OVERRIDES) if line.is_overridden]

    assert sorted(marked) == ["lr = 0.001", "margin = 0.5", "size = [64, 32]", "weight = 2.0"]


def test_losses_are_drawn_on_a_logarithmic_axis_with_their_mean() -> None:
    figure = loss_figure([[k, k / 10, 1e-3, 4.0 / k] for k in range(1, 101)])

    assert figure.json is not None
    assert [trace["name"] for trace in figure.json["data"]] == ["loss", "moving mean"]
    assert figure.json["layout"]["yaxis"]["type"] == "log"
    assert len(figure.rows) <= 40
    assert figure.rows[-1][0] == "100"


def test_a_loss_that_reaches_zero_is_drawn_on_a_linear_axis() -> None:
    figure = loss_figure([[1, 0, 0, 1.0], [2, 0, 0, 0.0]])

    assert figure.json is not None
    assert "type" not in figure.json["layout"]["yaxis"]


def test_a_validation_is_the_mean_over_tracks() -> None:
    metrics = {"a/rank-1": 0.5, "b/rank-1": 0.7, "a/mAP": 0.2, "b/mAP": 0.4}
    figure = validation_figure([{"epoch": 1.0, "metrics": metrics}, {"epoch": 2.0, "metrics": metrics}])

    assert figure.headers == ("Epoch", "rank-1 %", "mAP %")
    assert figure.rows[1] == ("2.00", "60.00", "30.00")


@pytest.mark.parametrize("figure", [loss_figure([]), loss_figure([[1, 0, 0, 1.0]]), validation_figure([])])
def test_an_empty_figure_says_what_it_needs(figure: object) -> None:
    assert figure.json is None  # type: ignore[attr-defined]
    assert figure.sentence.startswith("Needs two")  # type: ignore[attr-defined]
