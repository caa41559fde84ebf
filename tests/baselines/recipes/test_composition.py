from pathlib import Path

import pytest

from baselines.catalogue import FOLDER, RecipeError, additions, overridden, read_recipe, recipe, recipes

SYSTEMS = (
    *("bot_osnet", "bot_r50", "bot_vit", "hrnet_w18_circle", "mgn_r50_ibn", "sbs_r50"),
    *("swin_base_circle", "swinv2_base_circle"),
)


def test_every_system_is_there_at_full_size_and_tiny() -> None:
    learned = {item.slug for item in recipes() if item.learns}

    assert learned == {*SYSTEMS, *(f"{slug}_tiny" for slug in SYSTEMS), "bot_lite0"}
    assert [item.slug for item in additions()] == ["pseudo", "rerank"]


@pytest.mark.parametrize("slug", SYSTEMS)
def test_a_tiny_recipe_has_the_structure_of_its_system(slug: str) -> None:
    full, tiny = recipe(slug).table, recipe(f"{slug}_tiny").table

    assert [loss["kind"] for loss in tiny["train"]["losses"]] == [loss["kind"] for loss in full["train"]["losses"]]
    assert [head["kind"] for head in tiny["model"]["heads"]] == [head["kind"] for head in full["model"]["heads"]]
    assert tiny["train"]["sampler"]["kind"] == full["train"]["sampler"]["kind"]
    assert tiny["train"]["schedule"]["kind"] == full["train"]["schedule"]["kind"]
    assert tiny["test"]["inference"]["input"] == full["test"]["inference"]["input"]
    assert tiny["model"]["weights"] == "scratch"
    assert not recipe(f"{slug}_tiny").needs_gpu


@pytest.mark.parametrize(
    ("slug", "facets"),
    [
        ("bot_r50", ()),
        ("swin_base_circle", ("tta",)),
        ("bot_r50+rerank", ("rerank",)),
        ("bot_r50+pseudo", ("transductive_train",)),
        ("hrnet_w18_circle+rerank+pseudo", ("rerank", "tta", "transductive_train")),
    ],
)
def test_facets_follow_from_what_is_done(slug: str, facets: tuple[str, ...]) -> None:
    assert recipe(slug).facets == facets


@pytest.mark.parametrize(
    ("line", "facet"),
    [
        ("test.inference.flip=average", "tta"),
        ("test.inference.scales=[1.0, 1.1]", "tta"),
        ("pseudo.variant=nearest_gallery", "gallery_pooling"),
    ],
)
def test_an_override_sets_its_facet(line: str, facet: str) -> None:
    assert facet in overridden(recipe("bot_r50"), [line]).facets


def test_an_addition_says_so_in_the_title_and_on_the_card() -> None:
    chosen = recipe("bot_r50+rerank")

    assert chosen.slug == "bot_r50+rerank"
    assert chosen.title == "BoT (R50) + re-ranking"
    assert "k-reciprocal" in chosen.card["post"]
    assert chosen.table["test"]["post"] == [{"kind": "rerank", "k1": 20, "k2": 6, "weight": 0.3}]


@pytest.mark.parametrize(
    ("slug", "told"),
    [
        ("bot_r50+rerenk", 'did you mean "rerank"?'),
        ("bot_r5+rerank", 'did you mean "bot_r50"?'),
        ("random+rerank", "learns nothing"),
    ],
)
def test_what_cannot_be_composed_is_named(slug: str, told: str) -> None:
    with pytest.raises(RecipeError) as caught:
        recipe(slug)

    assert told in str(caught.value)


def test_a_recipe_cannot_extend_what_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "odd.toml"
    path.write_text('slug = "odd"\nextends = "even"\n', encoding="utf-8")

    with pytest.raises(RecipeError, match='extends "even"'):
        read_recipe(path)


def test_recipes_cannot_extend_one_another_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('extends = "b"\n', encoding="utf-8")
    (tmp_path / "b.toml").write_text('extends = "a"\n', encoding="utf-8")

    with pytest.raises(RecipeError, match="which is no recipe beside it"):
        read_recipe(tmp_path / "a.toml")


def test_tables_are_for_networks_alone(tmp_path: Path) -> None:
    path = tmp_path / "random.toml"
    path.write_text((FOLDER / "random.toml").read_text("utf-8") + "\n[data]\nsize = [1, 2]\n", encoding="utf-8")

    with pytest.raises(RecipeError, match='"data" is for the kind "network" alone'):
        read_recipe(path)
