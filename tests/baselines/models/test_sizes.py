"""Every system has the parameters, multiplications and maps of the reference; on the meta device, so nothing is computed."""

import pytest
import torch
from torch import nn

from baselines.models.build import build_model
from baselines.models.profile import profile
from tests.baselines.models.systems import SMALL, SMALL_SIZE, SYSTEMS


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_system_has_the_size_of_the_reference(name: str) -> None:
    system = SYSTEMS[name]

    size = profile(system.table, classes=100, size=system.size)

    assert size.parameters == system.parameters
    assert round(size.gmacs, 2) == system.gmacs
    assert size.dimensions[system.tap] == system.length


@pytest.mark.parametrize(
    ("name", "count"), [("bot_r50", 2048), ("mgn_r50_ibn", 8 * 256), ("swin_base_circle", 512 + 1)]
)
def test_heads_grow_with_the_classes(name: str, count: int) -> None:
    system = SYSTEMS[name]
    with torch.device("meta"):
        model = build_model(system.table, classes=751, weights=None, size=system.size)

    assert sum(parameter.numel() for parameter in model.heads.parameters()) == 751 * count


@pytest.mark.parametrize("name", ["bot_r50", "mgn_r50_ibn", "swinv2_base_circle", "bot_vit", "bot_osnet"])
def test_maps_have_the_shape_of_the_reference(name: str) -> None:
    system = SYSTEMS[name]
    with torch.device("meta"):
        model = build_model(system.table, classes=2, weights=None, size=system.size)
        maps = model.backbone(torch.empty(2, 3, *system.size))

    assert {tuple(one.map.shape) for one in maps} == {(2, *system.map)}
    assert len(maps) == (3 if name.startswith("mgn") else 1)


def test_last_stride_one_is_no_dilation() -> None:
    with torch.device("meta"):
        one = build_model(SYSTEMS["bot_r50"].table, classes=2, weights=None).backbone.net
    stage = one.layer4

    assert stage[0].conv2.stride == stage[0].downsample[0].stride == (1, 1)
    assert {module.dilation for module in stage.modules() if isinstance(module, nn.Conv2d)} == {(1, 1)}


def test_patches_that_overlap_are_those_of_transreid() -> None:
    """16 pixels every 12 give 21 × 10 tokens and the class token at 256 × 128."""
    table = SYSTEMS["bot_vit"].table
    overlapping = table | {"backbone": table["backbone"] | {"patch_stride": 12}}
    with torch.device("meta"):
        net = build_model(overlapping, classes=2, weights=None, size=(256, 128)).backbone.net

    assert net.pos_embed.shape == (1, 211, 768)
    assert net.patch_embed(torch.empty(1, 3, 256, 128, device="meta")).shape == (1, 210, 768)


@pytest.mark.parametrize("name", SMALL)
def test_small_networks_need_no_more_than_a_tenth_of_a_gmac(name: str) -> None:
    assert profile(SMALL[name], classes=5, size=SMALL_SIZE).gmacs <= 0.1
