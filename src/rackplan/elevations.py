"""What is in every rack, unit by unit: devices, and what a system brings along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rackplan.build import Plan
from rackplan.design import Population
from rackplan.tables import Array


@dataclass(frozen=True)
class Fittings:
    """What is in the racks, shape (fittings,): by rack, from the top down, then what has no unit.

    Attributes:
        rack: row of the rack.
        u: lowest unit, nan where it has none. [U]
        height_u: height, nan where unpublished. [U]
        rear: whether it is mounted from the rear.
        chassis: number of its chassis from 0, -1 where there are none.
        slot: place in its rack or chassis from 0, -1 where none.
        device: row of the device; -1 for panels, and for what comes with a system.
        what: code of what it is, in `words`.
        words: catalog ids, and the names of what comes with a system.
    """

    rack: Array
    u: Array
    height_u: Array
    rear: Array
    chassis: Array
    slot: Array
    device: Array
    what: Array
    words: tuple[str, ...]

    def __len__(self) -> int:
        """Fittings."""
        return len(self.rack)


def fittings(plan: Plan) -> Fittings:
    """Everything that stands in a rack; what has no rack is left out."""
    devices = plan.tables["devices"]
    words = list(devices.words["type"])
    own = np.flatnonzero(devices["rack"] >= 0)
    chassis, slot = _chassis(plan, own)
    parts: list[Mapping[str, Array]] = [{
        "rack": devices["rack"][own].astype(np.int64), "u": devices["u"][own],
        "height_u": devices["height_u"][own], "rear": devices["face"][own] == 1,
        "chassis": chassis, "slot": slot, "device": own,
        "what": devices["type"][own].astype(np.int64),
    }]  # fmt: skip
    parts += [_brought(population, words, plan) for population in plan.design.populations]
    parts.append(_panels(plan, words))
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    columns = _without_taken_bays(columns)
    order = np.lexsort([
        columns["slot"], columns["chassis"], columns["rear"],
        -np.nan_to_num(columns["u"], nan=-1.0), columns["rack"],
    ])  # fmt: skip
    return Fittings(**{name: values[order] for name, values in columns.items()}, words=tuple(words))


def _chassis(plan: Plan, rows: Array) -> tuple[Array, Array]:
    """Chassis of devices, and their place in it; place in the rack where there are no chassis."""
    devices = plan.tables["devices"]
    chassis = np.full(len(devices), -1)
    slot = devices["slot"].astype(np.int64).copy()
    for population in plan.design.populations:
        count = population.system.chassis.value if population.system is not None else None
        if not count or population.nodes_per_rack % count:
            continue
        each = population.nodes_per_rack // count
        nodes = slice(population.first_node, population.first_node + population.nodes)
        chassis[nodes], slot[nodes] = slot[nodes] // each, slot[nodes] % each
    return chassis[rows], slot[rows]


def _without_taken_bays(columns: dict[str, Array]) -> dict[str, Array]:
    """The columns without places of a layout that a device has taken."""
    place = columns["rack"] * 4096 + np.nan_to_num(columns["u"] * 4, nan=-1).astype(np.int64)
    device = columns["device"] >= 0
    kept = device | ~np.isin(place, place[device])
    return {name: values[kept] for name, values in columns.items()}


def _panels(plan: Plan, words: list[str]) -> dict[str, Array]:
    """Patch panels of structured cabling."""
    panels = plan.tables["panels"]
    known = {word: number for number, word in enumerate(words)}
    codes = []
    for word in panels.words["type"]:
        if word not in known:
            known[word] = len(words)
            words.append(word)
        codes.append(known[word])
    none = np.full(len(panels), -1)
    height = {
        media.trunk.panel.id: media.trunk.panel.height_u.value
        for fabric in plan.design.fabrics
        for media in fabric.media.values()
        if media.trunk is not None
    }
    tall = np.array([height.get(word) or np.nan for word in panels.words["type"]], dtype=np.float32)
    return {
        "rack": panels["rack"].astype(np.int64), "u": panels["u"],
        "height_u": tall[panels["type"]] if len(panels) else panels["u"],
        "rear": np.zeros(len(panels), dtype=bool), "chassis": none, "slot": none, "device": none,
        "what": np.array(codes, dtype=np.int64)[panels["type"]] if len(panels) else none,
    }  # fmt: skip


def _brought(population: Population, words: list[str], plan: Plan) -> dict[str, Array]:
    """What a system has in its racks beside its devices, once in each rack."""
    system = population.system
    named = {one.name for one in plan.design.equipment if one.system is system}
    bays = [
        (bay, bay.u + number * bay.height_u)
        for bay in (system.layout if system is not None else ())
        if bay.what != "node" and bay.what not in named
        for number in range(bay.count)
    ]
    for bay, _ in bays:
        if bay.what not in words:
            words.append(bay.what)
    racks = population.first_rack + np.arange(population.racks if bays else 0)
    none = np.full(len(racks) * len(bays), -1)
    return {
        "rack": np.repeat(racks, len(bays)),
        "u": np.tile(np.array([u for _, u in bays], dtype=np.float32), len(racks)),
        "height_u": np.tile(np.array([b.height_u for b, _ in bays], dtype=np.float32), len(racks)),
        "rear": np.tile(np.array([b.face == "rear" for b, _ in bays], dtype=bool), len(racks)),
        "chassis": none,
        "slot": none,
        "device": none,
        "what": np.tile(np.array([words.index(b.what) for b, _ in bays], dtype=int), len(racks)),
    }
