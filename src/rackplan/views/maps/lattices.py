"""Where the nodes of a lattice stand, and how its lines run: straight, in loops, arcs and bars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

import numpy as np

from rackplan.views.diagram_canvas import FloatArray
from rackplan.views.diagram_hosts import split
from rackplan.views.diagram_plane import IntArray, Plane
from rackplan.views.maps.groups import alone, coordinates
from rackplan.views.maps.spots import Frame, Group, Joined, Spot, nodes_of

MOST_CELLS = {2: 20, 3: 6}
"""Most cells along a side, by the number of dimensions."""
MOST_ARCS = 420
ARC_POINTS = 13
Place: TypeAlias = tuple[int, ...]
MARGIN = 34.0


@dataclass(frozen=True)
class Lattice:
    """How a lattice is drawn: cells along each side, and steps from a cell to the next one.

    Attributes:
        steps: the step along every dimension, in pixels; shape (dimensions, 2).
        half: half of the width and height of a cell's box.
        rings: whether lines are rings, and not all joined to all.
        tile: nodes of a cell along each side.
    """

    sides: tuple[int, ...]
    steps: FloatArray
    half: tuple[float, float]
    rings: bool
    tile: tuple[int, ...]

    def reach(self, dimension: int) -> float:
        """Pixels from the middle of a box to its edge, along a dimension."""
        along = np.abs(self.steps[dimension]) / np.linalg.norm(self.steps[dimension])
        return float(min(np.array(self.half) / np.maximum(along, 1e-9)))

    def pitch(self, dimension: int) -> float:
        """Pixels from one box to the next."""
        return float(np.linalg.norm(self.steps[dimension]))

    def unit(self, dimension: int) -> FloatArray:
        """A step of one pixel."""
        return np.asarray(self.steps[dimension] / self.pitch(dimension))


def drawn_as_lattice(plane: Plane) -> bool:
    """Whether the nodes stand in rows and columns, and in three dimensions if they are rings."""
    if plane.fabric.topology not in ("torus", "hyperx"):
        return False
    dimensions = len(plane.fabric.size.shape.sides)
    return dimensions == 2 or (dimensions == 3 and plane.fabric.topology == "torus")


def lattice_spots(plane: Plane, frame: Frame) -> tuple[tuple[Spot, ...], Lattice]:
    """A box for every node, or for a block of nodes where there are too many."""
    shape = plane.fabric.size.shape
    sides, board = shape.sides, getattr(shape, "board", (1,) * len(shape.sides))
    tile = [_tile(side, own, len(sides)) for side, own in zip(sides, board, strict=True)]
    cells = tuple(-(-side // each) for side, each in zip(sides, tile, strict=True))
    rows = nodes_of(plane)
    place = coordinates(plane, rows) // np.array(tile)[:, None]
    number = np.ravel_multi_index(tuple(place[::-1]), cells[::-1])
    lattice = _lattice(cells, tuple(tile), frame, rings=plane.fabric.topology == "torus")
    origin = _origin(lattice, frame)
    spots = []
    for part, indices in zip(split(rows, number), split(np.arange(len(rows)), number), strict=True):
        here = tuple(place[:, indices[0]].tolist())
        at = origin + np.array(here) @ lattice.steps
        group = _cell(plane, part, here, tile)
        spots.append(Spot(group, (float(at[0]), float(at[1])), lattice.half, 0, place=here))
    return tuple(spots), lattice


def _tile(side: int, board: int, dimensions: int) -> int:
    """Nodes of a cell along one side: few enough cells, whole boards, equal cells if possible."""
    most = MOST_CELLS[dimensions]
    if side <= most:
        return 1
    fitting = [each for each in range(board, side + 1, board)
               if side % each == 0 and side // each <= most]  # fmt: skip
    return fitting[0] if fitting and side // fitting[0] > 2 else -(-side // most)


def _cell(plane: Plane, rows: IntArray, place: Sequence[int], tile: Sequence[int]) -> Group:
    if len(rows) == 1:
        return alone(plane, int(rows[0]))
    spans = [
        f"{first * each + 1}-{(first + 1) * each}" if each > 1 else str(first + 1)
        for first, each in zip(place, tile, strict=True)
    ]
    count = f"{len(rows):,}"
    return Group(f"nodes ({', '.join(spans)})", count, count, rows, 0, len(rows))


def _lattice(
    cells: tuple[int, ...], tile: tuple[int, ...], frame: Frame, *, rings: bool
) -> Lattice:
    """Steps that let the lattice fill the frame; the third dimension runs to the upper right."""
    wide, high = frame.width - 2 * MARGIN, frame.height - 2 * MARGIN
    if len(cells) == 2:
        x, y = min(wide / cells[0], 110.0), min(high / cells[1], 110.0)
        x, y = min(x, 1.8 * y), min(y, 1.8 * x)
        half = (min(0.28 * x, 24.0), min(0.28 * y, 24.0))
        return Lattice(cells, np.array([[x, 0], [0, y]]), half, rings, tile)
    deep = cells[2] - 1
    slope = np.minimum(np.array([0.3, 0.24]), np.array([0.74, 0.66]) / max(deep, 1))
    pitch = min(wide / (cells[0] - 0.3 + slope[0] * deep),
                high / (cells[1] - 0.3 + slope[1] * deep), 130.0)  # fmt: skip
    steps = np.array([[pitch, 0], [0, pitch], [slope[0] * pitch, -slope[1] * pitch]])
    half = min(0.085 * pitch, 11.0, 0.42 * slope[1] * pitch)
    return Lattice(cells, steps, (half, half), rings, tile)


def _origin(lattice: Lattice, frame: Frame) -> FloatArray:
    """Where cell (0, 0, ...) stands so that the lattice is in the middle."""
    corners = np.array([
        np.array(corner) @ lattice.steps
        for corner in product(*((0, side - 1) for side in lattice.sides))
    ])  # fmt: skip
    middle = (corners.min(axis=0) + corners.max(axis=0)) / 2
    return np.asarray(np.array([frame.width / 2, frame.height / 2]) - middle)


@dataclass(frozen=True)
class Routes:
    """Paths of pairs, in pixels, shape (pairs, points, 2), and the numbers of the pairs.

    Faint ones go round; of two paths of a pair, only one is `told` under the pointer.
    """

    paths: FloatArray
    pairs: IntArray
    faint: bool = False
    told: bool = True


def routes(lattice: Lattice, spots: Sequence[Spot], joined: Joined) -> Iterator[Routes]:
    """How the links run: straight between neighbours, else round or in arcs.

    Between the ends of a ring there is a loop (in two dimensions) or a stub at both ends (in
    three).
    """
    at = np.array([spot.at for spot in spots])
    place = np.array([spot.place for spot in spots])
    apart = place[joined.upper] - place[joined.lower]
    dimension, distance = np.argmax(apart != 0, axis=1), np.abs(apart).max(axis=1)
    for one in range(len(lattice.sides)):
        near = np.flatnonzero((distance == 1) & (dimension == one))
        far = np.flatnonzero((distance > 1) & (dimension == one))
        edge = lattice.reach(one) * lattice.unit(one)
        if len(near):
            ends = (at[joined.lower[near]] + edge, at[joined.upper[near]] - edge)
            yield Routes(np.stack(ends, axis=1), near)
        if not len(far):
            continue
        low, high = at[joined.lower[far]], at[joined.upper[far]]
        if not lattice.rings:
            yield Routes(_arcs(lattice, one, low, high), far)
        elif len(lattice.sides) == 2:
            yield Routes(_loops(lattice, one, low, high), far, faint=True)
        else:
            out = 0.42 * lattice.steps[one]
            yield Routes(np.stack([low - edge, low - out], axis=1), far, faint=True)
            yield Routes(np.stack([high + edge, high + out], axis=1), far, faint=True, told=False)


def _arcs(lattice: Lattice, dimension: int, low: FloatArray, high: FloatArray) -> FloatArray:
    """Arcs above a row or right of a column, higher the further apart their ends are."""
    step, other = np.linspace(0, 1, ARC_POINTS)[None, :, None], 1 - dimension
    side = lattice.unit(other) * (-1 if dimension == 0 else 1)
    gap = lattice.pitch(other) - 2 * lattice.reach(other)
    apart = np.linalg.norm(high - low, axis=1)
    height = gap * (0.25 + 0.6 * apart / max(float(apart.max()), 1.0))
    start, stop = (end + lattice.reach(other) * side for end in (low, high))
    bow = 4 * step * (1 - step) * height[:, None, None] * side
    return np.asarray(start[:, None] + (stop - start)[:, None] * step + bow)


def _loops(lattice: Lattice, dimension: int, low: FloatArray, high: FloatArray) -> FloatArray:
    """Out at one end of a line, back in the gap beside it, and in at the other end."""
    along = lattice.unit(dimension)
    out = (lattice.reach(dimension) + min(0.2 * lattice.pitch(dimension), 14.0)) * along
    gap = 0.42 * lattice.steps[1 - dimension]
    edge = lattice.reach(dimension) * along
    turns = [high + edge, high + out, high + out + gap, low - out + gap, low - out, low - edge]
    return np.stack(turns, axis=1)


def has_bars(lattice: Lattice, joined: Joined) -> bool:
    """Whether lines are drawn as bars, as arcs would be too many."""
    return not lattice.rings and len(joined.links) > MOST_ARCS


@dataclass(frozen=True)
class Bar:
    """A line whose boxes are all joined to all: a bar, and stubs from the boxes, in pixels."""

    ends: FloatArray
    stubs: FloatArray
    on: tuple[int, ...]
    """The spots on the line."""
    links: int


def bars(lattice: Lattice, spots: Sequence[Spot], joined: Joined) -> Iterator[Bar]:
    """The bars of a tier of links."""
    place = np.array([spot.place for spot in spots])
    apart = place[joined.upper] - place[joined.lower]
    for dimension in range(len(lattice.sides)):
        mine, other = apart[:, dimension] != 0, 1 - dimension
        line = place[joined.lower[mine], other]
        aside = lattice.unit(other) * (-1 if dimension == 0 else 1)
        for number in np.unique(line).tolist():
            on = np.flatnonzero(place[:, other] == number).tolist()
            at = np.array([spots[n].at for n in on])
            bar = at + aside * 0.43 * lattice.pitch(other)
            stubs = np.stack([at + aside * lattice.reach(other), bar], axis=1)
            links = int(joined.links[mine][line == number].sum())
            yield Bar(bar[[0, -1]], stubs, tuple(on), links)


def board_outlines(lattice: Lattice, board: Sequence[int]) -> Iterator[tuple[Place, Place]]:
    """The first and the last cell of every board, in two dimensions where cells are nodes."""
    if max(lattice.tile) > 1 or len(lattice.sides) != 2 or max(board) == 1:
        return
    steps = [range(0, side, own) for side, own in zip(lattice.sides, board, strict=True)]
    for first in product(*steps):
        yield first, tuple(start + own - 1 for start, own in zip(first, board, strict=True))
