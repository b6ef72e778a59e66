"""HPE Cray EX component names of devices and of the ends of cables.

`xXcCsSbBnN` is node N of board controller B in slot or unit S of chassis C in cabinet X, and
`hH` its NIC H; `xXcCrR` is a switch of the high-speed network whose lowest unit is R, `jJ` its
cable connector J (from 1) and `pP` port P of it (from 0); `xXcCwW` and `jJ` are the same for
switches of management networks. A standard rack is chassis 0. Sites number their cabinets
themselves: here racks with nodes count from x3000, those of switches from x8000.

Reference: Cray-HPE/docs-csm, "Component Names (xnames)"; its ranges (32 connectors, 4 NICs) are
those of HPE's own hardware and are not enforced.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rackplan.design import Design
from rackplan.schedule.arrow import taken
from rackplan.schedule.places import NODE, SWITCH, Places
from rackplan.schedule.ports import Ports
from rackplan.tables import Array, Table, number_within

NODE_RACKS, SWITCH_RACKS = 3000, 8000
"""Cabinet numbers of the first rack with nodes and of the first rack of switches."""


def device_xnames(tables: Mapping[str, Table], design: Design, names: list[str]) -> list[str]:
    """The component name of every device; its own name where HPE has none for it."""
    devices, racks = tables["devices"], tables["racks"]
    network = racks.where("purpose", "network")
    number = number_within(network.astype(np.int64))
    cabinet = np.append(np.where(network, SWITCH_RACKS, NODE_RACKS) + number, -1)[devices["rack"]]
    node, switch = devices.where("kind", "node"), devices.where("kind", "switch")
    unit = np.where(np.isnan(devices["u"]), -1, np.floor(np.nan_to_num(devices["u"])))
    slot = np.where((unit < 0) & node, devices["slot"] + 1, unit).astype(np.int64)
    letter = np.where(_managing(devices, design), "w", "r")
    within = number_within(np.where(node, cabinet * 10_000 + slot, -1))
    found = list(names)
    for row in np.flatnonzero(node & (cabinet >= 0)).tolist():
        found[row] = f"x{cabinet[row]}c0s{slot[row]}b0n{within[row]}"
    for row in np.flatnonzero(switch & (cabinet >= 0) & (slot >= 0)).tolist():
        found[row] = f"x{cabinet[row]}c0{letter[row]}{slot[row]}"
    return found


def _managing(devices: Table, design: Design) -> Array:
    """Which devices are switches of a management network."""
    names = [fabric.name for fabric in design.fabrics if fabric.spec.management]
    return np.isin(devices["fabric"], [devices.code("fabric", name) for name in names])


def end_xnames(
    tables: Mapping[str, Table], design: Design, places: Places, xnames: list[str], ports: Ports
) -> pa.Array:
    """The component name of every end: that of its device, and its NIC or connector."""
    managing = _managing(tables["devices"], design)
    managing = np.append(managing, np.zeros(len(places.kind) - len(managing), dtype=bool))
    node = places.kind[ports.device] == NODE
    switch = places.kind[ports.device] == SWITCH
    plain = managing[ports.device]
    kind = np.select([node, switch & plain, switch, ports.place > 0], [0, 4, 1, 2], 3)
    connector = np.where(ports.cage > 0, ports.cage, ports.index)
    choices = [ports.nic, np.where(plain, ports.index, connector), ports.place]
    what = np.stack([
        kind,
        np.select([node, switch, ports.place > 0], choices, ports.index),
        np.where(switch, ports.sub, np.where(node, ports.nic_port, 1)),
    ])  # fmt: skip
    distinct, code = _distinct(what)
    forms = ("h{0}", "j{0}p{1}", "-w{0}", "-p{0}", "j{0}")
    texts = []
    for one, number, sub in distinct.T.tolist():
        own = number - 1 if one == 0 else number
        text = forms[one].format(own, sub - 1)
        texts.append(text + (f"p{sub - 1}" if one == 0 and sub > 1 else ""))
    parts = [taken([*xnames, *places.names[places.devices :]], ports.device), taken(texts, code)]
    return pc.binary_join_element_wise(*parts, "")


def _distinct(what: Array) -> tuple[Array, Array]:
    """The distinct columns, and which of them each column is."""
    key = np.zeros(what.shape[1], dtype=np.int64)
    for row in what:
        key = key * (int(row.max(initial=0)) + 1) + row
    _, first, code = np.unique(key, return_index=True, return_inverse=True)
    return what[:, first], code
