"""Lengths that can be ordered: every cable is bought in the next longer one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

STANDARD_LENGTHS_M: tuple[float, ...] = (
    0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 7, 10, 15, 20, 25, 30, 35, 40, 45, 50, 60, 70, 80, 90, 100,
    120, 150, 200, 250, 300, 400, 500, 600, 800, 1000, 1500, 2000, 3000, 5000, 10_000,
)  # fmt: skip
"""Lengths where a cable has no list of its own: a default of rackplan, no maker's list. [m]"""

_TOLERANCE_M = 1e-9
"""A way of exactly 15 m, summed from decimals, is ordered as 15 m."""


def order_length(length_m: npt.ArrayLike, lengths_m: Sequence[float] | None = None) -> FloatArray:
    """The shortest orderable length that is not shorter; NaN where none is. [m]

    `length_m` has any shape, the answer the same. Without `lengths_m`, or with an empty list, the
    lengths are `STANDARD_LENGTHS_M`. A length that is NaN stays NaN.
    """
    ladder = np.unique(np.asarray(lengths_m or STANDARD_LENGTHS_M, dtype=np.float64))
    wanted = np.asarray(length_m, dtype=np.float64)
    step = np.searchsorted(ladder, wanted - _TOLERANCE_M, side="left")
    ordered: FloatArray = np.append(ladder, np.nan)[step]
    return ordered
