"""Ports that carry no link, cages that are empty or half filled, and why.

A row is a class of equal devices with free ports. Of a switch, ports that the same port of another
switch of its role and layout uses are dark because a unit or group is not full; in a direct network
only host ports are. Ports that no switch of the role uses are reserved, or left over by equal
bundles where fewer switches would hold the links, or else no part of the topology. Management
ports are not counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rackplan.build import Plan
from rackplan.design import HostPorts, Population, SizedFabric
from rackplan.fabrics.two_zone import Zones
from rackplan.sizes import HOST, Role
from rackplan.tables import Array, Column, Result
from rackplan.trees.shape import Shape
from rackplan.trees.spec import TreeSpec

_COLUMNS = {
    "fabric": Column("str", "", "fabric; empty for NIC ports that no fabric uses"),
    "role": Column("str", "", "role of the switches, or of the NICs"),
    "type": Column("str", "", "catalog id of the switch or node"),
    "devices": Column("int", "", "equal switches or nodes"),
    "ports": Column("int", "", "ports of each; of a node, those of the NIC group"),
    "used": Column("int", "", "of these, with a link"),
    "not_full": Column("int", "", "of these, dark until a unit, group or plane fills up"),
    "reserved": Column("int", "", "of these, reserved by the deployment"),
    "bundles": Column("int", "", "of these, left over by equal bundles"),
    "unused": Column("int", "", "of these, no part of the topology, or of a network not planned"),
    "free_total": Column("int", "", "ports without a link of all these devices"),
    "cages": Column("int", "", "cages of each; none with optics inside"),
    "empty_cages": Column("int", "", "of these, without a link"),
    "half_cages": Column("int", "", "of these, with a link on some of their ports only"),
    "why": Column("str", "", "why the ports are free, in words"),
}


def stranded(plan: Plan) -> Result:
    """Free ports by fabric, role and class of equal devices, with the reason."""
    rows = [
        row
        for fabric in plan.design.fabrics
        for role in fabric.size.roles
        for row in _of_role(plan, fabric, role)
    ]
    rows += [
        row
        for population in plan.design.populations
        for held in population.host_ports
        for row in _of_nics(plan, population, held)
    ]
    return Result("stranded", "Ports without a link", _COLUMNS, tuple(rows))


@dataclass(frozen=True)
class _Grid:
    """Equal ranges of ports of some devices.

    Attributes:
        device: row of each device.
        used: whether each port has a link; shape (devices, ports).
        cage: cage of each port, -1 where there is none; shape (devices, ports).
        host: whether each port leads down to a host; shape (devices, ports).
    """

    device: Array
    used: Array
    cage: Array
    host: Array

    def cages(self) -> tuple[Array, Array, Array]:
        """Cages of every device: all, empty, and with links on some ports only."""
        counts = np.zeros((3, len(self.device)), dtype=np.int64)
        own, rows = self.cage >= 0, np.arange(len(self.device))
        if np.any(own):
            first = self.cage[own].min()
            size = int(self.cage.max() - first) + 1
            ports = np.bincount(self.cage[own] - first, minlength=size)
            lit = np.bincount((self.cage - first)[own & self.used], minlength=size)
            owner = np.zeros(size, dtype=np.int64)
            owner[self.cage[own] - first] = np.broadcast_to(rows[:, None], own.shape)[own]
            for number, chosen in enumerate((ports > 0, (ports > 0) & (lit == 0),
                                             (lit > 0) & (lit < ports))):  # fmt: skip
                counts[number] = np.bincount(owner[chosen], minlength=len(rows))
        return counts[0], counts[1], counts[2]


def _of_role(plan: Plan, fabric: SizedFabric, role: Role) -> Iterator[dict[str, object]]:
    """The classes of a role's switches that have free ports."""
    for grid in _grids(plan, fabric, role):
        ever = np.asarray(grid.used.any(axis=0))
        flat = any(tier.lower == tier.upper == role.name for tier in fabric.size.links)
        shared = grid.host.any(axis=0) if flat else ever
        designed = np.arange(len(ever)) < _host_ports(fabric, role, plan, grid)
        not_full = (~grid.used & (shared | designed)).sum(axis=1)
        never = int((~ever & ~designed).sum())
        reserved = 0
        if isinstance(fabric.spec, TreeSpec) and role.name == "leaf":
            reserved = min(fabric.spec.reserved_ports, never)
        idle = (~grid.used & ~(shared | designed)).sum(axis=1) - reserved
        by_rule = _by_bundles(plan, fabric, role, grid, int((ever | designed).sum()))
        bundles = idle if by_rule else np.zeros_like(idle)
        common = {"fabric": fabric.name, "role": role.name, "type": fabric.switches[role.name].id}
        parts = {"not_full": not_full, "reserved": np.full_like(idle, reserved),
                 "bundles": bundles, "unused": idle - bundles}  # fmt: skip
        for row in _classes(grid, parts):
            yield common | row | {"why": _why(row, fabric, role, flat=flat)}


