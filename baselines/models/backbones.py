"""Build backbones: timm's networks by explicit name and tag, and OSNet.

`backbone.width` and `backbone.depth` shrink a network to one that a CPU trains: the width of its first stage (of all blocks,
for a vision transformer) and the number of blocks of each stage. Such networks are trained from scratch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from baselines.models import osnet
from baselines.models.errors import ModelError
from baselines.models.ibn import split_norms
from baselines.models.output import Maps
from baselines.models.patches import overlap_patches
from baselines.models.timm_library import timm
from baselines.models.weights import Fit, LoadedWeights, WeightSource, load

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""Mean and standard deviation by channel, of values from 0 to 1."""
_HEAD_WIDTH = 32
"""Channels of an attention head in transformers that were shrunk."""

Size = tuple[int, int]


class Backbone(nn.Module):
    """Hold a network without its classifier.

    Attributes
    ----------
    channels : int
        Of the maps that it returns.
    signed : bool
        Whether maps have negative values, which a generalised mean would lose.
    has_token : bool
        Whether there is a class token.
    mean, std : tuples of three floats
        What its pictures are normalised by, for values from 0 to 1.
    weights : LoadedWeights or None
        Where its weights came from; None: drawn at random.
    """

    def __init__(self, net: nn.Module, *, layout: str, signed: bool = False) -> None:
        super().__init__()
        self.net = net
        self.layout, self.signed = layout, signed
        self.has_token = bool(getattr(net, "num_prefix_tokens", 0))
        self.channels = int(net.num_features)  # type: ignore[arg-type]
        facts = getattr(net, "pretrained_cfg", {})
        self.mean: tuple[float, ...] = tuple(facts.get("mean", IMAGENET[0]))
        self.std: tuple[float, ...] = tuple(facts.get("std", IMAGENET[1]))
        self.weights: LoadedWeights | None = None

    def forward(self, images: Tensor) -> tuple[Maps, ...]:
        """Return the maps of pictures (N, 3, H, W): one, or one for each branch."""
        features = self.net.forward_features(images)  # type: ignore[operator]
        if self.layout == "nhwc":
            return (Maps(features.permute(0, 3, 1, 2)),)
        if self.layout == "tokens":
            return (self._of_tokens(features),)
        if self.layout == "pyramid":
            return (Maps(_at_coarsest(features)),)
        return (Maps(features),)

    def _of_tokens(self, tokens: Tensor) -> Maps:
        first = int(self.net.num_prefix_tokens)  # type: ignore[arg-type]
        patches: Any = self.net.patch_embed
        rows, columns = patches.grid_size
        places = tokens[:, first:].transpose(1, 2)
        token = tokens[:, 0] if first else None
        return Maps(places.reshape(len(tokens), -1, rows, columns), token)


def _at_coarsest(maps: list[Tensor]) -> Tensor:
    """Return maps of several resolutions as one of the coarsest: means over places, channels side by side."""
    size = (maps[-1].shape[-2], maps[-1].shape[-1])
    return torch.cat([functional.adaptive_avg_pool2d(one, size) for one in maps], dim=1)


@dataclass(frozen=True)
class Wish:
    """Hold what a recipe asks of a backbone: its table and the height and width of pictures (None: the network's own)."""

    table: Mapping[str, Any]
    size: Size | None

    @property
    def full_name(self) -> str:
        """Return timm's `name.tag`."""
        tag = self.table.get("tag", "")
        return f"{self.table['name']}.{tag}" if tag else str(self.table["name"])

    @property
    def is_shrunk(self) -> bool:
        """Tell whether the network is another one than the published."""
        return "width" in self.table or "depth" in self.table

    def create(self, **options: Any) -> nn.Module:
        """Return timm's network without pooling and classifier; ModelError for a name or tag that timm does not have."""
        name = self.table["name"]
        if name not in timm.list_models() or (
            self.table.get("tag") and self.full_name not in timm.list_pretrained(name)
        ):
            known = ", ".join(timm.list_pretrained(f"{name}*")) or "none of that name"
            raise ModelError(f'backbone "{self.full_name}" is not in timm {timm.__version__} (there are {known})')
        drop_path = {"drop_path_rate": self.table["drop_path"]} if self.table.get("drop_path") else {}
        net: nn.Module = timm.create_model(
            self.full_name, pretrained=False, num_classes=0, global_pool="", **drop_path, **options
        )
        return net


