"""Name the protocols of public benchmarks, for packs and presets: every field with its source, or as assumed.

What a benchmark's annotations must hold beyond track, role, image_id, pid and camid is said in `notes`. Splits and data are
not part of this; DukeMTMC-reID was withdrawn by its authors and is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Final

from scoring.protocol import ADDED, Protocol

SOURCE: Final = "source"
ASSUMED: Final = "assumed"
_USUAL: Final = (
    "Not stated by the authors: as in the evaluators in common use (JDAI-CV/fast-reid:fastreid/evaluation/rank.py, "
    "KaiyangZhou/deep-person-reid:torchreid/metrics/rank.py)."
)
_DECIDES_NOTHING: Final = "Decides nothing: full rankings list every match."


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """Hold one protocol of one benchmark.

    Attributes
    ----------
    name : str
        Slug.
    title : str
        Name of the benchmark, and of its protocol where it has several.
    protocol : Protocol
    source : str
        Paper or file that fixes the fields in `stated`.
    stated : tuple of str
        Protocol fields that the source fixes; the others are assumed.
    assumed : mapping of field to str
        Why, where it is not the common usage.
    notes : str
        What is easily got wrong, and what the annotations must hold.
    """

    name: str
    title: str
    protocol: Protocol
    source: str
    stated: tuple[str, ...]
    assumed: Mapping[str, str] = field(default_factory=dict)
    notes: str = ""

    def statuses(self) -> dict[str, tuple[str, str]]:
        """Return status and note of every field, as packs write them; fields added later only where they are set."""
        names = [part.name for part in fields(Protocol) if part.name != "schema"]
        kept = [name for name in names if name not in ADDED or getattr(self.protocol, name) != ADDED[name]]
        reasons = {} if self.protocol.depth else {"denominator": _DECIDES_NOTHING}
        reasons.update(self.assumed)
        return {
            name: (SOURCE, self.source) if name in self.stated else (ASSUMED, reasons.get(name, _USUAL))
            for name in kept
        }


_JUNK: Final = ("junk", "junk_pids", "distractor_pids")
_MARKET: Final = Protocol(junk_pids=("-1",), distractor_pids=("0",))
_NO_JUNK: Final = Protocol(junk=())

_ALL: Final = (
    Benchmark(
        name="market1501",
        title="Market-1501",
        protocol=_MARKET,
        source="Zheng et al., ICCV 2015; zhunzhong07/IDE-baseline-Market-1501:market_evaluation",
        stated=(*_JUNK, "draw", "depth"),
        assumed={
            "ap": "The authors' MATLAB code has the trapezoid rule, 0.5 to 1.2 points lower (preset market1501_matlab); published "
            "mAPs are of the other kind."
        },
        notes="Identities -1 (junk) and 0 (distractor) are written as whole numbers, not as 0000.",
    ),
    Benchmark(
        name="cuhk03_np",
        title="CUHK03-NP, 767/700",
        protocol=Protocol(),
        source="Zhong et al., CVPR 2017; zhunzhong07/person-re-ranking:CUHK03-NP",
        stated=(*_JUNK, "draw", "depth"),
        assumed={"ap": "As for Market-1501; with 1 to 4 matches the trapezoid rule is 1.6 to 2.6 points lower."},
    ),
    Benchmark(
        name="cuhk03_classic",
        title="CUHK03, 1367/100, single-gallery-shot",
        protocol=Protocol(draw="per_query", draws=10),
        source="Li et al., CVPR 2014; eval_cuhk03 of fast-reid and torchreid",
        stated=(*_JUNK, "draw", "draws", "depth"),
        notes="One protocol for each of the 20 splits. The paper draws 100 times, the evaluators 10 times, without a seed.",
    ),
    Benchmark(
        name="msmt17",
        title="MSMT17",
        protocol=Protocol(),
        source="Wei et al., CVPR 2018; JDAI-CV/fast-reid:fastreid/data/datasets/msmt17.py",
        stated=(*_JUNK, "draw", "depth"),
        notes="Identity 0 is a person.",
    ),
    Benchmark(
        name="ag_reid2023",
        title="AG-ReID2023, labels",
        protocol=Protocol(gallery_labels="released"),
        source="agreid23/AG-ReID:demo/save_result.py; Nguyen et al., IJCB 2023",
        stated=("junk", "draw", "depth", "gallery_labels", "ties"),
        notes="The identity is person + time + altitude as one string of 13 characters. Two tracks in one file; micro is inferred.",
    ),
    Benchmark(
        name="ag_reid",
        title="AG-ReID (v1) and AG-ReID.v2",
        protocol=Protocol(),
        source="huynguyen792/AG-ReID:agreidtools, huynguyen792/AG-ReID.v2:agreidtools; Nguyen et al., ICME 2023, TIFS 2024",
        stated=(*_JUNK, "draw", "depth", "ap", "no_match"),
        notes="A track for each list. Query and gallery cameras are disjoint, so nothing is junk.",
    ),
    Benchmark(
        name="ag_vpreid",
        title="AG-VPReID 2025",
        protocol=Protocol(depth=10),
        source="agvpreid25/AG-VPReID:baselines/tfclip/processor/processor_clipreid_stage2.py",
        stated=("draw", "depth"),
        notes="Items are tracklets; two tracks (cases).",
    ),
    Benchmark(
        name="cargo",
        title="CARGO: ALL, ground-ground, aerial-aerial",
        protocol=Protocol(),
        source="Zhang et al., CVPR 2024; LinlyAC/VDT-AGPReID:fastreid/data/datasets/cargo.py",
        stated=(*_JUNK, "draw", "depth", "ap", "no_match"),
    ),
    Benchmark(
        name="cargo_ag",
        title="CARGO: aerial-ground",
        protocol=Protocol(junk=(("pid", "domain"),)),
        source="Zhang et al., CVPR 2024; LinlyAC/VDT-AGPReID:fastreid/data/datasets/cargo.py",
        stated=(*_JUNK, "draw", "depth", "ap", "no_match"),
        notes="Column domain: aerial for Cam1 to Cam5, ground for Cam6 to Cam13. Other people of the query's domain stay.",
    ),
    Benchmark(
        name="veri776",
        title="VeRi-776, image to image",
        protocol=Protocol(ap="trapezoid", no_match="zero"),
        source="Liu et al., ECCV 2016; VehicleReId/VeRi:code/baseline_evaluation.m, which calls compute_AP of Market-1501's code",
        stated=(*_JUNK, "draw", "depth", "ap"),
        assumed={
            "no_match": "As in Market-1501's code; every query has a match in another camera, so it decides nothing."
        },
        notes="Most later papers use the non-interpolated AP of fast-reid: not comparable.",
    ),
    Benchmark(
        name="veri776_tracks",
        title="VeRi-776, image to track",
        protocol=Protocol(image_to_track=True),
        source="Liu et al., ECCV 2016; Liu et al., TMM 2018 (PROVID)",
        stated=("junk", "draw", "image_to_track"),
        notes="Column tracklet. A track's score is that of its best image.",
    ),
    Benchmark(
        name="vehicleid",
        title="VehicleID: small, medium, large",
        protocol=Protocol(junk=(), draw="resplit", draws=10),
        source="Liu et al., CVPR 2016",
        stated=("junk", "draw", "draws", "depth"),
        notes="Column draws. Three sizes reported apart. R = 1, so mAP is the mean reciprocal rank.",
    ),
    Benchmark(
        name="veri_wild",
        title="VERI-Wild: 3000, 5000, 10000",
        protocol=Protocol(),
        source="Lou et al., CVPR 2019; PKU-IMRE/VERI-Wild:README.md",
        stated=("junk", "draw", "depth"),
        notes="The camera stands in vehicle_info.txt alone. Three tracks reported apart, so macro and micro mean little.",
    ),
    Benchmark(
        name="uav_veid",
        title="UAV-VeID",
        protocol=Protocol(junk=(), draw="fixed"),
        source="Teng et al., IJCV 2021, 3.2.2 and figure 11",
        stated=("junk", "draw", "ap"),
        notes="Column draws: 1 for the one image of each identity. Its printed mAPs rule the trapezoid rule out.",
    ),
    Benchmark(
        name="vrai",
        title="VRAI",
        protocol=Protocol(depth=1000),
        source="Wang et al., ICCV 2019; JiaoBL1234/VRAI-Dataset:random_evaluation.py",
        stated=("draw",),
        assumed={"depth": "The sample file has 1,000 items for a query; the server's own cut is not published."},
    ),
    Benchmark(
        name="uav_human",
        title="UAV-Human",
        protocol=Protocol(junk=(), distractor_pids=("50000",)),
        source="Li et al., CVPR 2021; sutdcv/UAV-Human:uavhumanreidtools/datasets/uavhuman.py",
        stated=(*_JUNK, "draw", "depth"),
        notes="The loader's camera is action and frame, so nothing is junk; identity is P and S joined.",
    ),
    Benchmark(
        name="prai1581",
        title="PRAI-1581",
        protocol=Protocol(),
        source="Zhang et al., TMM 2021; LinlyAC/VDT-AGPReID:fastreid/data/datasets/prai.py",
        stated=(*_JUNK, "draw", "depth"),
    ),
    Benchmark(
        name="g2aps",
        title="G2APS-ReID",
        protocol=Protocol(),
        source="Wang et al., CVPR 2025; wangshining681/SeCap-AGPReID:fastreid/data/datasets/g2apsreid.py",
        stated=("junk", "draw", "depth"),
        notes='The "+" lists add the other camera\'s gallery: there same-camera items are junk, elsewhere there are none.',
    ),
    Benchmark(
        name="lagper",
        title="LAGPeR",
        protocol=Protocol(),
        source="Wang et al., CVPR 2025; wangshining681/SeCap-AGPReID:fastreid/data/datasets/lagper.py",
        stated=("junk", "draw", "depth"),
        notes='Lists exp1_A2G to exp5_G2A+G; the camera rule matters in the last and the "+" lists.',
    ),
    Benchmark(
        name="mars",
        title="MARS",
        protocol=_MARKET,
        source="Zheng et al., ECCV 2016; torchreid's loader, which takes the queries out of the gallery",
        stated=(*_JUNK, "draw", "depth", "no_match"),
        notes="Items are tracklets. 140 of 1,980 queries have no match: skipped here, 0 in Market-1501's MATLAB code.",
    ),
    Benchmark(
        name="cityflow",
        title="CityFlow-ReID (AI City track 2)",
        protocol=Protocol(junk=(), depth=100, no_match="zero"),
        source="Tang et al., CVPR 2019; Paulamde/VPULab-CityFlow-ReID-Evaluation-Framework:Evaluation_CityFlow.py",
        stated=(*_JUNK, "depth", "ap", "denominator", "no_match"),
    ),
    Benchmark(
        name="visda2020",
        title="VisDA-2020",
        protocol=Protocol(junk_pids=("-1",), depth=100, denominator="found"),
        source="Simon4Yan/VisDA2020:README.md, submit_val/README.md",
        stated=("draw", "depth"),
        assumed={
            "denominator": "The server's mAP is said to be higher than the devkit's; dividing by the matches found explains it.",
            "junk": "As in the devkit; without it a sample's mAP@100 is 0.29 and not 0.17.",
        },
    ),
    Benchmark(
        name="urban_elements",
        title="Urban Elements ReID",
        protocol=Protocol(junk=(), depth=100),
        source="vpulab/Urban-Elements-ReID---baseline:Codes/Evaluate_csv.py, Codes/update.py",
        stated=(*_JUNK, "draw", "depth", "ap", "denominator", "no_match"),
        notes="Positions are counted from 1, in the order of file names. The script meant to interpolate AP, but does not.",
    ),
    Benchmark(
        name="deepsportradar",
        title="DeepSportradar player re-identification",
        protocol=Protocol(junk=(("camid",),)),
        source="DeepSportradar/player-reidentification-challenge:reid/evaluation_metrics/ranking.py (separate_camera_set)",
        stated=(*_JUNK, "draw", "depth"),
        assumed={"ap": "scikit-learn's average_precision_score, which is the same without ties."},
    ),
)

#: By name.
BENCHMARKS: Final[Mapping[str, Benchmark]] = MappingProxyType({benchmark.name: benchmark for benchmark in _ALL})
