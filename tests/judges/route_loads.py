"""What the forwarding tables of a subnet load onto its links when all hosts talk to all hosts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from ibsim import Subnet

import rackplan
from rackplan.names import device_names
from rackplan.planes import Plane, PortList, port_list

Ints = npt.NDArray[np.int64]
MAX_HOPS = 64


def loads_by_class(
    plan: rackplan.Plan, plane: Plane, subnet: Subnet
) -> dict[tuple[str, str], tuple[int, int]]:
    """The least and the most routes over one link, by the roles at its ends, from and to."""
    found = port_list(plan, plane)
    loads = all_pairs(plan, found, subnet)
    devices = plan.tables["devices"]
    role = devices["role"][found.devices]
    names = np.array(devices.words["role"])
    ends = np.stack([role[found.owner], role[found.owner[found.other]]])
    classes, index = np.unique(ends, axis=1, return_inverse=True)
    return {
        (str(names[a]), str(names[b])): (int(of.min()), int(of.max()))
        for number, (a, b) in enumerate(classes.T)
        for of in [loads[index.ravel() == number]]
    }


def all_pairs(plan: rackplan.Plan, found: PortList, subnet: Subnet) -> Ints:
    """Routes that leave through each port of the list; every ordered pair of hosts has one.

    All routes to a host that meet in a switch go on together, so what is walked is the number of
    routes at each switch for each host, hop by hop. A route that ends nowhere or at a wrong host,
    or that does not end, fails the test.
    """
    adapters, node = found.adapters, found.node
    lids, next_port = _tables(plan, found, subnet)
    port_at = np.full((len(next_port), int(found.number.max()) + 1), -1)
    port_at[node[adapters:] - adapters, found.number[adapters:]] = np.arange(adapters, len(node))
    loads = np.zeros(len(node), dtype=np.int64)
    loads[:adapters] = adapters - 1
    leaf = node[found.other[:adapters]] - adapters
    waiting = np.zeros((len(next_port), adapters), dtype=np.int64)
    waiting += np.bincount(leaf, minlength=len(next_port))[:, None]
    waiting[leaf, np.arange(adapters)] -= 1
    for _ in range(MAX_HOPS):
        switch, host = np.nonzero(waiting)
        if not len(switch):
            return loads
        routes = waiting[switch, host]
        out = port_at[switch, next_port[switch, lids[host]]]
        assert (out >= 0).all(), "a route leaves through a port without a link"
        loads += np.bincount(out, routes, len(loads)).astype(np.int64)
        entered = found.other[out]
        arrived = entered < adapters
        assert (entered[arrived] == host[arrived]).all(), "a route ends at another host"
        on = ~arrived
        at = (node[entered[on]] - adapters) * adapters + host[on]
        waiting = np.bincount(at, routes[on], waiting.size).astype(np.int64).reshape(waiting.shape)
    raise AssertionError("a route does not end")


def _tables(plan: rackplan.Plan, found: PortList, subnet: Subnet) -> tuple[Ints, Ints]:
    """The LID of every host port, and the port to each LID at every switch."""
    names = found.node_names(device_names(plan.tables["devices"]))
    lid = subnet.lids()
    lids = np.array([lid[name, 1] for name in names[: found.adapters]])
    called = subnet.guids()
    place = {name: index for index, name in enumerate(names[found.adapters :])}
    next_port = np.zeros((len(place), max(lid.values()) + 1), dtype=np.int64)
    for guid, (to, port) in subnet.tables().items():
        next_port[place[called[guid]], to] = port
    return lids, next_port
