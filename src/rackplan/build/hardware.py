"""Racks, devices, cages and ports: what stands in the plan before anything is wired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rackplan.catalog import Switch
from rackplan.design import Design, Equipment, Population, SizedFabric
from rackplan.fabrics import FABRICS
from rackplan.sizes import Layout as Banks
from rackplan.tables import CAGES, DEVICES, PORTS, Array, Table
from rackplan.topology import SwitchColumns, Wiring

Columns = dict[str, list[Array]]


@dataclass(frozen=True)
class FabricRows:
    """Where the switches of a fabric stand, and its hosts.

    Attributes:
        first_device: device row of the first switch of each role, in plane 0.
        first_switch: device row of the first switch of all.
        panels: device row of the first panel of each tier that crosses some.
    """

    fabric: SizedFabric
    wiring: Wiring
    first_device: dict[str, int]
    first_switch: int
    switches_per_plane: int
    panels: dict[str, int]


@dataclass(frozen=True)
class Layout:
    """The tables of what stands, and what wiring needs to find a port row.

    Attributes:
        devices: nodes first (row = plan-wide node number), then what is only managed, then
            fabric by fabric the switches, plane by plane, role by role, and the panels.
        first_port: port row of each device's first port; shape (devices,).
        port_cage: cage row of each port, -1 where its end is fixed; shape (ports,).
    """

    devices: Table
    cages: Table
    port_device: Array
    port_index: Array
    port_cage: Array
    port_speed: Array
    fabrics: tuple[FabricRows, ...]

    @property
    def first_port(self) -> Array:
        """Port row of each device's first port."""
        return self.devices["first_port"]

    def tables(self, used: Array) -> dict[str, Table]:
        """The tables, with the ports marked that carry a link."""
        ports = Table(PORTS, {
            "device": self.port_device, "index": self.port_index, "cage": self.port_cage,
            "speed_gbps": self.port_speed, "used": used,
        })  # fmt: skip
        return {"devices": self.devices, "cages": self.cages, "ports": ports}


def lay_out(design: Design) -> Layout:
    """Enumerate racks, devices, cages and ports."""
    words = _Words(design)
    devices: Columns = {name: [] for name in DEVICES.columns}
    cages: Columns = {name: [] for name in CAGES.columns}
    ports: Columns = {"device": [], "index": [], "cage": [], "speed": []}
    counts = {"device": 0, "cage": 0, "port": 0}
    domain = 0
    managed = _managed_gbps(design)
    for population in design.populations:
        block = -1 if population.domain is None else domain
        domain += population.domain is not None
        _add_nodes(population, block, words, devices)
        template = _node_template(population, words)
        _add_ports(template, population.nodes, counts, cages, ports, devices)
    for equipment in design.equipment:
        _add_equipment(equipment, words, devices)
        none = np.full(equipment.ports, -1)
        template = _Template(none, np.full(equipment.ports, managed or 0.0), none[:0])
        _add_ports(template, equipment.count, counts, cages, ports, devices)
    fabric_rows = []
    for fabric in design.fabrics:
        wiring: Wiring = FABRICS[fabric.topology].wire(fabric.spec, fabric.size, fabric.blocks)
        own_rate = None if fabric.spec.management else managed
        fabric_rows.append(
            _add_switches(fabric, wiring, words, own_rate, counts, cages, ports, devices)
        )
    return Layout(
        devices=Table(DEVICES, _joined(devices), words.devices()),
        cages=Table(CAGES, _joined(cages), {"connector": words.connectors}),
        port_device=_join(ports["device"]),
        port_index=_join(ports["index"]),
        port_cage=_join(ports["cage"]),
        port_speed=_join(ports["speed"]),
        fabrics=tuple(fabric_rows),
    )


def _managed_gbps(design: Design) -> float | None:
    """Rate of the management ports; None without a fabric that manages the others. [Gb/s]"""
    for fabric in design.fabrics:
        if fabric.spec.management:
            return fabric.blocks[0].gbps
    return None


