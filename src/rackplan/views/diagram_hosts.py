"""The hosts of a fabric: which of them share a box, and what the box is called."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rackplan.design import Population
from rackplan.sizes import HOST
from rackplan.views.diagram_plane import IntArray, Plane, plural


@dataclass(frozen=True)
class Box:
    """Devices drawn as one: their role, what they are called, and their rail and pod (or -1)."""

    role: str
    name: str
    number: str
    detail: str
    rail: int
    group: int
    rows: IntArray


def host_keys(plane: Plane, rows: IntArray) -> list[tuple[str, IntArray]]:
    """Groupings of hosts from fine to coarse: host, rack, unit (SU), entry, all.

    An entry is one of the compute list or of the services, or devices alike. What lies in several
    zones is as many units and entries.
    """
    rack = plane.column("rack", rows)
    entry = _entries(plane, rows)
    keys = [("node", np.arange(len(rows)))]
    if rack.min(initial=0) >= 0:
        keys.append(("rack", rack))
    zone = _zones(plane, rows)
    for how, key in (("unit", _units(plane, rows, entry)), ("entry", entry)):
        keys.append((how, zone * (key.max(initial=0) + 1) + key))
    return [*keys, ("role", np.zeros_like(entry))]


def host_boxes(plane: Plane, rows: IntArray, keys: IntArray, how: str) -> list[Box]:
    """One box for every key, in order of keys."""
    return [_box(plane, part, how) for part in split(rows, keys)]


def split(rows: IntArray, keys: IntArray) -> list[IntArray]:
    """The rows of every key, in order of keys."""
    _, box = np.unique(keys, return_inverse=True)
    order = np.argsort(box, kind="stable")
    return np.split(rows[order], np.cumsum(np.bincount(box))[:-1])


def gpus_of(plane: Plane, rows: IntArray) -> int:
    """GPUs in some hosts."""
    counts = np.bincount(_entries(plane, rows)) if len(rows) else np.zeros(0, dtype=np.int64)
    return sum(
        population.node.gpus.value * int(count)
        for population, count in zip(plane.plan.design.populations, counts, strict=False)
    )


def _entries(plane: Plane, rows: IntArray) -> IntArray:
    """Number of the population of every host; other devices count on by fabric and type."""
    design = plane.plan.design
    firsts = [population.first_node for population in design.populations]
    entry = np.searchsorted(firsts, rows, "right") - 1
    other = rows >= design.hosts
    alike = np.stack([plane.column(name, rows[other]) for name in ("fabric", "type")])
    entry[other] = len(firsts) + np.unique(alike, axis=1, return_inverse=True)[1]
    return np.asarray(entry, dtype=np.int64)


def _units(plane: Plane, rows: IntArray, entry: IntArray) -> IntArray:
    """A number for every SU; an entry without SUs is one."""
    sus = np.zeros_like(entry)
    for number, population in enumerate(plane.plan.design.populations):
        mine = entry == number
        if population.nodes_per_su:
            sus[mine] = (rows[mine] - population.first_node) // population.nodes_per_su
    return np.asarray(entry * (sus.max(initial=0) + 1) + sus)


def _su_number(plane: Plane, population: Population, row: int) -> int:
    """The number of the SU of a node, counted through the populations from 1."""
    before = sum(
        _sus(other)
        for other in plane.plan.design.populations
        if other.first_node < population.first_node
    )
    return before + (row - population.first_node) // population.nodes_per_su + 1


def _sus(population: Population) -> int:
    """SUs of a population."""
    return -(-population.nodes // population.nodes_per_su) if population.nodes_per_su else 0


def _zones(plane: Plane, rows: IntArray) -> IntArray:
    """The zone of every host: that of a leaf of it; 0 where there are no zones."""
    if "interzone" not in plane.rows:
        return np.zeros_like(rows)
    hosts, leaves = plane.first_hop
    zone = np.zeros(len(plane.names), dtype=np.int64)
    zone[hosts] = plane.column("group", leaves)
    return zone[rows]


def _population(plane: Plane, entry: int) -> Population | None:
    populations = plane.plan.design.populations
    return populations[entry] if entry < len(populations) else None


def _box(plane: Plane, rows: IntArray, how: str) -> Box:
    """The box of some hosts."""
    entry = int(_entries(plane, rows[:1])[0])
    population = _population(plane, entry)
    count = f"{len(rows):,} {plural('node' if population else 'device', len(rows))}"
    count += f", {hall}" if (hall := plane.hall(rows)) else ""
    if how == "rack":
        rack = int(plane.column("rack", rows[:1])[0]) + 1
        return _made(f"rack {rack}", str(rack), count, rows)
    if how == "node" or len(rows) == 1:
        name = plane.names[rows[0]]
        return _made(name, name.rsplit("-", 1)[-1].lstrip("n0"), "", rows)
    if how == "role":
        return _made(f"{len(rows):,} hosts", f"{len(rows):,}", "", rows)
    if population is not None:
        return _population_box(plane, population, rows, how, count)
    kind, fabric = (plane.word(column, int(rows[0])) for column in ("type", "fabric"))
    return _made(f"{fabric}: {kind}" if fabric else kind, kind, count, rows)


def _population_box(
    plane: Plane, population: Population, rows: IntArray, how: str, count: str
) -> Box:
    """The box of an SU, or of a population as far as it lies in one zone."""
    if how == "unit" and population.nodes_per_su:
        per_su = population.nodes_per_su
        first = (int(rows[0]) - population.first_node) // per_su * per_su
        whole = min(per_su, population.nodes - first)
        if len(rows) < whole:
            count = count.replace(" ", f" of {whole:,} ", 1)
        number = _su_number(plane, population, int(rows[0]))
        return _made(f"SU {number}", str(number), count, rows)
    units = ""
    if population.nodes_per_su:
        units = f"{_sus(population):,} {plural('SU', _sus(population))}, "
    if "interzone" in plane.rows:
        zone = f"zone {int(_zones(plane, rows[:1])[0]) + 1}"
        return _made(f"{zone}: {population.title}", zone, count, rows)
    return _made(population.title, population.node.id, units + count, rows)


def _made(name: str, number: str, detail: str, rows: IntArray) -> Box:
    return Box(HOST, name, number, detail, -1, -1, rows)
