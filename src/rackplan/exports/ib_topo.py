"""`ib_topo/<fabric>-plane<p>.topo`: who is cabled to whom, for ibdmchk and tools of its kind.

A section a device, then a line a port: `P3 -> <type> <device> P7`. Types are written beside the
topologies, `<type>.ibnl` each (`export IBDM_IBNL_PATH=ib_topo`): a switch of type `SW64-qm9700`
is one switch node with 64 ports, a host of type `CA12-dgx-h100` has 12 ports of one channel
adapter each. Where names hold a space or a slash, `_` stands.

`ibdmchk -t ib_topo/compute-plane0.topo -n r0001-n01/U1 -p 1` checks a plane before it is built.

Reference: ibdm-topo-file(1) and ibdm-ibnl-file(1) of ibutils.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from rackplan.build import Plan
from rackplan.listing import listing, numbers, words
from rackplan.names import names_of
from rackplan.planes import PortList, infiniband_planes, network_ports, port_list
from rackplan.tables import Array

_NOT_IN_TYPES = re.compile(r"[^A-Za-z0-9_.-]")
_NOT_IN_NAMES = re.compile(r"[\s/]")


def write(plan: Plan, folder: Path) -> None:
    """Write one topology a plane, and the types that they name, into `ib_topo/`."""
    _, names = names_of(plan.tables, plan.design)
    for plane in infiniband_planes(plan):
        (folder / "ib_topo").mkdir(exist_ok=True)
        found = port_list(plan, plane)
        text = topology(plan, found, names)
        (folder / "ib_topo" / f"{plane.name}.topo").write_bytes(text)
        for name, definition in system_types(plan, found):
            (folder / "ib_topo" / f"{name}.ibnl").write_text(definition, encoding="utf-8")


def topology(plan: Plan, found: PortList, names: list[str]) -> bytes:
    """The topology of one plane, every link told at both of its ends.

    Args:
        plan: the plan.
        found: the ports of the plane.
        names: the name of every device of the plan, in row order.
    """
    own = [
        f"{kind} {_NOT_IN_NAMES.sub('_', names[row])}"
        for kind, row in zip(_types(plan, found), found.devices, strict=True)
    ]
    text = listing([f"\n{name}\n" for name in own], found.owner, [
        "   P", numbers(found.number), " -> ", words(own, found.owner[found.other]),
        " P", numbers(found.number[found.other]),
    ])  # fmt: skip
    return text[1:]


def system_types(plan: Plan, found: PortList) -> Iterator[tuple[str, str]]:
    """The name and the definition of every type in a plane, in order of appearance."""
    types = _types(plan, found)
    counts = _port_counts(plan, found).tolist()
    for name in dict.fromkeys(types):
        place = types.index(name)
        ports = range(1, counts[place] + 1)
        if place < found.hosts:
            nodes = [f"NODE CA 1 {name} U{port}\n1 -> P{port}\n" for port in ports]
        else:
            lines = "".join(f"{port} -> P{port}\n" for port in ports)
            nodes = [f"NODE SW {counts[place]} {name} U1\n{lines}"]
        yield name, "\n".join([f"TOPSYSTEM {name}\n", *nodes])


def _types(plan: Plan, found: PortList) -> list[str]:
    """The type of every device of a plane: what it is there, its ports and its catalog id."""
    devices = plan.tables["devices"]
    ids = [_NOT_IN_TYPES.sub("_", word) for word in devices.words["type"]]
    columns = np.stack([devices["type"][found.devices], _port_counts(plan, found)]).T.tolist()
    return [
        f"{'CA' if place < found.hosts else 'SW'}{count}-{ids[code]}"
        for place, (code, count) in enumerate(columns)
    ]


def _port_counts(plan: Plan, found: PortList) -> Array:
    """Ports of the devices of a plane: all of a host, those of the network of a switch."""
    whole = plan.tables["devices"]["port_count"][found.devices]
    host = np.arange(len(found.devices)) < found.hosts
    return np.where(host, whole, network_ports(plan)[found.devices])
