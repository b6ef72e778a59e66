"""Cables, cages, connectors, fibers, strands and modules of every fabric, each its own count.

A cable is one orderable assembly. Fibers are those that carry light, strands all that lie in the
cords. Modules are transceivers; plugs of copper cables are not. Counts come from the tables.
"""

from __future__ import annotations

import numpy as np

from rackplan.build import Plan
from rackplan.catalog.switches import CoPackaged
from rackplan.design import Population, SizedFabric
from rackplan.tables import Column, Result

_COLUMNS = {
    "fabric": Column("str", "", "fabric"),
    "links": Column("int", "", "port-to-port links"),
    "cables": Column("int", "", "orderable assemblies"),
    "fibers": Column("int", "", "lit fibers; empty when no optics are named"),
    "strands": Column("int", "", "strands in the cords; empty when no cord is named"),
    "connectors": Column(
        "int", "", "optical connectors at the ends of the cords; empty if unknown"
    ),
    "host_modules": Column("int", "", "transceivers in the hosts"),
    "switch_modules": Column("int", "", "transceivers in the switches"),
    "host_cages": Column("int", "", "populated cages of the hosts"),
    "switch_cages": Column("int", "", "populated cages of the switches"),
    "port_ends": Column("int", "", "switch ports in use"),
    "free_ports": Column("int", "", "switch ports without a link"),
    "host_lasers": Column("int", "", "lasers in the hosts' modules; empty when unpublished"),
    "switch_lasers": Column("int", "", "lasers in switch modules and external laser sources"),
    "engines": Column("int", "", "optical engines in CPO switches"),
    "laser_sources": Column("int", "", "external laser sources of CPO switches"),
}


def optics(plan: Plan) -> Result:
    """What carries the links of each fabric."""
    rows = tuple(_of_fabric(plan, fabric) for fabric in plan.design.fabrics)
    return Result("optics", "Cables, fibers and modules by fabric", _COLUMNS, rows)


def _of_fabric(plan: Plan, fabric: SizedFabric) -> dict[str, object]:
    cables, modules = plan.tables["cables"], plan.tables["modules"]
    mine = cables.where("fabric", fabric.name)
    plugged = modules.where("fabric", fabric.name)
    host, switch = modules.where("side", "host"), modules.where("side", "switch")
    transceiver = modules["cable"] < 0
    ports = sum(role.ports for role in fabric.size.roles)
    used = sum(role.ports_used for role in fabric.size.roles)
    fiber = mine & (cables["fibers"] > 0)
    return {
        "fabric": fabric.name,
        "links": sum(fabric.size.links_by_tier().values()),
        "cables": int(mine.sum()),
        "fibers": _sum_known(cables["fibers"][mine]),
        "strands": _sum_known(cables["strands"][mine]),
        "connectors": None if np.any(cables["fibers"][mine] < 0) else 2 * int(fiber.sum()),
        "host_modules": int((plugged & host & transceiver).sum()),
        "switch_modules": int((plugged & switch & transceiver).sum()),
        "host_cages": int((plugged & host).sum()),
        "switch_cages": int((plugged & switch).sum()),
        "port_ends": used,
        "free_ports": ports - used,
        "host_lasers": _module_lasers(plan, fabric, "host"),
        "switch_lasers": _switch_lasers(plan, fabric),
        "engines": sum(optics.engines * count for optics, count in _co_packaged(fabric)),
        "laser_sources": _laser_sources(fabric),
    }


def _sum_known(values: np.ndarray) -> int | None:
    return None if np.any(values < 0) else int(values.sum())


def _co_packaged(fabric: SizedFabric) -> list[tuple[CoPackaged, int]]:
    """The optics inside a fabric's CPO switches, with the number of those switches."""
    return [
        (switch.co_packaged, count)
        for switch, count in fabric.types().values()
        if switch.co_packaged is not None
    ]


def _times(parts: list[tuple[int | None, int]]) -> int | None:
    """Sum of number times count; None when a number is unpublished."""
    if any(each is None for each, _ in parts):
        return None
    return sum(each * count for each, count in parts if each is not None)


def _laser_sources(fabric: SizedFabric) -> int | None:
    """External laser sources of a fabric's switches; None when their number is unpublished."""
    return _times([(optics.laser_sources.value, count) for optics, count in _co_packaged(fabric)])


def _switch_lasers(plan: Plan, fabric: SizedFabric) -> int | None:
    """Lasers at the switches: in their modules, and in the external sources of CPO switches."""
    inside = _times([(optics.lasers, count) for optics, count in _co_packaged(fabric)])
    plugged = _module_lasers(plan, fabric, "switch")
    return None if inside is None or plugged is None else inside + plugged


def _module_lasers(plan: Plan, fabric: SizedFabric, side: str) -> int | None:
    """Lasers in the transceivers of one side; None when a module's number is unpublished."""
    modules = plan.tables["modules"]
    plugged = modules.where("fabric", fabric.name) & modules.where("side", side)
    plugged &= modules["cable"] < 0
    known = {
        module.id: module.lasers.value
        for module in [
            *(media.upper_module for media in fabric.all_media()),
            *(media.lower_module for media in fabric.all_media()),
            *(ports.module for p in plan.design.populations for ports in p.host_ports),
        ]
        if module is not None
    }
    total = 0
    for word in modules.words["type"]:
        count = int((plugged & modules.where("type", word)).sum())
        if not count:
            continue
        each = known.get(word)
        if each is None:
            return None
        total += each * count
    return total


_EXIT_COLUMNS = {
    "system": Column("str", "", "system or node"),
    "network": Column("str", "", "role of the NICs"),
    "per": Column("str", "", "what the counts are for"),
    "cages": Column("int", "", "cages on the front"),
    "ports": Column("int", "", "network ports"),
    "fibers": Column("int", "", "lit fibers when every cage is filled; empty when unknown"),
    "module": Column("str", "", "transceiver that the fibers are counted for"),
}


def exits(plan: Plan) -> Result:
    """Cages, ports and fibers that leave one system, network by network: three words, not one."""
    rows = tuple(row for population in plan.design.populations for row in _exits(population))
    return Result("exits", "What leaves one system for the networks", _EXIT_COLUMNS, rows)


def _exits(population: Population) -> list[dict[str, object]]:
    nodes = population.nodes // population.units
    rows: list[dict[str, object]] = []
    for ports in population.host_ports:
        cages = nodes * ports.cages
        module = ports.module
        rows.append({
            "system": population.system.id if population.system else population.node.id,
            "network": ports.group.role,
            "per": "system" if population.system else "node",
            "cages": cages,
            "ports": nodes * ports.ports,
            "fibers": None if module is None else cages * module.fibers.value,
            "module": "" if module is None else module.id,
        })  # fmt: skip
    return rows
