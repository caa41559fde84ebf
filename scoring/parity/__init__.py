"""Score as public evaluators do: a preset per evaluator, under the names that it prints.

A preset is a protocol, the depth included, and the figures that its evaluator reports with what each is divided by. The kernels
are those of every other score: on input without ties a preset gives what its evaluator gives, to 1e-6, or 1e-5 where that one
accumulates in float32. What each does with ties stands in scoring/README.md, and tests/scoring/parity shows it with numbers.
"""

from scoring.parity.catalogue import PRESETS
from scoring.parity.pairs import Pairs, fastreid_roc, split_pairs
from scoring.parity.preset import Figure, ParityResult, Preset
from scoring.parity.roc import ROC_TARGETS, fastreid_tnr_at_frr

__all__ = [
    "PRESETS",
    "ROC_TARGETS",
    "Figure",
    "Pairs",
    "ParityResult",
    "Preset",
    "fastreid_roc",
    "fastreid_tnr_at_frr",
    "split_pairs",
]
