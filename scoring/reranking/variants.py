"""Name every choice that published codes of k-reciprocal re-ranking make differently, and each code by its choices."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

EUCLIDEAN: Final = "euclidean"
SQUARED: Final = "squared"
FOURTH_POWER: Final = "fourth_power"
ROW_MAX: Final = "row_max"
UNSCALED: Final = "none"
SELF_AND_K1: Final = "self_and_k1"
K1_WITH_SELF: Final = "k1_with_self"
K1_OTHERS: Final = "k1_others"
HALF_TO_EVEN: Final = "half_to_even"
HALF_UP: Final = "half_up"
FLOOR: Final = "floor"
MORE_THAN: Final = "more_than"
AT_LEAST: Final = "at_least"
UNIT_SUM: Final = "unit_sum"
RAW: Final = "raw"
SAME: Final = "same"
COSINE: Final = "cosine"

CHOICES: Final = {
    "distance": (EUCLIDEAN, SQUARED, FOURTH_POWER),
    "scaling": (ROW_MAX, UNSCALED),
    "neighbourhood": (SELF_AND_K1, K1_WITH_SELF, K1_OTHERS),
    "half": (HALF_TO_EVEN, HALF_UP, FLOOR),
    "overlap": (MORE_THAN, AT_LEAST),
    "weights": (UNIT_SUM, RAW),
    "mixed": (SAME, COSINE),
}


@dataclass(frozen=True)
class KReciprocal:
    """Hold the choices of one variant; the defaults are the authors' Python code.

    Parameters
    ----------
    k1, k2 : int, at least 1
        Size of the neighbourhood, and of the group over which encodings are averaged (1: not averaged).
    lambda_value : float in [0, 1]
        Share of the original distance in the result; the rest is the Jaccard distance.
    unit_length : bool
        Whether embeddings are brought to length 1 first.
    distance : str
        The original distance d: ``euclidean``, ``squared`` or ``fourth_power`` (a squared distance that was squared again).
    scaling : str
        ``row_max``: d is divided by the largest d of its row over queries and gallery; ``none``: it is not.
    neighbourhood : str
        Who is in N(i, k1): ``self_and_k1`` the image and k1 others, ``k1_with_self`` the image and k1 - 1 others (what a
        search for k1 items returns), ``k1_others`` k1 others alone.
    half : str
        Size of the small neighbourhood that may be joined: ``half_to_even`` k1/2 rounded to even plus 1, ``half_up``
        (k1 + 1)/2 rounded up, ``floor`` k1/2 rounded down.
    overlap : str
        A small set is joined if ``more_than`` or ``at_least`` 2/3 of it lies in the large one.
    weights : str
        exp(-d) is divided by the sum of its row (``unit_sum``) or not (``raw``).
    mixed : str
        The original distance in the result: the ``same`` as in the weights, or 1 - ``cosine`` without scaling.

    Raises
    ------
    ValueError
        For a value out of range, or one that is no choice.

    References
    ----------
    Zhong, Zheng, Cao, Li: Re-ranking Person Re-identification with k-reciprocal Encoding, CVPR 2017, section 3.
    """

    k1: int = 20
    k2: int = 6
    lambda_value: float = 0.3
    unit_length: bool = False
    distance: str = SQUARED
    scaling: str = ROW_MAX
    neighbourhood: str = SELF_AND_K1
    half: str = HALF_TO_EVEN
    overlap: str = MORE_THAN
    weights: str = UNIT_SUM
    mixed: str = SAME

    def __post_init__(self) -> None:
        if self.k1 < 1 or self.k2 < 1:
            raise ValueError("k1 and k2 are whole numbers from 1.")
        if not 0.0 <= self.lambda_value <= 1.0:
            raise ValueError("lambda_value is a share from 0 to 1.")
        for field, choices in CHOICES.items():
            if getattr(self, field) not in choices:
                raise ValueError(f"{field} is one of {', '.join(choices)}.")
        if self.mixed == COSINE and not self.unit_length:
            raise ValueError("The cosine distance is mixed in for embeddings of unit length alone.")

    @property
    def has_self(self) -> bool:
        """Tell whether an image is in its own neighbourhood."""
        return self.neighbourhood != K1_OTHERS

    @property
    def neighbours(self) -> int:
        """Return the size of N(i, k1)."""
        return self.k1 + 1 if self.neighbourhood == SELF_AND_K1 else self.k1

    @property
    def half_neighbours(self) -> int:
        """Return the size of the small neighbourhood."""
        sizes = {HALF_TO_EVEN: round(self.k1 / 2) + 1, HALF_UP: (self.k1 + 2) // 2, FLOOR: self.k1 // 2}
        return min(sizes[self.half], self.neighbours)

    @property
    def averaged(self) -> int:
        """Return the size of the group over which encodings are averaged."""
        # A search for k1 items knows no more of them.
        return min(self.k2, self.k1) if self.neighbourhood == K1_WITH_SELF else self.k2


#: The authors' Python code: zhunzhong07/person-re-ranking, python-version/re_ranking_ranklist.py and re_ranking_feature.
ZHONG_PYTHON: Final = KReciprocal()
#: The authors' MATLAB code: zhunzhong07/person-re-ranking, evaluation/utils/re_ranking.m; another half for k1 = 3, 7, 11, ...
ZHONG_MATLAB: Final = KReciprocal(half=HALF_UP)
#: The paper's formulas read literally: an image is none of its own neighbours, sums are not 1 (sections 3.2 to 3.5).
ZHONG_PAPER: Final = KReciprocal(scaling=UNSCALED, neighbourhood=K1_OTHERS, half=FLOOR, overlap=AT_LEAST, weights=RAW)
#: michuanhaohao/reid-strong-baseline, utils/re_ranking.py, behind its normalisation of features.
STRONG_BASELINE: Final = KReciprocal(unit_length=True)
#: damo-cv/TransReID, utils/reranking.py, as its evaluator calls it.
TRANSREID: Final = replace(STRONG_BASELINE, k1=50, k2=15)
#: KaiyangZhou/deep-person-reid, torchreid/utils/rerank.py: its "euclidean" distances are squared before it squares them.
TORCHREID: Final = KReciprocal(distance=FOURTH_POWER)
#: layumi/Person_reID_baseline_pytorch, re_ranking.py: 2 - 2 cos, which is squared again.
LAYUMI: Final = KReciprocal(unit_length=True, distance=FOURTH_POWER)
#: JDAI-CV/fast-reid, fastreid/evaluation/rerank.py on cosine distances: (1 - cos)^2 by its row's largest, as layumi's.
FAST_REID_RERANK: Final = LAYUMI
#: JDAI-CV/fast-reid, its evaluator with metric cosine: Jaccard of fastreid/utils/compute_dist.py, plain cosine mixed in.
FAST_REID: Final = KReciprocal(unit_length=True, scaling=UNSCALED, neighbourhood=K1_WITH_SELF, mixed=COSINE)
#: yxgeee/SpCL and alibaba/cluster-contrast-reid, utils/faiss_rerank.py: the Jaccard distance that pseudo-labels come from.
SPCL: Final = KReciprocal(unit_length=True, scaling=UNSCALED, neighbourhood=K1_WITH_SELF, lambda_value=0.0)
#: The same as cluster-contrast-reid calls it (k1 = 30).
CLUSTER_CONTRAST: Final = replace(SPCL, k1=30)

VARIANTS: Final = {
    "zhong_python": ZHONG_PYTHON,
    "zhong_matlab": ZHONG_MATLAB,
    "zhong_paper": ZHONG_PAPER,
    "strong_baseline": STRONG_BASELINE,
    "transreid": TRANSREID,
    "torchreid": TORCHREID,
    "layumi": LAYUMI,
    "fast_reid_rerank": FAST_REID_RERANK,
    "fast_reid": FAST_REID,
    "spcl": SPCL,
    "cluster_contrast": CLUSTER_CONTRAST,
}
