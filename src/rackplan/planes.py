"""The planes of a plan: each is a network of its own, a subnet to whoever discovers it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rackplan.graph import Tabled
from rackplan.tables import Array


@dataclass(frozen=True)
class Plane:
    """The links of one plane of a fabric.

    Attributes:
        fabric: name of the fabric.
        number: the plane, from zero.
        a_port: rows of `ports` at one end of each link; shape (links,).
        b_port: rows of `ports` at the other end; shape (links,).
    """

    fabric: str
    number: int
    a_port: Array
    b_port: Array

    @property
    def name(self) -> str:
        """Name of the plane in file names, for example `compute-plane0`."""
        return f"{self.fabric}-plane{self.number}"


@dataclass(frozen=True)
class PortList:
    """The ports of a plane that carry a link, hosts first, then switches.

    A switch of the plane's own fabric is a switch; every other device is a host, a switch with
    its management port included. Devices come in order of their rows, ports of a device in order
    of their number.

    Whoever discovers the plane sees nodes: each switch is one, and each port of a host is one,
    as it lies on a card of its own. These channel adapters are called `<host> HCA-<number>`,
    which is how tools tell the host from its name, and their only port is port 1.

    Attributes:
        devices: rows of the devices; shape (devices,).
        hosts: how many of the devices are hosts.
        owner: index into `devices` of the device of each port; shape (ports,).
        number: number of the port on its device, from one; shape (ports,).
        other: index of the port at the other end of the link; shape (ports,).
    """

    devices: Array
    hosts: int
    owner: Array
    number: Array
    other: Array

    @property
    def adapters(self) -> int:
        """Ports of hosts; they are the first ones, and the first nodes."""
        return int(np.searchsorted(self.owner, self.hosts))

    @property
    def node(self) -> Array:
        """The node of each port, from zero in order of the ports; shape (ports,)."""
        switch = self.adapters + self.owner - self.hosts
        return np.where(self.owner < self.hosts, np.arange(len(self.owner)), switch)

    @property
    def node_port(self) -> Array:
        """The number of each port on its node, from one; shape (ports,)."""
        return np.where(self.owner < self.hosts, 1, self.number)

    def node_names(self, names: Sequence[str]) -> list[str]:
        """The name of every node, from the names of all devices of the plan."""
        own = [names[row] for row in self.devices]
        hosts = zip(self.owner[: self.adapters], self.number[: self.adapters], strict=True)
        return [*(f"{own[host]} HCA-{number}" for host, number in hosts), *own[self.hosts :]]


def planes(plan: Tabled) -> Iterator[Plane]:
    """Every plane of every fabric that has links, fabric by fabric."""
    links = plan.tables["links"]
    for fabric in plan.design.fabrics:
        of_fabric = links.where("fabric", fabric.name)
        for number in np.unique(links["plane"][of_fabric]).tolist():
            rows = np.flatnonzero(of_fabric & (links["plane"] == number))
            yield Plane(fabric.name, number, links["a_port"][rows], links["b_port"][rows])


def infiniband_planes(plan: Tabled) -> Iterator[Plane]:
    """The planes whose switches speak InfiniBand, or take whatever the NICs speak."""
    protocols = {
        fabric.name: {switch.protocol for switch, _ in fabric.types().values()}
        for fabric in plan.design.fabrics
    }
    for plane in planes(plan):
        if protocols[plane.fabric] <= {None, "infiniband"}:
            yield plane


def port_list(plan: Tabled, plane: Plane) -> PortList:
    """The ports of a plane, host by host and switch by switch."""
    ports, devices = plan.tables["ports"], plan.tables["devices"]
    is_switch = devices.where("kind", "switch") & devices.where("fabric", plane.fabric)
    rows = np.concatenate([plane.a_port, plane.b_port])
    order = np.lexsort((rows, is_switch[ports["device"][rows]]))  # port rows follow devices
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    device = ports["device"][rows[order]]
    first = np.ones(len(device), dtype=np.bool_)
    first[1:] = device[1:] != device[:-1]
    return PortList(
        devices=device[first],
        hosts=int(np.count_nonzero(~is_switch[device[first]])),
        owner=np.cumsum(first) - 1,
        number=ports["index"][rows[order]].astype(np.int64) + 1,
        other=rank[(order + len(plane.a_port)) % len(order)],
    )


def network_ports(plan: Tabled) -> Array:
    """Ports of every device without the management ports of switches, shape (devices,)."""
    devices = plan.tables["devices"]
    counts: Array = devices["port_count"].astype(np.int64)
    if not any(fabric.spec.management for fabric in plan.design.fabrics):
        return counts
    for fabric in plan.design.fabrics:
        own = devices.where("fabric", fabric.name)
        for key, (switch, _) in fabric.types().items():
            if not fabric.spec.management:
                counts[own & devices.where("type", key)] -= switch.management_ports.value or 0
    return counts
