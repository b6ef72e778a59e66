"""The lanes of a co-packaged switch: which ASIC, engine and laser source each one depends on.

How a port's lanes are laid is not published for most switches, so each reading is a row:

    grouped   lane l of port p is number p x L + l: a port's lanes stay together
    spread    it is number l x P + p: first the first lane of every port, then the second

with P ports of L lanes each; the N lanes of the switch are shared out over n parts in order, lane i
to part `i x n // N`. Q3450-LD (144 ports, 4 lanes, 4 ASICs, 72 engines, 18 laser sources): grouped
an engine holds 2 ports, a source 8, an ASIC 36; spread an engine holds a lane of 8 ports, a source
one of 32, an ASIC one of all 144.

Reference: catalog entries `q3450-ld`, `els-q3450`; Lockwood, GTC 2025 recap: the light of the laser
sources "gets shared across all 144 ports", which is the reading `pooled`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import log10

import numpy as np

from rackplan.catalog.switches import CoPackaged, Switch
from rackplan.design import fibers_per_port
from rackplan.tables import Array


@dataclass(frozen=True)
class Reading:
    """Parts of one kind in a switch, and how the lanes lie on them.

    Attributes:
        name: what they are.
        parts: how many a switch has.
        text: the reading: `grouped`, `spread` or `pooled`; empty where there is only one.
        note: what it means.
    """

    name: str
    parts: int
    text: str
    note: str


@dataclass(frozen=True)
class Lanes:
    """What each part of a switch takes from which port.

    Attributes:
        part: number of the part; shape (rows,).
        port: index of the port; shape (rows,).
        share: share of the port's lanes; shape (rows,).
    """

    part: Array
    port: Array
    share: Array


_NARROW = "a port that loses lanes keeps the others only if its link can run narrower"


def readings(optics: CoPackaged) -> Iterator[Reading]:
    """The parts of a co-packaged switch in every reading that differs."""
    lanes = max(1, optics.fibers_per_port.value // 2)
    several = lanes > 1 and optics.asics.value > 1
    for name, parts in (("switch ASIC", optics.asics.value), ("optical engine", optics.engines)):
        yield Reading(name, parts, "grouped" if several else "", "")
        if several:
            yield Reading(name, parts, "spread", f"lanes of a port on all ASICs; {_NARROW}")
    sources, name = optics.laser_sources.value, "external laser source"
    if not sources:
        return
    yield Reading(name, sources, "grouped", "lasers dedicated to ports")
    if lanes > 1:
        yield Reading(name, sources, "spread", f"lasers feed lanes of many ports; {_NARROW}")
    if sources > 1:
        dark = -10 * log10(1 - 1 / sources)
        text = f"light shared by all ports: each has {dark:.2f} dB less"
        yield Reading(name, sources, "pooled", f"{text}, within the margin or not (unpublished)")


def lanes_of(switch: Switch, gbps: Array, reading: Reading) -> Lanes:
    """What each part takes from the ports of a switch.

    Args:
        switch: a co-packaged switch.
        gbps: rate of each of its ports; those of other rates (management) have no lanes.
        reading: which parts, and how the lanes lie.
    """
    none = np.zeros(0, dtype=np.int64)
    if switch.co_packaged is None or reading.text == "pooled":
        return Lanes(none, none, none.astype(float))
    rates, which = np.unique(gbps, return_inverse=True)
    fibers = [fibers_per_port(switch, float(rate), None) for rate in rates]
    each = np.array([0 if one is None else max(1, one // 2) for one in fibers])[which]
    port = np.repeat(np.arange(len(each)), each)
    lane = np.arange(len(port)) - np.repeat(np.cumsum(each) - each, each)
    if reading.text == "spread":
        port = port[np.lexsort((port, lane))]
    whole = max(len(port), switch.co_packaged.data_fibers // 2)
    part = np.arange(len(port)) * reading.parts // whole
    key, count = np.unique(part * len(each) + port, return_counts=True)
    return Lanes(key // len(each), key % len(each), count / each[key % len(each)])