class _Words:
    """The words that the category columns of devices and cages use, in order of appearance."""

    def __init__(self, design: Design) -> None:
        nodes = [population.node.id for population in design.populations]
        nodes += [one.name for one in design.equipment]
        switches = [key for fabric in design.fabrics for key in fabric.types()]
        switches += [
            panel.part.id for fabric in design.fabrics for panel, _ in fabric.panels().values()
        ]
        roles = [role.name for fabric in design.fabrics for role in fabric.size.roles]
        host_cages = [
            ports.cage or "" for population in design.populations for ports in population.host_ports
        ]
        switch_cages = [
            cage or ""
            for fabric in design.fabrics
            for switch, _ in fabric.types().values()
            for cage in (switch.cage, switch.uplinks.cage if switch.uplinks else switch.cage)
        ]
        self.kinds = ("node", "switch", "equipment", "panel")
        self.types = tuple(dict.fromkeys([*nodes, *switches]))
        self.roles = tuple(dict.fromkeys(["compute", "service", "managed", "panel", *roles]))
        self.fabrics = ("", *(fabric.name for fabric in design.fabrics))
        self.connectors = tuple(dict.fromkeys([*host_cages, *switch_cages]))

    def devices(self) -> dict[str, tuple[str, ...]]:
        return {
            "kind": self.kinds, "type": self.types, "role": self.roles, "fabric": self.fabrics,
            "face": ("front", "rear"),
        }  # fmt: skip


@dataclass(frozen=True)
class _Template:
    """The ports and cages of one device: cage of each port (-1: none), speeds, connectors."""

    port_cage: Array
    port_speed: Array
    cage_connector: Array


