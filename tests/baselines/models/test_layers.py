"""IBN, non-local blocks, pooling and necks against their formulas in float64."""

import numpy as np
import pytest
import torch
from torch import nn

from baselines.models.build import build_model
from baselines.models.ibn import InstanceBatchNorm
from baselines.models.necks import MGN_PARTS, BnNeck, FcBnDropout, StripedNeck
from baselines.models.non_local import NonLocal
from baselines.models.output import Maps
from baselines.models.pools import POOLS, Average, GeneralizedMean
from tests.baselines.models.systems import SMALL, table


def test_ibn_normalises_half_by_picture_and_half_by_batch() -> None:
    pictures = torch.randn(4, 6, 5, 3) * 3 + 2
    layer = InstanceBatchNorm(6).train()

    answer = layer(pictures).detach().double().numpy()

    values = pictures.double().numpy()
    by_picture = (values - values.mean((2, 3), keepdims=True)) / np.sqrt(values.var((2, 3), keepdims=True) + 1e-5)
    by_batch = (values - values.mean((0, 2, 3), keepdims=True)) / np.sqrt(values.var((0, 2, 3), keepdims=True) + 1e-5)
    np.testing.assert_allclose(answer[:, :3], by_picture[:, :3], atol=1e-5)
    np.testing.assert_allclose(answer[:, 3:], by_batch[:, 3:], atol=1e-5)


def test_ibn_is_the_first_norm_of_each_block_of_three_stages() -> None:
    with torch.device("meta"):
        model = build_model(table({"name": "resnet50", "ibn": True}, {"pool": "avg"}, []), classes=2, weights=None)
    split = [name for name, module in model.backbone.net.named_modules() if isinstance(module, InstanceBatchNorm)]

    assert split == [f"layer{stage}.{block}.bn1" for stage, count in ((1, 3), (2, 4), (3, 6)) for block in range(count)]


def test_a_non_local_block_begins_as_identity_with_one_inner_channel() -> None:
    pictures = torch.randn(2, 8, 4, 3)
    block = NonLocal(8).train()

    assert torch.equal(block(pictures), pictures)
    assert block.theta.out_channels == block.phi.out_channels == block.g.out_channels == block.out.in_channels == 1


def test_a_non_local_block_adds_what_all_places_say() -> None:
    block = NonLocal(5).eval().double()
    nn.init.normal_(block.norm.weight)
    pictures = torch.randn(2, 5, 3, 2, dtype=torch.float64)

    block.requires_grad_(requires_grad=False)
    answer = block(pictures)

    for number, picture in enumerate(pictures):
        places = picture.flatten(1).T  # (6, 5)
        theta, phi, value = (
            [float(layer.weight.flatten() @ place + layer.bias) for place in places]
            for layer in (block.theta, block.phi, block.g)
        )
        for i, place in enumerate(places):
            y = sum(theta[i] * phi[j] * value[j] for j in range(6)) / 6
            added = (block.out.weight.flatten() * y + block.out.bias) / np.sqrt(1 + 1e-5) * block.norm.weight
            torch.testing.assert_close(answer[number].flatten(1)[:, i], place + added)


def test_the_stem_pools_without_padding_and_rounds_up() -> None:
    pictures = torch.randn(1, 1, 8, 7)
    padded = {"backbone": {"name": "resnet18", "width": 8, "depth": 1, "stem_pool": "padded"}}
    nets = [build_model(SMALL["bot"] | change, classes=2, weights=None).backbone.net for change in ({}, padded)]

    ours, theirs = (net.maxpool(pictures)[0, 0] for net in nets)

    wanted = [[pictures[0, 0, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3].max() for j in range(3)] for i in range(4)]
    assert torch.equal(ours, torch.tensor(wanted))
    assert theirs.shape == (4, 4)
    assert theirs[0, 0] == pictures[0, 0, :2, :2].max()


