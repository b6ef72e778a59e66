"""What every part of a side carries, in normal operation and when its peer on another side fails.

All sides have the same groups of racks. The live feeds of a rack share its load P evenly: P / n on
each of n sides, and P / (n - 1) once a side is lost, which adds P / (n (n - 1)). A part of side t
therefore gains most when everything of another side s fails that feeds its own racks:

    worst(t) = normal(t) + max over s of sum of P / (n (n - 1)) over its racks on both s and t

Its peer on side s is the smallest part whose loss does that: anything above the peer adds no more,
anything below less.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rackplan.supply.loads import Bools, Floats, Ints


@dataclass(frozen=True)
class Carried:
    """Loads of one kind of part; every array has the shape (groups, sides).

    Attributes:
        present: whether there is such a part: its group has racks on that side.
        racks: racks on it.
        normal_w: load while nothing has failed. [W]
        worst_w: largest load while one other part has failed. [W]
        failed: the side whose part has failed then, -1 where no loss adds load.
        unknown: whether part of its load is unknown.
    """

    present: Bools
    racks: Ints
    normal_w: Floats
    worst_w: Floats
    failed: Ints
    unknown: Bools


def carried(
    watts: Floats, group: Ints, groups: int, sides: Bools, unknown: Bools, *, moves: bool
) -> Carried:
    """Loads of the parts of one kind.

    Args:
        watts: (racks,) what each rack draws from all its parts of this kind. [W]
        group: (racks,) group of each rack, -1 where it has none.
        groups: number of groups.
        sides: (racks, sides) which sides feed a rack.
        unknown: (racks,) whether the load of a rack is not known in full.
        moves: whether other sides take over what a lost one carried.
    """
    systems = sides.shape[1]
    several = sides.sum(axis=1)
    share = watts / np.maximum(several, 1)
    extra = np.where(several > 1, share / np.maximum(several - 1, 1), 0.0)

    def total(values: Floats | Bools, on: Bools) -> Floats:
        return np.bincount(group[on], values[on], groups).astype(np.float64)

    shape = (groups, systems)
    racks, normal, unsure = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    gain, failed = np.zeros(shape), np.full(shape, -1, dtype=np.int64)
    ones = np.ones(len(watts))
    # At most eight systems, so few pairs of them.
    for side in range(systems):
        on = sides[:, side] & (group >= 0)
        racks[:, side] = total(ones, on)
        normal[:, side] = total(share, on)
        unsure[:, side] = total(unknown, on)
        for other in range(systems if moves else 0):
            if other != side:
                more = total(extra, on & sides[:, other])
                better = more > gain[:, side]
                gain[better, side] = more[better]
                failed[better, side] = other
    return Carried(racks > 0, racks.astype(np.int64), normal, normal + gain, failed, unsure > 0)
