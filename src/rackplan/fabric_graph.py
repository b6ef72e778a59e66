"""One plane of a fabric as arrays: who is joined to whom, and where the hosts are plugged in.

Vertices are the switches of the plane. Where hosts are joined to each other, or join switches that
nothing else joins (a torus of hosts, a HammingMesh), traffic passes through them: then the hosts
are vertices too. All planes of a fabric are copies; `planes_alike` holds them against each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rackplan.design import SizedFabric
from rackplan.graph import Tabled
from rackplan.sizes import HOST
from rackplan.tables import Array

if TYPE_CHECKING:
    import scipy.sparse as sp


@dataclass(frozen=True)
class Ends:
    """The end points of a plane: host ports, or whole hosts where hosts are vertices.

    They are ordered by vertex and by port. Every array has the shape (end points,).

    Attributes:
        vertex: the vertex where traffic enters the network.
        host: row of the devices table.
        rail: rail of the host link, -1 where it serves none or the end point is a whole host.
        unit: scalable unit of the host, counted over all populations; -1 where it is in none.
        gbps: rate at which it sends and receives. [Gb/s]
    """

    vertex: Array
    host: Array
    rail: Array
    unit: Array
    gbps: Array

    def __len__(self) -> int:
        """End points of the plane."""
        return len(self.vertex)


@dataclass(frozen=True)
class FabricGraph:
    """One plane of a fabric.

    Attributes:
        fabric: the fabric.
        device: row of the devices table by vertex; shape (vertices,).
        role: number of the vertex's role among `roles`; shape (vertices,).
        roles: the roles of the fabric, and `host` as the last one.
        group: pod, zone or dragonfly group, -1 where there is none; shape (vertices,).
        lower: lower vertex of every joined pair; shape (pairs,). A pair that is joined in two
            tiers counts twice.
        upper: its upper vertex; shape (pairs,).
        links: parallel links of the pair; shape (pairs,).
        gbps: rate of one of them, one direction; shape (pairs,). [Gb/s]
        tier: number of the tier among those of the fabric's size; shape (pairs,).
        ends: the end points.
        relays: whether traffic passes through hosts.
    """

    fabric: SizedFabric
    device: Array
    role: Array
    roles: tuple[str, ...]
    group: Array
    lower: Array
    upper: Array
    links: Array
    gbps: Array
    tier: Array
    ends: Ends
    relays: bool

    def __len__(self) -> int:
        """Vertices of the plane."""
        return len(self.device)

    @cached_property
    def sending(self) -> Array:
        """What the end points of every vertex send together; shape (vertices,). [Gb/s]"""
        return np.bincount(self.ends.vertex, self.ends.gbps, minlength=len(self))

    @cached_property
    def is_tree(self) -> bool:
        """Whether every link joins a role to the next one above it."""
        low, high = self.role[self.lower], self.role[self.upper]
        return not self.relays and bool(np.all(high == low + 1))


@dataclass(frozen=True)
class _Plane:
    """The links of one plane: device rows of both ends, rate, tier, rail; shape (links,)."""

    a: Array
    b: Array
    port: Array
    gbps: Array
    tier: Array
    rail: Array


def plane_graph(plan: Tabled, fabric: SizedFabric, plane: int = 0) -> FabricGraph:
    """The graph of one plane of a fabric."""
    devices = plan.tables["devices"]
    rows = _plane(plan, fabric, plane)
    own = devices.where("fabric", fabric.name) & devices.where("kind", "switch")
    switch = np.flatnonzero(own & (devices["plane"] == plane))
    at_host = _tiers_of(fabric, "lower")[rows.tier]
    between = at_host & _tiers_of(fabric, "upper")[rows.tier]
    hosts = np.unique(np.concatenate([rows.a[at_host], rows.b[between]]))
    relays = bool(between.any()) or not _connected(switch, rows, ~at_host)
    device = np.concatenate([switch, hosts]) if relays else switch
    vertex = np.full(len(devices), -1)
    vertex[switch] = np.arange(len(switch))
    ends = _ports(plan, rows, at_host, vertex)
    if relays:
        vertex_of_host = np.full(len(devices), -1)
        vertex_of_host[hosts] = len(switch) + np.arange(len(hosts))
        low = np.where(at_host, vertex_of_host[rows.a], vertex[rows.a])
        high = np.where(between, vertex_of_host[rows.b], vertex[rows.b])
        ends = _whole_hosts(plan, rows, at_host, between, vertex_of_host)
    else:
        low, high = vertex[rows.a[~at_host]], vertex[rows.b[~at_host]]
        rows = _Plane(*(column[~at_host] for column in vars(rows).values()))
    roles = (*(role.name for role in fabric.size.roles), HOST)
    return FabricGraph(
        fabric=fabric,
        device=device,
        role=_roles(plan, device, roles, len(switch)),
        roles=roles,
        group=np.where(np.arange(len(device)) < len(switch), devices["group"][device], -1),
        ends=ends,
        relays=relays,
        **_pairs(low, high, rows, len(device)),
    )


def planes_alike(plan: Tabled, fabric: SizedFabric) -> bool:
    """Whether all planes join the same switches in the same way, with as many hosts on each."""
    first = _signature(plane_graph(plan, fabric))
    return all(
        np.array_equal(first, _signature(plane_graph(plan, fabric, plane)))
        for plane in range(1, fabric.size.planes)
    )


def _signature(graph: FabricGraph) -> Array:
    pairs = [graph.lower, graph.upper, graph.links, graph.gbps, graph.tier]
    return np.concatenate([*pairs, graph.sending])


def adjacency(graph: FabricGraph, values: Array) -> sp.csr_array:
    """A symmetric scipy CSR array over the vertices; the values of pairs are added up."""
    import scipy.sparse as sp

    both = (np.concatenate([graph.lower, graph.upper]), np.concatenate([graph.upper, graph.lower]))
    size = len(graph)
    return sp.coo_array((np.tile(values, 2), both), shape=(size, size)).tocsr()


def rounded(value: float) -> float:
    """A number to nine digits; the last ones of a sum differ from machine to machine."""
    return float(f"{value:.9g}")


def _tiers_of(fabric: SizedFabric, side: str) -> Array:
    """Whether that end of each tier's links is a host; shape (tiers,)."""
    return np.array([getattr(tier, side) == HOST for tier in fabric.size.links], dtype=bool)


