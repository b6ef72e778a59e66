"""The columns of the cable schedule, and how they are made from a plan's tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rackplan.build import Plan
from rackplan.design import UNSPECIFIED, Design
from rackplan.naming import NamingSpec
from rackplan.schedule.arrow import numbers, taken, words
from rackplan.schedule.bought import (
    cable_part_numbers,
    medium,
    modules_of,
    named,
    part_number,
    plug,
)
from rackplan.schedule.ids import bundles, cable_ids
from rackplan.schedule.labels import EndTexts, labels
from rackplan.schedule.places import Places, places_of
from rackplan.schedule.ports import PortFinder, Ports, port_finder, port_names
from rackplan.schedule.rows import Rows, schedule_rows
from rackplan.schedule.xnames import device_xnames, end_xnames
from rackplan.tables import Array, Table

_END = {
    "hall": "hall",
    "row": "row of the hall, from 1",
    "position": "position in the row, from 1",
    "rack": "rack",
    "u": "lowest unit of the device [U]",
    "device": "device",
    "slot": "number of the NIC in its node, from 1; empty on other devices",
    "port": "name of the port; those of one plug are joined by +",
    "index": "number of the port on its device, from 1, or of the way through a panel",
    "cage": "its cage, from 1; empty where the end is fixed",
    "breakout": "how the cage is shared, such as 2x400G; empty where it has one port",
    "module": "catalog id of the transceiver; empty on copper, built-in optics and panels",
    "module_part": "its part number, where there is one",
}
COLUMNS: dict[str, str] = {
    "cable_id": "the cable: device and port of its first end; see `rackplan.schedule.ids`",
    "phase": "the step in which it is pulled; `all` where there are no steps",
    "fabric": "fabric",
    "tier": "tier of its links",
    "plane": "plane, from 0",
    "rail": "rail, from 0; empty where the link serves all",
    **{f"a_{name}": f"{doc}, at the lower end" for name, doc in _END.items()},
    **{f"z_{name}": f"{doc}, at the upper end" for name, doc in _END.items()},
    "media": "kind of copper cable or of fiber",
    "cable_type": "catalog id of the cable",
    "cable_part": "its part number; empty where none is known for the length",
    "fiber_mode": "single or multi; empty on copper",
    "strands_used": "lit fibers, both directions",
    "strands": "fibers in the cord, lit or dark",
    "connector_a": "connector at the lower end",
    "connector_z": "connector at the upper end",
    "polarity": "type A, B or C of a cord for parallel optics",
    "gender_a": "gender of the cord's connector at the lower end",
    "gender_z": "gender of the cord's connector at the upper end",
    "route_m": "length of the way, with slack at both ends [m]",
    "length_m": "length to order [m]",
    "slack_m": "what the ordered length has beyond the way [m]",
    "tray_route": "rows that the way leads along",
    "bundle_id": "cables of one pair of racks, pulled as one",
    "label_a": "label at the lower end",
    "label_z": "label at the upper end",
    "speed_gbps": "rate of one link, one direction [Gb/s]",
    "links": "links in the two plugs",
    "status": "planned",
    "note": "what is not known or cannot be ordered",
}
"""The columns in order, and what they hold. A row is a pair of plugs of one cable."""


@dataclass(frozen=True)
class Schedule:
    """The cable schedule of a plan.

    Attributes:
        table: the columns of `COLUMNS`; texts are codes of dictionaries.
        rows: the same rows as numbers of the plan's tables.
        places: what the cables end at.
        a: where the lower ends are; shape (rows,).
        z: where the upper ends are.
        pair: number of the pair of racks of every row, -1 where unknown.
    """

    table: pa.Table
    rows: Rows
    places: Places
    a: Ports
    z: Ports
    pair: Array


def build_schedule(plan: Plan) -> Schedule:
    """The schedule of a plan, made anew.

    Raises:
        InputError: names or labels that are equal (RP347), labels that a spreadsheet would
            compute (RP353).
    """
    tables, design = plan.tables, plan.design
    rows = schedule_rows(tables)
    naming = design.names
    racks, devices = plan.rack_names(), plan.device_names()
    finder = port_finder(tables, design)
    a, z = finder.find(rows.a), finder.find(rows.z)
    ports = _joined_names(rows, finder, (a, z), naming)
    places = places_of(tables, design, racks, devices)
    bundle, way, pair = bundles(tables, rows, places)
    ids = cable_ids(tables, rows, places)
    line = _line(tables, rows, design) | {"cable_id": ids, "tray_route": way, "bundle_id": bundle}
    ends = {
        f"{side}_{name}": column
        for side, own, texts in (("a", a, ports[0]), ("z", z, ports[1]))
        for name, column in _end(tables, design, own, texts, places).items()
    }
    wanted = "xname" in naming.label_template
    xnames = device_xnames(tables, design, devices) if wanted else []
    near, far = (
        EndTexts(tables["racks"], places, own, texts,
                 end_xnames(tables, design, places, xnames, own) if wanted else None)
        for own, texts in zip((a, z), ports, strict=True)
    )  # fmt: skip
    both = labels(naming, near, far, _texts(line), rows.cable)
    found = {**line, **ends, "label_a": both[0], "label_z": both[1]}
    return Schedule(pa.table({name: found[name] for name in COLUMNS}), rows, places, a, z, pair)


def _texts(line: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """The fields of labels that both ends share, as texts; empty where unknown."""
    found = {"cable": line["cable_id"], "bundle": line["bundle_id"]}
    found |= {name: line[name] for name in ("fabric", "tier", "plane", "rail")}
    return {name: pc.fill_null(one.cast(pa.string()), "") for name, one in found.items()}


def _joined_names(
    rows: Rows, finder: PortFinder, ends: tuple[Ports, Ports], naming: NamingSpec
) -> list[pa.Array]:
    """Names of the ports at end A and end Z; those of one plug joined: `1/1+1/2`."""
    found = []
    for own, upper in ((ends[0], False), (ends[1], True)):
        code, names = port_names(own, finder, naming)
        joined = taken(names, code)
        for row, more in rows.joined(upper=upper):
            own_code, own_names = port_names(finder.find(more), finder, naming)
            texts = np.full(len(rows), -1)
            texts[row] = own_code
            together = pc.binary_join_element_wise(joined, taken(own_names, texts), "+")
            joined = pc.if_else(pa.array(texts >= 0), together, joined)
        found.append(joined)
    return found


def _end(  # where it is, and how everything is called
    tables: Mapping[str, Table],
    design: Design,
    own: Ports,
    port: pa.Array,
    places: Places,
) -> dict[str, pa.Array]:
    standing = tables["racks"]
    rack = places.rack[own.device]
    row, position = (np.append(standing[name], -1)[rack] for name in ("row", "position"))
    modules, catalog = tables["modules"], modules_of(design)
    held = np.full(len(tables["cages"]) + 1, -1)
    loose = modules["cable"] < 0
    held[modules["cage"][loose]] = modules["type"][loose]
    module = held[own.cage_row]
    types = modules.words["type"]
    shared = own.shares.astype(np.int64) * 1_000_000 + own.gbps.astype(np.int64)
    key, code = np.unique(shared, return_inverse=True)
    breakouts = [
        f"{one // 1_000_000}x{one % 1_000_000}G" if one >= 2_000_000 else None
        for one in key.tolist()
    ]
    return {
        "hall": words([name or None for name in places.halls], places.hall[own.device]),
        "row": numbers(row + 1),
        "position": numbers(position + 1),
        "rack": words(places.racks, rack),
        "u": numbers(places.u[own.device], least=-1e6),
        "device": words(places.names, own.device),
        "slot": numbers(own.nic),
        "port": port.dictionary_encode(),
        "index": numbers(np.where(own.place > 0, own.place, own.index)),
        "cage": numbers(own.cage),
        "breakout": words(breakouts, code),
        "module": words(named(types), module),
        "module_part": words([part_number(catalog.get(one)) for one in types], module),
    }


def _line(tables: Mapping[str, Table], rows: Rows, design: Design) -> dict[str, pa.Array]:
    """The columns that belong to the cable and not to one of its ends."""
    links, cables = tables["links"], tables["cables"]
    own = {name: cables[name][rows.cable] for name in cables.columns}
    types = cables.words["type"]
    catalog = design.cables()
    entries = [catalog.get(one) for one in types]
    route, length = own["route_m"], own["length_m"]
    phases = design.step_names(int(own["phase"].max(initial=0)) + 1)

    def of_type(values: Sequence[str | None]) -> pa.DictionaryArray:
        return words(values, own["type"])

    gender = of_type([one.gender if one else None for one in entries])
    return {
        "phase": words(phases, own["phase"]),
        "fabric": words(links.words["fabric"], links["fabric"][rows.link]),
        "tier": words(links.words["tier"], links["tier"][rows.link]),
        "plane": numbers(links["plane"][rows.link], least=0),
        "rail": numbers(links["rail"][rows.link], least=0),
        "media": of_type([medium(one) for one in entries]),
        "cable_type": of_type(named(types)),
        "cable_part": cable_part_numbers(catalog, types, own["type"], length),
        "fiber_mode": of_type([one.fiber_mode if one else None for one in entries]),
        "strands_used": numbers(own["fibers"], least=0),
        "strands": numbers(own["strands"], least=0),
        "connector_a": of_type([plug(one, upper=False) for one in entries]),
        "connector_z": of_type([plug(one, upper=True) for one in entries]),
        "polarity": of_type([one.polarity if one else None for one in entries]),
        "gender_a": gender,
        "gender_z": gender,
        "route_m": numbers(np.round(route.astype(float), 2), least=0),
        "length_m": numbers(length, least=0),
        "slack_m": numbers(np.round((length - route).astype(float), 2), least=-1e-3),
        "speed_gbps": numbers(links["speed_gbps"][rows.link], least=0),
        "links": numbers(rows.links),
        "status": words(["planned"], np.zeros(len(rows), dtype=np.int64)),
        "note": _notes(design, tables, rows),
    }  # fmt: skip


def _notes(design: Design, tables: Mapping[str, Table], rows: Rows) -> pa.DictionaryArray:
    """The first thing that a reader of a row must know; empty where there is nothing."""
    catalog = design.cables()
    words_of = tables["cables"].words["type"]
    own = bool(design.cabling.lengths_m)
    listed = np.array(
        [own or bool(word in catalog and catalog[word].lengths_m) for word in words_of], dtype=bool
    )
    cables = tables["cables"]
    unnamed = cables.where("type", UNSPECIFIED)[rows.cable]
    route, length = cables["route_m"][rows.cable], cables["length_m"][rows.cable]
    too_long = ~np.isnan(route) & np.isnan(length)
    return words(
        [
            "longer than any length that can be ordered",
            "no cable is named",
            "length assumed: the maker's list is not known",
        ],
        np.select(
            [too_long, unnamed, ~np.isnan(length) & ~listed[cables["type"][rows.cable]]],
            [0, 1, 2],
            -1,
        ),
    )
