"""Every recipe's network has the size of the reference, or a small one; on the meta device, so nothing is computed."""

from functools import cache

import pytest
import torch
from torch import nn

from baselines.catalogue import recipe, recipes
from baselines.models.build import ReidModel, build_model
from baselines.models.non_local import NonLocal
from baselines.models.profile import measure, profile
from tests.baselines.models.systems import AVERAGE, LINEAR, SMALL, SMALL_SIZE, SYSTEMS, VIT, table


@cache
def _built(slug: str) -> ReidModel:
    tables = recipe(slug).table
    with torch.device("meta"):
        return build_model(tables["model"], classes=751, weights=None, size=tuple(tables["data"]["size"]))


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_recipe_has_the_network_of_the_reference(name: str) -> None:
    system, tables = SYSTEMS[name], recipe(name).table
    assert tuple(tables["data"]["size"]) == system.size
    assert tables["test"]["inference"]["input"] == system.tap

    size = measure(_built(name), system.size)

    assert size.parameters == system.parameters
    assert round(size.gmacs, 2) == system.gmacs
    assert size.maps == (system.map,) * (3 if name.startswith("mgn") else 1)
    assert size.dimensions[system.tap] == system.length


def test_activations_are_what_convolutions_and_linear_layers_put_out() -> None:
    """ResNet-50's at 256 × 128 with last stride 1: stem 64 × 128 × 64, then every convolution of 16 blocks."""
    stem, places, found = 64 * 128 * 64, 64 * 32, 0
    for blocks, width, stride in ((3, 64, 1), (4, 128, 2), (6, 256, 2), (3, 512, 1)):
        before, places = places, places // stride**2
        found += width * before + (5 * width + 4 * width) * places + (blocks - 1) * 6 * width * places

    assert measure(_built("bot_r50"), (256, 128)).activations == stem + found


@pytest.mark.parametrize(
    ("name", "count"), [("bot_r50", 2048), ("mgn_r50_ibn", 8 * 256), ("swin_base_circle", 512 + 1)]
)
def test_heads_grow_with_the_classes(name: str, count: int) -> None:
    assert sum(parameter.numel() for parameter in _built(name).heads.parameters()) == 751 * count


@pytest.mark.parametrize("name", SYSTEMS)
def test_pictures_are_normalised_as_the_network_was_taught(name: str) -> None:
    data, model = recipe(name).table["data"], _built(name)

    assert (tuple(data["mean"]), tuple(data["std"])) == (model.mean, model.std)


def test_last_stride_one_is_no_dilation() -> None:
    stage = _built("bot_r50").backbone.net.layer4

    assert stage[0].conv2.stride == stage[0].downsample[0].stride == (1, 1)
    assert {module.dilation for module in stage.modules() if isinstance(module, nn.Conv2d)} == {(1, 1)}


def test_non_local_blocks_stand_behind_the_last_blocks_of_two_stages() -> None:
    net = _built("sbs_r50").backbone.net
    held = [name for name, module in net.named_modules() if isinstance(module, NonLocal)]

    assert held == ["layer2.2.1", "layer2.3.1", "layer3.3.1", "layer3.4.1", "layer3.5.1"]
    assert [net.get_submodule(name).g.in_channels for name in held] == [512, 512, 1024, 1024, 1024]


def test_patches_that_overlap_are_those_of_transreid() -> None:
    """16 pixels every 12 give 21 × 10 tokens and the class token at 256 × 128."""
    with torch.device("meta"):
        net = build_model(
            table(VIT | {"patch_stride": 12}, AVERAGE | {"pool": "cls"}, LINEAR),
            classes=2,
            weights=None,
            size=(256, 128),
        ).backbone.net

    assert net.pos_embed.shape == (1, 211, 768)
    assert net.patch_embed(torch.empty(1, 3, 256, 128, device="meta")).shape == (1, 210, 768)


@pytest.mark.parametrize("name", SMALL)
def test_small_networks_need_no_more_than_a_tenth_of_a_gmac(name: str) -> None:
    assert profile(SMALL[name], classes=5, size=SMALL_SIZE).gmacs <= 0.1


@pytest.mark.parametrize("slug", [item.slug for item in recipes() if item.slug.endswith("_tiny")])
def test_tiny_recipes_need_about_a_tenth_of_a_gmac(slug: str) -> None:
    gmacs = measure(_built(slug), tuple(recipe(slug).table["data"]["size"])).gmacs

    assert gmacs <= (0.1 if slug == "bot_r50_tiny" else 0.105)
