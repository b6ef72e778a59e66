"""Which routing engine of OpenSM suits each InfiniBand fabric, and whether `ftree` takes it.

`ftree` takes a plane without being told its roots if its switches stand in tiers, if all switches
of a role meet equally many switches above over equally many links each, and below too (leaves
aside), and if in three tiers and more every leaf has a host. The rule and the advice are what
OpenSM 3.3.23 did on ibsim with plans of every topology (`tests/judges`).
"""

from __future__ import annotations

import numpy as np

from rackplan.build import Plan
from rackplan.design import SizedFabric
from rackplan.planes import Plane, infiniband_planes
from rackplan.tables import Array, Column, Result

_COLUMNS = {
    "fabric": Column("str", "", "fabric"),
    "ftree": Column("bool", "", "whether OpenSM's ftree takes it without being told the roots"),
    "why": Column("str", "", "what breaks the rule; empty where it holds"),
    "engine": Column("str", "", "the engine that suits it"),
    "options": Column("str", "", "what OpenSM needs besides"),
}

_DIRECT = {
    "two-zone": ("dfsssp", "-Q"),
    "dragonfly": ("lash", "-Q"),
    "hyperx": ("dor", ""),
    "slim-fly": ("lash", "-Q"),
    "polarfly": ("lash", "-Q"),
    "torus": ("torus-2QoS", "-Q, and a torus-2QoS.conf with the sides; two or three dimensions"),
}
"""Engine and options of topologies that are no trees."""


def routing(plan: Plan) -> Result:
    """The engine for every InfiniBand fabric; its planes are subnets of their own, all alike."""
    first: dict[str, Plane] = {}
    for plane in infiniband_planes(plan):
        first.setdefault(plane.fabric, plane)
    rows = []
    for name, plane in first.items():
        why = irregular(plan, plane)
        engine, options = _advice(plan.fabric(name), why)
        rows.append({
            "fabric": name, "ftree": not why, "why": why, "engine": engine, "options": options,
        })  # fmt: skip
    note = (
        "as OpenSM 3.3.23 routes; nue takes every topology in one lane, with detours and uneven "
        "loads; other subnet managers may differ"
    )
    title = "Routing engine of each InfiniBand fabric"
    return Result("routing", title, _COLUMNS, tuple(rows), (note,) if rows else ())


def _advice(fabric: SizedFabric, why: str) -> tuple[str, str]:
    if fabric.switch_count == fabric.size.planes:
        return "minhop", ""
    if fabric.topology in _DIRECT:
        return _DIRECT[fabric.topology]
    if not fabric.switches:
        return "", "hosts that pass traffic on are no InfiniBand switches"
    return "ftree", "-a with the GUIDs of the top tier's switches" if why else ""


def irregular(plan: Plan, plane: Plane) -> str:
    """What breaks the rule, for example `up from leaf`; empty where `ftree` takes the plane."""
    devices, device = plan.tables["devices"], plan.tables["ports"]["device"]
    lower, upper = device[plane.a_port], device[plane.b_port]
    is_switch = devices.where("kind", "switch") & devices.where("fabric", plane.fabric)
    role = devices["role"]
    ends = np.concatenate([lower, upper])
    rows = np.unique(ends[is_switch[ends]])
    if len(rows) < 2:
        return "one switch" if len(rows) else "no switch"
    inner = is_switch[lower] & (role[lower] != role[upper])
    if not inner.any():
        return "no tiers"
    leaves = np.unique(upper[~is_switch[lower]])
    bottom = np.unique(role[leaves])
    for name, own, other in (("up from", lower, upper), ("down from", upper, lower)):
        counts = _neighbours(own[inner], other[inner], len(devices))
        for code in np.unique(role[rows]):
            if name == "up from" or code not in bottom:
                same = counts[:, rows[role[rows] == code]]
                if (same != same[:, :1]).any() or (same[1] != same[2]).any():
                    return f"{name} {devices.words['role'][code]}"
    empty = np.setdiff1d(rows[np.isin(role[rows], bottom)], leaves)
    tiers = len(np.unique(role[rows]))
    return "a leaf without hosts" if len(empty) and tiers > 2 else ""


def _neighbours(own: Array, other: Array, devices: int) -> Array:
    """By device: its neighbours, and the fewest and the most links to one; shape (3, devices)."""
    pairs, links = np.unique(own.astype(np.int64) * devices + other, return_counts=True)
    mine = pairs // devices
    counts = np.zeros((3, devices), dtype=np.int64)
    counts[0] = np.bincount(mine, minlength=devices)
    counts[1, mine] = links.max(initial=0)
    np.minimum.at(counts[1], mine, links)
    np.maximum.at(counts[2], mine, links)
    return counts
