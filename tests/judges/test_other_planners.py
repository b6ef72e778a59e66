"""Other people's generators build the same networks: infragraph, fnss and networkx.

Where a shape has one form, the graphs are the same but for names (`is_same`). Where there is a
choice, as in the order of a dragonfly's global links, nodes, links, degrees and the diameter are.
What other tools call otherwise is said with our keys:

| theirs | ours |
| --- | --- |
| fnss `fat_tree_topology(k)`, infragraph of three levels | `tiers: 3`, `leaves_per_group: k/2` |
| fnss `two_tier_topology(c, e, h)` | leaves of h + c ports, spines of e, ratio h : c |
| fnss `three_tier_topology(c, a, e, h)` | leaves with one uplink, groups with one spine |
| infragraph `DragonflyFabric(a, p, h)` | `dragonfly` with all a h + 1 groups |
| a subdivision of K_n,n (BCube of two levels) | `hamming-mesh` of single accelerators |

fnss 0.9.1 has a `bcube_topology` too, but its ranges of hosts overlap, so that some hosts have
fewer links than levels; it is left out.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import networkx as nx
import numpy as np
import pytest
from graphs import Graph, bundles, census, graph_of, is_same, parallel, planned, switches
from judged_plans import Judged, nodes

import rackplan

Import = Callable[[str], Any]
"""The fixture `require_package`."""


def direct(hosts: int, topology: str, ports: int = 32, **keys: Any) -> rackplan.Plan:
    """Plain hosts on a direct topology."""
    return Judged("", nodes(hosts), {"topology": topology, **keys}, ports=ports).plan()


def tree(hosts: int, ports: Sequence[int], nics: int = 1, **keys: Any) -> rackplan.Plan:
    """A tree of other switches in each tier."""
    roles = ("leaf", "spine", "core")[: len(ports)]
    return Judged(
        "", nodes(hosts),
        {"tiers": len(ports), "switch_by_role": {role: role for role in roles[1:]}, **keys},
        ports=ports[0], nics=nics,
        hardware={"switches": {role: {"ports": count, "port_gbps": 400}
                               for role, count in zip(roles, ports, strict=True)}},
    ).plan()  # fmt: skip


def k_ary_tree(k: int, nics: int = 1) -> rackplan.Plan:
    """Three tiers of switches of k ports."""
    return Judged(
        "", nodes(k**3 // 4 // nics), {"tiers": 3, "leaves_per_group": k // 2}, ports=k, nics=nics
    ).plan()


# --- fnss -----------------------------------------------------------------------------------


def of_fnss(topology: Any) -> Graph:
    return graph_of(topology.nodes(data="type"), topology.edges)


@pytest.mark.parametrize("k", [2, 4, 6, 8, 10])
def test_fnss_builds_the_same_fat_tree_of_k_ports(k: int, require_package: Import) -> None:
    theirs = of_fnss(require_package("fnss").fat_tree_topology(k))
    ours = planned(k_ary_tree(k))
    assert census(ours) == census(theirs)
    assert is_same(ours, theirs)


@pytest.mark.parametrize(
    ("cores", "edges", "hosts"), [(2, 4, 4), (1, 3, 8), (4, 4, 4), (3, 7, 5), (8, 16, 24)]
)
def test_fnss_builds_the_same_two_tiers(
    cores: int, edges: int, hosts: int, require_package: Import
) -> None:
    theirs = of_fnss(require_package("fnss").two_tier_topology(cores, edges, hosts))
    ports = (hosts + cores, edges)
    ours = planned(tree(edges * hosts, ports, oversubscription=f"{hosts}:{cores}"))
    assert census(ours) == census(theirs)
    assert is_same(ours, theirs)


@pytest.mark.parametrize(
    ("cores", "aggregation", "edges", "hosts"), [(2, 3, 4, 2), (1, 2, 2, 6), (4, 4, 8, 4)]
)
def test_fnss_builds_the_same_three_tiers(
    cores: int, aggregation: int, edges: int, hosts: int, require_package: Import
) -> None:
    build = require_package("fnss").three_tier_topology
    theirs = of_fnss(build(cores, aggregation, edges, hosts))
    ours = planned(tree(
        aggregation * edges * hosts, (hosts + 1, edges + cores, aggregation),
        leaves_per_group=edges,
        oversubscription={"leaf": f"{hosts}:1", "spine": f"{edges}:{cores}"},
    ))  # fmt: skip
    assert census(ours) == census(theirs)
    assert is_same(ours, theirs)


# --- infragraph -----------------------------------------------------------------------------


def of_infragraph(infrastructure: Any, require_package: Import) -> Graph:
    """Its graph has a node a part: the parts of a device are put together again."""
    service = require_package("infragraph.infragraph_service").InfraGraphService()
    service.set_graph(infrastructure)
    graph = service.get_networkx_graph()
    device = {part: part.rsplit(".", 2)[0] for part in graph}
    hosts = {device[part] for part, kind in graph.nodes(data="type") if kind == "nic"}
    links = ((device[a], device[b]) for a, b in graph.edges)
    return graph_of(
        ((name, "host" if name in hosts else "switch") for name in device.values()),
        ((a, b) for a, b in links if a != b),
    )


def of_parts(name: str, kind: str, count: int, require_package: Import) -> Any:
    """A device of infragraph that is nothing but its ports or NICs."""
    device = require_package("infragraph").Device(name=name)
    device.components.add(name=kind, description=kind, count=count).choice = kind
    return device


def blueprint(name: str, require_package: Import) -> Any:
    return require_package(f"infragraph.blueprints.fabrics.{name}")


@pytest.mark.parametrize("nics", [1, 2, 4])
@pytest.mark.parametrize(("ports", "tiers"), [(8, 2), (16, 2), (8, 3)])
def test_infragraph_builds_the_same_fat_tree(
    ports: int, tiers: int, nics: int, require_package: Import
) -> None:
    parts = [("switch", "port", ports), ("host", "nic", nics)]
    switch, host = (of_parts(*part, require_package) for part in parts)
    build = blueprint("clos_fat_tree_fabric", require_package).ClosFatTreeFabric
    theirs = of_infragraph(build(switch, host, tiers, [400] * tiers), require_package)
    if tiers == 3:
        ours = planned(k_ary_tree(ports, nics))
    else:
        hosts = nodes(ports**2 // 2 // nics)
        ours = planned(Judged("", hosts, {"tiers": 2}, ports=ports, nics=nics).plan())
    assert census(ours) == census(theirs)
    assert is_same(ours, theirs)


@pytest.mark.parametrize(("hosts", "nics"), [(4, 1), (8, 4)])
def test_infragraph_builds_the_same_single_switch(
    hosts: int, nics: int, require_package: Import
) -> None:
    host = of_parts("host", "nic", nics, require_package)
    build = blueprint("single_tier_fabric", require_package).SingleTierFabric
    theirs = of_infragraph(build(host, hosts), require_package)
    ours = planned(Judged("", nodes(hosts), {"tiers": 1}, ports=hosts * nics, nics=nics).plan())
    assert is_same(ours, theirs)


def test_infragraph_builds_the_same_example_of_two_tiers(require_package: Import) -> None:
    build = blueprint("closfabric", require_package).ClosFabric
    theirs = of_infragraph(build(), require_package)
    ours = planned(tree(4, (5, 4), oversubscription="2:3", nics=2))
    assert census(ours) == census(theirs)
    assert is_same(ours, theirs)


@pytest.mark.parametrize("p", [1, 2, 3])
def test_infragraph_builds_a_dragonfly_that_differs_only_in_the_order_of_global_links(
    p: int, require_package: Import
) -> None:
    a, h = 2 * p, p
    parts = [("switch", "port", 4 * p - 1), ("host", "nic", 1)]
    switch, host = (of_parts(*part, require_package) for part in parts)
    build = blueprint("dragonfly_fabric", require_package).DragonflyFabric
    theirs = of_infragraph(build(switch, host, a, p, h), require_package)
    ours = planned(direct(
        p * a * (a * h + 1), "dragonfly", 4 * p - 1,
        hosts_per_router=p, routers_per_group=a, global_ports=h,
    ))  # fmt: skip
    found, other = census(ours), census(theirs)
    steps = [{pair[-1] for pair in one.pop("distances")} for one in (found, other)]
    assert found == other
    assert steps[0] == steps[1]


# --- networkx -------------------------------------------------------------------------------


def numbered(lattice: Any, shape: Sequence[int], links: int = 1) -> Graph:
    """A lattice of points (x_n ... x_1) with the numbers that routers have."""
    steps = [math.prod(shape[:axis]) for axis in range(len(shape))]
    number = {point: int(np.dot(np.atleast_1d(point)[::-1], steps)) for point in lattice}
    return parallel(nx.relabel_nodes(lattice, number), links)


def links_of(graph: Graph) -> dict[tuple[int, int], int]:
    return {(min(a, b), max(a, b)): links for a, b, links in bundles(graph)}


@pytest.mark.parametrize("shape", [(5,), (3, 4), (7, 3), (3, 4, 5), (3, 3, 3, 3)])
def test_a_torus_is_the_periodic_grid_of_networkx(shape: tuple[int, ...]) -> None:
    grid = nx.grid_graph(dim=list(shape), periodic=True)
    size = math.prod(shape)
    routers = direct(size, "torus", shape=shape, hosts_per_router=1)
    assert links_of(switches(routers)) == links_of(numbered(grid, shape))
    keys = {"topology": "torus", "switch": None, "shape": shape, "port_gbps": 400}
    hosts = Judged("", nodes(size), keys, ports=1, nics=2 * len(shape)).plan()
    assert links_of(planned(hosts)) == links_of(numbered(grid, shape))


@pytest.mark.parametrize("size", [2, 4, 5])
def test_a_lattice_of_sides_of_two_is_a_hypercube_of_double_links_as_a_torus(size: int) -> None:
    cube, shape = nx.hypercube_graph(size), [2] * size
    torus = direct(2**size, "torus", shape=shape, hosts_per_router=1)
    assert links_of(switches(torus)) == links_of(numbered(cube, shape, links=2))
    hyperx = direct(2**size, "hyperx", shape=shape, hosts_per_router=1)
    assert links_of(switches(hyperx)) == links_of(numbered(cube, shape))


@pytest.mark.parametrize("shape", [(9,), (4, 4), (5, 3), (3, 4, 2), (2, 2, 3, 3)])
def test_a_hyperx_is_the_product_of_complete_graphs(shape: tuple[int, ...]) -> None:
    lines = [nx.complete_graph(side) for side in reversed(shape)]
    lattice = nx.relabel_nodes(lines[0], {x: (x,) for x in lines[0]})
    for line in lines[1:]:
        product = nx.cartesian_product(lattice, line)
        lattice = nx.relabel_nodes(product, {point: (*point[0], point[1]) for point in product})
    ours = switches(direct(math.prod(shape), "hyperx", shape=shape, hosts_per_router=1))
    assert links_of(ours) == links_of(numbered(lattice, shape))
    if len(shape) == 2:
        rook = nx.line_graph(nx.complete_bipartite_graph(*shape))
        assert is_same(ours, parallel(rook))


def test_two_graphs_of_one_census_need_not_be_the_same() -> None:
    ours = switches(direct(16, "hyperx", shape=[4, 4], hosts_per_router=1))
    points = list(itertools.product(range(4), repeat=2))
    steps = [(1, 0), (0, 1), (1, 1)]
    shrikhande = graph_of(
        ((point, "switch") for point in points),
        (((x, y), ((x + dx) % 4, (y + dy) % 4)) for x, y in points for dx, dy in steps),
    )
    assert census(ours) == census(shrikhande)
    assert not is_same(ours, shrikhande)


def test_the_slim_fly_of_order_five_is_the_hoffman_singleton_graph() -> None:
    ours = switches(direct(50, "slim-fly", q=5, hosts_per_router=1))
    assert is_same(ours, parallel(nx.hoffman_singleton_graph()))


DIFFERENCES = {
    2: (0, 1, 3),
    3: (0, 1, 3, 9),
    4: (0, 1, 4, 14, 16),
    5: (0, 1, 3, 8, 12, 18),
    7: (0, 1, 3, 13, 32, 36, 43, 52),
}
"""Planar difference sets: every other number up to q^2 + q is one difference of two of them.

