"""What is built in each step, what it costs, and what of the final size must stand on day one.

A switch belongs to the first step that one of its links leads to, so a spine is built with the
first scalable unit: with it, every later unit only adds cables to ports that are free.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rackplan.build import Plan
from rackplan.placement.racks import COOLING, NETWORK
from rackplan.tables import Array, Column, Result, Table

_COLUMNS = {
    "phase": Column("str", "", "step; what the steps leave over is called 'later'"),
    "racks": Column("int", "", "racks, sidecars and racks of switches that are set up"),
    "nodes": Column("int", "", "compute nodes"),
    "gpus": Column("int", "", "GPU packages"),
    "switches": Column("int", "", "switches"),
    "switch_share": Column("float", "", "share of the final number of switches that stand then"),
    "gpu_share": Column("float", "", "share of the final number of GPUs that stand then"),
    "cables": Column("int", "", "cables that are pulled"),
    "metres": Column("float", "m", "ordered length of those cables; empty without a floor"),
    "modules": Column("int", "", "transceivers that are plugged in"),
    "planned_w": Column("float", "W", "power of the racks that are set up; empty without a floor"),
    "cost_usd": Column("float", "USD", "what is bought then, as far as prices are known"),
    "ahead_usd": Column(
        "float", "USD", "part of it beyond its share of GPUs: what is built for the final size"
    ),
}


def phases(plan: Plan) -> Result:
    """One row a step; no rows without steps."""
    names = phase_names(plan)
    if len(names) < 2:
        note = "no 'phases' in the deployment: all is built at once"
        return Result("phases", "What is built when", _COLUMNS, (), (note,))
    counts = [_count(plan, number) for number in range(len(names))]
    final = {name: sum(one[name] for one in counts) for name in ("gpus", "switches", "cost_usd")}
    rows, so_far = [], {"gpus": 0.0, "switches": 0.0}
    for name, one in zip(names, counts, strict=True):
        for key in so_far:
            so_far[key] += one[key]
        share = one["gpus"] / final["gpus"] if final["gpus"] else 0.0
        rows.append({
            "phase": name, **one,
            "gpu_share": so_far["gpus"] / final["gpus"] if final["gpus"] else None,
            "switch_share": so_far["switches"] / final["switches"] if final["switches"] else None,
            "ahead_usd": one["cost_usd"] - share * final["cost_usd"],
        })  # fmt: skip
    notes = (
        "adding a step renames, moves and re-ports nothing of the steps before it",
        "ahead_usd is negative where an earlier step has already paid for a later one",
    )
    return Result("phases", "What is built when", _COLUMNS, tuple(rows), notes)


def phase_names(plan: Plan) -> list[str]:
    """The names of the steps that something is built in, in order."""
    last = int(plan.tables["racks"]["phase"].max(initial=0))
    last = max(last, int(plan.tables["devices"]["phase"].max(initial=0)))
    return plan.design.step_names(max(last + 1, len(plan.design.phases)))


def _count(plan: Plan, number: int) -> dict[str, float]:
    """What one step builds."""
    racks, devices, cables = (plan.tables[name] for name in ("racks", "devices", "cables"))
    mine = devices["phase"] == number
    node = mine & devices.where("role", "compute")
    pulled = cables["phase"] == number
    plugged = module_phases(plan) == number
    standing = racks["phase"] == number
    found = plan.facility
    return {
        "racks": int(standing.sum()),
        "nodes": int(node.sum()),
        "gpus": _gpus(plan, node),
        "switches": int((mine & devices.where("kind", "switch")).sum()),
        "cables": int(pulled.sum()),
        "metres": float(np.nansum(cables["length_m"][pulled])),
        "modules": int((plugged & (plan.tables["modules"]["cable"] < 0)).sum()),
        "planned_w": float(np.nansum(found.watts[standing])) if found is not None else 0.0,
        "cost_usd": _cost(plan, mine, pulled, plugged, standing, number),
    }


def _gpus(plan: Plan, node: Array) -> int:
    rows = np.flatnonzero(node)
    each = np.zeros(plan.design.hosts, dtype=np.int64)
    for population in plan.design.populations:
        first = population.first_node
        each[first : first + population.nodes] = population.node.gpus.value
    return int(each[rows].sum())


def module_phases(plan: Plan) -> Array:
    """The step in which every module is plugged in: with the first link of its cage."""
    ports, links, cables = (plan.tables[name] for name in ("ports", "links", "cables"))
    late = np.iinfo(np.int16).max
    of_cage = np.full(len(plan.tables["cages"]) + 1, late, dtype=np.int16)
    cabled = links["cable"] >= 0
    phase = cables["phase"][links["cable"][cabled]]
    for side in ("a_port", "b_port"):
        np.minimum.at(of_cage, ports["cage"][links[side][cabled]], phase)
    return np.asarray(of_cage[plan.tables["modules"]["cage"]])


def _cost(  # everything that a step builds
    plan: Plan, devices: Array, cables: Array, modules: Array, racks: Array, number: int
) -> float:
    """Price of what one step buys, counted from the tables; unknown prices count as nothing. [USD]

    CDUs have no step of their own and belong to the first. The steps add up to the bill.
    """
    prices = plan.design.prices
    if not prices:
        return 0.0
    table = plan.tables["devices"]
    total = _priced(plan.tables["cables"], cables, prices)
    loose = modules & (plan.tables["modules"]["cable"] < 0)
    total += _priced(plan.tables["modules"], loose, prices)
    total += _priced(table, devices & ~table.where("kind", "node"), prices)
    total += _frames(plan, racks, prices)
    if plan.cooling is not None and number == 0:
        cdus = int(plan.cooling.loops.cdus.clip(min=0).sum())
        total += prices.get(plan.cooling.cdu.id, 0.0) * cdus
    for entry, population in enumerate(plan.design.populations):
        rows = slice(population.first_node, population.first_node + population.nodes)
        nodes = int(devices[rows].sum())
        if population.system is not None:
            each = population.system.nodes.value
            total += prices.get(population.system.id, 0.0) * nodes / each
        else:
            total += prices.get(population.node.id, 0.0) * nodes
            own = racks & (plan.tables["racks"]["population"] == entry)
            own &= plan.tables["racks"]["nodes"] > 0
            total += prices.get(population.rack.id, 0.0) * int(own.sum()) if population.rack else 0
    return total


def _frames(plan: Plan, racks: Array, prices: Mapping[str, float]) -> float:
    """Price of racks of switches and sidecars, and of CDUs' racks where no cooling is planned."""
    if plan.placed is None:
        return 0.0
    rows = plan.placed.racks
    own = racks & (rows.purpose >= NETWORK)
    if plan.cooling is not None:
        own &= rows.purpose != COOLING
    counts = np.bincount(rows.frame[own], minlength=len(rows.frames))
    return sum(
        prices.get(frame.id, 0.0) * int(count)
        for frame, count in zip(rows.frames, counts, strict=True)
    )


def _priced(table: Table, rows: Array, prices: Mapping[str, float]) -> float:
    counts = np.bincount(table["type"][rows], minlength=len(table.words["type"]))
    return float(sum(
        prices.get(word, 0.0) * int(count)
        for word, count in zip(table.words["type"], counts, strict=True)
    ))  # fmt: skip
