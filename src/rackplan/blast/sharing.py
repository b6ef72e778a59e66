"""Which GPUs use which ports of their node on a fabric.

Ports and GPUs are each laid side by side over one line, in order; a GPU has of a port the share of
it that lies over its own part of the line. So two ports and eight GPUs give four GPUs a quarter of
each port, and sixteen ports and eight GPUs two ports each GPU. Where hosts pass traffic on, all
GPUs of a node share all its ports: they are one unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import lcm

import numpy as np

from rackplan.design import Design, Population, SizedFabric
from rackplan.tables import Array


@dataclass(frozen=True)
class Units:
    """GPUs that share the fate of the same ends of links, and what each end gives them.

    Attributes:
        gpus: GPUs of each unit; shape (units,).
        end: an end of a unit; shape (pairs,).
        unit: its unit; shape (pairs,).
        gbps: what the end gives the unit; shape (pairs,). [Gb/s]
    """

    gpus: Array
    end: Array
    unit: Array
    gbps: Array


@dataclass(frozen=True)
class _Sharing:
    """How the GPUs of one node share its ports.

    Attributes:
        gpus: GPUs of each unit of the node.
        first: number of the first (port, unit) of each port.
        count: units of each port.
        unit: the unit, by (port, unit).
        share: what the unit has of the port, by (port, unit).
        kind: equal for ports that are used alike.
    """

    gpus: Array
    first: Array
    count: Array
    unit: Array
    share: Array
    kind: Array


def shared(
    design: Design, fabric: SizedFabric, device: Array, index: Array, gbps: Array, *, forwards: bool
) -> tuple[Array, Array, Units]:
    """The first unit of every end (-1: none), how alike ends are used, and the units.

    Args:
        design: the design, whose populations have the GPUs.
        fabric: the fabric.
        device: device row of each end; shape (ends,).
        index: index of its port on the device; shape (ends,).
        gbps: its rate; shape (ends,). [Gb/s]
        forwards: whether hosts pass traffic on.
    """
    first_unit, kind = np.full(len(device), -1), np.full(len(device), -1)
    none = np.zeros(0, dtype=np.int64)
    gpus, pairs = [none], [(none, none, np.zeros(0))]
    units = kinds = 0
    for population in design.populations:
        own, first = own_ports(population, fabric.name), population.first_node
        if not len(own):
            continue
        mine = np.flatnonzero((device >= first) & (device < first + population.nodes))
        node, place = device[mine] - first, np.searchsorted(own, index[mine])
        how = _sharing(len(own), population.node.gpus.value, forwards=forwards)
        kind[mine] = kinds + how.kind[place]
        kinds += int(how.kind.max()) + 1
        if not len(how.gpus):
            continue
        times = how.count[place]
        within = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
        pair = within + np.repeat(how.first[place], times)
        end, node_units = np.repeat(mine, times), units + node * len(how.gpus)
        unit = np.repeat(node_units, times) + how.unit[pair]
        pairs.append((end, unit, how.share[pair] * gbps[end]))
        first_unit[mine] = node_units + how.unit[how.first[place]]
        gpus.append(np.tile(how.gpus, population.nodes))
        units += population.nodes * len(how.gpus)
    columns = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    return first_unit, kind, Units(np.concatenate(gpus), *columns)


def own_ports(population: Population, fabric: str) -> Array:
    """Numbers of a node's ports on a fabric, ascending."""
    ranges = [
        np.arange(held.first_port, held.first_port + held.ports)
        for held in population.host_ports
        if held.fabric == fabric
    ]
    return np.sort(np.concatenate(ranges)) if ranges else np.zeros(0, dtype=np.int64)


def _sharing(ports: int, gpus: int, *, forwards: bool) -> _Sharing:
    """How so many GPUs share so many ports."""
    none, zero = np.zeros(0, dtype=np.int64), np.zeros(ports, dtype=np.int64)
    if not gpus:
        return _Sharing(none, zero, zero, none, none, zero)
    units = 1 if forwards else gpus
    cells = lcm(ports, units)
    cell = np.arange(cells)
    key = cell * ports // cells * units + cell * units // cells
    key, count = np.unique(key, return_counts=True)
    of_port = np.bincount(key // units, minlength=ports)
    even = ports % units == 0 or units % ports == 0
    return _Sharing(
        gpus=np.full(units, gpus // units),
        first=np.cumsum(of_port) - of_port,
        count=of_port,
        unit=key % units,
        share=count * ports / cells,
        kind=zero if even else np.arange(ports),
    )