Reference: J. Singer, "A theorem in finite projective geometry and some applications to number
theory", Trans. AMS 43, 1938.
"""


@pytest.mark.parametrize("q", DIFFERENCES)
def test_a_polarfly_is_the_graph_of_sums_in_a_planar_difference_set(q: int) -> None:
    size = q * q + q + 1
    pairs = itertools.combinations(range(size), 2)
    theirs = graph_of(
        ((point, "switch") for point in range(size)),
        ((a, b) for a, b in pairs if (a + b) % size in DIFFERENCES[q]),
    )
    ours = switches(direct(size, "polarfly", q=q, hosts_per_router=1))
    assert census(ours) == census(theirs)
    assert is_same(ours, theirs)


def test_points_and_lines_of_the_polarfly_of_order_two_are_the_heawood_graph() -> None:
    meet: nx.Graph[Any] = nx.Graph(list(switches(direct(7, "polarfly", q=2)).edges))
    meet.add_edges_from((quadric, quadric) for quadric in list(meet) if meet.degree(quadric) == 2)
    points_and_lines: Graph = nx.tensor_product(meet, nx.complete_graph(2))
    assert is_same(parallel(points_and_lines), parallel(nx.heawood_graph()))


@pytest.mark.parametrize("groups", [3, 6, 9])
def test_a_dragonfly_of_groups_of_one_router_is_a_complete_graph(groups: int) -> None:
    shape = {"hosts_per_router": 1, "routers_per_group": 1, "global_ports": groups - 1}
    ours = switches(direct(groups, "dragonfly", groups=groups, **shape))
    assert links_of(ours) == links_of(parallel(nx.complete_graph(groups)))


def test_the_least_dragonfly_is_a_cycle() -> None:
    shape = {"hosts_per_router": 1, "routers_per_group": 2, "global_ports": 1, "groups": 3}
    ours = switches(direct(6, "dragonfly", **shape))
    assert is_same(ours, parallel(nx.cycle_graph(6)))


@pytest.mark.parametrize(
    ("routers", "global_ports", "groups"), [(4, 2, 9), (4, 2, 5), (6, 1, 4), (8, 4, 33)]
)
def test_a_dragonfly_is_complete_in_its_groups_and_over_them(
    routers: int, global_ports: int, groups: int
) -> None:
    shape = {"hosts_per_router": 1, "routers_per_group": routers, "global_ports": global_ports}
    ours = switches(direct(routers * groups, "dragonfly", groups=groups, **shape))
    members = [set(range(first, first + routers)) for first in range(0, len(ours), routers)]
    complete = nx.complete_graph(routers).number_of_edges()
    assert all(ours.subgraph(group).number_of_edges() == complete for group in members)
    over = nx.quotient_graph(ours, members, relabel=True)
    assert nx.is_isomorphic(over, nx.complete_graph(groups))


@pytest.mark.parametrize(("leaves", "spines"), [(2, 2), (4, 3)])
def test_a_dragonfly_plus_is_complete_and_bipartite_in_its_groups(leaves: int, spines: int) -> None:
    shape = {"hosts_per_leaf": 1, "leaves_per_group": leaves, "spines_per_group": spines,
             "global_ports": 2, "groups": spines * 2 + 1}  # fmt: skip
    plan = direct(leaves * (spines * 2 + 1), "dragonfly-plus", **shape)
    whole = planned(plan, "leaf", "spine")
    inside = whole.copy()
    inside.remove_edges_from(
        (a, b) for a, b in whole.edges if whole.nodes[a]["role"] == whole.nodes[b]["role"]
    )
    members = list(nx.connected_components(inside))
    group = parallel(nx.complete_bipartite_graph(leaves, spines))
    assert all(is_same(nx.Graph(inside.subgraph(own)), group) for own in members)
    over = nx.quotient_graph(whole, members, relabel=True)
    assert nx.is_isomorphic(over, nx.complete_graph(spines * 2 + 1))


@pytest.mark.parametrize(("hosts", "ports"), [(32, 8), (128, 16)])
def test_the_switches_of_a_full_tree_of_two_tiers_are_complete_and_bipartite(
    hosts: int, ports: int
) -> None:
    ours = switches(Judged("", nodes(hosts), {"tiers": 2}, ports=ports).plan())
    assert is_same(ours, parallel(nx.complete_bipartite_graph(ports, ports // 2)))


@pytest.mark.parametrize("side", [2, 3, 5])
def test_a_hamming_mesh_of_single_accelerators_divides_the_edges_of_a_bipartite_graph(
    side: int,
) -> None:
    lines = nx.complete_bipartite_graph(side, side)
    kinds = [*((edge, "host") for edge in lines.edges), *((line, "switch") for line in lines)]
    ends = [(edge, line) for edge in lines.edges for line in edge]
    keys = {"topology": "hamming-mesh", "board": [1, 1], "boards": [side, side],
            "lines_per_switch": 1}  # fmt: skip
    ours = planned(Judged("", nodes(side**2), keys, ports=2 * side, nics=4).plan())
    assert is_same(ours, parallel(graph_of(kinds, ends), 2))
