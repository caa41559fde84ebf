"""Whole small networks: gradients, groups, freezing, precision, what is saved, and what is refused."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from baselines.models.build import ReidModel, build_model
from baselines.models.errors import ModelError
from tests.baselines.models.systems import AVERAGE, BLOCK, GEM, HRNET, LINEAR, PARTS, SMALL, SMALL_SIZE, SWIN, table


def _model(name: str) -> ReidModel:
    return build_model(SMALL[name], classes=5, weights=None, size=SMALL_SIZE)


@pytest.mark.parametrize("name", SMALL)
def test_every_parameter_is_in_one_group_and_learns(name: str, batch: tuple[Tensor, Tensor]) -> None:
    model = _model(name).train()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d | nn.LayerNorm) and not module.weight.any():
            nn.init.ones_(
                module.weight
            )  # Non-local blocks and SwinV2 begin with 0, and nothing before it has a slope yet.
    images, labels = batch

    output = model(images, labels)
    sum(functional.cross_entropy(logits, labels) for logits in output.logits.values()).backward()

    groups = model.parameter_groups()
    assert list(groups) == ["backbone", "new"]
    grouped = [id(parameter) for group in groups.values() for parameter in group]
    assert sorted(grouped) == sorted(id(parameter) for parameter in model.parameters())
    without = [name for name, parameter in model.named_parameters() if parameter.grad is None]
    assert without == []
    # What a normalisation takes away again, a bias before it, has the slope 0.
    flat = [name for name, parameter in model.named_parameters() if not parameter.grad.any()]
    assert [name for name in flat if not name.endswith("bias")] == []


@pytest.mark.parametrize("name", SMALL)
def test_what_is_saved_is_what_was(name: str, batch: tuple[Tensor, Tensor], tmp_path: Path) -> None:
    model = _model(name)
    model.train()(*batch)  # Running means move.
    save_file(model.state_dict(), tmp_path / "model.safetensors")

    again = _model(name)
    again.load_state_dict(load_file(tmp_path / "model.safetensors"))

    first, second = model.eval()(batch[0]).features, again.eval()(batch[0]).features
    assert first.keys() == second.keys() == model.dimensions.keys()
    for tap, length in model.dimensions.items():
        assert torch.equal(first[tap], second[tap])
        assert first[tap].shape == (8, length)


def test_logits_need_labels(batch: tuple[Tensor, Tensor]) -> None:
    model = _model("bot").eval()

    assert model(batch[0]).logits == {}
    output = model(*batch)
    assert output.logits["id"].shape == (8, 5)
    torch.testing.assert_close(model.scores(output.features)["id"], output.logits["id"])


@pytest.mark.parametrize("name", ["sbs", "osnet", "swin"])
def test_what_comes_behind_the_backbone_is_float32(name: str, batch: tuple[Tensor, Tensor]) -> None:
    model = _model(name)

    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(*batch)

    assert model.backbone(batch[0])[0].map.dtype == torch.float32
    assert {value.dtype for value in (*output.features.values(), *output.logits.values())} == {torch.float32}


def test_a_frozen_backbone_stays_as_it_is(batch: tuple[Tensor, Tensor]) -> None:
    model = _model("sbs")
    model.freeze_backbone(True)
    model.train()
    before = {key: value.clone() for key, value in model.backbone.state_dict().items()}

    functional.cross_entropy(model(*batch).logits["id"], batch[1]).backward()

    assert all(torch.equal(value, before[key]) for key, value in model.backbone.state_dict().items())
    groups = model.parameter_groups()
    assert all(parameter.grad is None for parameter in groups["backbone"])
    assert all(parameter.grad is not None for parameter in groups["new"])
    assert model.neck.training

    model.freeze_backbone(False)
    model(*batch)
    assert not torch.equal(model.backbone.net.bn1.running_mean, before["net.bn1.running_mean"])


def test_one_seed_draws_one_network() -> None:
    drawn = []
    for _ in range(2):
        torch.manual_seed(5)
        drawn.append(_model("mgn").state_dict())

    assert all(torch.equal(value, drawn[1][key]) for key, value in drawn[0].items())


def test_pictures_are_normalised_as_the_weights_want() -> None:
    assert _model("bot").mean == (0.485, 0.456, 0.406)
    assert build_model(
        table({"name": "vit_base_patch16_224", "tag": "orig_in21k_ft_in1k", "width": 64, "depth": 1}, AVERAGE, LINEAR),
        classes=2,
        weights=None,
    ).std == (0.5, 0.5, 0.5)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (table({"name": "resnet50", "tag": "tv_in2k"}, AVERAGE, LINEAR), "resnet50.tv_in2k.*resnet50.tv_in1k"),
        (table({"name": "alexnet"}, AVERAGE, LINEAR), "no known family"),
        (table({"name": "osnet_x2_0"}, AVERAGE, LINEAR), "osnet_x0_25"),
        (table({"name": "osnet_x1_0", "depth": 2}, AVERAGE, LINEAR), "depth is not for OSNet"),
        (table(HRNET | {"last_stride": 1}, AVERAGE, LINEAR), "backbone.last_stride has no meaning"),
        (table(SWIN, GEM, LINEAR), "negative values"),
        (table({"name": "resnet18", "width": 8}, AVERAGE | {"pool": "cls"}, LINEAR), "class token"),
        (table({"name": "resnet18", "width": 8}, AVERAGE | {"dropout": 0.5}, LINEAR), "neck.dropout"),
        (table({"name": "resnet18", "width": 8}, AVERAGE, BLOCK), 'no tap "embedding".*post_bn'),
        (table({"name": "resnet18", "width": 8}, AVERAGE, LINEAR * 2), 'two heads "id"'),
        (table({"name": "resnet26", "width": 8, "non_local": True}, GEM, PARTS) | {"branches": "mgn"}, "non-local"),
        (table({"name": "resnet18", "width": 8, "depth": 1}, GEM, PARTS) | {"branches": "mgn"}, "depth 2 or more"),
        (table(HRNET | {"width": 8, "depth": 1}, GEM, PARTS) | {"branches": "mgn"}, "for ResNets"),
        (table({"name": "vit_base_patch16_224", "width": 64, "patch_stride": 17}, AVERAGE, LINEAR), "1 to 16"),
        (table({"name": "vit_base_patch16_224", "width": 100}, AVERAGE, LINEAR), "multiple of 32"),
    ],
)
def test_what_does_not_go_together_is_refused(wrong: dict[str, Any], words: str) -> None:
    with torch.device("meta"), pytest.raises(ModelError, match=words):
        build_model(wrong, classes=3, weights=None)


def test_a_map_with_fewer_rows_than_stripes_is_refused() -> None:
    model = build_model(SMALL["stripes"], classes=2, weights=None).eval()

    with pytest.raises(ModelError, match="4 rows has no 6 stripes"):
        model(torch.randn(1, 3, 64, 64))
