"""Folding: which devices of one plane share a box, and how many links join two boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rackplan.sizes import HOST, LinkTier
from rackplan.views.diagram_hosts import Box, host_boxes, host_keys, split
from rackplan.views.diagram_plane import IntArray, Plane, group_word, plural, title_of

MAX_HOST_BOXES = 24
MAX_FOLDED_BOXES = 16
_WAY_UP = ", with its hosts and its way up"


@dataclass(frozen=True)
class Bundles:
    """The bundles of one tier: the boxes they join and the links in each."""

    tier: LinkTier
    lower: IntArray
    upper: IntArray
    links: IntArray


@dataclass(frozen=True)
class Folded:
    """Boxes by role from the hosts up, the bundles between them, and how each role is folded."""

    boxes: tuple[Box, ...]
    bundles: tuple[Bundles, ...]
    how: Mapping[str, str]


def fold(plane: Plane) -> Folded:
    """The whole plane: every switch a box if it is small, else boxes by pod, rail or role."""
    boxes: list[Box] = []
    how: dict[str, str] = {}
    for role, rows in plane.rows.items():
        if role == HOST:
            limit = MAX_HOST_BOXES if plane.small else MAX_FOLDED_BOXES
            keys, how[role] = pick(host_keys(plane, rows), limit)
        elif plane.small:
            keys, how[role] = np.arange(len(rows)), "device"
        else:
            keys, how[role] = pick(_switch_keys(plane, rows)[1:], MAX_FOLDED_BOXES)
        boxes += boxes_of(plane, role, rows, keys, how[role])
    return Folded(tuple(boxes), bundles_of(plane, boxes), how)


def unfold_first(plane: Plane) -> tuple[str, Folded]:
    """What repeats in a folded plane, and its name.

    Its first pod, else the leaves of its first unit, else one leaf where those are too many.
    """
    rows = dict(plane.rows)
    roles = [role for role in rows if role != HOST]
    hosts, leaves = plane.first_hop
    groups = plane.column("group", rows[roles[0]])
    whole_pod = groups.max(initial=-1) > 0
    if whole_pod:
        for role in roles[:2]:
            rows[role] = rows[role][plane.column("group", rows[role]) == 0]
        name = f"one of {groups.max() + 1:,} {group_word(plane.fabric, roles[0])}s{_WAY_UP}"
    else:
        units = dict(host_keys(plane, rows[HOST]))["unit"]
        first = rows[HOST][units == units.min()]
        rows[roles[0]] = np.unique(leaves[np.isin(hosts, first)])
        name = "the leaves of the first unit of hosts"
    most = max(len(rows[role]) for role in (roles[:2] if whole_pod else roles[:1]))
    if most > MAX_FOLDED_BOXES:
        rows[roles[0]], whole_pod, name = rows[roles[0]][:1], False, f"one leaf{_WAY_UP}"
    rows[HOST] = np.unique(hosts[np.isin(leaves, rows[roles[0]])])
    for role in roles[2 if whole_pod else 1 :]:
        rows[role] = _above(plane, role, rows)
    boxes: list[Box] = []
    how: dict[str, str] = {}
    for role, some in rows.items():
        if not len(some):
            continue  # an inter-zone switch that the leaf does not reach
        if role == HOST:
            coarse = [key for key in host_keys(plane, some) if key[0] not in ("node", "rack")]
            candidates = host_keys(plane, some) if len(rows[roles[0]]) == 1 else coarse
            keys, how[role] = pick(candidates, MAX_HOST_BOXES)
        elif role == roles[0] or (whole_pod and role == roles[1]):
            keys, how[role] = np.arange(len(some)), "device"
        else:
            keys, how[role] = pick(_switch_keys(plane, some)[1:], MAX_FOLDED_BOXES)
        boxes += boxes_of(plane, role, some, keys, how[role])
    return name, Folded(tuple(boxes), bundles_of(plane, boxes), how)


def _above(plane: Plane, role: str, rows: Mapping[str, IntArray]) -> IntArray:
    """The switches of a role that some switches below have links to."""
    ends = [(plane.ends[tier.name], rows[tier.lower]) for tier in plane.tiers if tier.upper == role]
    return np.unique(np.concatenate([upper[np.isin(lower, own)] for (lower, upper), own in ends]))


def pick(candidates: Sequence[tuple[str, IntArray]], limit: int) -> tuple[IntArray, str]:
    """The finest grouping with few enough boxes; the coarsest where none has."""
    for how, keys in candidates:
        if len(np.unique(keys)) <= limit:
            return keys, how
    how, keys = candidates[-1]
    return keys, how


def _switch_keys(plane: Plane, rows: IntArray) -> list[tuple[str, IntArray]]:
    """Groupings of switches from fine to coarse; the first is one box a switch."""
    candidates = [("device", np.arange(len(rows)))]
    for how, column in (("pod", "group"), ("rail", "rail")):
        keys = plane.column(column, rows)
        if keys.min(initial=0) >= 0 and keys.max(initial=0) > 0:
            candidates.append((how, keys))
    return [*candidates, ("role", np.zeros(len(rows), dtype=np.int64))]


def boxes_of(plane: Plane, role: str, rows: IntArray, keys: IntArray, how: str) -> list[Box]:
    """One box for every key, in order of keys."""
    if role == HOST:
        return host_boxes(plane, rows, keys, how)
    boxes = []
    for part in split(rows, keys):
        rail, group = (_common(plane.column(name, part)) for name in ("rail", "group"))
        rail = rail if plane.fabric.size.rails > 1 else -1
        boxes.append(_switch_box(plane, role, part, how, rail, group))
    return boxes


def _common(values: IntArray) -> int:
    """The value that all share, else -1."""
    return int(values[0]) if (values == values[0]).all() else -1


def _switch_box(plane: Plane, role: str, rows: IntArray, how: str, rail: int, group: int) -> Box:
    number = plane.names[rows[0]].rsplit("-", 1)[-1].lstrip("0")
    if how == "device":
        return Box(role, f"{title_of(role)} {number}", number, "", rail, group, rows)
    groups = np.unique(plane.column("group", rows))
    name = f"{len(rows):,} {plural(title_of(role), len(rows))}"
    detail = ""
    if groups[0] >= 0 and len(groups) > 1:
        word = group_word(plane.fabric, role)
        detail = f"{len(groups):,} {word}s of {-(-len(rows) // len(groups)):,}"
    return Box(role, name, f"{len(rows):,}", detail, rail, group, rows)


def bundles_of(plane: Plane, boxes: Sequence[Box]) -> tuple[Bundles, ...]:
    """Links by pair of boxes; links that end outside all boxes are left out."""
    box_of = np.full(len(plane.names), -1, dtype=np.int64)
    for index, box in enumerate(boxes):
        box_of[box.rows] = index
    result = []
    for tier in plane.tiers:
        a, b = (box_of[end] for end in plane.ends[tier.name])
        inside = (a >= 0) & (b >= 0)
        pairs, links = np.unique(a[inside] * len(boxes) + b[inside], return_counts=True)
        lower, upper = np.divmod(pairs, len(boxes))
        result.append(Bundles(tier, lower, upper, links))
    return tuple(result)
