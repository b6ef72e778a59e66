"""Racks, devices and links as CSV and Parquet, with names in place of row numbers.

`COLUMNS` says what each column holds: cages, ports and slots count from one, as panels print
them; links, cables, planes and rails from zero.

Names are dictionary-encoded Arrow columns, so that no text is made per row until a file is
written.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
from pyarrow import parquet

from rackplan.build import Plan
from rackplan.names import names_of
from rackplan.tables import Array, Table

_END = {
    "device": "name of the device at this end",
    "cage": "its cage, from 1; empty where the optics are built in",
    "port": "its port, from 1",
    "cage_port": "the port within the cage, from 1",
}
COLUMNS: dict[str, dict[str, str]] = {
    "racks": {
        "rack": "name of the rack",
        "purpose": "compute, service, network, power (sidecar) or cooling (CDU)",
        "system": "the system, or the rack type where single devices stand in it",
        "su": "scalable unit, from 0; empty where there are none",
        "nodes": "nodes in it",
        "hall": "hall where it stands; empty where there is only one",
        "row": "row of the hall, from 1; empty where it is not placed on the grid",
        "position": "first position in the row, from 1",
        "x_m": "its center along the rows [m]",
        "y_m": "its center across the rows [m]",
        "phase": "step in which it is built; `all` where there are no steps",
    },
    "devices": {
        "device": "name of the device",
        "kind": "node, switch, equipment or panel",
        "type": "catalog id",
        "role": "compute, service, managed, panel, or what a switch is: leaf, spine, core",
        "fabric": "fabric of a switch",
        "plane": "plane of a switch, from 0",
        "rail": "rail of a switch that serves only one, from 0",
        "group": "pod of a leaf or spine, set of a core, from 0; only in three tiers",
        "rack": "rack that it stands in; without a floor, switches have none",
        "slot": "place in the rack, from 1",
        "ports": "network ports",
        "hall": "hall where it stands; empty where there is only one",
        "u": "lowest unit, from 1 at the bottom [U]",
        "height_u": "height; empty where unpublished [U]",
        "face": "side of the rack that it is mounted from",
        "phase": "step in which it is built; `all` where there are no steps",
    },
    "links": {
        "link": "number of the link, from 0",
        "fabric": "fabric",
        "tier": "host_leaf, leaf_spine or spine_core",
        "plane": "plane, from 0",
        "rail": "rail, from 0; empty where the link serves all",
        **{f"a_{name}": f"{doc} (lower tier)" for name, doc in _END.items()},
        **{f"b_{name}": f"{doc} (upper tier)" for name, doc in _END.items()},
        "speed_gbps": "rate, one direction [Gb/s]",
        "cable": "number of the cable, from 0; links that share one share its number",
        "cable_type": "catalog id of the cable",
        "fibers": "lit fibers of the link's cable",
        "route_m": "length of the cable's way with slack; empty without a floor [m]",
        "length_m": "length of the cable to order [m]",
        "phase": "step in which the cable is pulled",
    },
}
"""For each file, its columns in order and what they hold."""


def write(plan: Plan, folder: Path) -> None:
    """Write racks, devices and links, each as `.csv` and `.parquet`."""
    racks, names = names_of(plan.tables, plan.design)
    for name, table in {
        "racks": _racks(plan, racks),
        "devices": _devices(plan, racks, names),
        "links": _links(plan, names),
    }.items():
        parquet.write_table(table, folder / f"{name}.parquet", compression="zstd")
        plain = pa.table({
            field.name: table[field.name].cast(pa.string())
            if pa.types.is_dictionary(field.type)
            else table[field.name]
            for field in table.schema
        })  # fmt: skip
        options = arrow_csv.WriteOptions(quoting_style="needed")
        arrow_csv.write_csv(plain, folder / f"{name}.csv", options)


def _words(codes: Array, words: tuple[str, ...] | list[str]) -> pa.DictionaryArray:
    """Codes as an Arrow dictionary column; a negative code is a missing value."""
    indices = pa.array(codes.astype(np.int32), mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(words, pa.string()))


def _category(table: Table, name: str) -> pa.DictionaryArray:
    return _words(table[name], table.words[name])


def _known(table: Table, name: str, add: int = 0) -> pa.Array:
    """A column of numbers, counted from `add`; what is -1 or nan in the table is missing."""
    values = table[name]
    if values.dtype.kind == "f":
        return pa.array(values, mask=np.isnan(values))
    return pa.array(values + add, mask=values < 0)


def _steps(plan: Plan, number: Array) -> pa.DictionaryArray:
    """The step of each row by its name."""
    return _words(number, plan.design.step_names(int(number.max(initial=0)) + 1))


def _halls(plan: Plan, table: Table) -> pa.DictionaryArray:
    """The hall of each row; missing where it has no name."""
    names = plan.design.halls
    named = np.array([*(bool(name) for name in names), False])[table["hall"]]
    return _words(np.where(named, table["hall"], -1), names)


def _racks(plan: Plan, racks: list[str]) -> pa.Table:
    table = plan.tables["racks"]
    return pa.table({
        "rack": _words(np.arange(len(table)), racks),
        "purpose": _category(table, "purpose"),
        "system": _category(table, "system"),
        "su": _known(table, "su"),
        "nodes": table["nodes"],
        "hall": _halls(plan, table),
        "row": _known(table, "row", 1),
        "position": _known(table, "position", 1),
        "x_m": _known(table, "x_m"),
        "y_m": _known(table, "y_m"),
        "phase": _steps(plan, table["phase"]),
    })  # fmt: skip


def _devices(plan: Plan, racks: list[str], names: list[str]) -> pa.Table:
    table = plan.tables["devices"]
    return pa.table({
        "device": _words(np.arange(len(table)), names),
        **{name: _category(table, name) for name in ("kind", "type", "role", "fabric")},
        **{name: _known(table, name) for name in ("plane", "rail", "group")},
        "rack": _words(table["rack"], racks),
        "slot": _known(table, "slot", 1),
        "ports": table["port_count"],
        "hall": _halls(plan, table),
        "u": _known(table, "u"),
        "height_u": _known(table, "height_u"),
        "face": _category(table, "face"),
        "phase": _steps(plan, table["phase"]),
    })  # fmt: skip


def _links(plan: Plan, names: list[str]) -> pa.Table:
    """One row a link; cages and ports count from one, as printed on the panels."""
    links, cables = plan.tables["links"], plan.tables["cables"]
    ends = {}
    for side in ("a", "b"):
        device, cage, port, within = _end(plan, links[f"{side}_port"])
        ends[f"{side}_device"] = _words(device, names)
        ends[f"{side}_cage"] = pa.array(cage + 1, mask=cage < 0)
        ends[f"{side}_port"] = port + 1
        ends[f"{side}_cage_port"] = pa.array(within + 1, mask=cage < 0)
    return pa.table({
        "link": np.arange(len(links), dtype=np.int32),
        "fabric": _category(links, "fabric"),
        "tier": _category(links, "tier"),
        "plane": links["plane"],
        "rail": pa.array(links["rail"], mask=links["rail"] < 0),
        **ends,
        "speed_gbps": links["speed_gbps"],
        "cable": links["cable"],
        "cable_type": _words(cables["type"][links["cable"]], cables.words["type"]),
        "fibers": pa.array(f := cables["fibers"][links["cable"]], mask=f < 0),
        "route_m": _of_cable(plan, "route_m"),
        "length_m": _of_cable(plan, "length_m"),
        "phase": _steps(plan, cables["phase"][links["cable"]]),
    })  # fmt: skip


def _of_cable(plan: Plan, name: str) -> pa.Array:
    """A length of the cable of every link."""
    metres = plan.tables["cables"][name][plan.tables["links"]["cable"]]
    return pa.array(metres, mask=np.isnan(metres))


def _end(plan: Plan, rows: Array) -> tuple[Array, Array, Array, Array]:
    """Device row, cage on it (-1: none), port on it and port in its cage, of some port rows."""
    ports, cages = plan.tables["ports"], plan.tables["cages"]
    cage = ports["cage"][rows]
    index = np.append(cages["index"], -1)[cage]
    first_of_cage = np.zeros(len(cages) + 1, dtype=np.int64)
    first_of_cage[ports["cage"][::-1]] = np.arange(len(ports))[::-1]
    return ports["device"][rows], index, ports["index"][rows], rows - first_of_cage[cage]
