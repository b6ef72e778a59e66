"""Patch panels with their units."""

from __future__ import annotations

from rackplan.catalog import Part
from rackplan.design import Design
from rackplan.errors import Problem
from rackplan.placement.panel_units import panel_units
from rackplan.placement.place import Placement
from rackplan.tables import PANELS, Table


def with_units(design: Design, placed: Placement, panels: Table) -> tuple[Table, list[Problem]]:
    """The table of panels with the unit of each, and RP356 where a rack has none free."""
    parts: dict[int, Part] = {
        panels.code("type", media.trunk.panel.id): media.trunk.panel
        for fabric in design.fabrics
        for media in fabric.media.values()
        if media.trunk is not None
    }
    units, problems = panel_units(design, placed, panels["rack"], panels["type"], parts)
    columns = {name: panels[name] for name in PANELS.columns} | {"u": units}
    return Table(PANELS, columns, panels.words), problems
