"""The plan as graphs: networkx for what a person looks at, scipy CSR for the whole.

In the folded graph equal switches are one node with a `count`, and an edge carries how many
`links` it stands for. The other cuts hold one node a device and one edge a link.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import numpy as np

from rackplan.design import Design
from rackplan.names import names_of
from rackplan.tables import Array, Table

if TYPE_CHECKING:
    import networkx as nx
    import scipy.sparse as sp

MAX_EDGES = 100_000
"""Above this a networkx graph of single links is refused (10 s and 1 GB a million)."""


class Tabled(Protocol):
    """What a graph is made from: a plan, or anything with its design and tables."""

    @property
    def design(self) -> Design:
        """The design."""

    @property
    def tables(self) -> Mapping[str, Table]:
        """The tables."""


def to_networkx(
    plan: Tabled, cut: str = "folded", *, fabric: str | None = None
) -> nx.MultiGraph[str]:
    """A networkx MultiGraph of the scale-out fabrics.

    Args:
        plan: the plan.
        cut: `folded`; `whole`; `rail:N` for the links of one rail; `rack:N` for the links that
            end in one rack; `su:N` for those of scalable unit N of every population that has
            units.
        fabric: the name of one fabric; all of them when None.

    Returns:
        Nodes are names, with the attributes kind, role and type; folded nodes also carry count.
        Edges carry fabric, tier and speed_gbps; single links also plane, a_port and b_port,
        folded edges links and bundle.

    Raises:
        ValueError: an unknown cut, or more links than `MAX_EDGES`.
    """
    if cut == "folded":
        return _folded(plan, fabric)
    rows = _rows(plan, cut, fabric)
    if len(rows) > MAX_EDGES:
        message = (
            f"the cut '{cut}' has {len(rows):,} links, more than {MAX_EDGES:,}; "
            "use the folded graph, one rail, rack or SU, or rackplan.graph.to_csr"
        )
        raise ValueError(message)
    return _links(plan, rows)


def _folded(plan: Tabled, fabric: str | None) -> nx.MultiGraph[str]:
    import networkx as nx

    graph: nx.MultiGraph[str] = nx.MultiGraph(name=plan.design.name)
    for sized in plan.design.fabrics:
        if fabric not in (None, sized.name):
            continue
        hosts = "hosts"
        nodes = sum(block.nodes for block in sized.blocks)
        before = graph.nodes[hosts]["count"] if hosts in graph else 0
        graph.add_node(hosts, kind="node", role="host", type="", count=max(before, nodes))
        names = {"host": hosts}
        for role in sized.size.roles:
            names[role.name] = f"{sized.name}-{role.name}"
            graph.add_node(names[role.name], kind="switch", role=role.name,
                           type=sized.switches[role.name].id, count=role.switches)  # fmt: skip
        for tier in sized.size.links:
            graph.add_edge(names[tier.lower], names[tier.upper], fabric=sized.name,
                           tier=tier.name, links=tier.links, bundle=tier.bundle,
                           speed_gbps=tier.gbps, hosts=nodes)  # fmt: skip
    return graph


def _rows(plan: Tabled, cut: str, fabric: str | None) -> Array:
    """The link rows of a cut."""
    links, ports, devices = (plan.tables[name] for name in ("links", "ports", "devices"))
    keep = np.ones(len(links), dtype=bool)
    if fabric is not None:
        keep &= links.where("fabric", fabric)
    kind, _, number = cut.partition(":")
    if kind == "whole" and not number:
        return np.flatnonzero(keep)
    if kind not in ("rail", "rack", "su") or not number.isdigit():
        message = f"no cut '{cut}'; use folded, whole, rail:N, rack:N or su:N"
        raise ValueError(message)
    if kind == "rail":
        return np.flatnonzero(keep & (links["rail"] == int(number)))
    rack = devices["rack"][ports["device"][links["a_port"]]]
    if kind == "rack":
        return np.flatnonzero(keep & (rack == int(number)))
    unit = _scalable_unit(plan)[ports["device"][links["a_port"]]]
    return np.flatnonzero(keep & (unit == int(number)))


def _scalable_unit(plan: Tabled) -> Array:
    """The SU of every device within its population; -1 for switches and where there are none."""
    unit = np.full(len(plan.tables["devices"]), -1)
    for population in plan.design.populations:
        if population.nodes_per_su:
            nodes = np.arange(population.nodes)
            unit[population.first_node + nodes] = nodes // population.nodes_per_su
    return unit


def _links(plan: Tabled, rows: Array) -> nx.MultiGraph[str]:
    import networkx as nx

    links, ports, devices = (plan.tables[name] for name in ("links", "ports", "devices"))
    a = ports["device"][links["a_port"][rows]]
    b = ports["device"][links["b_port"][rows]]
    _, names = names_of(plan.tables, plan.design)
    graph: nx.MultiGraph[str] = nx.MultiGraph(name=plan.design.name)
    for device in np.unique(np.concatenate([a, b])):
        graph.add_node(
            names[device],
            kind=devices.words["kind"][devices["kind"][device]],
            role=devices.words["role"][devices["role"][device]],
            type=devices.words["type"][devices["type"][device]],
        )
    for index, row in enumerate(rows):  # at most MAX_EDGES, a cut that the user asked for
        graph.add_edge(
            names[a[index]],
            names[b[index]],
            fabric=links.words["fabric"][links["fabric"][row]],
            tier=links.words["tier"][links["tier"][row]],
            plane=int(links["plane"][row]),
            a_port=int(ports["index"][links["a_port"][row]]),
            b_port=int(ports["index"][links["b_port"][row]]),
            speed_gbps=float(links["speed_gbps"][row]),
        )
    return graph


def to_csr(plan: Tabled, fabric: str | None = None) -> sp.csr_array:
    """The adjacency of all devices as a symmetric scipy CSR array; values are link counts.

    Row and column numbers are rows of the devices table; shape (devices, devices).
    """
    import scipy.sparse as sp

    links, ports = plan.tables["links"], plan.tables["ports"]
    keep = links.where("fabric", fabric) if fabric else np.ones(len(links), dtype=bool)
    a = ports["device"][links["a_port"][keep]]
    b = ports["device"][links["b_port"][keep]]
    size = len(plan.tables["devices"])
    ones = np.ones(2 * len(a), dtype=np.int32)
    both = (np.concatenate([a, b]), np.concatenate([b, a]))
    return sp.coo_array((ones, both), shape=(size, size)).tocsr()
