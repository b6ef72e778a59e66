"""The racks of a plan: those with nodes, their sidecars, those of switches, and CDUs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rackplan.catalog import Rack
from rackplan.design import Design, Population
from rackplan.names import rack_names
from rackplan.tables import Array

PURPOSES = ("compute", "service", "network", "power", "cooling")
COMPUTE, SERVICE, NETWORK, POWER, COOLING = range(5)


@dataclass(frozen=True)
class RackRows:
    """Racks as columns, shape (racks,); see the table `racks` for what they mean.

    Attributes:
        frame: number of each rack's frame in `frames`, -1 where none is named.
        width: positions that it takes in a row.
    """

    frames: tuple[Rack, ...]
    purpose: Array
    frame: Array
    population: Array
    su: Array
    nodes: Array
    serves: Array
    hall: Array
    width: Array

    def __len__(self) -> int:
        """Racks."""
        return len(self.purpose)

    def names(self, design: Design) -> list[str]:
        """The name of every rack, as the design's templates say it."""
        columns = {"purpose": self.purpose, "hall": self.hall, "su": self.su}
        return rack_names(columns, design.halls, design.names)

    def only(self, rows: Array) -> RackRows:
        """Some of the racks, in order; no sidecar may lose its rack."""
        columns = {name: getattr(self, name)[rows] for name in (*_COLUMNS, "width")}
        return replace(self, **columns)

    def of(self, purpose: int) -> Array:
        """Rows of the racks of a purpose."""
        return np.flatnonzero(self.purpose == purpose)


def width_of(rack: Rack | None, position_m: float) -> int:
    """Positions that a rack takes: by its width, else by its standard widths, else one."""
    if rack is None:
        return 1
    if rack.width_mm.value is not None:
        return max(1, int(np.ceil(rack.width_mm.value / 1000 / position_m - 1e-6)))
    return max(1, int(np.ceil(rack.standard_widths.value or 1)))


def su_of(population: Population, rack: Array) -> Array:
    """Scalable unit of each rack of a population, -1 where SUs are no whole racks.

    Args:
        population: the population.
        rack: numbers of its racks, from 0.
    """
    per_rack = population.nodes_per_rack
    whole = per_rack and population.nodes_per_su and population.nodes_per_su % per_rack == 0
    return rack // (population.nodes_per_su // per_rack) if whole else np.full_like(rack, -1)


def node_racks(design: Design) -> RackRows:
    """The racks with nodes in them, and behind them their sidecars."""
    frames: dict[str, Rack] = {}
    for population in design.populations:
        for rack in (population.rack, population.sidecar):
            if rack is not None:
                frames.setdefault(rack.id, rack)
    numbers = {key: number for number, key in enumerate(frames)}
    parts: list[dict[str, Array]] = []
    for index, population in enumerate(design.populations):
        number = np.arange(population.racks)
        per_rack = population.nodes_per_rack
        parts.append({
            "purpose": np.full_like(number, SERVICE if population.service else COMPUTE),
            "frame": np.full_like(number, numbers[population.rack.id] if population.rack else -1),
            "population": np.full_like(number, index),
            "su": su_of(population, number),
            "nodes": np.minimum(population.nodes - number * per_rack, per_rack),
            "serves": np.full_like(number, -1),
            "hall": np.full_like(number, population.hall),
        })  # fmt: skip
    for index, population in enumerate(design.populations):
        if population.sidecar is None or population.system is None:
            continue
        first = np.arange(0, population.racks, population.system.racks_per_sidecar.value)
        parts.append({
            "purpose": np.full_like(first, POWER),
            "frame": np.full_like(first, numbers[population.sidecar.id]),
            "population": np.full_like(first, index),
            "su": su_of(population, first),
            "nodes": np.zeros_like(first),
            "serves": population.first_rack + first,
            "hall": np.full_like(first, population.hall),
        })  # fmt: skip
    return _rows(design, tuple(frames.values()), parts)


def with_more(design: Design, racks: RackRows, frame: Rack, purpose: int, hall: Array) -> RackRows:
    """The racks and, behind them, equal ones of another purpose in some halls."""
    known = [rack.id for rack in racks.frames]
    frames = racks.frames if frame.id in known else (*racks.frames, frame)
    number = [rack.id for rack in frames].index(frame.id)
    none = np.full(len(hall), -1)
    own = {name: getattr(racks, name) for name in _COLUMNS}
    more = {
        "purpose": np.full(len(hall), purpose), "frame": np.full(len(hall), number),
        "population": none, "su": none, "nodes": np.zeros(len(hall), dtype=np.int64),
        "serves": none, "hall": hall,
    }  # fmt: skip
    return _rows(design, frames, [own, more])


_COLUMNS = ("purpose", "frame", "population", "su", "nodes", "serves", "hall")


def _rows(design: Design, frames: tuple[Rack, ...], parts: list[dict[str, Array]]) -> RackRows:
    empty = np.zeros(0, dtype=np.int64)
    columns = {
        name: np.concatenate([part[name] for part in parts]) if parts else empty
        for name in _COLUMNS
    }
    position = [floor.spec.position_m for floor in design.floors] or [0.6]
    widths = np.array([[width_of(frame, size) for frame in (*frames, None)] for size in position])
    width = widths[columns["hall"] if design.floors else 0, columns["frame"]]
    return RackRows(frames=frames, width=width, **columns)
