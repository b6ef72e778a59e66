"""Links: the wiring of each fabric turned into rows of ports."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from rackplan.build.hardware import FabricRows, Layout
from rackplan.design import Design, Population, SizedFabric, TierMedia
from rackplan.sizes import HOST, LinkTier
from rackplan.tables import (
    Array,
)
from rackplan.topology import LinkBatch


@dataclass(frozen=True)
class Wires:
    """The links of one tier of one fabric in all planes, before they are cabled.

    Attributes:
        a_port: port at the lower end of each link; shape (links,).
        b_port: port at its upper end.
        plane: plane of each link.
        rail: rail of each link, -1 where it serves all.
    """

    source: FabricRows
    tier: LinkTier
    media: TierMedia
    a_port: Array
    b_port: Array
    plane: Array
    rail: Array


@dataclass(frozen=True)
class HostPortRows:
    """Where the ports of a fabric's hosts stand in the ports table.

    Port k of host h is row `base[h] + steps[start[h] + k]`: the NIC groups of other fabrics may
    lie between a node's ports. `plain`: the ports of every host are one run, so steps[k] is k.
    """

    base: Array
    start: Array
    steps: Array
    plain: bool

    def rows(self, host: Array, port: Array) -> Array:
        """Rows of the ports table; the arrays may have any equal or broadcast shape."""
        step = port if self.plain else self.steps[self.start[host] + port]
        return np.asarray(self.base[host] + step)


def wire_fabrics(design: Design, layout: Layout) -> list[Wires]:
    """The links of all fabrics, tier by tier."""
    wires = []
    for source in layout.fabrics:
        hosts = host_ports(design, source.fabric, layout)
        wires += [
            _wire_tier(source, hosts, batch, layout)
            for batch in source.wiring.links
            if len(batch.lower)
        ]
    return wires


def device_ends(layout: Layout, wires: list[Wires]) -> tuple[Array, Array]:
    """Device at the lower and at the upper end of every link, in order; shapes (links,)."""
    empty = np.zeros(0, dtype=np.int32)
    ends = (
        np.concatenate([empty, *(layout.port_device[ports] for ports in side)])
        for side in ([one.a_port for one in wires], [one.b_port for one in wires])
    )
    lower, upper = ends
    return lower, upper


def host_ports(design: Design, fabric: SizedFabric, layout: Layout) -> HostPortRows:
    """The rows of the host ports of a fabric."""
    ports_of = {population.first_node: population for population in design.populations}
    firsts = sorted(ports_of)
    switches = {rows.fabric.name: rows.first_switch for rows in layout.fabrics}
    steps: list[Array] = []
    known: dict[tuple[int, ...], int] = {}
    base, start, total = [], [], 0
    for block in fabric.blocks:  # one for each scalable unit
        first = block.first_node + (switches[block.source] if block.source else 0)
        device = first + np.arange(block.nodes)
        own = np.arange(block.ports)
        row = layout.first_port[device]
        if block.source:
            row = row + layout.devices["port_count"][device] - block.ports
        elif first < design.hosts:
            population = ports_of[firsts[bisect_right(firsts, first) - 1]]
            own = _own_ports(population, fabric.name)
        key = tuple(own.tolist())
        if key not in known:
            known[key] = total
            steps.append(own)
            total += len(own)
        base.append(row)
        start.append(np.full(block.nodes, known[key]))
    plain = len(steps) == 1 and int(steps[0][-1]) == len(steps[0]) - 1
    return HostPortRows(np.concatenate(base), np.concatenate(start), np.concatenate(steps), plain)


def _own_ports(population: Population, fabric: str) -> Array:
    """Numbers of a node's ports on a fabric."""
    return np.concatenate([
        np.arange(ports.first_port, ports.first_port + ports.ports)
        for ports in population.host_ports
        if ports.fabric == fabric
    ])  # fmt: skip


def _wire_tier(source: FabricRows, hosts: HostPortRows, batch: LinkBatch, layout: Layout) -> Wires:
    """The links of a tier: the rows of their ports, plane by plane."""
    fabric = source.fabric
    plane = (
        np.arange(source.wiring.planes)[:, None] if batch.plane is None else batch.plane[None, :]
    )
    host_plane: Array | int = plane if batch.plane is None else 0
    ends = []
    for role, number, port in (
        (batch.lower_role, batch.lower, batch.lower_port),
        (batch.upper_role, batch.upper, batch.upper_port),
    ):
        if role == HOST:
            end = hosts.rows(number[None, :], port[None, :] + host_plane)
        else:
            device = source.first_device[role] + number[None, :] + plane * source.switches_per_plane
            end = layout.first_port[device] + port[None, :]
        ends.append(end.ravel().astype(np.int32))
    copies = len(ends[0]) // len(batch.lower)
    return Wires(
        source=source,
        tier=next(tier for tier in fabric.size.links if tier.name == batch.tier),
        media=fabric.media[batch.tier],
        a_port=ends[0],
        b_port=ends[1],
        plane=np.broadcast_to(plane, (copies, len(batch.lower))).ravel().astype(np.int16),
        rail=np.tile(batch.rail.astype(np.int16), copies),
    )
