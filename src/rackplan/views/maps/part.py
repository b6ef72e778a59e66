"""One group of a direct topology in layers: its hosts, its devices, and what they are joined to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rackplan.sizes import HOST
from rackplan.views.diagram_fold import MAX_HOST_BOXES, Bundles, Folded, boxes_of, bundles_of, pick
from rackplan.views.diagram_hosts import Box, host_keys, split
from rackplan.views.diagram_plane import IntArray, Plane, plural, title_of
from rackplan.views.maps.groups import alone, coordinates, groups_of, is_lattice
from rackplan.views.maps.spots import BOARDS, nodes_of

OTHERS = "others"
MOST_MEMBERS = 32
MOST_OTHERS = 40
MOST_DEVICES = 10
TOP = 2.0
"""Level of the topmost row."""


def first_group(plane: Plane) -> tuple[str, IntArray]:
    """What is shown in detail: the name of a group and its devices."""
    rows = nodes_of(plane)
    topology = plane.fabric.topology
    if topology == BOARDS:
        shape = plane.fabric.size.shape
        return "board 1", rows[: 1 if shape.whole else shape.board[0] * shape.board[1]]
    if is_lattice(plane):
        shape = plane.fabric.size.shape
        place = coordinates(plane, rows)
        board = getattr(shape, "board", (1,))
        if max(board) > 1:
            inside = (place < np.array(board)[:, None]).all(axis=0)
            return "board 1", rows[inside]
        if len(shape.sides) > 1:
            return "row 1 (dim 1)", rows[(place[1:] == 0).all(axis=0)]
        return "", rows[:1]
    groups = groups_of(plane)
    if len(groups[0].rows) == 1 and len(groups) == len(rows):
        return "", rows[:1]
    first = groups[0] if groups[0].name != "quadrics" else groups[1]
    return first.name, first.rows


def detail(plane: Plane) -> tuple[str, Folded, dict[str, float]]:
    """A headline, the boxes and bundles of one group, and the level of each role."""
    name, group = first_group(plane)
    roles = [role for role, rows in plane.rows.items() if np.isin(group, rows).any()]
    large = max(int(np.isin(group, plane.rows[role]).sum()) for role in roles) > MOST_MEMBERS
    members = group[1:2] if large else group
    boxes: list[Box] = []
    how: dict[str, str] = {}
    if HOST not in roles:
        hosts, switches = plane.first_hop
        mine = np.unique(hosts[np.isin(switches, members)])
        if len(mine):
            keys, how[HOST] = pick(host_keys(plane, mine), MAX_HOST_BOXES)
            boxes += boxes_of(plane, HOST, mine, keys, how[HOST])
    for role in roles:
        mine = members[np.isin(members, plane.rows[role])]
        if len(mine):
            boxes += _members(plane, role, mine)
        rest = np.setdiff1d(group[np.isin(group, plane.rows[role])], members)
        if len(rest):
            boxes.append(_peers(role, rest, other=len(mine) > 0))
    boxes += _others(plane, members, group)
    order = list(dict.fromkeys(role for role in [HOST, *roles, OTHERS]
                               if any(box.role == role for box in boxes)))  # fmt: skip
    start = 0.0 if len(order) > 2 else 0.35
    gap = (TOP - 2 * start) / max(len(order) - 1, 1)
    levels = {role: start + gap * number for number, role in enumerate(order)}
    word = title_of(roles[0])
    if large or not name:
        name = f"one {word} of {name}" if name else f"one {word}"
    return f"In detail: {name}", Folded(tuple(boxes), _straightened(plane, boxes), how), levels


def _members(plane: Plane, role: str, rows: IntArray) -> list[Box]:
    """A box for each device."""
    how = "node" if role == HOST else "device"
    made = boxes_of(plane, role, rows, np.arange(len(rows)), how)
    return [replace(box, rail=-1, group=-1) for box in made]


def _peers(role: str, rows: IntArray, *, other: bool) -> Box:
    """All (other) devices of one role, in a group that is too large to be drawn."""
    count = f"{len(rows):,}"
    name = f"{count}{' other' if other else ''} {plural(title_of(role), len(rows))} of the group"
    return Box(role, name, count, "", -1, -1, rows)


def _others(plane: Plane, members: IntArray, group: IntArray) -> list[Box]:
    """What the devices are joined to outside their group: single devices, groups, or tiers."""
    hosts_drawn = bool(np.isin(members, plane.rows[HOST]).any())
    hidden = group if hosts_drawn else np.concatenate([group, plane.rows[HOST]])
    far: dict[str, IntArray] = {}
    for tier in plane.tiers:
        a, b = plane.ends[tier.name]
        ends = np.concatenate([b[np.isin(a, members)], a[np.isin(b, members)]])
        before = np.concatenate([hidden, *far.values()])
        far[tier.name] = np.setdiff1d(ends, before)
    every = np.sort(np.concatenate(list(far.values())))
    grouped = not is_lattice(plane) and plane.fabric.topology != BOARDS
    if len(every) <= MOST_DEVICES and not grouped:
        single = [alone(plane, row) for row in every.tolist()]
        return [_other(group.label, group.short, group.rows) for group in single]
    if len(boxes := _far_groups(plane, every)) <= MOST_OTHERS:
        return boxes
    return [
        _other(f"{_count(plane, rows)}, {tier.replace('_', ' ')}", f"{len(rows):,}", rows)
        for tier, rows in far.items()
        if len(rows)
    ]


def _count(plane: Plane, rows: IntArray) -> str:
    """How many of which role."""
    roles = (role for role, some in plane.rows.items() if np.isin(rows[:1], some).any())
    return f"{len(rows):,} other {plural(title_of(next(roles)), len(rows))}"


def _far_groups(plane: Plane, rows: IntArray) -> list[Box]:
    """The other groups that hold some devices, with those devices."""
    if not is_lattice(plane):
        return [
            _other(group.name, group.short, mine)
            for group in groups_of(plane)
            if len(mine := group.rows[np.isin(group.rows, rows)])
        ]
    line = coordinates(plane, rows)[1:]
    if not len(line):
        return [
            _other(one.label, one.short, one.rows) for one in (alone(plane, row) for row in rows)
        ]
    parts = split(rows, np.unique(line, axis=1, return_inverse=True)[1])
    places = [coordinates(plane, part[:1])[1:, 0] + 1 for part in parts]
    numbers = [",".join(map(str, place.tolist())) for place in places]
    return [_other(f"row {n}", n, part) for n, part in zip(numbers, parts, strict=True)]


def _other(name: str, number: str, rows: IntArray) -> Box:
    return Box(OTHERS, name, number, "", -1, -1, rows)


def _straightened(plane: Plane, boxes: Sequence[Box]) -> tuple[Bundles, ...]:
    """Bundles from the lower row to the upper one, then those in one row, which lie above.

    Links among the others, and of the hosts to them, are left out.
    """
    order = [HOST, *(role for role in plane.rows if role != HOST), OTHERS]
    level = np.array([order.index(box.role) for box in boxes])
    top, members_are_hosts = len(order) - 1, not any(0 < one < len(order) - 1 for one in level)
    result: list[tuple[bool, Bundles]] = []
    for bundles in bundles_of(plane, boxes):
        swap = level[bundles.lower] > level[bundles.upper]
        lower = np.where(swap, bundles.upper, bundles.lower)
        upper = np.where(swap, bundles.lower, bundles.upper)
        shown = (level[lower] < top) & (lower != upper)
        if not members_are_hosts:
            shown &= (level[lower] > 0) | (level[upper] < top)
        same = level[lower] == level[upper]
        for in_row in (True, False):
            kept = shown & (same == in_row)
            made = Bundles(bundles.tier, lower[kept], upper[kept], bundles.links[kept])
            result.append((in_row, made))
    drawn = [(in_row, made) for in_row, made in result if len(made.links)]
    return tuple(made for _, made in sorted(drawn, key=lambda pair: pair[0]))
