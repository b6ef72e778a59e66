"""Links between halls: how many, how many fibers, how far, and how long light takes.

Fabrics of several halls meet in their top tier, whose switches are shared out over the halls. A
link crosses where its two ends stand in different halls. Light takes 4.9 ns a metre: the group
index of standard single-mode fiber is 1.468 (Corning, SMF-28 Ultra product information PI-1424),
divided by the speed of light.
"""

from __future__ import annotations

import numpy as np

from rackplan.build import Plan
from rackplan.design import SizedFabric
from rackplan.tables import Column, Result

FIBER_NS_PER_M = 4.9
"""Time of light in a metre of fiber. [ns]"""

_COLUMNS = {
    "fabric": Column("str", "", "fabric"),
    "tier": Column("str", "", "tier of the links"),
    "from_hall": Column("str", "", "hall of one end"),
    "to_hall": Column("str", "", "hall of the other end"),
    "links": Column("int", "", "links between the two halls"),
    "fibers": Column("int", "", "lit fibers between them; empty when no optics are named"),
    "bandwidth_tbps": Column("float", "Tb/s", "bandwidth between them, one direction"),
    "distance_m": Column("float", "m", "length of the fiber route; empty when not given"),
    "latency_ns": Column("float", "ns", "time of light one way; empty when the route is unknown"),
    "reach_m": Column("float", "m", "reach of the optics; empty when unpublished"),
}


def across(plan: Plan) -> Result:
    """The links of every pair of halls; no rows where everything stands in one hall."""
    rows = [row for fabric in plan.design.fabrics for row in _of_fabric(plan, fabric)]
    notes = tuple(
        f"{row['fabric']}: {row['distance_m']:,.0f} m from {row['from_hall']} to {row['to_hall']} "
        f"is beyond the {row['reach_m']:,.0f} m of the optics of {row['tier']}"
        for row in rows
        if isinstance(row["distance_m"], float)
        and isinstance(row["reach_m"], float)
        and row["distance_m"] > row["reach_m"]
    )
    return Result("across", "Links between halls", _COLUMNS, tuple(rows), notes)


def _of_fabric(plan: Plan, fabric: SizedFabric) -> list[dict[str, object]]:
    links, ports, devices = (plan.tables[name] for name in ("links", "ports", "devices"))
    mine = np.flatnonzero(links.where("fabric", fabric.name))
    hall = devices["hall"].astype(np.int64)
    ends = np.stack([hall[ports["device"][links[end][mine]]] for end in ("a_port", "b_port")])
    low, high = ends.min(axis=0), ends.max(axis=0)
    halls = len(plan.design.halls)
    key = (links["tier"][mine].astype(np.int64) * halls + low) * halls + high
    counts = np.bincount(key[low != high])
    tiers = {tier.name: tier for tier in fabric.size.links}
    rows: list[dict[str, object]] = []
    for number in np.flatnonzero(counts).tolist():
        rest, to_hall = divmod(number, halls)
        word, from_hall = divmod(rest, halls)
        tier = tiers[links.words["tier"][word]]
        count = int(counts[number])
        lit = fabric.media[tier.name].fibers
        metres = plan.design.hall_distance_m.get((from_hall, to_hall))
        rows.append({
            "fabric": fabric.name,
            "tier": tier.name,
            "from_hall": plan.design.halls[from_hall],
            "to_hall": plan.design.halls[to_hall],
            "links": count,
            "fibers": None if lit is None else count * lit,
            "bandwidth_tbps": count * tier.gbps / 1000,
            "distance_m": metres,
            "latency_ns": None if metres is None else metres * FIBER_NS_PER_M,
            "reach_m": fabric.reach_m(tier.name),
        })  # fmt: skip
    return rows
