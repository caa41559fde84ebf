"""List the presets: what was read in each public evaluator, in the terms of this library."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from scoring.parity.preset import AP, INP, RECIPROCAL_RANK, Figure, Preset, mean_average_precision, ranks
from scoring.protocol import Protocol

_UNSTABLE: Final = (
    "numpy's default argsort of float32 distances, which is not stable: equal ones fall in any order, and in another on "
    "another processor"
)
_FILE: Final = "none: the order of the file is the order"
_JUNK: Final = ("-1",)

_FAST_REID: Final = Preset(
    name="fast_reid",
    protocol=Protocol(junk_pids=_JUNK),
    figures=(
        *ranks(1, 5, 10),
        mean_average_precision(),
        Figure("mINP", (INP,)),
        Figure("metric", (AP, "rank-1")),
    ),
    max_rank=50,
    float32=True,
    ties=_UNSTABLE,
    notes=(
        "Prints percent. Its data sets drop pid -1. With fewer than 50 items left for a query, CMC beyond them is "
        "whatever an earlier query left in the buffer. One version kept zeros for queries without a match, so that "
        "mAP and mINP were over all queries and CMC was not. Its TPR@FPR takes distances as scores of impostors: see "
        "fastreid_tnr_at_frr."
    ),
    sources=(
        "JDAI-CV/fast-reid:fastreid/evaluation/rank_cylib/rank_cy.pyx",
        "JDAI-CV/fast-reid:fastreid/evaluation/rank.py",
        "JDAI-CV/fast-reid:fastreid/evaluation/reid_evaluation.py",
        "JDAI-CV/fast-reid:fastreid/evaluation/roc.py",
    ),
    status="source",
)

_TORCHREID: Final = Preset(
    name="torchreid",
    protocol=Protocol(junk_pids=_JUNK),
    figures=(mean_average_precision(), *ranks(1, 5, 10, 20)),
    max_rank=50,
    float32=True,
    ties=_UNSTABLE,
    notes="Its data sets drop pid -1. The same buffer as fast_reid beyond the items left.",
    sources=(
        "KaiyangZhou/deep-person-reid:torchreid/metrics/rank_cylib/rank_cy.pyx",
        "KaiyangZhou/deep-person-reid:torchreid/metrics/rank.py",
    ),
    status="source",
)

_MATLAB: Final = Preset(
    name="market1501_matlab",
    protocol=Protocol(junk_pids=_JUNK, ap="trapezoid", no_match="zero"),
    figures=(*ranks(1, 5, 10, 20), mean_average_precision()),
    max_rank=None,
    float32=False,
    ties="MATLAB's stable sort: the earlier gallery item first, as here",
    notes="A query without a match has AP 0/0, which is set to 0, and stays in every divisor.",
    sources=(
        "zhunzhong07/IDE-baseline-Market-1501:market_evaluation/utils/compute_AP.m",
        "zhunzhong07/IDE-baseline-Market-1501:market_evaluation/utils/evaluation.m",
    ),
    status="source",
)

_LAYUMI: Final = Preset(
    name="layumi",
    protocol=Protocol(junk_pids=_JUNK, ap="trapezoid", no_match="zero"),
    figures=(*ranks(1, 5, 10, pattern="top{}"), mean_average_precision()),
    max_rank=None,
    float32=False,
    ties="argsort of float32 similarities, then reversed: equal ones fall in any order, in short lists the later item first",
    notes="A query without a match is passed over in the sums but not in the divisor, the number of all queries.",
    sources=("layumi/Person_reID_baseline_pytorch:evaluate_gpu.py",),
    status="source",
)

_TREC_EVAL: Final = Preset(
    name="trec_eval",
    protocol=Protocol(junk=()),
    figures=(
        mean_average_precision("map"),
        Figure("recip_rank", (RECIPROCAL_RANK,)),
        *ranks(1, 5, 10, pattern="success_{}"),
    ),
    max_rank=None,
    float32=False,
    ties="scores are rounded to float32; equal ones go by document id, the greater string first; the rank column is not read",
    notes=(
        "Knows no junk: take it out of the run, or give this preset a protocol with junk. A query without a line in "
        "the relevance file, or none in the run (unless -c is given), is left out of every mean. A cut run is divided"
        " by all relevant documents."
    ),
    sources=(
        "usnistgov/trec_eval:form_res_rels.c",
        "usnistgov/trec_eval:m_map.c",
        "PyPI pytrec-eval-terrier 0.5.11, run by the tests",
    ),
    status="source",
)

_CITYFLOW: Final = Preset(
    name="vpulab_cityflow",
    protocol=Protocol(junk=(), depth=100, no_match="zero"),
    figures=(mean_average_precision(), *ranks(1, 5, 10, 15, 20, 30, 45, 100, pattern="CMC-{}")),
    max_rank=100,
    float32=False,
    ties=_FILE,
    notes=(
        "Sets out to average the precision before and at a match, but computes the second twice, so its AP is the "
        "non-interpolated one. Divided by all matches in the gallery, listed or not, and by all lines of the file. No"
        " camera is looked at."
    ),
    sources=("Paulamde/VPULab-CityFlow-ReID-Evaluation-Framework:Evaluation_CityFlow.py",),
    status="source",
)

_VISDA_DEVKIT: Final = Preset(
    name="visda2020_devkit",
    protocol=Protocol(junk_pids=_JUNK),
    figures=(*ranks(1, 5, 10, 20, 50, pattern="rank-{}"), mean_average_precision()),
    max_rank=50,
    float32=False,
    ties=_UNSTABLE,
    notes=(
        "Prints percent, over full rankings. The module of the function that it calls was not to be had; by its name and "
        "arguments it is taken for that of reid-strong-baseline (Python, sums of AP in float64)."
    ),
    sources=(
        "Simon4Yan/VisDA2020:devkit/learn/test.py",
        "Simon4Yan/VisDA2020:devkit/data/datasets/target_validation.py",
        "Simon4Yan/VisDA2020:README.md",
        "michuanhaohao/reid-strong-baseline:data/datasets/eval_reid.py",
    ),
    status="source",
)

_VISDA_SERVER: Final = Preset(
    name="visda2020_server",
    protocol=Protocol(junk_pids=_JUNK, depth=100, denominator="found"),
    figures=(mean_average_precision(), *ranks(1, 5, 10, 20, 50, pattern="rank-{}")),
    max_rank=100,
    float32=False,
    ties=_FILE,
    notes=(
        "Not public. Its authors say that it reads the first 100 items, that CMC is that of the devkit and that mAP "
        "is higher: so AP is taken to be divided by the matches found, and cameras to be treated as in the devkit."
    ),
    sources=("Simon4Yan/VisDA2020:README.md", "Simon4Yan/VisDA2020:submit_val/README.md"),
    status="assumed",
)

_VRAI: Final = Preset(
    name="vrai",
    protocol=Protocol(depth=1000),
    figures=(mean_average_precision(), *ranks(1, 5, 10, pattern="CMC-{}")),
    max_rank=None,
    float32=False,
    ties=_FILE,
    notes=(
        'Not public. Its authors name mAP and CMC "as in other ReID works" and their sample lists 1,000 items for '
        "each query: the camera rule of Market-1501, the non-interpolated AP and the division by all matches are "
        "taken from there."
    ),
    sources=("JiaoBL1234/VRAI-Dataset:README.md", "JiaoBL1234/VRAI-Dataset:random_evaluation.py"),
    status="assumed",
)

#: By name; `scoring.parity` names the public evaluators that are reproduced.
PRESETS: Final[Mapping[str, Preset]] = MappingProxyType(
    {
        preset.name: preset
        for preset in (
            _FAST_REID,
            _TORCHREID,
            _MATLAB,
            _LAYUMI,
            _TREC_EVAL,
            _CITYFLOW,
            _VISDA_DEVKIT,
            _VISDA_SERVER,
            _VRAI,
        )
    }
)