def _node_template(population: Population, words: _Words) -> _Template:
    cage_of, speed_of, connector_of = [], [], []
    first_cage = 0
    for ports in population.host_ports:
        cages = -(-ports.ports // ports.ports_per_cage)
        cage_of.append(first_cage + np.arange(ports.ports) // ports.ports_per_cage)
        speed_of.append(np.full(ports.ports, ports.port_gbps))
        connector_of.append(np.full(cages, words.connectors.index(ports.cage or "")))
        first_cage += cages
    return _Template(_join(cage_of), _join(speed_of), _join(connector_of))


def _switch_template(
    switch: Switch, layout: Banks, managed: float | None, words: _Words
) -> _Template:
    """Bank after bank, then the management ports, whose ends are fixed."""
    cage_of, speed_of, connector_of = [], [], []
    first_cage = 0
    for bank in layout:
        cage = first_cage + np.arange(bank.ports) // max(1, bank.per_cage)
        cage_of.append(cage if bank.per_cage else np.full(bank.ports, -1))
        speed_of.append(np.full(bank.ports, bank.gbps))
        connector = words.connectors.index(switch.port_kind(bank.gbps)[0] or "")
        connector_of.append(np.full(bank.cages, connector))
        first_cage += bank.cages
    extra = (switch.management_ports.value or 0) if managed is not None else 0
    cage_of.append(np.full(extra, -1))
    speed_of.append(np.full(extra, managed or 0.0))
    return _Template(_join(cage_of), _join(speed_of), _join(connector_of))


def _add_ports(  # the tables that grow together
    template: _Template,
    copies: int,
    counts: dict[str, int],
    cages: Columns,
    ports: Columns,
    devices: Columns,
) -> None:
    """Repeat a template's ports and cages for equal devices that stand side by side."""
    per_device, cages_each = len(template.port_cage), len(template.cage_connector)
    device = np.arange(counts["device"], counts["device"] + copies)
    first_cage = counts["cage"] + np.arange(copies) * cages_each
    cage = np.where(
        template.port_cage[None, :] < 0, -1, first_cage[:, None] + template.port_cage[None, :]
    )
    ports["device"].append(np.repeat(device, per_device).astype(np.int32))
    ports["index"].append(np.tile(np.arange(per_device, dtype=np.int16), copies))
    ports["cage"].append(cage.ravel().astype(np.int32))
    ports["speed"].append(np.tile(template.port_speed.astype(np.float32), copies))
    cages["device"].append(np.repeat(device, cages_each))
    cages["index"].append(np.tile(np.arange(cages_each), copies))
    cages["connector"].append(np.tile(template.cage_connector, copies))
    devices["first_port"].append(counts["port"] + np.arange(copies) * per_device)
    devices["port_count"].append(np.full(copies, per_device))
    counts["device"] += copies
    counts["cage"] += copies * cages_each
    counts["port"] += copies * per_device


def _append_devices(devices: Columns, count: int, known: Mapping[str, Array | int]) -> None:
    """Rows of equal devices but for their ports; -1 where nothing is known of a column.

    Units, sides and steps are filled in once the devices are placed.
    """
    for name, column in DEVICES.columns.items():
        if name not in ("first_port", "port_count"):
            none = np.nan if column.dtype.startswith("float") else -1
            devices[name].append(np.broadcast_to(known.get(name, none), count))


def _add_nodes(population: Population, block: int, words: _Words, devices: Columns) -> None:
    number = np.arange(population.nodes)
    per_rack = population.nodes_per_rack
    role = "service" if population.service else "compute"
    _append_devices(devices, population.nodes, {
        "kind": words.kinds.index("node"),
        "type": words.types.index(population.node.id),
        "role": words.roles.index(role),
        "fabric": words.fabrics.index(""),
        "hall": population.hall,
        "rack": population.first_rack + number // per_rack if per_rack else -1,
        "slot": number % per_rack if per_rack else -1,
        "ordinal": population.first_node + number,
        "block": block,
        "copy": -1 if block < 0 else number // population.domain_nodes,
    })  # fmt: skip


def _add_equipment(equipment: Equipment, words: _Words, devices: Columns) -> None:
    _append_devices(devices, equipment.count, {
        "kind": words.kinds.index("equipment"),
        "type": words.types.index(equipment.name),
        "role": words.roles.index("managed"),
        "fabric": words.fabrics.index(""),
        "hall": equipment.hall,
        "ordinal": equipment.first_device + np.arange(equipment.count),
    })  # fmt: skip


def _add_switches(  # the tables that grow together
    fabric: SizedFabric,
    wiring: Wiring,
    words: _Words,
    managed: float | None,
    counts: dict[str, int],
    cages: Columns,
    ports: Columns,
    devices: Columns,
) -> FabricRows:
    """The switches of a fabric plane by plane and role by role, then its panels."""
    first, first_device = counts["device"], dict[str, int]()
    roles = {role.name: role for role in fabric.size.roles}
    for plane in range(wiring.planes):
        for columns in wiring.switches:
            first_device.setdefault(columns.role, counts["device"])
            _append_switches(fabric, columns, plane, words, devices)
            switch, layouts = fabric.switches[columns.role], roles[columns.role].layouts
            templates = [_switch_template(switch, layout, managed, words) for layout in layouts]
            for number, count in _runs(columns):
                _add_ports(templates[number], count, counts, cages, ports, devices)
    per_plane = sum(len(columns.rail) for columns in wiring.switches)
    panels = {}
    for tier, (panel, count) in fabric.panels().items():
        panels[tier] = counts["device"]
        _append_panels(fabric, panel.part.id, count, words, devices)
        none = np.zeros(0, dtype=np.int64)
        _add_ports(_Template(none, none, none), count, counts, cages, ports, devices)
    return FabricRows(fabric, wiring, first_device, first, per_plane, panels)


def _runs(columns: SwitchColumns) -> list[tuple[int, int]]:
    """(layout, switches) for every run of neighbouring switches of one layout."""
    if columns.layout is None:
        return [(0, len(columns.rail))]
    starts = np.flatnonzero(np.r_[True, columns.layout[1:] != columns.layout[:-1]])
    counts = np.diff(np.append(starts, len(columns.layout)))
    return list(zip(columns.layout[starts].tolist(), counts.tolist(), strict=True))


def _append_switches(
    fabric: SizedFabric, columns: SwitchColumns, plane: int, words: _Words, devices: Columns
) -> None:
    count = len(columns.rail)
    _append_devices(devices, count, {
        "kind": words.kinds.index("switch"),
        "type": words.types.index(fabric.switches[columns.role].id),
        "role": words.roles.index(columns.role),
        "fabric": words.fabrics.index(fabric.name),
        "plane": plane,
        "rail": columns.rail,
        "group": columns.group,
        "hall": fabric.blocks[0].hall if columns.hall is None else columns.hall,
        "ordinal": np.arange(count),
    })  # fmt: skip


def _append_panels(
    fabric: SizedFabric, part: str, count: int, words: _Words, devices: Columns
) -> None:
    _append_devices(devices, count, {
        "kind": words.kinds.index("panel"),
        "type": words.types.index(part),
        "role": words.roles.index("panel"),
        "fabric": words.fabrics.index(fabric.name),
        "hall": 0,
        "ordinal": np.arange(count),
    })  # fmt: skip


def _append(columns: Columns, values: dict[str, Array]) -> None:
    for name, array in values.items():
        columns[name].append(array)


def _joined(columns: Columns) -> dict[str, Array]:
    return {name: _join(arrays) for name, arrays in columns.items()}


def _join(arrays: Sequence[Array]) -> Array:
    return np.concatenate(arrays) if arrays else np.zeros(0, dtype=np.int64)
