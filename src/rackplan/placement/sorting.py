"""How far every device is from the computers, and among which racks it belongs."""

from __future__ import annotations

import numpy as np

from rackplan.tables import Array


def levels_and_centers(a: Array, b: Array, rack: Array, count: int) -> tuple[Array, Array]:
    """Level of every device (0 in a rack of nodes) and the mean number of the racks below it.

    A leaf's center is the mean rack of its hosts, a spine's that of its leaves, and so on: racks
    of switches in the order of their centers stand beside what they serve. Devices that no link
    leads to keep level -1 and center infinity.

    Args:
        a: device at one end of each link; shape (links,).
        b: device at the other end.
        rack: rack of each device, -1 for those that stand in none yet; shape (devices,).
        count: devices.
    """
    center = np.where(rack >= 0, rack, np.inf).astype(np.float64)
    level = np.where(rack >= 0, 0, -1)
    for step in range(1, 7):  # a fabric has four tiers at most
        reached = np.zeros(count)
        total = np.zeros(count)
        for near, far in ((a, b), (b, a)):
            known = (level[near] >= 0) & (level[far] < 0)
            reached += np.bincount(far[known], minlength=count)
            total += np.bincount(far[known], center[near[known]], minlength=count)
        new = reached > 0
        if not new.any():
            break
        level[new] = step
        center[new] = total[new] / reached[new]
    return level, center