def _plane(plan: Tabled, fabric: SizedFabric, plane: int) -> _Plane:
    links, ports = plan.tables["links"], plan.tables["ports"]
    rows = np.flatnonzero(links.where("fabric", fabric.name) & (links["plane"] == plane))
    a, b = links["a_port"][rows], links["b_port"][rows]
    number = {tier.name: place for place, tier in enumerate(fabric.size.links)}
    tier_of = np.array([number.get(word, -1) for word in links.words["tier"]])
    return _Plane(
        a=ports["device"][a],
        b=ports["device"][b],
        port=ports["index"][b],
        gbps=links["speed_gbps"][rows].astype(np.float64),
        tier=tier_of[links["tier"][rows]],
        rail=links["rail"][rows],
    )


def _connected(switch: Array, rows: _Plane, keep: Array) -> bool:
    """Whether links between switches alone join all switches."""
    import scipy.sparse as sp
    from scipy.sparse.csgraph import connected_components

    if len(switch) < 2:
        return len(switch) == 1
    low, high = (np.searchsorted(switch, end[keep]) for end in (rows.a, rows.b))
    size = len(switch)
    joined = sp.coo_array((np.ones(len(low)), (low, high)), shape=(size, size))
    return bool(connected_components(joined.tocsr(), directed=False)[0] == 1)


def _ports(plan: Tabled, rows: _Plane, at_host: Array, vertex: Array) -> Ends:
    """Host ports as end points."""
    at = np.flatnonzero(at_host)
    at = at[np.lexsort((rows.port[at], vertex[rows.b[at]]))]
    host = rows.a[at]
    unit = _units(plan)[host]
    return Ends(vertex[rows.b[at]], host, rows.rail[at], unit, rows.gbps[at])


def _whole_hosts(plan: Tabled, rows: _Plane, at_host: Array, between: Array, vertex: Array) -> Ends:
    """Hosts as end points, with the rate of all their ports."""
    ends = np.concatenate([rows.a[at_host], rows.b[between]])
    gbps = np.bincount(ends, np.concatenate([rows.gbps[at_host], rows.gbps[between]]))
    host = np.unique(ends)
    return Ends(vertex[host], host, np.full(len(host), -1), _units(plan)[host], gbps[host])


def _units(plan: Tabled) -> Array:
    """The scalable unit of every device, counted over all populations; shape (devices,)."""
    unit, first = np.full(len(plan.tables["devices"]), -1), 0
    for population in plan.design.populations:
        if population.nodes_per_su:
            node = np.arange(population.nodes)
            unit[population.first_node + node] = first + node // population.nodes_per_su
            first += -(-population.nodes // population.nodes_per_su)
    return unit


def _roles(plan: Tabled, device: Array, roles: tuple[str, ...], switches: int) -> Array:
    """The role of every vertex; hosts have the last one."""
    devices = plan.tables["devices"]
    words = devices.words["role"]
    number = np.array([roles.index(word) if word in roles else -1 for word in words])
    role: Array = number[devices["role"][device]]
    role[switches:] = len(roles) - 1
    return role


def _pairs(low: Array, high: Array, rows: _Plane, size: int) -> dict[str, Array]:
    """Links put together by pair and tier; their rates are those of the tier."""
    key = (rows.tier.astype(np.int64) * size + low) * size + high
    found, first, links = np.unique(key, return_index=True, return_counts=True)
    return {
        "lower": found // size % size,
        "upper": found % size,
        "links": links,
        "gbps": rows.gbps[first],
        "tier": rows.tier[first],
    }
