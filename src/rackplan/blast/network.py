"""One fabric as arrays: its links, the hosts' ends of them, and the GPUs that share those ends.

Vertices are the switches of the fabric in the order of their device rows. Where hosts are joined
to each other, or join switches of a plane that nothing else joins (a torus of hosts, HammingMesh),
they pass on what others send, and every host is a vertex in each plane too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from rackplan.blast.sharing import Units, shared
from rackplan.design import Design, SizedFabric
from rackplan.tables import Array, Table


@dataclass(frozen=True)
class Links:
    """The links of a fabric, one array element each.

    Attributes:
        row: row of the links table.
        a: vertex of the lower end, -1 at a host that is no vertex.
        b: the same of the upper end.
        a_port: row of the ports table.
        b_port: the same of the upper end.
        gbps: rate, one direction. [Gb/s]
        tier: code of the tier.
        plane: plane.
        inner: whether it joins two switches.
        same: whether it joins two switches of one role.
    """

    row: Array
    a: Array
    b: Array
    a_port: Array
    b_port: Array
    gbps: Array
    tier: Array
    plane: Array
    inner: Array
    same: Array

    def __len__(self) -> int:
        """Links of the fabric."""
        return len(self.row)


@dataclass(frozen=True)
class Ends:
    """The ends of links at hosts, one array element each; a link between hosts has two.

    Attributes:
        link: number of the link.
        port: row of the ports table.
        host: number of the host.
        far: vertex of the link's other end.
        home: the vertex that must hang together with the rest for the end to reach it.
        unit: the first of the GPU units that use it, -1 without GPUs.
        kind: equal for ends that equal hosts use alike.
    """

    link: Array
    port: Array
    host: Array
    far: Array
    home: Array
    unit: Array
    kind: Array


@dataclass(frozen=True)
class Network:
    """A fabric as arrays.

    Attributes:
        fabric: the fabric.
        switch: device row of each switch; they are the first vertices.
        role: role code of each vertex, -1 for hosts.
        host: device row of each host.
        host_gpus: GPUs of each host.
        forwards: whether hosts are vertices.
        links: its links.
        ends: the hosts' ends of them.
        units: the GPUs that share those ends.
    """

    fabric: SizedFabric
    switch: Array
    role: Array
    host: Array
    host_gpus: Array
    forwards: bool
    links: Links
    ends: Ends
    units: Units

    def joined(self) -> Joined:
        """What every link joins."""
        links, ends = self.links, self.ends
        host, unit = np.zeros((2, len(links)), dtype=np.int64)
        host[ends.link], unit[ends.link] = len(self.role) + ends.host, ends.unit + 1
        low, high = np.where(links.a >= 0, links.a, host), np.where(links.b >= 0, links.b, host)
        pair = grouped(low, high)
        of_gpu = pair.copy()
        used = np.flatnonzero(unit > 0)
        if len(used) and not self.forwards:
            of_gpu[used] = len(links) + grouped(unit[used], np.maximum(links.a, links.b)[used])
        return Joined(low, high, unit, pair, of_gpu)


@dataclass(frozen=True)
class Joined:
    """What every link of a fabric joins, one array element each.

    Attributes:
        low: vertex or host at the lower end.
        high: vertex or host at the upper end.
        unit: the first GPU unit that uses it, counted from 1; 0 where none does.
        pair: equal for links between the same two.
        of_gpu: equal for links from one GPU unit to one vertex; `pair` where there is no GPU.
    """

    low: Array
    high: Array
    unit: Array
    pair: Array
    of_gpu: Array


def grouped(*keys: Array) -> Array:
    """The number of each row's group: rows with equal keys, which are not negative."""
    key = keys[0].astype(np.int64)
    for column in keys[1:]:
        key = key * (int(column.max(initial=0)) + 1) + column
    order = np.argsort(key, kind="stable")  # nearly sorted in most tables
    ordered = key[order]
    group = np.empty(len(key), dtype=np.int64)
    group[order] = np.cumsum(np.r_[False, ordered[1:] != ordered[:-1]][: len(key)])
    return group


