"""Where groups stand: on a ring, or in two rows; and where their devices stand inside them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from rackplan.views.diagram_canvas import FloatArray
from rackplan.views.diagram_plane import IntArray, Plane
from rackplan.views.maps.groups import (
    MOST_IN_A_ROW,
    MOST_ON_A_RING,
    coordinates,
    groups_of,
    is_lattice,
    merged,
)
from rackplan.views.maps.spots import MAX_LINES, Frame, Group, Label, Spot, nodes_of, spot_of

_LEAST_RADIUS = 13.0
"""Half the width of a box in which devices can still be told apart, in pixels."""


def ring_spots(plane: Plane, frame: Frame, widest: float = math.inf) -> tuple[Spot, ...]:
    """Boxes of the groups, neighbours put together where there are too many.

    `widest` is the most that half of a box on a ring measures, in pixels.
    """
    if plane.fabric.topology == "slim-fly":
        return _in_two_rows(merged(groups_of(plane), MOST_IN_A_ROW), frame)
    return _on_a_ring(merged(groups_of(plane), MOST_ON_A_RING), frame, widest)


def _on_a_ring(groups: Sequence[Group], frame: Frame, widest: float) -> tuple[Spot, ...]:
    """Clockwise from the top, two side by side; names of single devices stand inside."""
    count = len(groups)
    middle = (frame.width / 2, frame.height / 2)
    room = min(middle) - 26
    if count == 1:
        return (Spot(groups[0], middle, (room, room), 0),)
    share = math.sin(math.pi / count)
    radius = room * share / (1 + share)
    single = all(len(group.rows) == 1 for group in groups)
    half = min((0.5 if single else 0.68) * radius, widest)
    far = room - radius
    spots = []
    for number, group in enumerate(groups):
        angle = 2 * math.pi * number / count - (math.pi / 2 if count == 2 else 0)
        across, up = math.sin(angle), math.cos(angle)
        at = (middle[0] + far * across, middle[1] - far * up)
        edge = half / max(abs(across), abs(up)) + 9
        side = "center" if abs(across) < 0.3 else "right" if across > 0 else "left"
        outside = Label(at[0] + edge * across, at[1] - edge * up, f"middle {side}")
        shade = 1 if group.name == "quadrics" else 0
        spots.append(Spot(group, at, (half, half), shade, None if single else outside))
    return tuple(spots)


def _in_two_rows(groups: Sequence[Group], frame: Frame) -> tuple[Spot, ...]:
    """The first section above, the second below, names outside."""
    spots = []
    for section in (0, 1):
        mine = [group for group in groups if group.section == section]
        pitch = frame.width / len(mine)
        half = min(0.43 * pitch, 70.0)
        for number, group in enumerate(mine):
            edge = half + 48
            at = ((number + 0.5) * pitch, frame.height - edge if section else edge)
            outside = at[1] + (half + 12) * (1 if section else -1)
            label = Label(at[0], outside, "middle center")
            spots.append(Spot(group, at, (half, half), 4 + section, label))
    return tuple(spots)


def dots_of(plane: Plane, spots: tuple[Spot, ...]) -> FloatArray | None:
    """Where every device stands, in pixels of the frame; None where groups are drawn only.

    Shape (devices of the plan, 2), nan where a device is not on the map.
    """
    nodes = set(nodes_of(plane).tolist())
    links = sum(
        len(ends[0])
        for ends in plane.ends.values()
        if len(ends[0]) and int(ends[0][0]) in nodes and int(ends[1][0]) in nodes
    )
    largest = max(len(spot.group.rows) for spot in spots)
    radius = spots[0].half[0]
    crowded = largest > 2.6 * radius or radius < _LEAST_RADIUS
    deep = is_lattice(plane) and len(plane.fabric.size.shape.sides) > 3
    whole = all(spot.group.merged == 1 for spot in spots)
    if links > MAX_LINES or largest == 1 or crowded or deep or not whole:
        return None
    dots = np.full((len(plane.names), 2), np.nan)
    degree = _degree_inside(plane, spots)
    centre = np.mean([spot.at for spot in spots], axis=0)
    for spot in spots:
        rows = spot.group.rows
        dots[rows] = _inside(plane, rows, degree[rows], spot, centre)
    return dots


def _degree_inside(plane: Plane, spots: tuple[Spot, ...]) -> IntArray:
    """Links of every device to others of its group."""
    number = spot_of(plane, spots)
    degree = np.zeros(len(number), dtype=np.int64)
    for a, b in plane.ends.values():
        same = (number[a] == number[b]) & (number[a] >= 0)
        for end in (a, b):
            degree += np.bincount(end[same], minlength=len(degree))
    return degree


def _inside(
    plane: Plane, rows: IntArray, degree: IntArray, spot: Spot, centre: FloatArray
) -> FloatArray:
    """A circle; a hub in its middle; of two roles, the upper one towards the other groups.

    The nodes of a lattice stand in rows and columns.
    """
    middle, radius = np.array(spot.at), 0.7 * spot.half[0]
    if is_lattice(plane):
        return np.asarray(middle + radius * _grid(coordinates(plane, rows)))
    if len(rows) == 1:
        return middle[None, :]
    inwards = centre - middle
    turn = math.atan2(inwards[1], inwards[0]) if np.hypot(*inwards) > 1 else math.pi / 2
    role = plane.column("role", rows)
    angle = np.empty(len(rows))
    if (role != role[0]).any():
        for upper in (False, True):
            mine = (role != role[0]) == upper
            spread = (np.arange(mine.sum()) + 0.5) / mine.sum() - 0.5
            angle[mine] = turn + (0 if upper else math.pi) + 0.86 * math.pi * spread
    else:
        angle = turn + math.pi + 2 * math.pi * np.arange(len(rows)) / len(rows)
    places = middle + radius * np.column_stack([np.cos(angle), np.sin(angle)])
    hub = np.flatnonzero(degree >= len(rows) - 1)
    if len(hub) == 1:
        others = np.arange(len(rows)) != hub[0]
        places[others] = middle + radius * _circle(len(rows) - 1, turn)
        places[hub[0]] = middle
    return np.asarray(places)


def _grid(place: IntArray) -> FloatArray:
    """Places from -1 to 1 by the first two coordinates."""
    apart = place[:2].T
    return np.asarray(2 * apart / np.maximum(apart.max(axis=0), 1) - 1)


def _circle(count: int, turn: float) -> FloatArray:
    angle = turn + math.pi + 2 * math.pi * np.arange(count) / count
    return np.column_stack([np.cos(angle), np.sin(angle)])
