"""The eight systems as the reference describes them, and small ones that a CPU trains."""

from collections.abc import Mapping
from typing import Any, NamedTuple

LINEAR = [{"name": "id", "kind": "linear", "input": "post_bn"}]
CIRCLE = [{"name": "id", "kind": "circle", "input": "post_bn", "scale": 64.0, "margin": 0.35}]
BLOCK = [{"name": "id", "kind": "linear", "input": "embedding", "bias": True}]
PARTS = [{"name": f"id_{part}", "kind": "circle", "input": f"branch_{part}"} for part in range(8)]

R50 = {"name": "resnet50", "tag": "tv_in1k", "last_stride": 1}
HRNET = {"name": "hrnet_w18", "tag": "ms_in1k"}
SWIN = {"name": "swin_base_patch4_window7_224", "tag": "ms_in22k_ft_in1k"}
VIT = {"name": "vit_base_patch16_224", "tag": "orig_in21k_ft_in1k"}

AVERAGE = {"pool": "avg", "bnneck": True, "bn_bias": False}
GEM = {"pool": "gem", "bnneck": True, "bn_bias": False}
FC = {"pool": "avg", "embed": 512, "dropout": 0.5, "bnneck": False}


class System(NamedTuple):
    """What the reference says: input, map, parameters without heads, GMAC, and the tested vector with its length."""

    size: tuple[int, int]
    map: tuple[int, int, int]
    parameters: int
    gmacs: float
    tap: str
    length: int


def table(backbone: Mapping[str, Any], neck: Mapping[str, Any], heads: list[dict[str, Any]]) -> dict[str, Any]:
    return {"backbone": dict(backbone), "neck": dict(neck), "heads": heads}


SYSTEMS = {
    # 23.5 M and the 2,048 weights of the BNNeck; 4.05 GMAC (1.2).
    "bot_r50": System((256, 128), (2048, 16, 8), 23_508_032 + 2048, 4.05, "post_bn", 2048),
    # Five non-local blocks, 2 of 512 and 3 of 1,024 channels, of inner width 1, and GeM's exponent; 6.08 GMAC (1.3).
    "sbs_r50": System(
        (384, 128), (2048, 24, 8), 23_510_080 + 2 * (7 * 512 + 3) + 3 * (7 * 1024 + 3) + 1, 6.09, "post_bn", 2048
    ),
    # 68.8 M, 13.96 GMAC (1.4): trunk, three branches, eight parts of 2,048 to 256.
    "mgn_r50_ibn": System(
        (384, 128), (2048, 24, 8), 2_957_376 + 3 * 20_550_656 + 8 * (2048 * 256 + 256 + 1), 13.96, "concat", 2048
    ),
    # 19.2 M and a block of 2,048 to 512; 4.3 GMAC (1.6, timm's table).
    "hrnet_w18_circle": System((224, 224), (2048, 7, 7), 19_250_004 + 2049 * 512 + 1024, 4.28, "embedding", 512),
    # 86.7 M, 15.5 GMAC.
    "swin_base_circle": System((224, 224), (1024, 7, 7), 86_743_224 + 1025 * 512 + 1024, 15.43, "embedding", 512),
    # 86.9 M, 20.4 GMAC.
    "swinv2_base_circle": System((256, 256), (1024, 8, 8), 86_893_816 + 1025 * 512 + 1024, 20.32, "embedding", 512),
    # 86 M, 11.3 GMAC, 129 tokens (1.5).
    "bot_vit": System((256, 128), (768, 16, 8), 85_746_432 + 768, 11.34, "post_bn", 768),
    # 0.98 GMAC; the count is explained in test_osnet.
    "bot_osnet": System((256, 128), (512, 16, 8), 1_905_828 + 512, 0.98, "post_bn", 512),
}

SMALL_SIZE = (128, 64)
SMALL = {
    "bot": table({"name": "resnet18", "width": 16, "depth": 1, "last_stride": 1}, AVERAGE, LINEAR),
    "sbs": table({"name": "resnet26", "width": 8, "depth": 2, "last_stride": 1, "non_local": True}, GEM, CIRCLE),
    "mgn": table(
        {"name": "resnet26", "width": 8, "depth": 2, "last_stride": 1, "ibn": True}, GEM | {"embed": 16}, PARTS
    )
    | {"branches": "mgn"},
    "hrnet": table({"name": "hrnet_w18", "width": 8, "depth": 1}, FC | {"embed": 32}, BLOCK),
    "swin": table({"name": "swin_base_patch4_window7_224", "width": 32, "depth": 2}, FC | {"embed": 32}, BLOCK),
    "swinv2": table({"name": "swinv2_base_window8_256", "width": 32, "depth": 2}, FC | {"embed": 32}, BLOCK),
    "vit": table({"name": "vit_base_patch16_224", "width": 64, "depth": 2}, AVERAGE | {"pool": "cls"}, LINEAR),
    "vit_overlap": table(
        {"name": "vit_base_patch16_224", "width": 64, "depth": 2, "patch_stride": 12}, AVERAGE | {"pool": "cls"}, LINEAR
    ),
    "osnet": table({"name": "osnet_x0_25"}, AVERAGE | {"pool": "avgmax"}, [LINEAR[0] | {"kind": "arc"}]),
    "stripes": table(
        {"name": "resnet18", "width": 8, "depth": 1, "last_stride": 1},
        {"pool": "stripes", "embed": 16, "bnneck": True},
        [{"name": f"id_{part}", "kind": "cos", "input": f"branch_{part}"} for part in range(6)],
    ),
}
