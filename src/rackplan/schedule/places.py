"""What cables end at: the devices of a plan and, behind them, the panels of structured cabling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rackplan.placement.trunk_tables import panel_names
from rackplan.tables import Array, Table

NODE, EQUIPMENT, SWITCH, PANEL = range(4)
_KINDS = ("node", "equipment", "switch", "panel")


@dataclass(frozen=True)
class Places:
    """Devices, then patch panels, as columns; shape (places,).

    Attributes:
        names: how they are called.
        kind: NODE, EQUIPMENT, SWITCH or PANEL.
        rack: row of the rack, -1 where none.
        u: lowest unit, nan where none. [U]
        hall: number of the hall.
        devices: how many of them are devices.
        racks: names of the racks.
        halls: names of the halls.
    """

    names: Sequence[str]
    kind: Array
    rack: Array
    u: Array
    hall: Array
    devices: int
    racks: Sequence[str]
    halls: Sequence[str]


def places_of(
    tables: Mapping[str, Table], design: Any, racks: Sequence[str], names: Sequence[str]
) -> Places:
    """The places of a plan."""
    devices = tables["devices"]
    kind = np.array([_KINDS.index(word) for word in devices.words["kind"]])[devices["kind"]]
    rack, u = devices["rack"].astype(np.int64), devices["u"].astype(float)
    hall, called = devices["hall"].astype(np.int64), list(names)
    panels = tables.get("panels")
    if panels is not None and len(panels):
        at = panels["rack"].astype(np.int64)
        kind = np.append(kind, np.full(len(at), PANEL))
        rack, u = np.append(rack, at), np.append(u, panels["u"].astype(float))
        hall = np.append(hall, tables["racks"]["hall"][at])
        called += panel_names(panels, racks)
    return Places(called, kind, rack, u, hall, len(devices), racks, design.halls)
