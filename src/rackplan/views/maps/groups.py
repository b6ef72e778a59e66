"""Which devices of a direct topology are drawn together, and what they are called."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from rackplan.views.diagram_hosts import split
from rackplan.views.diagram_plane import IntArray, Plane, title_of
from rackplan.views.maps.spots import Group, nodes_of

MOST_ON_A_RING = 48
MOST_IN_A_ROW = 32


def groups_of(plane: Plane) -> list[Group]:
    """The groups of a topology; the slices of a lattice; single devices where there are none."""
    rows = nodes_of(plane)
    key = _keys(plane, rows)
    if key.max(initial=0) == 0:
        return [alone(plane, row) for row in rows.tolist()]
    return [_named(plane, number, part) for number, part in enumerate(split(rows, key))]


def merged(groups: Sequence[Group], most: int) -> list[Group]:
    """The groups, neighbours of a section put together until each section has few enough."""
    result: list[Group] = []
    for section in sorted({group.section for group in groups}):
        mine = [group for group in groups if group.section == section]
        per = -(-len(mine) // most)
        result += [_together(mine[first : first + per]) for first in range(0, len(mine), per)]
    return result


def coordinates(plane: Plane, rows: IntArray) -> IntArray:
    """Coordinates of nodes of a HyperX or torus; shape (dimensions, nodes)."""
    sides = plane.fabric.size.shape.sides
    number = np.searchsorted(nodes_of(plane), rows)
    strides = [math.prod(sides[:dimension]) for dimension in range(len(sides))]
    return np.stack([number // stride % side for stride, side in zip(strides, sides, strict=True)])


def is_lattice(plane: Plane) -> bool:
    """Whether nodes have coordinates."""
    return plane.fabric.topology in ("hyperx", "torus")


def _keys(plane: Plane, rows: IntArray) -> IntArray:
    """Number of the group of every device; all 0 where each stands for itself."""
    if is_lattice(plane):
        sides = plane.fabric.size.shape.sides
        return coordinates(plane, rows)[-1] if len(sides) > 1 else np.zeros_like(rows)
    key = plane.column("group", rows)
    return np.asarray(key - key.min(initial=0))


def alone(plane: Plane, row: int) -> Group:
    """A device by itself."""
    name, label = plane.names[row], plane.names[row]
    number = name.rsplit("-", 1)[-1].lstrip("n0")
    role = plane.word("role", row)
    if role in plane.rows:
        label = f"{title_of(role)} {number}"
    return Group(name, label, number, np.array([row]))


def _named(plane: Plane, number: int, rows: IntArray) -> Group:
    """A group as its topology calls it."""
    topology, short = plane.fabric.topology, str(number + 1)
    if topology == "slim-fly":
        half, place = divmod(number, plane.fabric.size.shape.q)
        label = f"group {place + 1}"
        return Group(f"subgraph {half + 1}, {label}", label, str(place + 1), rows, half)
    if topology == "polarfly" and number == 0:
        return Group("quadrics", "quadrics", "Q", rows, 0)
    section = int(topology == "polarfly")
    word = "cluster" if section else "slice" if is_lattice(plane) else "group"
    short = str(number) if section else short
    return Group(f"{word} {short}", f"{word} {short}", short, rows, section)


def _together(groups: Sequence[Group]) -> Group:
    """Neighbours as one: `groups 1-3`."""
    first, last = groups[0], groups[-1]
    if len(groups) == 1:
        return first
    short = f"{first.short}-{last.short}"
    words = first.label.rpartition(" ")[0] or "node"
    before = first.name.removesuffix(first.label)
    rows = np.concatenate([group.rows for group in groups])
    name = f"{before if before != first.name else ''}{words}s {short}"
    return Group(name, short, short, rows, first.section, len(groups))
