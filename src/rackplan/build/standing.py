"""Racks and devices with their places: the tables once the floor is known."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rackplan.design import Design
from rackplan.placement.phases import Phases
from rackplan.placement.place import Placement
from rackplan.placement.racks import PURPOSES, RackRows, node_racks
from rackplan.tables import DEVICES, RACKS, Array, Table


def rack_table(design: Design, placed: Placement | None, phases: Phases) -> Table:
    """The table of racks; without a floor, those with nodes and none of their places."""
    if placed is None:
        racks = node_racks(design)
        rows = np.flatnonzero(racks.purpose < PURPOSES.index("network"))
        nowhere = {name: np.full(len(rows), -1) for name in ("row", "position")}
        nowhere |= {name: np.full(len(rows), np.nan) for name in ("x_m", "y_m")}
    else:
        racks, nowhere = placed.racks, dict(placed.grid)
        rows = np.arange(len(racks))
    words, code = _systems(design, racks)
    columns: Mapping[str, Array] = {
        "purpose": racks.purpose[rows],
        "system": code[rows],
        "population": racks.population[rows],
        "su": racks.su[rows],
        "nodes": racks.nodes[rows],
        "serves": racks.serves[rows],
        "hall": racks.hall[rows],
        "phase": phases.racks[rows],
        **nowhere,
    }
    return Table(RACKS, columns, {"purpose": PURPOSES, "system": words})


def _systems(design: Design, racks: RackRows) -> tuple[tuple[str, ...], Array]:
    """What each rack is: the system where nodes of one stand in it, else its frame."""
    words: dict[str, int] = {}

    def code(word: str) -> int:
        return words.setdefault(word, len(words))

    systems = [code(one.standing) for one in design.populations]
    frames = [code(frame.id) for frame in racks.frames]
    of_frame = np.array([*frames, -1])[racks.frame]
    of_system = np.array([*systems, -1])[racks.population]
    standing = racks.purpose < PURPOSES.index("network")
    return tuple(words), np.where(standing, of_system, of_frame)


def device_table(devices: Table, placed: Placement | None, phases: Phases) -> Table:
    """The devices with rack, unit, side and step."""
    columns = {name: devices[name] for name in DEVICES.columns}
    columns |= {"face": np.zeros(len(devices)), "phase": phases.devices}
    if placed is not None:
        columns |= {
            "rack": placed.rack,
            "u": placed.u,
            "height_u": placed.height_u,
            "face": placed.rear.astype(np.int16),
        }
    return Table(DEVICES, columns, devices.words)