def network(design: Design, fabric: SizedFabric, tables: Mapping[str, Table]) -> Network:
    """The arrays of one fabric, from the plan's tables."""
    devices, ports, table = tables["devices"], tables["ports"], tables["links"]
    row = np.flatnonzero(table.where("fabric", fabric.name))
    a_port, b_port = table["a_port"][row], table["b_port"][row]
    a_device, b_device = ports["device"][a_port], ports["device"][b_port]
    own = devices.where("fabric", fabric.name) & devices.where("kind", "switch")
    switch, vertex_of = _numbered(own)
    a, b = vertex_of[a_device], vertex_of[b_device]
    at_host = np.zeros(len(devices), dtype=bool)
    at_host[a_device[a < 0]] = True
    at_host[b_device[b < 0]] = True
    host, host_of = _numbered(at_host)
    role, plane = devices["role"].astype(np.int64), table["plane"][row].astype(np.int64)
    inner = (a >= 0) & (b >= 0)
    same = inner & (role[a_device] == role[b_device])
    forwards = bool(np.any((a < 0) & (b < 0))) or _apart(a, b, plane, len(switch))
    vertices = role[switch]
    if forwards:
        first, planes = len(switch), fabric.size.planes
        a = np.where(a < 0, first + host_of[a_device] * planes + plane, a)
        b = np.where(b < 0, first + host_of[b_device] * planes + plane, b)
        vertices = np.concatenate([vertices, np.full(len(host) * planes, -1)])
    tier, gbps = table["tier"][row].astype(np.int64), table["speed_gbps"][row].astype(float)
    links = Links(row, a, b, a_port, b_port, gbps, tier, plane, inner, same)
    ends, units = _ends(design, fabric, links, vertex_of, host_of, ports, forwards=forwards)
    gpus = _gpus(design, host)
    return Network(fabric, switch, vertices, host, gpus, forwards, links, ends, units)


def _numbered(chosen: Array) -> tuple[Array, Array]:
    """The chosen rows, and the number of each row among them; -1 for the others."""
    rows = np.flatnonzero(chosen)
    number = np.full(len(chosen), -1)
    number[rows] = np.arange(len(rows))
    return rows, number


def _apart(a: Array, b: Array, plane: Array, switches: int) -> bool:
    """Whether links between switches leave some that have hosts apart within a plane."""
    inner, at_host = (a >= 0) & (b >= 0), (a < 0) != (b < 0)
    ends = a[inner], b[inner]
    graph = sp.coo_array((np.ones(len(ends[0])), ends), shape=(switches, switches))
    part = connected_components(graph.tocsr(), directed=False)[1]
    part_of = part[np.maximum(a, b)[at_host]] * (int(plane.max(initial=0)) + 1) + plane[at_host]
    return bool(np.count_nonzero(np.bincount(part_of)) > len(np.unique(plane[at_host])))


def _gpus(design: Design, host: Array) -> Array:
    """GPUs of each host."""
    gpus = np.zeros(len(host), dtype=np.int64)
    for population in design.populations:
        last = population.first_node + population.nodes
        gpus[(host >= population.first_node) & (host < last)] = population.node.gpus.value
    return gpus


def _ends(
    design: Design,
    fabric: SizedFabric,
    links: Links,
    vertex_of: Array,
    host_of: Array,
    ports: Table,
    *,
    forwards: bool,
) -> tuple[Ends, Units]:
    """The hosts' ends of links, and the GPUs that share them."""
    columns: list[tuple[Array, ...]] = []
    for port, own, far in ((links.a_port, links.a, links.b), (links.b_port, links.b, links.a)):
        device = ports["device"][port]
        link = np.flatnonzero(vertex_of[device] < 0)
        home = own if forwards else far
        columns.append((link, port[link], device[link], far[link], home[link]))
    link, port, device, far, home = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    index, gbps = ports["index"][port], links.gbps[link]
    unit, kind, units = shared(design, fabric, device, index, gbps, forwards=forwards)
    return Ends(link, port, host_of[device], far, home, unit, kind), units
