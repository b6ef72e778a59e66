r"""Zones, each a fat tree of its own, joined by a few inter-zone switches at their leaves.

    zone 0                     inter-zone switches            zone 1
    spines  [0 .. s-1]            0 ......... z-1             [0 .. s-1]  spines
             |  X  |             /|\         /|\               |  X  |
    leaves  [0 .. l-1] ---------+ | +-------+ | +------------ [0 .. l-1]  leaves
             |||

A leaf gives up host ports for them. Half of the ports of an inter-zone switch go to each of two
zones, dealt to the leaves in turn, so the way across is far narrower than a zone. Work is placed
within a zone; storage has a NIC in each.

Reference: W. An et al., "Fire-Flyer AI-HPC: A Cost-Effective Software-Hardware Co-Design for Deep
Learning", SC 2024, arXiv 2408.14158, section III.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from rackplan.errors import InfeasibleError, Problem
from rackplan.sizes import HOST, EndBlock, FabricSize, LinkTier, PortRange, PortUse, Role
from rackplan.topology import LinkBatch, Offers, SwitchColumns, Wiring
from rackplan.trees.counting import ACROSS, counted
from rackplan.trees.hosts import host_links, seat
from rackplan.trees.leaves import Guests, seats
from rackplan.trees.plane import shape_plane
from rackplan.trees.shape import Shape
from rackplan.trees.spec import TreeSpec
from rackplan.trees.wires import switch_columns, switch_links
from rackplan.wiring import IntArray

__all__ = ["Spec", "size", "wire"]


class Spec(TreeSpec):
    """Two zones or more with a narrow way between them."""

    topology: Literal["two-zone"]
    """`two-zone`: separate fat trees (zones), joined at their leaves by inter-zone switches."""
    zones: Annotated[int, Field(ge=2, le=64)] = 2
    """Zones; the scalable units are shared out among them in order."""
    interzone_switches: Annotated[int, Field(ge=1, le=1024)] = 2
    """Switches between the zones, on each plane."""
    interzone_links: Annotated[int, Field(ge=1, le=4096)] | None = None
    """Links of each of them to each zone; when absent, its ports in equal parts."""


@dataclass(frozen=True)
class Zones:
    """All zones of one plane; `links` join an inter-zone switch to each of them."""

    shapes: tuple[Shape, ...]
    switches: int
    links: int


def size(spec: Spec, blocks: Sequence[EndBlock], offers: Offers) -> FabricSize:
    """Count the switches and links of all zones and planes.

    Raises:
        InfeasibleError: RP301 too few ports, RP305 hosts of several rates, RP307 planes that do
            not divide the ports of a node.
    """
    rate, link = blocks[0].gbps, offers.link_gbps
    if len({block.gbps for block in blocks}) > 1:
        message = "the hosts of a fabric with zones differ in rate"
        raise InfeasibleError([Problem("RP305", message, "put them on fabrics of their own")])
    links = spec.interzone_links or max(1, offers.of("interzone").ports(rate) // spec.zones)
    layout = offers.lay_out("interzone", [(links * spec.zones, rate)])
    ends = links * spec.interzone_switches
    shapes = tuple(_zone(spec, zone, ends, offers) for zone in _zones(spec, blocks))
    sized = [
        counted(shape, planes=spec.planes, rails=1, link=link, across=_across(shape))
        for shape in shapes
    ]
    switches = spec.interzone_switches * spec.planes
    use = PortUse(switches, (PortRange(0, links * spec.zones, ACROSS, upper=True),))
    between = Role("interzone", switches, (use,), (layout,),
                   f"{spec.interzone_switches} on each plane")  # fmt: skip
    widest = max(_bundle(shape, spec.interzone_switches) for shape in shapes)
    tier = LinkTier(ACROSS, "leaf", "interzone", ends * spec.zones * spec.planes, widest, rate,
                    f"{switches} switches x {links} links to {spec.zones} zones each")  # fmt: skip
    narrow = Fraction(rate) * ends * spec.planes
    return FabricSize(
        tiers=max(one.tiers for one in sized),
        planes=spec.planes,
        rails=1,
        roles=(*_joined_roles(sized), between),
        links=(*_joined_tiers(sized), tier),
        oversubscription=sized[0].oversubscription,
        bisection_gbps=_bisection(sized, narrow),
        shape=Zones(shapes, spec.interzone_switches, links),
        notation=" + ".join(one.notation for one in sized),
        reasons=sized[0].reasons,
    )


def wire(spec: Spec, sized: FabricSize, blocks: Sequence[EndBlock]) -> Wiring:
    """The links of all zones, port by port, and those between the zones."""
    zones: Zones = sized.shape
    batches: dict[str, list[LinkBatch]] = {}
    columns: dict[str, list[SwitchColumns]] = {}
    first: dict[str, int] = {}
    layouts: dict[str, int] = {}
    between, halls = [], []
    parts = _zones(spec, _counted(blocks))
    for number, (shape, zone) in enumerate(zip(zones.shapes, parts, strict=True)):
        seating = seat(zone, 1, spec.planes)
        for batch in host_links(zone, 1, spec.planes, seating, shape):
            own = replace(batch, lower=_hosts(zone)[batch.lower])
            batches.setdefault(batch.tier, []).append(_shifted(own, first))
        for batch in switch_links(shape):
            batches.setdefault(batch.tier, []).append(_shifted(batch, first))
        between.append(_between(zones, number, shape, first.get("leaf", 0)))
        halls.append(zone[0].hall)
        for column in switch_columns(shape):
            role = column.role
            marked = _marked(column, number, layouts.get(role, 0))
            columns.setdefault(role, []).append(marked)
            first[role] = first.get(role, 0) + len(column.rail)
            layouts[role] = layouts.get(role, 0) + len(shape.layouts[role])
    none = np.full(zones.switches, -1)
    hall = np.resize(halls, zones.switches)
    joined = SwitchColumns("interzone", none, none, hall=hall)
    return Wiring(
        switches=(*map(_joined_columns, columns.values()), joined),
        links=(*map(_joined, batches.values()), _joined(between)),
        planes=spec.planes,
    )


def _bisection(sized: Sequence[FabricSize], narrow: Fraction) -> Fraction | None:
    """The way between two equal zones, where no cut through both of them is narrower. [Gb/s]"""
    hosts = [
        sum(tier.links * Fraction(tier.gbps) for tier in one.links if tier.lower == HOST)
        for one in sized
    ]
    within = [one.bisection_gbps for one in sized if one.bisection_gbps is not None]
    if len(sized) > 2 or len(set(hosts)) > 1 or narrow > sum(within):
        return None
    return narrow


def _zones(spec: Spec, blocks: Sequence[EndBlock]) -> list[list[EndBlock]]:
    """The blocks of each zone: whole units in order, or equal parts of every block."""
    zones = spec.zones
    if len(blocks) >= zones:
        return [
            [block for number, block in enumerate(blocks) if number * zones // len(blocks) == zone]
            for zone in range(zones)
        ]
    nodes = min(block.nodes for block in blocks)
    if nodes < zones:
        message = f"{nodes:,} nodes do not fill {zones} zones"
        raise InfeasibleError([Problem("RP301", message, "use fewer zones", ("zones",))])
    return [[_part(block, zone, zones) for block in blocks] for zone in range(zones)]


def _counted(blocks: Sequence[EndBlock]) -> list[EndBlock]:
    """The blocks with their hosts numbered as the fabric counts them, in `first_node`."""
    firsts = accumulate((block.nodes for block in blocks), initial=0)
    return [replace(block, first_node=first) for block, first in zip(blocks, firsts, strict=False)]


def _hosts(zone: Sequence[EndBlock]) -> IntArray:
    """The number in the fabric of every host of a zone."""
    return np.concatenate([part.first_node + np.arange(part.nodes) for part in zone])


def _part(block: EndBlock, zone: int, zones: int) -> EndBlock:
    start, stop = (block.nodes * (zone + step) // zones for step in (0, 1))
    full = block.full_nodes * (zone + 1) // zones - block.full_nodes * zone // zones
    return replace(block, nodes=stop - start, full_nodes=max(full, stop - start),
                   first_node=block.first_node + start)  # fmt: skip


def _zone(spec: Spec, blocks: Sequence[EndBlock], ends: int, offers: Offers) -> Shape:
    """The tree of one zone, with as few host ports of a leaf set aside as hold the way across.

    Raises:
        InfeasibleError: RP301, RP307; RP324 when no number of ports is enough.
    """
    seating = seat(blocks, 1, spec.planes)
    guests = (*seating.guests, Guests(ends, blocks[0].gbps, blocks[0].hall))
    spare = 0
    while True:  # ends when the leaf has no host port left, or the guests are seated
        try:
            return shape_plane(spec, seating.units, 1, guests, offers, spare=spare)
        except InfeasibleError as error:
            if error.problems[0].code != "RP324":
                raise
            spare += 1


def _across(shape: Shape) -> IntArray:
    """Ports of each leaf that lead to another zone: those of the last party of guests."""
    leaf, _ = seats(shape.leaves, shape.kinds, shape.guests)[-1]
    return np.bincount(leaf, minlength=len(shape.leaves))


def _bundle(shape: Shape, switches: int) -> int:
    """Most parallel links between a leaf of a zone and an inter-zone switch."""
    leaf, _ = seats(shape.leaves, shape.kinds, shape.guests)[-1]
    pair = leaf * switches + np.arange(len(leaf)) % switches
    return int(np.bincount(pair).max())


def _between(zones: Zones, number: int, shape: Shape, first_leaf: int) -> LinkBatch:
    """The links of a zone to the inter-zone switches, dealt to its leaves in turn."""
    leaf, port = seats(shape.leaves, shape.kinds, shape.guests)[-1]
    end = np.arange(len(leaf))
    switch, place = end % zones.switches, end // zones.switches
    return LinkBatch(ACROSS, "leaf", leaf + first_leaf, port, "interzone", switch,
                     number * zones.links + place, np.full(len(leaf), -1))  # fmt: skip


def _shifted(batch: LinkBatch, first: dict[str, int]) -> LinkBatch:
    """The batch with its hosts and switches numbered through the zones."""
    return replace(
        batch,
        lower=batch.lower + first.get(batch.lower_role, 0),
        upper=batch.upper + first.get(batch.upper_role, 0),
    )


def _marked(column: SwitchColumns, zone: int, first_layout: int) -> SwitchColumns:
    """The columns with the zone as group and layouts numbered through the zones."""
    zones = np.full(len(column.rail), zone)
    layout = zones * 0 if column.layout is None else column.layout
    return replace(column, group=zones, layout=layout + first_layout)


def _joined(batches: Sequence[LinkBatch]) -> LinkBatch:
    def column(of: Callable[[LinkBatch], IntArray]) -> IntArray:
        return np.concatenate([of(batch) for batch in batches])

    return replace(
        batches[0],
        lower=column(lambda batch: batch.lower),
        lower_port=column(lambda batch: batch.lower_port),
        upper=column(lambda batch: batch.upper),
        upper_port=column(lambda batch: batch.upper_port),
        rail=column(lambda batch: batch.rail),
    )


def _joined_columns(columns: Sequence[SwitchColumns]) -> SwitchColumns:
    layouts = [column.layout for column in columns if column.layout is not None]
    halls = [column.hall for column in columns if column.hall is not None]
    return SwitchColumns(
        columns[0].role,
        np.concatenate([column.rail for column in columns]),
        np.concatenate([column.group for column in columns]),
        np.concatenate(layouts),
        np.concatenate(halls),
    )


def _joined_roles(sized: Sequence[FabricSize]) -> list[Role]:
    """The roles of all zones, layouts numbered through the zones."""
    names = list(dict.fromkeys(role.name for one in sized for role in one.roles))
    return [
        _joined_role([role for one in sized for role in one.roles if role.name == name])
        for name in names
    ]


def _joined_role(parts: Sequence[Role]) -> Role:
    uses: list[PortUse] = []
    layouts = [layout for part in parts for layout in part.layouts]
    first = 0
    for part in parts:
        uses += [replace(use, layout=use.layout + first) for use in part.uses]
        first += len(part.layouts)
    reason = f"in each of {len(parts)} zones: {parts[0].reason}"
    switches = sum(part.switches for part in parts)
    return Role(parts[0].name, switches, tuple(uses), tuple(layouts), reason)


def _joined_tiers(sized: Sequence[FabricSize]) -> list[LinkTier]:
    names = list(dict.fromkeys(tier.name for one in sized for tier in one.links))
    joined = []
    for name in names:
        parts = [tier for one in sized for tier in one.links if tier.name == name]
        links = sum(part.links for part in parts)
        reason = f"in each of {len(parts)} zones: {parts[0].reason}"
        bundle = max(part.bundle for part in parts)
        joined.append(replace(parts[0], links=links, bundle=bundle, reason=reason))
    return joined
