"""Design to Plan: every device, port, link, cable and module as rows of tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rackplan.audit import audit
from rackplan.build.cabling import cable_fabrics
from rackplan.build.chosen import with_chosen
from rackplan.build.facility import facility, without_idle_cdus
from rackplan.build.hardware import lay_out
from rackplan.build.panels import with_units
from rackplan.build.physical import physical_checks
from rackplan.build.plan import Plan
from rackplan.build.standing import device_table, rack_table
from rackplan.build.ways import ways_of
from rackplan.build.wires import device_ends, wire_fabrics
from rackplan.design import Design
from rackplan.errors import InfeasibleError, Problem
from rackplan.names import device_names
from rackplan.placement.bundles import bundles
from rackplan.placement.loads import device_loads
from rackplan.placement.packed import with_racks
from rackplan.placement.phases import Phases, assign_phases
from rackplan.placement.place import Placement, place
from rackplan.placement.racks import COOLING, node_racks
from rackplan.placement.trays import tray_loads, tray_problems
from rackplan.tables import Table

__all__ = ["Plan", "build"]


def build(design: Design) -> Plan:
    """Enumerate everything that the design counts.

    Raises:
        InputError: places or phases that contradict the plan (RP110, RP201, RP346).
        InfeasibleError: cables with fixed ends that do not suit the wiring (RP315), and what does
            not fit floor, racks, feeds or cooling (RP332 to RP354).
        InvariantError: the tables and the design disagree: a bug.
    """
    layout = lay_out(design)
    if design.names.is_own:  # names that collide are told before anything else
        own = node_racks(design)
        device_names(layout.devices, design.names, own.names(design), design.halls)
    wires = wire_fabrics(design, layout)
    lower, upper = device_ends(layout, wires)
    placed = place(design, layout.devices, lower, upper) if design.floors else None
    if placed is not None:
        racks, rack = placed.racks, placed.rack
    else:
        racks, rack = with_racks(design, layout.devices)
    phases = assign_phases(design, racks, rack, lower, upper)
    ways = ways_of(design, placed, phases)
    wired, used = cable_fabrics(design, layout, wires, ways)
    tables = layout.tables(used) | wired
    tables["devices"] = device_table(layout.devices, placed, phases)
    design = with_chosen(design, tables)
    if placed is None:
        tables["racks"] = rack_table(design, None, phases)
        return Plan(design, tables, audit(design, tables))
    if any(fabric.options for fabric in design.fabrics):  # power follows what links chose
        placed = replace(placed, loads=device_loads(design, tables["devices"]))
    found = facility(design, placed)
    if (fewer := without_idle_cdus(placed, found)) is not placed:
        placed, found = fewer, facility(design, fewer)
        phases = Phases(phases.racks[: len(placed.racks)], phases.devices)
    cdus = placed.racks.of(COOLING)
    phases = phases.with_cdus(cdus, placed.racks.hall, placed.grid["row"])
    tables["racks"] = rack_table(design, placed, phases)
    tables["panels"], homeless = with_units(design, placed, tables["panels"])
    found = replace(found, problems=(*found.problems, *homeless, *_trays(design, placed, tables)))
    if any(problem.severity == "error" for problem in found.problems):
        raise InfeasibleError([*placed.warnings, *found.problems])
    warnings = (*design.warnings, *placed.warnings, *found.problems)
    checks = (*audit(design, tables), *physical_checks(design, placed, found, tables))
    return Plan(replace(design, warnings=warnings), tables, checks, placed, found)


def _trays(design: Design, placed: Placement, tables: Mapping[str, Table]) -> list[Problem]:
    """RP354 for trays that are fuller than they may be."""
    held = bundles(tables, placed.rack, design.cables())
    where = {"hall": placed.racks.hall, **placed.grid}
    loads = tray_loads(where, held, placed.floors, design.cabling)
    return list(tray_problems(loads, design.cabling, design.halls))