def _resnet(wish: Wish) -> Backbone:
    """ResNet with its last stride, normalisation and stem as the recipe says; a block's last norm starts at 1, as in fast-reid."""
    options: dict[str, Any] = {"zero_init_last": False}
    if "width" in wish.table:
        options["channels"] = tuple(wish.table["width"] * factor for factor in (1, 2, 4, 8))
    if "depth" in wish.table:
        options["layers"] = (wish.table["depth"],) * 4
    net = wish.create(**options)
    if wish.table.get("stem_pool", "ceil") == "ceil":
        # fast-reid pools without padding and rounds up, where torchvision pads by one on every side.
        net.maxpool = nn.MaxPool2d(3, stride=2, ceil_mode=True)
    if wish.table.get("ibn", False):
        split_norms(net)
    if wish.table.get("last_stride", 2) == 1:
        set_stride_one(net.layer4[0])  # type: ignore[index, arg-type]
    return Backbone(net, layout="nchw")


def set_stride_one(block: nn.Module) -> None:
    """Give the first block of a ResNet's stage stride 1: its convolution and its shortcut, without dilation."""
    for name, module in block.named_modules():
        if isinstance(module, nn.Conv2d) and module.stride == (2, 2):
            module.stride = (1, 1)
        if name == "downsample" and isinstance(module, nn.Sequential) and isinstance(module[0], nn.AvgPool2d):
            module[0] = nn.Identity()


def _hrnet(wish: Wish) -> Backbone:
    """HRNet with its classification convolutions (2,048 channels at stride 32); shrunk: its four resolutions side by side."""
    if not wish.is_shrunk:
        return Backbone(wish.create(), layout="nchw")
    width, depth = wish.table.get("width", 18), wish.table.get("depth", 4)
    widths = [width * factor for factor in (1, 2, 4, 8)]
    stages = {"stage1": _hrnet_stage("BOTTLENECK", [width], depth)}
    stages |= {f"stage{count}": _hrnet_stage("BASIC", widths[:count], depth) for count in (2, 3, 4)}
    net: Any = wish.create(head="", **stages)
    net.num_features = sum(widths)
    return Backbone(net, layout="pyramid")


def _hrnet_stage(block: str, widths: list[int], depth: int) -> dict[str, Any]:
    return {
        "num_modules": 1,
        "num_branches": len(widths),
        "block_type": block,
        "num_blocks": (depth,) * len(widths),
        "num_channels": tuple(widths),
        "fuse_method": "SUM",
    }


def _swin(wish: Wish) -> Backbone:
    """Swin or SwinV2 for pictures of this size; its window shrinks where a map is smaller."""
    options: dict[str, Any] = {"img_size": wish.size} if wish.size else {}
    if "width" in wish.table:
        width = wish.table["width"]
        options |= {"embed_dim": width, "num_heads": tuple(_attention_heads(width * factor) for factor in (1, 2, 4, 8))}
    if "depth" in wish.table:
        options["depths"] = (wish.table["depth"],) * 4
    return Backbone(wish.create(**options), layout="nhwc", signed=True)


def _vit(wish: Wish) -> Backbone:
    """Vision transformer for pictures of this size, with patches side by side or overlapping."""
    options: dict[str, Any] = {"img_size": wish.size} if wish.size else {}
    if "width" in wish.table:
        options |= {"embed_dim": wish.table["width"], "num_heads": _attention_heads(wish.table["width"])}
    if "depth" in wish.table:
        options["depth"] = wish.table["depth"]
    net = wish.create(**options)
    patches: Any = net.patch_embed
    stride = wish.table.get("patch_stride", patches.patch_size[0])
    if stride != patches.patch_size[0]:
        overlap_patches(net, wish.size or patches.img_size, stride)
    return Backbone(net, layout="tokens", signed=True)


