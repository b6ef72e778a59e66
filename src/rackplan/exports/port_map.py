"""`port_map.csv`: every port of every switch, cage by cage, and where it leads.

One row a port, in order of the switches and of their ports, which is the order of their cages.
A port that is neither used nor for management is free; of the free ports of a leaf, the last
`reserved_ports` of its fabric are called reserved.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from rackplan.build import Plan
from rackplan.schedule import schedule
from rackplan.schedule.arrow import numbers, words, write_csv
from rackplan.schedule.ports import port_finder, port_names
from rackplan.schedule.rows import Ends, Rows
from rackplan.tables import Array, number_within

COLUMNS: dict[str, str] = {
    "device": "name of the switch",
    "rack": "rack that it stands in",
    "u": "its lowest unit [U]",
    "cage": "cage, from 1; empty where the end is fixed",
    "port": "name of the port",
    "index": "number of the port on the switch, from 1",
    "speed_gbps": "rate, one direction [Gb/s]",
    "state": "used, free, reserved or management (a management port without a link)",
    "far_device": "device at the other end of the link",
    "far_port": "its port",
    "cable_id": "cable that is plugged in; a link over a panel has another one at its far end",
    "tier": "tier of the link",
    "phase": "the step in which the cable is pulled",
}
"""The columns in order and what they hold."""

_STATES = ("used", "free", "reserved", "management")


def write(plan: Plan, folder: Path) -> None:
    """Write `port_map.csv`."""
    with (folder / "port_map.csv").open("wb") as sink:
        write_csv(port_map(plan), sink)


def port_map(plan: Plan) -> pa.Table:
    """The columns of `COLUMNS`, a row for every port of a switch."""
    tables = plan.tables
    ports, devices, links = tables["ports"], tables["devices"], tables["links"]
    made = schedule(plan)
    racks, names = plan.rack_names(), plan.device_names()
    mine = np.flatnonzero(devices.where("kind", "switch")[ports["device"]])
    link = np.full(len(ports), -1)
    far = np.full(len(ports), -1)
    for here, there in (("a_port", "b_port"), ("b_port", "a_port")):
        link[links[here]] = np.arange(len(links))
        far[links[here]] = links[there]
    link, far, row = link[mine], far[mine], _row_of_port(made.rows, len(ports))[mine]
    finder = port_finder(tables, plan.design)
    naming = plan.design.names
    none = np.full(len(mine), -1)
    own = finder.find(Ends(ports["device"][mine].astype(np.int64), mine, none))
    linked = np.flatnonzero(far >= 0)
    ends = finder.find(Ends(ports["device"][far[linked]].astype(np.int64), far[linked],
                            none[linked]))  # fmt: skip
    code, port = port_names(own, finder, naming)
    far_code = np.full(len(mine), -1)
    far_code[linked], far_port = port_names(ends, finder, naming)
    at = pa.array(np.where(row < 0, 0, row), mask=row < 0)
    found = {
        "device": words(names, own.device),
        "rack": words(racks, devices["rack"][own.device]),
        "u": numbers(devices["u"][own.device], least=-1e6),
        "cage": numbers(own.cage),
        "port": words(port, code),
        "index": numbers(own.index),
        "speed_gbps": numbers(own.gbps, least=0),
        "state": words(_STATES, _states(plan, mine, own.kind == 4)),
        "far_device": words(names, np.where(far < 0, -1, ports["device"][far])),
        "far_port": words(far_port, far_code),
        "cable_id": made.table["cable_id"].combine_chunks().take(at),
        "tier": words(links.words["tier"], np.where(link < 0, -1, links["tier"][link])),
        "phase": made.table["phase"].combine_chunks().take(at),
    }
    return pa.table({name: found[name] for name in COLUMNS})


def _row_of_port(rows: Rows, ports: int) -> Array:
    """Row of the schedule that is plugged into every port, -1 where none is."""
    found = np.full(ports + 1, -1)
    found[rows.item_a.port] = rows.item
    found[rows.item_z.port] = rows.item
    return found[:ports]


def _states(plan: Plan, mine: Array, managing: Array) -> Array:
    """The state of every port of a switch, as its place in `_STATES`."""
    ports, devices = plan.tables["ports"], plan.tables["devices"]
    used = ports["used"][mine]
    device = ports["device"][mine]
    reserved = np.zeros(len(devices), dtype=np.int64)
    for fabric in plan.design.fabrics:
        leaves = devices.where("fabric", fabric.name) & devices.where("role", "leaf")
        reserved[leaves] = getattr(fabric.spec, "reserved_ports", 0)
    free = ~used & ~managing
    back = np.flatnonzero(free)[::-1]
    kept = np.zeros(len(mine), dtype=bool)
    kept[back] = number_within(device[back]) < reserved[device[back]]
    return np.select([used, managing, kept], [0, 3, 2], 1)