def test_gem_has_the_value_and_the_gradients_of_its_formula() -> None:
    values = torch.rand(2, 3, 4, 5) * 2 - 0.2  # some below the clamp
    maps, pool = Maps(values.clone().requires_grad_()), GeneralizedMean()
    nn.init.constant_(pool.power, 2.6)

    pooled = pool(maps)
    pooled.sum().backward()

    def formula(x: np.ndarray, p: float) -> np.ndarray:
        return (np.maximum(x, 1e-6) ** p).mean((2, 3)) ** (1 / p)

    x, p, step = values.double().numpy(), 2.6, 1e-6
    np.testing.assert_allclose(pooled.detach().numpy(), formula(x, p), rtol=1e-5)
    slope = (formula(x, p + step) - formula(x, p - step)).sum() / (2 * step)
    np.testing.assert_allclose(pool.power.grad.item(), slope, rtol=1e-3)
    inner = np.where(x > 1e-6, np.maximum(x, 1e-6) ** (p - 1) / 20 * formula(x, p)[:, :, None, None] ** (1 - p), 0)
    np.testing.assert_allclose(maps.map.grad.numpy(), inner, rtol=1e-4, atol=1e-6)
    assert GeneralizedMean().power.item() == 3.0


def test_pools_by_their_words() -> None:
    values, token = torch.randn(2, 3, 4, 5), torch.randn(2, 3)
    mean, most = values.mean((2, 3)), values.amax((2, 3))

    for word, wanted in (("avg", mean), ("max", most), ("avgmax", mean + most), ("cls", token)):
        torch.testing.assert_close(POOLS[word]()(Maps(values, token)), wanted)


def test_bnneck_has_no_shift_unless_it_is_asked_for() -> None:
    maps = [Maps(torch.randn(16, 6, 2, 2))]
    neck = BnNeck(Average(), 6, embed=0, bias=False).train()

    taps = neck(maps)

    assert neck.norm.bias is None
    torch.testing.assert_close(taps["pre_bn"], maps[0].map.mean((2, 3)))
    spread = taps["pre_bn"] - taps["pre_bn"].mean(0)
    torch.testing.assert_close(taps["post_bn"], spread / (spread.square().mean(0) + 1e-5).sqrt())
    assert BnNeck(Average(), 6, embed=0, bias=True).norm.bias.shape == (6,)


def test_the_block_of_layumi_drops_in_training_alone() -> None:
    maps = [Maps(torch.randn(32, 40, 2, 2))]
    neck = FcBnDropout(Average(), 40, embed=64, dropout=0.5)

    trained, tested = neck.train()(maps)["embedding"], neck.eval()(maps)["embedding"]

    assert 0.4 < (trained == 0).float().mean() < 0.6
    assert (tested != 0).all()
    assert neck.norm.weight.detach().std().item() == pytest.approx(0.02, rel=0.3)
    assert neck.linear.weight.detach().std().item() == pytest.approx((2 / 64) ** 0.5, rel=0.1)


def test_mgn_cuts_its_branches_into_whole_halves_and_thirds() -> None:
    rows = torch.arange(12.0).reshape(1, 1, 12, 1).expand(4, 2, 12, 3)
    maps = [Maps(rows + 100 * branch) for branch in range(3)]
    neck = StripedNeck("avg", 2, parts=MGN_PARTS, embed=0, bias=False).eval()

    taps = neck(maps)

    means = [5.5, 105.5, 205.5, 102.5, 108.5, 201.5, 205.5, 209.5]
    factor = (1 + 1e-5) ** -0.5
    for part, mean in enumerate(means):
        torch.testing.assert_close(taps[f"branch_{part}"], torch.full((4, 2), mean * factor))
    torch.testing.assert_close(taps["stripes_2"], torch.cat([taps["branch_3"], taps["branch_4"]], 1))
    torch.testing.assert_close(taps["stripes_3"], torch.cat([taps[f"branch_{part}"] for part in (5, 6, 7)], 1))
    torch.testing.assert_close(taps["concat"], torch.cat([taps[f"branch_{part}"] for part in range(8)], 1))
    assert {tap: vector.shape[1] for tap, vector in taps.items()} == neck.dimensions


def test_mgn_branches_begin_alike_and_are_three() -> None:
    backbone = build_model(SMALL["mgn"], classes=3, weights=None).backbone.eval()

    first, second, third = (maps.map for maps in backbone(torch.randn(1, 3, 128, 64)))

    assert torch.equal(first, second)
    assert torch.equal(first, third)
    pointers = {parameter.data_ptr() for branch in backbone.branches for parameter in branch.parameters()}
    assert len(pointers) == sum(1 for branch in backbone.branches for _ in branch.parameters())


def test_every_block_of_a_resnet_begins_by_adding_something() -> None:
    """timm starts a block's last norm at 0; fast-reid does not."""
    net = build_model(SMALL["bot"], classes=3, weights=None).backbone.net

    assert {block.bn2.weight.min().item() for stage in (net.layer1, net.layer4) for block in stage} == {1.0}
