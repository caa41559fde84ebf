"""Number the columns of the integer rows that pixel loops read: compiled in, so that a change compiles them anew."""

from __future__ import annotations

BEARD, MOUSTACHE, CLEAR_GLASSES, DARK_GLASSES = 1, 2, 4, 8
"""Flags of a face."""
WIDTH = 14
"""Integers of a material."""
PATTERN, FIRST, SECOND, FOLDS, GRAIN, SEED, SIZE, FLAGS, SHINE = 0, 1, 4, 7, 8, 9, 10, 11, 12
