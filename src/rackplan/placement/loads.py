"""What every device and rack draws, weighs and takes up, as far as it is published."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rackplan.catalog import Node, Part, Switch
from rackplan.design import Design, Population, SizedFabric
from rackplan.tables import Array, Table
from rackplan.wattage import planned_fabric, planned_node, planned_rack, type_watts


@dataclass(frozen=True)
class DeviceLoads:
    """One number a device, shape (devices,); nan where nobody has published it.

    Attributes:
        watts: power that limits are held against, with the modules in its cages; where those are
            unpublished, without them. [W]
        complete: whether that is all that the device draws.
        kilograms: weight. [kg]
        units: height; 0 for what hangs beside the units, such as a PDU. [U]
        liquid: share of its heat that leaves by liquid.
    """

    watts: Array
    complete: Array
    kilograms: Array
    units: Array
    liquid: Array


def device_loads(design: Design, devices: Table) -> DeviceLoads:
    """The loads of all devices of a plan."""
    columns = np.full((4, len(devices)), np.nan)
    complete = np.ones(len(devices), dtype=bool)

    def fill(rows: slice | Array, entry: Node | Switch | Part, watts: float | None) -> None:
        known = (watts, entry.weight_kg.value, entry.height_u.value, entry.liquid_share.value)
        for column, value in zip(columns, known, strict=True):
            column[rows] = np.nan if value is None else value

    for population in design.populations:
        drawn = planned_node(population)
        rows = slice(population.first_node, population.first_node + population.nodes)
        fill(rows, population.node, drawn and drawn[1])
    for one in design.equipment:
        rows = slice(one.first_device, one.first_device + one.count)
        if one.part is not None:
            fill(rows, one.part, one.part.power_w.value)
            if one.part.category == "pdu":  # it hangs beside the units; what it passes on is theirs
                columns[2][rows] = 0
                columns[0][rows] = one.part.power_w.value or 0.0
    for fabric in design.fabrics:
        each = switch_watts(fabric)
        own = devices.where("fabric", fabric.name)
        for key, (switch, _) in fabric.types().items():
            rows_of = own & devices.where("type", key)
            bare = switch.power.planning()
            fill(rows_of, switch, each[key] or (bare and bare[1]))
            complete[rows_of] = each[key] is not None
        for panel, _ in fabric.panels().values():
            fill(own & devices.where("type", panel.part.id), panel.part, panel.part.power_w.value)
    watts, kilograms, units, liquid = columns
    return DeviceLoads(watts, complete & ~np.isnan(watts), kilograms, units, liquid)


def switch_watts(fabric: SizedFabric) -> dict[str, float | None]:
    """Power of one switch of each type with its share of the modules. [W]"""
    drawn = planned_fabric(fabric)
    kind = drawn[0] if drawn is not None else "provisioned"
    watts = {key: type_watts(fabric, key, kind) for key in fabric.types()}
    return {
        key: None if (total := watts[key]) is None else total / count
        for key, (_, count) in fabric.types().items()
    }


def system_watts(population: Population) -> float | None:
    """Power of a rack of a system, as published for the whole; None for single nodes. [W]"""
    if population.system is None:
        return None
    drawn = planned_rack(population, population.nodes_per_rack)
    return drawn[1] if drawn is not None else None