def _grids(plan: Plan, fabric: SizedFabric, role: Role) -> Iterator[_Grid]:
    """The data ports of a role's switches, one grid for each layout of rates."""
    devices, ports, links = plan.tables["devices"], plan.tables["ports"], plan.tables["links"]
    mine = devices.where("fabric", fabric.name) & devices.where("kind", "switch")
    device = np.flatnonzero(mine & devices.where("role", role.name))
    managed = 0
    if not fabric.spec.management and any(one.spec.management for one in plan.design.fabrics):
        managed = fabric.switches[role.name].management_ports.value or 0
    serves = np.zeros(len(ports) + 1, dtype=bool)
    for tier in fabric.size.links:
        if tier.lower == HOST:
            serves[links["b_port"][links.where("fabric", fabric.name)
                                   & links.where("tier", tier.name)]] = True  # fmt: skip
    data = devices["port_count"][device] - managed
    for count in np.unique(data):
        own = device[data == count]
        rows = devices["first_port"][own].astype(np.int64)[:, None] + np.arange(count)[None, :]
        layout = np.unique(ports["speed_gbps"][rows], axis=0, return_inverse=True)[1]
        for number in range(int(layout.max()) + 1):
            at = rows[layout.ravel() == number]
            yield _Grid(own[layout.ravel() == number], ports["used"][at], ports["cage"][at],
                        serves[at])  # fmt: skip


def _host_ports(fabric: SizedFabric, role: Role, plan: Plan, grid: _Grid) -> int:
    """Host ports that a leaf of a tree is designed for; 0 of other switches."""
    if role.name != "leaf":
        return 0
    shape = fabric.size.shape
    shapes = shape.shapes if isinstance(shape, Zones) else (shape,)
    first = plan.tables["devices"]["first_port"][grid.device[0]]
    rate = plan.tables["ports"]["speed_gbps"][first]
    downs = [kind.down for one in shapes if isinstance(one, Shape)
             for kind in one.kinds if kind.gbps == rate]  # fmt: skip
    return max(downs, default=0)


def _by_bundles(plan: Plan, fabric: SizedFabric, role: Role, grid: _Grid, designed: int) -> bool:
    """Whether equal bundles leave ports over: fewer switches of a set would hold the links."""
    spec = fabric.spec
    if not isinstance(spec, TreeSpec) or spec.bundles == "spread" or role.name == "leaf":
        return False
    devices = plan.tables["devices"]
    together = np.stack([devices[name][grid.device] for name in ("plane", "group")])
    switches = int(np.unique(together, axis=1, return_counts=True)[1].max())
    return bool(switches > -(-switches * designed // grid.used.shape[1]))


def _classes(grid: _Grid, parts: dict[str, Array]) -> Iterator[dict[str, object]]:
    """Devices with equal numbers, those that have free ports, most free ports first."""
    cages, empty, half = grid.cages()
    used = grid.used.sum(axis=1)
    columns = {"used": used, **parts, "cages": cages, "empty_cages": empty, "half_cages": half}
    keys, counts = np.unique(np.stack(list(columns.values())), axis=1, return_counts=True)
    ports = grid.used.shape[1]
    for key, count in zip(keys.T.tolist(), counts.tolist(), strict=True):
        row = dict(zip(columns, key, strict=True))
        if row["used"] < ports:
            yield {"devices": count, "ports": ports, **row,
                   "free_total": count * (ports - row["used"])}  # fmt: skip


def _why(row: dict[str, object], fabric: SizedFabric, role: Role, *, flat: bool) -> str:
    """The reasons of a class of switches, in words."""
    texts = []
    if row["not_full"]:
        below = "hosts" if role.name == "leaf" or flat else "switches below"
        texts.append(f"{row['not_full']} wait for {below}: a unit or group is not full")
    if row["reserved"]:
        texts.append(f"{row['reserved']} are reserved")
    if row["bundles"]:
        texts.append(f"{row['bundles']} are left over by equal bundles from every switch below")
    if row["unused"]:
        what = "the shape needs no more"
        if isinstance(fabric.spec, TreeSpec):
            what = "whole switches hold more than is needed"
            if role.name == "leaf":
                what = "the ratio of host ports to uplinks leaves them over"
        texts.append(f"{row['unused']} are not used: {what}")
    return "; ".join(texts)


def _of_nics(plan: Plan, population: Population, held: HostPorts) -> Iterator[dict[str, object]]:
    """The nodes of a population whose ports of a NIC group have no link."""
    devices, ports = plan.tables["devices"], plan.tables["ports"]
    device = population.first_node + np.arange(population.nodes)
    first = devices["first_port"][device].astype(np.int64) + held.first_port
    rows = first[:, None] + np.arange(held.ports)[None, :]
    grid = _Grid(device, ports["used"][rows], ports["cage"][rows], np.zeros(rows.shape, dtype=bool))
    free = (~grid.used).sum(axis=1)
    none = np.zeros_like(free)
    parts = {"not_full": none, "reserved": none, "bundles": none, "unused": free}
    for row in _classes(grid, parts):
        why = f"no fabric has the role '{held.group.role}'"
        if held.fabric is not None:
            why = f"fabric '{held.fabric}' takes fewer ports of a node"
        yield {"fabric": held.fabric or "", "role": held.group.role, "type": population.node.id,
               **row, "why": why}  # fmt: skip
