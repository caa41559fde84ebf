"""Every key that a learned recipe may hold, with its type and range: the tree that `baselines.schema` checks against.

Names follow the places where public code bases differ in silence: the form of label smoothing, where milestones are
counted from, what an erased rectangle is filled with, the filter of the resize, the feature that is compared.
"""

from __future__ import annotations

from baselines.fields import Kinds, Rows, Table, Value

_PROBABILITY = Value(float, 0, 1)
_POSITIVE = Value(float, 1e-12)
_WEIGHT = Value(float, 0, 1_000)
_COUNT = Value(int, 0, 10_000_000)
_TEXT = Value(str)
_FLAG = Value(bool)

DATA = Table(
    {
        "size": Value(int, 16, 1024, count=2),  # height, width
        "resize": Value(str, choices=("pil_bicubic", "pil_bilinear")),
        "mean": Value(float, 0, 1, count=3),
        "std": Value(float, 1e-3, 1, count=3),
    },
    frozenset({"size", "resize", "mean", "std"}),
)

BACKBONE = Table(
    {
        "name": _TEXT,
        "tag": _TEXT,
        "last_stride": Value(int, 1, 2),
        "patch_stride": Value(int, 1, 64),
        "ibn": _FLAG,
        "non_local": _FLAG,
        "drop_path": _PROBABILITY,
        "freeze_iterations": _COUNT,
        "width": Value(int, 4, 1024),
        "depth": Value(int, 1, 64),
        "stem_pool": Value(str, choices=("ceil", "padded")),
    },
    frozenset({"name"}),
)
NECK = Table(
    {
        "pool": Value(str, choices=("avg", "gem", "max", "avgmax", "cls", "stripes")),
        "embed": Value(int, 0, 8192),
        "bnneck": _FLAG,
        "bn_bias": _FLAG,
        "dropout": Value(float, 0, 0.99),
    },
    frozenset({"pool"}),
)
HEAD = Table(
    {
        "name": _TEXT,
        "kind": Value(str, choices=("linear", "circle", "arc", "cos")),
        "input": _TEXT,
        "bias": _FLAG,
        "scale": _POSITIVE,
        "margin": Value(float, 0, 2),
        "init_std": Value(float, 0, 1),
    },
    frozenset({"name", "kind", "input"}),
)
MODEL = Table(
    {
        "weights": _TEXT,  # scratch, hub, package or a file, and #sha256=... behind it
        "backbone": BACKBONE,
        "neck": NECK,
        "heads": Rows(HEAD, least=1),
        "branches": Value(str, choices=("none", "mgn")),
    },
    frozenset({"weights", "backbone", "neck", "heads"}),
)

_SHARED = {"weight": _WEIGHT, "reduction": Value(str, choices=("mean", "sum", "batch"))}
_FEATURE = _SHARED | {"input": _TEXT, "normalise": _FLAG}
LOSSES = Kinds(
    {
        "ce": Table(
            _SHARED
            | {
                "head": _TEXT,
                "smoothing": Value(float, 0, 0.99),
                "smoothing_form": Value(str, choices=("eps_over_c", "eps_over_c_minus_1")),
            },
            frozenset({"head", "weight"}),
        ),
        "triplet": Table(
            _FEATURE
            | {"mining": Value(str, choices=("batch_hard", "weighted", "soft")), "margin": Value(float, 0, 100)},
            frozenset({"input", "mining", "margin", "weight"}),
        ),
        "circle_pairwise": Table(
            _FEATURE | {"margin": Value(float, 0, 1), "gamma": _POSITIVE}, frozenset({"input", "gamma", "margin"})
        ),
        "center": Table(_FEATURE | {"lr": _POSITIVE}, frozenset({"input", "weight"})),
        "centroid_triplet": Table(_FEATURE | {"margin": Value(float, 0, 100)}, frozenset({"input", "margin"})),
    }
)

_EPOCH = {"iters_per_epoch": Value(int, 1, 1_000_000)}  # left out: images divided by the batch, as upstreams count
_IDENTITIES = _EPOCH | {"p": Value(int, 1, 4096), "k": Value(int, 1, 4096)}
_CAMERAS = _IDENTITIES | {"missing_camera": Value(str, choices=("error", "other"))}
SAMPLER = Kinds(
    {
        "random": Table(_EPOCH | {"batch": Value(int, 2, 65_536)}, frozenset({"batch"})),
        "pk": Table(_IDENTITIES, frozenset({"p", "k"})),
        "pk_cross_camera": Table(_CAMERAS, frozenset({"p", "k"})),
        "pk_per_camera": Table(_CAMERAS, frozenset({"p", "k"})),
        "once_per_epoch": Table(_IDENTITIES, frozenset({"p", "k"})),
    }
)
_P = {"p": _PROBABILITY}
_STRENGTH = Value(float, 0, 10)
AUGMENT = Kinds(
    {
        "flip": Table(_P),
        "pad_crop": Table({"pad": Value(int, 0, 256), **_P}, frozenset({"pad"})),
        "erase": Table(
            _P
            | {
                "area": Value(float, 0, 1, count=2),
                "ratio": Value(float, 0.01, 100, count=2),
                "fill": Value(str, choices=("mean", "zero", "noise", "imagenet_mean_after_norm")),
            },
            frozenset({"fill"}),
        ),
        "colour_jitter": Table(
            _P | {"brightness": _STRENGTH, "contrast": _STRENGTH, "saturation": _STRENGTH, "hue": Value(float, 0, 0.5)}
        ),
        "grayscale": Table(_P),
        "sharpness": Table(_P | {"factor": _STRENGTH, "strength": _STRENGTH}),
        "rotation": Table(_P | {"degrees": Value(float, 0, 360), "choices": Value(float, 0, 360, count=-1)}),
        "auto_augment": Table(_P),
    }
)

