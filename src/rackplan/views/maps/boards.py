"""A HammingMesh: boards in rows and columns, and the switches at the ends of their lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rackplan.views.diagram_canvas import FloatArray
from rackplan.views.diagram_hosts import split
from rackplan.views.diagram_plane import IntArray, Plane, plural
from rackplan.views.maps.spots import SWITCH, Frame, Group, Joined, Spot, nodes_of

MOST_BOARDS = 16
"""Most boxes in a row or column; with more, a box stands for a block of boards."""
SHARE = 0.33
"""Half the width of a box, of the step to the next one."""
SIDE = 96.0
"""Room for the switches at the right and at the top, in pixels."""


def board_spots(plane: Plane, frame: Frame) -> tuple[Spot, ...]:
    """Boards, or blocks of them, then the switches of rows, then those of columns."""
    shape = plane.fabric.size.shape
    rows = nodes_of(plane)
    a, b = (1, 1) if shape.whole else shape.board
    board = np.arange(len(rows)) // (a * b)
    across, along = shape.across, -(-shape.boards // shape.across)
    tile = (-(-across // MOST_BOARDS), -(-along // MOST_BOARDS))
    place = np.stack([board % across // tile[0], board // across // tile[1]])
    cells = (-(-across // tile[0]), -(-along // tile[1]))
    pitch = min((frame.width - SIDE - 16) / cells[0], (frame.height - SIDE - 16) / cells[1], 120.0)
    left = (frame.width - SIDE - pitch * cells[0]) / 2
    half = SHARE * pitch
    spots = []
    for part in split(np.arange(len(rows)), place[1] * cells[0] + place[0]):
        x, y = place[:, part[0]].tolist()
        at = (left + (x + 0.5) * pitch, SIDE + (y + 0.5) * pitch)
        group = _boards(rows[part], board[part])
        spots.append(Spot(group, at, (half, half), 0 if not shape.whole else -1, place=(x, y)))
    cell_of = np.full((2, len(plane.names)), -1, dtype=np.int64)
    cell_of[:, rows] = place
    meshed = "board" in plane.ends
    line_shades = {"row": int(meshed), "column": int(meshed) + 1}
    right = left + pitch * cells[0] + SIDE / 2 + 4
    for line, cells_in_line in (("row", cell_of[1]), ("column", cell_of[0])):
        for switches, first, last in _line_switches(plane, line, cells_in_line):
            middle = (first + last + 1) / 2 * pitch
            long = (last + 1 - first) / 2 * pitch - 0.1 * pitch
            at, sides = (right, SIDE + middle), (SIDE / 2 - 8, long)
            if line == "column":
                at, sides = (left + middle, SIDE / 2 - 6), (long, SIDE / 2 - 14)
            group = _switches(plane, line, switches, (first, last), tile)
            spots.append(Spot(group, at, sides, line_shades[line], place=SWITCH))
    return tuple(spots)


def _boards(rows: IntArray, board: IntArray) -> Group:
    first, last = int(board[0]) + 1, int(board[-1]) + 1
    count = len(np.unique(board))
    if count == 1:
        return Group(f"board {first}", str(first), str(first), rows)
    return Group(f"{count} boards, {first} to {last}", str(count), str(count), rows, 0, count)


def _line_switches(plane: Plane, line: str, cell: IntArray) -> Iterator[tuple[IntArray, int, int]]:
    """The switches that serve neighbouring rows (or columns) of cells, and the first and last."""
    host, leaf = plane.ends[f"host_{line}"]
    lines = int(cell.max()) + 1
    shared = np.arange(lines)
    first, last = (np.full(len(plane.names), fill) for fill in (lines, -1))
    np.minimum.at(first, leaf, cell[host])
    np.maximum.at(last, leaf, cell[host])
    for switch in np.flatnonzero(last > first).tolist():  # a switch that several rows share
        shared[first[switch] : last[switch] + 1] = shared[first[switch]]
    owner = np.full(len(plane.names), -1, dtype=np.int64)
    owner[leaf] = shared[cell[host]]
    switches = [plane.rows[f"{line}_leaf"]]
    if f"{line}_spine" in plane.rows:
        lower, upper = plane.ends[f"{line}_leaf_spine"]
        np.maximum.at(owner, upper, owner[lower])
        np.maximum.at(owner, lower, owner[upper])  # leaves that have no board yet
        switches.append(plane.rows[f"{line}_spine"])
    rows = np.concatenate(switches)
    for part in split(rows, owner[rows]):
        mine = np.flatnonzero(shared == owner[part[0]])
        yield part, int(mine[0]), int(mine[-1])


def _switches(
    plane: Plane, line: str, rows: IntArray, cells: tuple[int, int], tile: tuple[int, int]
) -> Group:
    """What the switches of some rows or columns are called."""
    each = tile[1] if line == "row" else tile[0]
    first, last = cells[0] * each + 1, (cells[1] + 1) * each
    counts = {
        word: int(np.isin(rows, plane.rows.get(f"{line}_{word}", rows[:0])).sum())
        for word in ("leaf", "spine")
    }
    told = ", ".join(f"{n:,} {plural(word, n)}" for word, n in counts.items() if n)
    number = f"{first}" if first == last else f"{first}-{last}"
    name = f"{plural(line, last - first + 1)} {number}"
    return Group(f"{name}: {told}", f"{name}: {told}", number, rows, 1)


@dataclass(frozen=True)
class Run:
    """A row or column of boxes and its switches.

    A bar in the gap beside the boxes ends at the switches; a stub leads from every box to it.
    Both are in pixels; `pairs` are the numbers of the pairs of spots.
    """

    bar: FloatArray
    stubs: FloatArray
    pairs: IntArray


def runs(spots: Sequence[Spot], joined: Joined, *, columns: bool) -> Iterator[Run]:
    """The lines of boards to their switches."""
    axis = 1 if columns else 0
    place = np.array([spots[n].place[1 - axis] for n in joined.lower.tolist()])
    side = np.array([1.0, 0.0]) if columns else np.array([0.0, 1.0])
    aside = side * 0.43 * _pitch(spots)
    for part in split(np.arange(len(place)), place * len(spots) + joined.upper):
        switch = spots[int(joined.upper[part[0]])]
        at = np.array([spots[n].at for n in joined.lower[part].tolist()])
        foot = at + aside
        end = foot[0].copy()
        end[axis] = switch.at[axis] + (switch.half[1] if columns else -switch.half[0])
        far = foot[-1] if columns else foot[0]
        stubs = np.stack([at + side * spots[0].half[0], foot], axis=1)
        yield Run(np.stack([far, end]), stubs, part)


def _pitch(spots: Sequence[Spot]) -> float:
    """Pixels from one box to the next."""
    return spots[0].half[0] / SHARE


def grid_dots(plane: Plane, spots: Sequence[Spot]) -> FloatArray | None:
    """Where every accelerator stands on its board, in pixels; None where boxes are too small."""
    shape = plane.fabric.size.shape
    if shape.whole or any(spot.group.merged > 1 for spot in spots):
        return None
    a, b = shape.board
    half = spots[0].half[0]
    if half < 4 * max(a, b):
        return None
    dots = np.full((len(plane.names), 2), np.nan)
    column, row = np.arange(a * b) % a, np.arange(a * b) // a
    pitch = 2 * half / max(a, b)
    inside = np.column_stack([column - (a - 1) / 2, row - (b - 1) / 2]) * pitch * 0.9
    for spot in spots:
        if spot.place != SWITCH:
            dots[spot.group.rows] = np.array(spot.at) + inside
    return dots
