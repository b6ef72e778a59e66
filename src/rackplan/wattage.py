"""Power of nodes, racks and switches with the modules in their cages, counted once.

Published power contains the modules where the catalog says so (`includes_modules`). Where it does
not, the transceivers and the plugs of copper cables in the cages in use are added; a module whose
power or name is unknown makes the sum unknown. Limits and the power table both come from here.
"""

from __future__ import annotations

from collections.abc import Callable

from rackplan.catalog.base import PLANNING_ORDER, PowerKind
from rackplan.catalog.cables import Cable
from rackplan.catalog.optics import Transceiver
from rackplan.design import Population, SizedFabric


def module_watts(module: Transceiver | Cable | None, kind: PowerKind) -> float | None:
    """Power of what sits in one cage: a transceiver's, or that of one plug. [W]

    Typical power takes a transceiver's typical figure, every other kind its highest.
    """
    if module is None:
        return None
    if isinstance(module, Cable):
        return module.end_w.value
    return module.typical_w.value if kind == "typical" else module.max_w.value


def node_watts(population: Population, kind: PowerKind) -> float | None:
    """Power of one node of a population; None when unpublished. [W]"""
    total = population.node.power.watts(kind)
    if population.node.power.includes_modules:
        return total
    for ports in population.host_ports:
        if ports.fabric is not None:
            each = module_watts(ports.plug or ports.module, kind)
            total = None if total is None or each is None else total + each * ports.cages
    return total


def rack_watts(population: Population, kind: PowerKind, nodes: int) -> float | None:
    """Power of a rack that holds some nodes; a system's published figure is taken as it is. [W]"""
    if population.system is not None:
        return population.system.power.watts(kind)
    one = node_watts(population, kind)
    return None if one is None else one * nodes


def fabric_watts(fabric: SizedFabric, kind: PowerKind) -> float | None:
    """Power of all switches of a fabric; None when unpublished. [W]"""
    total = 0.0
    for key in fabric.types():
        watts = type_watts(fabric, key, kind)
        if watts is None:
            return None
        total += watts
    return total


def type_watts(fabric: SizedFabric, switch_id: str, kind: PowerKind) -> float | None:
    """Power of the switches of one type with their modules; None when unpublished. [W]"""
    switch, count = fabric.types()[switch_id]
    each = switch.power.watts(kind)
    total = None if each is None else float(each) * count
    if switch.power.includes_modules or switch.co_packaged is not None:
        return total
    for role in fabric.size.roles:
        if fabric.switches[role.name].id != switch_id:
            continue
        for module, plugged in fabric.plugs(role):
            one = module_watts(module, kind)
            total = None if total is None or one is None else total + one * plugged
    return total


def planned_rack(population: Population, nodes: int) -> tuple[PowerKind, float] | None:
    """Which power a rack is planned with, and how much; the first known of `PLANNING_ORDER`. [W]"""
    return _first_known(lambda kind: rack_watts(population, kind, nodes))


def planned_node(population: Population) -> tuple[PowerKind, float] | None:
    """Which power a node is planned with, and how much; the first known of `PLANNING_ORDER`. [W]"""
    return _first_known(lambda kind: node_watts(population, kind))


def planned_fabric(fabric: SizedFabric) -> tuple[PowerKind, float] | None:
    """Which power a fabric's switches are planned with, and how much. [W]"""
    return _first_known(lambda kind: fabric_watts(fabric, kind))


def _first_known(
    watts_of: Callable[[PowerKind], float | None],
) -> tuple[PowerKind, float] | None:
    for kind in PLANNING_ORDER:
        watts = watts_of(kind)
        if watts is not None:
            return kind, watts
    return None