OPTIM = Table(
    {
        "kind": Value(str, choices=("adam", "adamw", "sgd")),
        "lr": Value(float, 0, 10),
        "weight_decay": Value(float, 0, 1),
        "momentum": Value(float, 0, 1),
        "nesterov": _FLAG,
        "amsgrad": _FLAG,
        "epsilon": Value(float, 0, 1),
        "backbone_lr_factor": Value(float, 0, 100),
        "clip_norm": Value(float, 0, 1e6),  # 0: none
        "precision": Value(str, choices=("fp32", "bf16")),
        "channels_last": _FLAG,
        "compile": _FLAG,
    },
    frozenset({"kind", "lr", "weight_decay"}),
)
_ONCE = {
    "epochs": Value(int, 1, 10_000),
    "warmup_iters": _COUNT,
    "warmup_epochs": Value(float, 0, 10_000),
    "warmup_factor": _PROBABILITY,
    "warmup_of": Value(str, choices=("lr", "loss")),
}
SCHEDULE = Kinds(
    {
        "multistep": Table(
            _ONCE
            | {
                "milestones": Value(int, 1, 10_000, count=-1),
                "gamma": _PROBABILITY,
                "count_from": Value(str, choices=("start", "end_of_warmup")),
            },
            frozenset({"epochs", "milestones", "gamma", "count_from"}),
        ),
        "cosine": Table(
            _ONCE | {"delay_epochs": Value(int, 0, 10_000), "final_lr": Value(float, 0, 10)},
            frozenset({"epochs", "final_lr"}),
        ),
        "constant": Table(_ONCE, frozenset({"epochs"})),
    }
)
LOOP = Table(
    {
        "validate_epochs": Value(int, 0, 10_000),  # 0: never
        "checkpoint_iterations": Value(int, 1, 1_000_000),
        "log_iterations": Value(int, 1, 1_000_000),
        "deterministic": _FLAG,
    }
)
TRAIN = Table(
    {
        "losses": Rows(LOSSES, least=1),
        "sampler": SAMPLER,
        "augment": Rows(AUGMENT),
        "optim": OPTIM,
        "schedule": SCHEDULE,
        "loop": LOOP,
    },
    frozenset({"losses", "sampler", "augment", "optim", "schedule"}),
)

INFERENCE = Table(
    {
        "input": _TEXT,
        "flip": Value(str, choices=("none", "sum", "average")),
        "scales": Value(float, 0.25, 4, count=-1),
        "norm": Value(str, choices=("none", "l2")),
        "distance": Value(str, choices=("cosine", "euclidean")),
        "batch": Value(int, 1, 65_536),
    },
    frozenset({"input", "norm", "distance"}),
)
_NEIGHBOURS = Value(int, 1, 1_000)
POST = Kinds(
    {
        "rerank": Table({"k1": _NEIGHBOURS, "k2": _NEIGHBOURS, "weight": _PROBABILITY}),
        "query_expansion": Table({"k": _NEIGHBOURS, "alpha": Value(int, 0, 100), "passes": Value(int, 1, 10)}),
        "centroid_gallery": Table({"normalise_first": _FLAG}),
    }
)
TEST = Table({"inference": INFERENCE, "post": Rows(POST)}, frozenset({"inference"}))

PSEUDO = Table(
    {
        "variant": Value(str, choices=("train_class", "clusters", "nearest_gallery")),
        "part": Value(str, choices=("test", "val")),
        "rounds": Value(int, 1, 100),
        "epochs": Value(int, 1, 1_000),
        "lr_factor": Value(float, 0, 10),
        "k1": _NEIGHBOURS,
        "k2": _NEIGHBOURS,
        "eps": _PROBABILITY,
        "min_samples": Value(int, 1, 1_000),
    },
    frozenset({"variant"}),
)

RECIPE = Table(
    {"data": DATA, "model": MODEL, "train": TRAIN, "test": TEST, "pseudo": PSEUDO},
    frozenset({"data", "model", "train", "test"}),
)