def _attention_heads(width: int) -> int:
    heads = max(1, width // _HEAD_WIDTH)
    if width % heads:
        raise ModelError(f"backbone.width of a transformer is a multiple of {_HEAD_WIDTH}, not {width}")
    return heads


def _efficientnet(wish: Wish) -> Backbone:
    """EfficientNet or MobileNetV2 up to the convolution before pooling."""
    if wish.is_shrunk:
        raise ModelError("backbone.width and backbone.depth are not for EfficientNets; choose a smaller name")
    return Backbone(wish.create(), layout="nchw")


def _osnet(wish: Wish) -> Backbone:
    """OSNet; `width` is that of the stem, a quarter of the first stage's."""
    name = wish.table["name"]
    if name not in osnet.WIDTHS:
        raise ModelError(f'backbone "{name}" is no OSNet (there are {", ".join(osnet.WIDTHS)})')
    if "depth" in wish.table:
        raise ModelError("backbone.depth is not for OSNet; give its width")
    return Backbone(osnet.OSNet(wish.table.get("width", osnet.WIDTHS[name])), layout="nchw")


@dataclass(frozen=True)
class Family:
    """Hold how networks of one family are built and which keys they take beyond name, tag, width and depth."""

    build: Callable[[Wish], Backbone]
    keys: frozenset[str]


_RESNET_KEYS = frozenset({"last_stride", "ibn", "non_local", "stem_pool", "drop_path"})
FAMILIES: Mapping[str, Family] = {
    "resnet": Family(_resnet, _RESNET_KEYS),
    "test_resnet": Family(_resnet, _RESNET_KEYS),
    "hrnet": Family(_hrnet, frozenset()),
    "swinv2": Family(_swin, frozenset({"drop_path"})),
    "swin": Family(_swin, frozenset({"drop_path"})),
    "test_vit": Family(_vit, frozenset({"drop_path", "patch_stride"})),
    "vit": Family(_vit, frozenset({"drop_path", "patch_stride"})),
    "tf_efficientnet": Family(_efficientnet, frozenset({"drop_path"})),
    "efficientnet": Family(_efficientnet, frozenset({"drop_path"})),
    "mobilenetv2": Family(_efficientnet, frozenset({"drop_path"})),
    "osnet": Family(_osnet, frozenset()),
}
"""By the beginning of a backbone's name."""

_EVERYWHERE = frozenset({"name", "tag", "width", "depth", "freeze_iterations"})


def build_backbone(table: Mapping[str, Any], *, size: Size | None, weights: WeightSource | None) -> Backbone:
    """Return the backbone of `model.backbone`.

    Parameters
    ----------
    table : mapping
        name, tag, last_stride, patch_stride, ibn, drop_path, stem_pool, width, depth; others are looked at elsewhere.
    size : (height, width), optional
        Of the pictures; needed by transformers unless it is that of the published network.
    weights : WeightSource, optional
        Without it all weights are drawn from PyTorch's generator.

    Raises
    ------
    ModelError for a name, tag or key that cannot be met, WeightError for weights that do not fit.
    """
    family = _family(str(table["name"]))
    strange = sorted(key for key in set(table) - _EVERYWHERE - family.keys if table[key] not in {False, 2, "none"})
    if strange:
        raise ModelError(f'backbone.{strange[0]} has no meaning for "{table["name"]}"')
    wish = Wish(table, size)
    backbone = family.build(wish)
    if weights is not None:
        if wish.is_shrunk:
            raise ModelError("a backbone with a width or depth of its own is trained from scratch; no weights fit it")
        backbone.weights = load(backbone.net, weights, Fit.of(backbone.net, wish.full_name))
    return backbone


def _family(name: str) -> Family:
    for start in sorted(FAMILIES, key=len, reverse=True):
        if name.startswith(start):
            return FAMILIES[start]
    raise ModelError(f'backbone "{name}" is of no known family (there are {", ".join(FAMILIES)})')
