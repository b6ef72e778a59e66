"""One plane of a fabric as the diagrams see it: its devices by role, and both ends of its links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from rackplan.build import Plan
from rackplan.design import SizedFabric
from rackplan.names import names_of
from rackplan.sizes import HOST, LinkTier

IntArray = npt.NDArray[np.int64]

MAX_LEAVES = 64
MAX_PAIRS = 1500


@dataclass(frozen=True)
class Plane:
    """Plane 0 of a fabric: its devices by role, and the devices at the ends of its links."""

    plan: Plan
    fabric: SizedFabric
    rows: Mapping[str, IntArray]
    """Device rows by role, hosts first."""
    ends: Mapping[str, tuple[IntArray, IntArray]]
    """Device rows at both ends of every link, by tier."""
    ports: Mapping[str, tuple[IntArray, IntArray]]
    """Numbers of the ports on their devices at both ends of every link, by tier."""
    names: list[str]
    used: IntArray
    """Ports that links of the fabric take, over all planes, by device row."""

    @property
    def small(self) -> bool:
        """Whether every switch can be drawn."""
        planes = self.fabric.size.planes
        tiers = [tier for tier in self.fabric.size.links if tier.lower != HOST]
        pairs = sum(tier.links // (tier.bundle * planes) for tier in tiers)
        most = max((len(rows) for role, rows in self.rows.items() if role != HOST), default=0)
        return most <= MAX_LEAVES and pairs <= MAX_PAIRS

    @cached_property
    def first_hop(self) -> tuple[IntArray, IntArray]:
        """Hosts and switches at the ends of all links between them."""
        parts = [self.ends[tier.name] for tier in self.tiers if tier.lower == HOST != tier.upper]
        if not parts:
            none = np.zeros(0, dtype=np.int64)
            return none, none
        return np.concatenate([a for a, _ in parts]), np.concatenate([b for _, b in parts])

    @property
    def tiers(self) -> tuple[LinkTier, ...]:
        """The tiers of links, from the hosts up."""
        return self.fabric.size.links

    @property
    def switches(self) -> IntArray:
        """Device rows of all switches, role by role."""
        parts = [rows for role, rows in self.rows.items() if role != HOST]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)

    def ports_of(self, rows: IntArray) -> IntArray:
        """Ports of some switches, without those for their own management."""
        ports = self.column("port_count", rows)
        if self.fabric.spec.management or not any(
            f.spec.management for f in self.plan.design.fabrics
        ):
            return ports
        types = self.plan.tables["devices"].words["type"]
        managed = np.zeros(len(types), dtype=np.int64)
        for key, (switch, _) in self.fabric.types().items():
            managed[types.index(key)] = switch.management_ports.value or 0
        return ports - managed[self.column("type", rows)]

    def hall(self, rows: IntArray) -> str:
        """The hall where some devices stand; empty where there is one hall, or they are apart."""
        halls, names = np.unique(self.column("hall", rows)), self.plan.design.halls
        return names[int(halls[0])] if len(names) > 1 and len(halls) == 1 else ""

    def links(self, tier: LinkTier) -> int:
        """Links of a tier in one plane."""
        return tier.links // self.fabric.size.planes

    def column(self, name: str, rows: IntArray) -> IntArray:
        """A column of the devices table for some rows."""
        return self.plan.tables["devices"][name][rows].astype(np.int64)

    def word(self, name: str, row: int) -> str:
        """The word that a category column of the devices table has for a row."""
        devices = self.plan.tables["devices"]
        return devices.words[name][int(devices[name][row])]


def plane_of(plan: Plan, fabric: SizedFabric) -> Plane:
    """Plane 0 of a fabric, read from the tables."""
    devices, ports = plan.tables["devices"], plan.tables["ports"]
    columns = plan.links_of(fabric.name)
    both = np.concatenate([columns["a_port"], columns["b_port"]])
    used = np.bincount(ports["device"][both], minlength=len(devices))
    first = columns["plane"] == 0
    a, b = (columns[end][first] for end in ("a_port", "b_port"))
    tier_words = plan.tables["links"].words["tier"]
    tier = columns["tier"][first]
    ends, numbers = {}, {}
    for one in fabric.size.links:
        here = tier == (tier_words.index(one.name) if one.name in tier_words else -2)
        ends[one.name] = _both(ports["device"], a[here], b[here])
        numbers[one.name] = _both(ports["index"], a[here], b[here])
    mine = devices.where("fabric", fabric.name) & (devices["plane"] == 0)
    hosts = [ends[tier.name][0] for tier in fabric.size.links if tier.lower == HOST]
    hosts += [ends[tier.name][1] for tier in fabric.size.links if tier.upper == HOST]
    rows: dict[str, IntArray] = {HOST: np.unique(np.concatenate(hosts))} if hosts else {}
    for role in fabric.size.roles:
        rows[role.name] = np.flatnonzero(mine & devices.where("role", role.name))
    _, names = names_of(plan.tables, plan.design)
    return Plane(plan, fabric, rows, ends, numbers, names, used)


def _both(column: npt.NDArray[np.generic], a: IntArray, b: IntArray) -> tuple[IntArray, IntArray]:
    return column[a].astype(np.int64), column[b].astype(np.int64)


def plural(word: str, count: int) -> str:
    """The word for a count: leaf, leaves; spine, spines; switch, switches."""
    if count == 1:
        return word
    if word.endswith("leaf"):
        return f"{word[:-4]}leaves"
    return f"{word}es" if word.endswith(("switch", "box")) else f"{word}s"


def title_of(role: str) -> str:
    """A role as a word: `row_leaf` is a row leaf."""
    return "inter-zone switch" if role == "interzone" else role.replace("_", " ")


def group_word(fabric: SizedFabric, role: str) -> str:
    """What a group of switches of a role is called."""
    if fabric.topology == "two-zone":
        return "zone"
    return "set" if role in ("core", "supercore") else "pod"
