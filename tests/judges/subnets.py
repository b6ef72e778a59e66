"""The subnets of a plan, and the files that tell OpenSM about the shape of one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

import rackplan
from rackplan.exports.ibnetdiscover import device_guids
from rackplan.planes import Plane, planes


def subnets(plan: rackplan.Plan, *fabrics: str) -> Iterator[Plane]:
    """The planes of a plan, or of some of its fabrics; what does not hang together is several."""
    for plane in planes(plan):
        if not fabrics or plane.fabric in fabrics:
            yield from _parts(plan, plane)


def _parts(plan: rackplan.Plan, plane: Plane) -> Iterator[Plane]:
    """Each port of a host is on a card of its own, so hosts hold nothing together."""
    devices, device = plan.tables["devices"], plan.tables["ports"]["device"]
    is_switch = devices.where("kind", "switch") & devices.where("fabric", plane.fabric)
    ends = [
        np.where(is_switch[device[port]], device[port], len(devices) + port)
        for port in (plane.a_port, plane.b_port)
    ]
    size = len(devices) + len(device)
    joined = coo_array((np.ones(len(ends[0])), (ends[0], ends[1])), shape=(size, size))
    part = connected_components(joined, directed=False)[1][ends[0]]
    for number in np.unique(part):
        own = part == number
        yield replace(plane, a_port=plane.a_port[own], b_port=plane.b_port[own])


def roots(plan: rackplan.Plan, role: str, folder: Path) -> list[str | Path]:
    """The options that name all switches of a role as the top of a tree."""
    file = folder / "roots"
    guids = device_guids(plan.tables["devices"])[plan.tables["devices"].where("role", role)]
    file.write_text("".join(f"0x{guid:016x}\n" for guid in guids.tolist()), encoding="utf-8")
    return ["--root_guid_file", file]


def torus(plan: rackplan.Plan, shape: Sequence[int], folder: Path) -> list[str | Path]:
    """The options that tell `torus-2QoS` the sides of a torus and where its first router is.

    A side of four needs both neighbours of the first router; two dimensions are a side of one
    and the two sides. Routers are numbered along the first dimension first.

    Reference: torus-2QoS.conf(5).
    """
    file = folder / "torus-2QoS.conf"
    devices = plan.tables["devices"]
    guids = device_guids(devices)[devices.where("role", "router")].tolist()
    sides = [*(1 for _ in range(3 - len(shape))), *shape]
    lines = [f"torus {' '.join(map(str, sides))}"]
    for axis, side in enumerate(sides):
        step = math.prod(sides[:axis])
        ways = {"p": step, "m": step * (side - 1)} if side > 1 else {}
        lines += [
            f"{'xyz'[axis]}{way}_link 0x{guids[0]:x} 0x{guids[router]:x}"
            for way, router in ways.items()
            if way == "p" or side == 4
        ]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return ["--torus_config", file]
