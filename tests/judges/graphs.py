"""Planned fabrics as networkx graphs, and whether two graphs are the same but for names.

A graph here has one edge for all parallel links of two devices, with their number as `links`; a
node has a `kind`, `host` or `switch`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from typing import Any, TypeAlias

import networkx as nx
import numpy as np

import rackplan

Graph: TypeAlias = "nx.Graph[Any]"
Colours: TypeAlias = dict[Any, int]


def planned(plan: rackplan.Plan, *roles: str) -> Graph:
    """All devices and links of a plan, or the devices of some roles and the links among them.

    Nodes are rows of `devices`; those of hosts and switches come in the order of their tables.
    """
    devices, ports, links = (plan.tables[name] for name in ("devices", "ports", "links"))
    is_switch = devices.where("kind", "switch").tolist()
    called = [devices.words["role"][code] for code in devices["role"].tolist()]
    graph: Graph = nx.Graph()
    graph.add_nodes_from(
        (row, {"kind": "switch" if switch else "host", "role": role})
        for row, (switch, role) in enumerate(zip(is_switch, called, strict=True))
        if not roles or role in roles
    )
    ends = (ports["device"][links[end]].tolist() for end in ("a_port", "b_port"))
    return _joined(graph, ((a, b) for a, b in zip(*ends, strict=True) if a in graph and b in graph))


def switches(plan: rackplan.Plan) -> Graph:
    """The switches of a plan alone, from zero in the order of their rows."""
    devices = plan.tables["devices"]
    graph = planned(plan)
    rows = np.flatnonzero(devices.where("kind", "switch")).tolist()
    return nx.relabel_nodes(graph.subgraph(rows), {row: place for place, row in enumerate(rows)})


def graph_of(nodes: Iterable[tuple[Any, str]], links: Iterable[tuple[Any, Any]]) -> Graph:
    """The graph of nodes and their kinds, and of links, parallel ones one by one."""
    graph: Graph = nx.Graph()
    graph.add_nodes_from((node, {"kind": kind}) for node, kind in nodes)
    return _joined(graph, links)


def parallel(graph: Graph, links: int = 1) -> Graph:
    """A graph of networkx, with so many parallel links for each edge."""
    return graph_of(kinds(graph).items(), [edge for edge in graph.edges for _ in range(links)])


def kinds(graph: Graph) -> dict[Any, str]:
    """The kind of every node; those of networkx are switches."""
    return {node: data.get("kind", "switch") for node, data in graph.nodes(data=True)}


def bundles(graph: Graph) -> list[tuple[Any, Any, int]]:
    """Every two neighbours and how many links they have."""
    return [(a, b, data["links"]) for a, b, data in graph.edges(data=True)]


def _joined(graph: Graph, links: Iterable[tuple[Any, Any]]) -> Graph:
    for a, b in links:
        if graph.has_edge(a, b):
            graph[a][b]["links"] += 1
        else:
            graph.add_edge(a, b, links=1)
    return graph


def census(graph: Graph) -> dict[str, Any]:
    """What two equal graphs have in common, whatever the names of their nodes.

    Nodes by kind; links; nodes by kind, neighbours and links; links by kinds and parallel links;
    pairs of nodes by kinds and distance.
    """
    kind = kinds(graph)
    links = {node: sum(edge["links"] for edge in graph[node].values()) for node in graph}
    pairs = (
        (*sorted((kind[a], kind[b])), steps)
        for a, reached in nx.all_pairs_shortest_path_length(graph)
        for b, steps in reached.items()
    )
    return {
        "nodes": Counter(kind.values()),
        "links": sum(links.values()) // 2,
        "degrees": Counter((kind[node], graph.degree(node), links[node]) for node in graph),
        "bundles": Counter((*sorted((kind[a], kind[b])), count) for a, b, count in bundles(graph)),
        "distances": Counter(pairs),
    }


def is_same(first: Graph, second: Graph) -> bool:
    """Whether a map of nodes to nodes is found that keeps kinds and links.

    Nodes are told apart by colour: a node of the most common colour is given one of its own, in
    the other graph its first likeness, and colours are refined until neighbours tell nothing new.
    In graphs whose nodes are alike any choice will do; elsewhere a search over the first choice
    may miss a map that exists. What is found is a map for certain.
    """
    start = [
        {node: int(kind == "host") for node, kind in kinds(graph).items()}
        for graph in (first, second)
    ]
    return any(_fits(first, second, found) for found in _maps(first, second, start))


def _maps(first: Graph, second: Graph, start: list[Colours]) -> Iterator[dict[Any, Any]]:
    """Candidates, one for each likeness of the first node that is chosen."""
    refined = _refined([first, second], start)
    if (cell := _cell(refined[0])) is None:
        yield _by_colour(*refined)
        return
    for likeness in [node for node, colour in refined[1].items() if colour == cell]:
        colours = refined
        picked = _first(colours[0], cell), likeness
        while picked[1] is not None:
            marked = [{**one, node: -1} for one, node in zip(colours, picked, strict=True)]
            colours = _refined([first, second], marked)
            if (found := _cell(colours[0])) is None:
                yield _by_colour(*colours)
                break
            picked = _first(colours[0], found), _first(colours[1], found)


def _by_colour(ours: Colours, theirs: Colours) -> dict[Any, Any]:
    places = {colour: node for node, colour in theirs.items()}
    return {node: places.get(colour) for node, colour in ours.items()}


def _first(colours: Colours, colour: int) -> Any:
    """The first node of a colour; None where there is none."""
    return next((node for node, own in colours.items() if own == colour), None)


def _cell(colours: Colours) -> int | None:
    """A colour that several nodes have, of the largest such group; None when there is none."""
    colour, count = max(Counter(colours.values()).items(), key=lambda item: (item[1], item[0]))
    return colour if count > 1 else None


def _refined(graphs: list[Graph], colours: list[Colours]) -> tuple[Colours, Colours]:
    """The same colours for the same neighbourhoods in both graphs, as fine as they get."""
    while True:
        seen: list[dict[Any, Hashable]] = [
            {
                node: (
                    own[node],
                    tuple(sorted((own[to], edge["links"]) for to, edge in graph[node].items())),
                )
                for node in graph
            }
            for graph, own in zip(graphs, colours, strict=True)
        ]
        codes = {sign: code for code, sign in enumerate(sorted({*seen[0].values()}))}  # type: ignore[type-var]
        finer = [{node: codes.get(sign, -2) for node, sign in one.items()} for one in seen]
        if len(codes) == len(set(colours[0].values())):
            return finer[0], finer[1]
        colours = finer


def _fits(first: Graph, second: Graph, found: dict[Any, Any]) -> bool:
    """Whether the map is one to one and keeps kinds and links."""
    ours, theirs = kinds(first), kinds(second)
    return (
        len(set(found.values())) == len(first) == len(second)
        and first.number_of_edges() == second.number_of_edges()
        and all(theirs.get(found[node]) == ours[node] for node in first)
        and all(
            second.has_edge(found[a], found[b]) and second[found[a]][found[b]]["links"] == links
            for a, b, links in bundles(first)
        )
    )
