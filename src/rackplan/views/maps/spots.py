"""What a map is made of: boxes that stand for devices, with their place on the canvas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rackplan.sizes import HOST, LinkTier
from rackplan.views.diagram_canvas import PIXELS, FloatArray, Rect
from rackplan.views.diagram_plane import IntArray, Plane

MAX_LINES = 1500
"""Most links that are drawn one by one; with more, a line stands for all between two boxes."""
BOARDS = "hamming-mesh"
SWITCH = (-1, -1)
"""Place of a box of switches beside a lattice of boards."""


@dataclass(frozen=True)
class Frame:
    """A part of the canvas, measured in pixels from its upper left corner, y downwards."""

    left: float
    top: float
    width: float
    height: float
    unit: float
    """Pixels of a vertical canvas unit."""

    def points(self, pixels: FloatArray) -> FloatArray:
        """Points in canvas units; the last axis holds x and y."""
        return np.stack(
            [self.left + pixels[..., 0] / PIXELS, self.top - pixels[..., 1] / self.unit], axis=-1
        )

    def point(self, x: float, y: float) -> tuple[float, float]:
        """One point in canvas units."""
        return self.left + x / PIXELS, self.top - y / self.unit

    def rect(self, middle: tuple[float, float], half: tuple[float, float]) -> Rect:
        """A rectangle around a point."""
        x, y = self.point(*middle)
        wide, high = half[0] / PIXELS, half[1] / self.unit
        return Rect(x - wide, x + wide, y - high, y + high)


@dataclass(frozen=True)
class Group:
    """Devices that belong together.

    Attributes:
        name: what they are called in texts.
        label: what the map calls them where there is room.
        short: a number, where there is not.
        section: which part of the topology they are in: a subgraph, or quadrics and clusters.
        merged: how many groups of the topology they are.
    """

    name: str
    label: str
    short: str
    rows: IntArray
    section: int = 0
    merged: int = 1


@dataclass(frozen=True)
class Label:
    """A text outside its box, and on which side of the point it stands, as plotly calls it."""

    x: float
    y: float
    at: str


@dataclass(frozen=True)
class Spot:
    """A box of the map: its middle and half its width and height, in pixels of the frame.

    `label` is where its name stands; None where it stands inside. `place` is its place in a
    lattice, one number a dimension.
    """

    group: Group
    at: tuple[float, float]
    half: tuple[float, float]
    shade: int = -1
    label: Label | None = None
    place: tuple[int, ...] = ()


@dataclass(frozen=True)
class Joined:
    """The links of one tier by the pair of spots that they join, and those inside each spot.

    Attributes:
        lower: the smaller number of the two spots.
        first: the number of the pair's first link among those of the tier.
        inside: by spot; for links to hosts that are not drawn, those of the spot.
        to_hosts: whether the links lead to hosts that are not drawn.
    """

    tier: LinkTier
    lower: IntArray
    upper: IntArray
    links: IntArray
    first: IntArray
    inside: IntArray
    to_hosts: bool


@dataclass(frozen=True)
class Map:
    """Spots with the links between them, and where single devices stand if they are drawn.

    `dots` has shape (devices of the plan, 2), in pixels; nan where a device is not drawn.
    """

    plane: Plane
    frame: Frame
    spots: tuple[Spot, ...]
    dots: FloatArray | None
    joined: tuple[Joined, ...]
    colours: Mapping[str, str]
    """By tier."""


def nodes_of(plane: Plane) -> IntArray:
    """What a map draws: the switches, or the hosts where they are joined with each other."""
    hosts_too = not len(plane.switches) or plane.fabric.topology == BOARDS
    return plane.rows[HOST] if hosts_too else plane.switches


def spot_of(plane: Plane, spots: tuple[Spot, ...]) -> IntArray:
    """The spot of every device, -1 where it is in none."""
    found = np.full(len(plane.names), -1, dtype=np.int64)
    for number, spot in enumerate(spots):
        found[spot.group.rows] = number
    return found


def join(plane: Plane, spots: tuple[Spot, ...]) -> tuple[Joined, ...]:
    """The links between and inside spots, tier by tier; every link is counted once."""
    number, count = spot_of(plane, spots), len(spots)
    result = []
    for tier in plane.tiers:
        a, b = (number[end] for end in plane.ends[tier.name])
        to_hosts = bool((a < 0).any())
        a, b = np.where(a < 0, b, a), np.where(b < 0, a, b)
        low, high = np.minimum(a, b), np.maximum(a, b)
        between = np.flatnonzero(low < high)
        pairs, first, links = np.unique(
            low[between] * count + high[between], return_index=True, return_counts=True
        )
        inside = np.bincount(low[low == high], minlength=count)
        result.append(Joined(tier, pairs // count, pairs % count, links, between[first], inside,
                             to_hosts))  # fmt: skip
    return tuple(result)
