"""The grid of a hall: rows of positions, which of them are free, and where their centers are.

Rows lie along x. Row 0 and row 1 face each other over a cold aisle, row 1 and row 2 stand back to
back over a hot one, and so on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rackplan.floors import FloorSpec
from rackplan.tables import Array


@dataclass(frozen=True)
class Slot:
    """Neighbouring positions that one rack takes."""

    row: int
    position: int
    width: int = 1


def center(floor: FloorSpec, row: Array, position: Array, width: Array) -> tuple[Array, Array]:
    """Centers of racks. [m]

    Args:
        floor: sizes of positions, rows and aisles.
        row: row of each rack, from 0; shape (racks,).
        position: its first position, from 0.
        width: positions that it takes.
    """
    x = (position + width / 2) * floor.position_m
    y = floor.depth_m * (row + 0.5) + floor.cold_aisle_m * ((row + 1) // 2)
    return x, y + floor.hot_aisle_m * (row // 2)


def free_positions(floor: FloorSpec, rows: int, blocked: set[tuple[int, int]]) -> list[list[int]]:
    """By row, the positions that are not kept out or taken, ascending."""
    return [
        [position for position in range(floor.across) if (row, position) not in blocked]
        for row in range(rows)
    ]


@dataclass(frozen=True)
class Reserved:
    """How the positions of a hall are shared out, by row.

    Attributes:
        compute: positions for racks with nodes and their sidecars.
        network: positions for racks of switches.
    """

    compute: list[list[int]]
    network: list[list[int]]


def reserve(floor: FloorSpec, free: list[list[int]], network: int) -> Reserved:
    """Share out free positions as the floor says.

    Args:
        floor: where racks of switches stand.
        free: free positions by row.
        network: positions that racks of switches need.
    """
    compute, middle = [], []
    for row, share in zip(free, _shares(floor, free, network), strict=True):
        first = (len(row) - share) // 2 if floor.network != "end" else len(row) - share
        middle.append(row[first : first + share])
        compute.append(row[:first] + row[first + share :])
    return Reserved(compute, middle)


def _shares(floor: FloorSpec, free: list[list[int]], network: int) -> list[int]:
    """Positions of each row that racks of switches get."""
    rows = len(free)
    if floor.network == "rows":
        shares, left = [0] * rows, network
        for row in sorted(range(rows), key=lambda row: (abs(2 * row - rows + 1), row)):
            shares[row] = min(left, len(free[row]))
            left -= shares[row]
        return shares
    ends = np.cumsum([len(row) for row in free], dtype=np.int64)
    total = int(ends[-1]) if rows else 0
    upto = [network * int(end) // total if total else 0 for end in ends]
    return [after - before for before, after in zip([0, *upto], upto, strict=False)]


def fill(widths: list[int], rows: list[list[int]]) -> list[Slot] | None:
    """Slots for racks of some widths, in order, each on neighbouring positions of one row.

    A loop over racks: a plan has some thousands.

    Returns:
        One slot a width; None when they do not all fit.
    """
    runs = [run for row, positions in enumerate(rows) for run in _runs(row, positions)]
    slots: list[Slot] = []
    number, at = 0, 0
    for width in widths:
        while number < len(runs) and runs[number][1] + at + width > runs[number][2]:
            number, at = number + 1, 0
        if number == len(runs):
            return None
        row, first, _ = runs[number]
        slots.append(Slot(row, first + at, width))
        at += width
    return slots


def _runs(row: int, positions: list[int]) -> list[tuple[int, int, int]]:
    """(row, first, one past last) of every run of neighbouring positions."""
    runs: list[tuple[int, int, int]] = []
    for position in positions:
        if runs and runs[-1][2] == position:
            runs[-1] = (row, runs[-1][1], position + 1)
        else:
            runs.append((row, position, position + 1))
    return runs
