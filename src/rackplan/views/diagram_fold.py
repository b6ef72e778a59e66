"""Folding: which devices of one plane share a box, and how many links join two boxes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rackplan.build import Plan
from rackplan.design import LinkTier, SizedFabric
from rackplan.names import device_names

IntArray = npt.NDArray[np.int64]

MAX_LEAVES = 64
MAX_PAIRS = 1500
MAX_HOST_BOXES = 24
MAX_FOLDED_BOXES = 16
HOST = "host"


@dataclass(frozen=True)
class Plane:
    """Plane 0 of a fabric: its devices by role, and the devices at the ends of its links."""

    plan: Plan
    fabric: SizedFabric
    rows: Mapping[str, IntArray]
    """Device rows by role, hosts first."""
    ends: Mapping[str, tuple[IntArray, IntArray]]
    """Device rows at both ends of every link, by tier."""
    names: list[str]
    used: IntArray
    """Ports in use, by device row."""

    @property
    def small(self) -> bool:
        """Whether every switch can be drawn."""
        planes = self.fabric.size.planes
        tiers = [tier for tier in self.fabric.size.links if tier.lower != HOST]
        pairs = sum(tier.links // (tier.bundle * planes) for tier in tiers)
        most = max(len(rows) for role, rows in self.rows.items() if role != HOST)
        return most <= MAX_LEAVES and pairs <= MAX_PAIRS

    def column(self, name: str, rows: IntArray) -> IntArray:
        """A column of the devices table for some rows."""
        return self.plan.tables["devices"][name][rows].astype(np.int64)


@dataclass(frozen=True)
class Box:
    """Devices drawn as one: their role, what they are called, and their rail and pod (or -1)."""

    role: str
    name: str
    number: str
    detail: str
    rail: int
    group: int
    rows: IntArray


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


def plane_of(plan: Plan, fabric: SizedFabric) -> Plane:
    """Plane 0 of a fabric, read from the tables."""
    devices, ports = plan.tables["devices"], plan.tables["ports"]
    columns = plan.links_of(fabric.name)
    first = columns["plane"] == 0
    a, b = (ports["device"][columns[end][first]].astype(np.int64) for end in ("a_port", "b_port"))
    tier_words = plan.tables["links"].words["tier"]
    tier = columns["tier"][first]
    ends = {}
    for one in fabric.size.links:
        here = tier == (tier_words.index(one.name) if one.name in tier_words else -2)
        ends[one.name] = (a[here], b[here])
    mine = devices.where("fabric", fabric.name) & (devices["plane"] == 0)
    hosts = [ends[t.name][0] for t in fabric.size.links if t.lower == HOST]
    rows: dict[str, IntArray] = {HOST: np.unique(np.concatenate(hosts))} if hosts else {}
    for role in fabric.size.roles:
        rows[role.name] = np.flatnonzero(mine & devices.where("role", role.name))
    used = np.bincount(ports["device"][ports["used"]], minlength=len(devices))
    return Plane(plan, fabric, rows, ends, device_names(devices), used)


def fold(plane: Plane) -> Folded:
    """The whole plane: every switch a box if it is small, else boxes by pod, rail or role."""
    boxes: list[Box] = []
    how: dict[str, str] = {}
    for role, rows in plane.rows.items():
        if role == HOST:
            limit = MAX_HOST_BOXES if plane.small else MAX_FOLDED_BOXES
            keys, how[role] = _pick(_host_keys(plane, rows), limit)
        elif plane.small:
            keys, how[role] = np.arange(len(rows)), "device"
        else:
            candidates = _switch_keys(plane, rows)
            keys, how[role] = _pick(candidates[1:], MAX_FOLDED_BOXES)
        boxes += _boxes(plane, role, rows, keys, how[role])
    return Folded(tuple(boxes), _bundles(plane, boxes), how)


def unfold_first(plane: Plane) -> Folded | None:
    """What repeats in a folded plane: its first pod, or else the leaves of its first unit.

    None when even that is too large to draw.
    """
    rows = dict(plane.rows)
    roles = [role for role in rows if role != HOST]
    pods = plane.column("group", rows[roles[0]])
    if pods.max(initial=-1) > 0:
        for role in roles[:2]:
            rows[role] = rows[role][plane.column("group", rows[role]) == 0]
    else:
        block = plane.fabric.blocks[0]
        a, b = plane.ends[plane.fabric.size.links[0].name]
        rows[roles[0]] = np.unique(b[a < block.first_node + block.nodes])
    a, b = plane.ends[plane.fabric.size.links[0].name]
    rows[HOST] = np.unique(a[np.isin(b, rows[roles[0]])])
    drawn = roles[:2] if len(roles) > 2 else roles[:1]  # three tiers have pods
    boxes: list[Box] = []
    how: dict[str, str] = {}
    for role, some in rows.items():
        if role == HOST:
            keys, how[role] = _pick(_host_keys(plane, some)[2:], MAX_HOST_BOXES)
        elif role in drawn:
            if len(some) > MAX_FOLDED_BOXES:
                return None
            keys, how[role] = np.arange(len(some)), "device"
        else:
            keys, how[role] = _pick(_switch_keys(plane, some)[1:], MAX_FOLDED_BOXES)
        boxes += _boxes(plane, role, some, keys, how[role])
    return Folded(tuple(boxes), _bundles(plane, boxes), how)


def _pick(candidates: list[tuple[str, IntArray]], limit: int) -> tuple[IntArray, str]:
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


def _host_keys(plane: Plane, rows: IntArray) -> list[tuple[str, IntArray]]:
    """Groupings of nodes from fine to coarse: node, rack, unit (SU), entry of the compute list."""
    node = plane.column("ordinal", rows)
    rack = plane.column("rack", rows)
    racks = [("rack", rack)] if rack.min(initial=0) >= 0 else [("node", node)]
    unit = np.searchsorted([block.first_node for block in plane.fabric.blocks], node, "right") - 1
    return [("node", node), *racks, ("unit", unit), ("entry", _entries(plane, node))]


def _entries(plane: Plane, node: IntArray) -> IntArray:
    firsts = [population.first_node for population in plane.plan.design.populations]
    return np.asarray(np.searchsorted(firsts, node, "right") - 1, dtype=np.int64)


def _boxes(plane: Plane, role: str, rows: IntArray, keys: IntArray, how: str) -> list[Box]:
    """One box for every key, in order of keys."""
    values, box = np.unique(keys, return_inverse=True)
    order = np.argsort(box, kind="stable")
    parts = np.split(rows[order], np.cumsum(np.bincount(box))[:-1])
    boxes = []
    for value, part in zip(values.tolist(), parts, strict=True):
        if role == HOST:
            boxes.append(_host_box(plane, value, part, how))
            continue
        rail, group = (_common(plane.column(name, part)) for name in ("rail", "group"))
        rail = rail if plane.fabric.size.rails > 1 else -1
        number = plane.names[part[0]].rsplit("-", 1)[-1].lstrip("0")
        boxes.append(_switch_box(plane, role, part, how, rail, group, number))
    return boxes


def _common(values: IntArray) -> int:
    """The value that all share, else -1."""
    return int(values[0]) if (values == values[0]).all() else -1


def _switch_box(
    plane: Plane, role: str, rows: IntArray, how: str, rail: int, group: int, number: str
) -> Box:
    if how == "device":
        return Box(role, f"{role} {number}", number, "", rail, group, rows)
    groups = np.unique(plane.column("group", rows))
    name = f"{len(rows):,} {plural(role, len(rows))}"
    detail = ""
    if groups[0] >= 0 and len(groups) > 1:
        detail = f"{len(groups):,} {group_word(role)}s of {-(-len(rows) // len(groups)):,}"
    return Box(role, name, f"{len(rows):,}", detail, rail, group, rows)


def _host_box(plane: Plane, value: int, rows: IntArray, how: str) -> Box:
    entry = int(_entries(plane, plane.column("ordinal", rows[:1]))[0])
    population = plane.plan.design.populations[entry]
    nodes = f"{len(rows):,} {plural('node', len(rows))}"
    if how == "node":
        name = plane.names[rows[0]]
        return Box(HOST, name, name.rsplit("-", 1)[-1].lstrip("n0"), "", -1, -1, rows)
    if how == "rack":
        return Box(HOST, f"rack {value + 1}", str(value + 1), nodes, -1, -1, rows)
    if how == "unit" and population.nodes_per_su:
        block = plane.fabric.blocks[value]
        nodes = nodes if len(rows) == block.nodes else f"{len(rows):,} of {block.nodes:,} nodes"
        before = block.first_node - population.first_node
        su = before // population.nodes_per_su + 1
        return Box(HOST, f"SU {su}", str(su), nodes, -1, -1, rows)
    units = ""
    if population.nodes_per_su:
        units = f"{-(-population.nodes // population.nodes_per_su):,} SUs, "
    return Box(HOST, population.title, str(entry + 1), units + nodes, -1, -1, rows)


def _bundles(plane: Plane, boxes: list[Box]) -> tuple[Bundles, ...]:
    """Links by pair of boxes; links that end outside all boxes are left out."""
    box_of = np.full(len(plane.names), -1, dtype=np.int64)
    for index, box in enumerate(boxes):
        box_of[box.rows] = index
    result = []
    for tier in plane.fabric.size.links:
        a, b = (box_of[end] for end in plane.ends[tier.name])
        inside = (a >= 0) & (b >= 0)
        pairs, links = np.unique(a[inside] * len(boxes) + b[inside], return_counts=True)
        lower, upper = np.divmod(pairs, len(boxes))
        result.append(Bundles(tier, lower, upper, links))
    return tuple(result)


def group_word(role: str) -> str:
    """What a group of switches of a role is called."""
    return "set" if role == "core" else "pod"


def plural(word: str, count: int) -> str:
    """The word for a count: leaf, leaves; spine, spines; switch, switches."""
    if count == 1:
        return word
    return {"leaf": "leaves", "switch": "switches", "box": "boxes"}.get(word, f"{word}s")
