"""`ibnetdiscover/<fabric>-plane<p>.net`: each plane as `ibnetdiscover` prints a real subnet.

`ibsim` simulates such a file and OpenSM discovers and routes it, so a fabric can be tried before
it is bought; and what a built fabric prints can be held against its plan. Fabrics that speak
Ethernet or Slingshot are left out, and so is a plane with a port above 254, the last that
InfiniBand numbers.

Each port of a host is a channel adapter of its own with one port: port 3 of node `r0001-n01` is
port 1 of `r0001-n01 HCA-3`. Ports of switches have their numbers from one. Names stand after
`#`. Rates and LIDs are not told: a fabric has them when it runs.

Reference: linux-rdma/ibsim, ibsim/sim_net.c; linux-rdma/rdma-core, ibnetdiscover(8).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rackplan.build import Plan
from rackplan.listing import listing, numbers, words
from rackplan.names import names_of
from rackplan.planes import Plane, infiniband_planes, network_ports, port_list
from rackplan.tables import Array, Table

LAST_PORT = 254
"""The last port number of InfiniBand; 255 has a meaning of its own."""


def write(plan: Plan, folder: Path) -> None:
    """Write one netlist a plane into `ibnetdiscover/`."""
    _, names = names_of(plan.tables, plan.design)
    guids = device_guids(plan.tables["devices"])
    index = plan.tables["ports"]["index"]
    for plane in infiniband_planes(plan):
        if max(index[plane.a_port].max(), index[plane.b_port].max()) < LAST_PORT:
            (folder / "ibnetdiscover").mkdir(exist_ok=True)
            text = netlist(plan, plane, names, guids)
            (folder / "ibnetdiscover" / f"{plane.name}.net").write_bytes(text)


def netlist(plan: Plan, plane: Plane, names: list[str], guids: Array) -> bytes:
    """The netlist of one plane; hosts come first, as a simulated SM starts at the first node.

    Args:
        plan: the plan.
        plane: the plane.
        names: the name of every device, in row order.
        guids: the GUID of every device, in row order; shape (devices,).
    """
    found = port_list(plan, plane)
    adapters = found.adapters
    called = found.node_names(names)
    systems = guids[found.devices]
    own = systems[found.owner[:adapters]] + (found.number[:adapters].astype(np.uint64) << 4)
    node_guids = [f"{guid:016x}" for guid in np.concatenate([own, systems[found.hosts :]]).tolist()]
    nodes = [f"{'H' if node < adapters else 'S'}-{guid}" for node, guid in enumerate(node_guids)]
    counts = network_ports(plan)[found.devices[found.hosts :]].tolist()
    hosts = systems[found.owner[:adapters]].tolist()
    heads = [
        f'\nsysimgguid=0x{host:016x}\ncaguid=0x{guid}\nCa\t1 "{node}"\t\t# "{name}"\n'
        for host, guid, node, name in zip(hosts, node_guids, nodes, called, strict=False)
    ] + [
        f"\nsysimgguid=0x{guid}\nswitchguid=0x{guid}({guid})\n"
        f'Switch\t{count} "{node}"\t\t# "{name}" base port 0 lid 0 lmc 0\n'
        for count, guid, node, name in zip(
            counts, node_guids[adapters:], nodes[adapters:], called[adapters:], strict=True
        )
    ]
    port = found.node_port
    peer = found.node[found.other]
    text = listing(heads, found.node, [
        "[", numbers(port), ']\t"', words(nodes, peer), '"[', numbers(port[found.other]),
        ']\t\t# "', words(called, peer), '"',
    ])  # fmt: skip
    return text[1:]


def device_guids(devices: Table) -> Array:
    """The GUID of every device, shape (devices,).

    Its digits are 02 (locally administered), two for the fabric, two for the plane (ff for a
    device of none), one for the role, six for the number among such devices, and 000. Adapter n
    of a host adds 16 n to its host's. More devices of the same roles only add GUIDs.
    """
    kind = np.full(len(devices), 2 << 56, dtype=np.uint64)
    for name, digits, shift in (("fabric", 2, 48), ("plane", 2, 40), ("role", 1, 36)):
        code = devices[name].astype(np.int64) & (16**digits - 1)
        kind |= code.astype(np.uint64) << np.uint64(shift)
    _, group, size = np.unique(kind, return_inverse=True, return_counts=True)
    number = np.empty(len(devices), dtype=np.uint64)
    number[np.argsort(group, kind="stable")] = np.arange(len(devices)) - np.repeat(
        np.cumsum(size) - size, size
    )
    return np.asarray(kind | number << np.uint64(12))
