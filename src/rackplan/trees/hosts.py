"""Hosts on the leaves: which end points form a unit, and which leaf port each one takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rackplan.errors import InfeasibleError, Problem
from rackplan.sizes import HOST, EndBlock
from rackplan.topology import LinkBatch
from rackplan.trees.counting import host_tier
from rackplan.trees.leaves import Guests, Unit, seats
from rackplan.trees.shape import Shape
from rackplan.wiring import IntArray, divisors


@dataclass(frozen=True)
class Seating:
    """The blocks of a fabric sorted into units and guests.

    Attributes:
        unit_of: number of the unit of each block, -1 for guests.
        offset: end points of the unit, on one rail of one plane, that stand before the block's.
        first_host: number of the first host of each block.
    """

    units: tuple[Unit, ...]
    guests: tuple[Guests, ...]
    unit_of: tuple[int, ...]
    offset: tuple[int, ...]
    first_host: tuple[int, ...]


def seat(blocks: Sequence[EndBlock], rails: int, planes: int) -> Seating:
    """Sort blocks into units that share leaves and guests that take free ports.

    Hosts whose ports do not reach every rail (a fabric manager with two ports on eight rails)
    are guests, unless all hosts are like that.

    Raises:
        InfeasibleError: RP302 rails and RP307 planes that do not divide the ports of a node.
    """
    striped = [block.ports % (rails * planes) == 0 for block in blocks]
    if not any(striped):
        raise uneven(blocks[0], rails, planes)
    units: list[Unit] = []
    guests: list[Guests] = []
    numbers: dict[tuple[int, float, int], int] = {}
    unit_of, offset, first_host, hosts = [], [], [], 0
    for number, block in enumerate(blocks):  # one for each scalable unit
        first_host.append(hosts)
        hosts += block.nodes
        if not striped[number]:
            if block.ports % planes:
                raise uneven(block, 1, planes)
            ends = block.nodes * block.ports // planes
            guests.append(Guests(ends, block.gbps, block.hall))
            unit_of.append(-1)
            offset.append(0)
            continue
        each = block.ports // rails // planes
        key = (block.unit if block.unit >= 0 else -1 - number, block.gbps, block.hall)
        if key not in numbers:
            numbers[key] = len(units)
            units.append(Unit(0, 0, block.gbps, block.hall))
        at = numbers[key]
        before = units[at]
        unit_of.append(at)
        offset.append(before.ends)
        units[at] = Unit(before.ends + block.nodes * each, before.full_ends
                         + block.full_nodes * each, block.gbps, block.hall)  # fmt: skip
    return Seating(tuple(units), tuple(guests), tuple(unit_of), tuple(offset), tuple(first_host))


def uneven(block: EndBlock, rails: int, planes: int) -> InfeasibleError:
    """RP302 or RP307: the ports of a host that rails or planes do not divide."""
    ports = block.ports
    if ports % rails:
        fitting = ", ".join(str(number) for number in divisors(ports))
        message = f"{rails} rails do not divide the {ports} network ports of a node"
        return InfeasibleError([Problem("RP302", message, f"use one of {fitting}", ("rails",))])
    on_rail = ports // rails
    fitting = ", ".join(str(number) for number in divisors(on_rail))
    message = (
        f"{planes} planes do not divide the {on_rail} ports of a node on each of {rails} rails"
    )
    hint = f"a plane takes a port of every rail of every node; use one of {fitting}"
    return InfeasibleError([Problem("RP307", message, hint, ("planes",))])


def host_links(
    blocks: Sequence[EndBlock], rails: int, planes: int, seating: Seating, shape: Shape
) -> list[LinkBatch]:
    """The host links of one plane, a batch for each rate, ordered by host, rail and port.

    Port x of a host (x counts its ports on the fabric) lies on rail `x // (ports / rails)`, and
    within the rail plane `x % planes` takes it. The loop is over units, not over hosts.
    """
    parts: dict[str, list[tuple[IntArray, ...]]] = {
        host_tier(shape, kind.gbps): [] for kind in shape.kinds
    }
    taken = iter(seats(shape.leaves, shape.kinds, shape.guests))
    for number, block in enumerate(blocks):
        tier = host_tier(shape, block.gbps)
        if seating.unit_of[number] < 0:
            parts[tier].append(
                _guest(block, planes, seating.first_host[number], next(taken), shape)
            )
        else:
            parts[tier].append(_regular(block, rails, planes, seating, number, shape))
    return list(_batches(parts))


def _regular(  # where one block stands
    block: EndBlock, rails: int, planes: int, seating: Seating, number: int, shape: Shape
) -> tuple[IntArray, ...]:
    """Host, host port, leaf, leaf port and rail of every link of a block."""
    each = block.ports // rails // planes
    host = np.repeat(seating.first_host[number] + np.arange(block.nodes), each * rails)
    end = seating.offset[number] + np.arange(block.nodes * each).reshape(block.nodes, 1, each)
    rail = np.arange(rails).reshape(1, rails, 1)
    if shape.above is None:
        before = _ends_before(seating, number, rails)
        port = before + np.arange(block.nodes * each * rails)
        leaf = np.zeros_like(port)
    else:
        unit = seating.unit_of[number]
        down = _own(shape, block.gbps)
        first = shape.leaves.first[unit]
        leaf = ((first + end // down) * rails + rail).ravel()
        port = np.broadcast_to(end % down, (block.nodes, rails, each)).ravel()
    x = np.arange(each * rails)
    in_plane = (x // each) * (each * planes) + (x % each) * planes
    own = np.tile(in_plane, block.nodes)
    return host, own, leaf, port, np.tile(x // each, block.nodes)


def _ends_before(seating: Seating, number: int, rails: int) -> int:
    """End points of one switch that stand before those of a block."""
    unit = seating.unit_of[number]
    earlier = sum(one.ends for one in seating.units[:unit])
    return (earlier + seating.offset[number]) * rails


def _own(shape: Shape, gbps: float) -> int:
    return next(kind.hosts for kind in shape.kinds if kind.gbps == gbps)


def _guest(
    block: EndBlock, planes: int, first: int, taken: tuple[IntArray, IntArray], shape: Shape
) -> tuple[IntArray, ...]:
    each = block.ports // planes
    end = np.arange(block.nodes * each)
    leaf, port = taken
    return first + end // each, end % each * planes, leaf, port, shape.leaves.rail[leaf]


def _batches(parts: dict[str, list[tuple[IntArray, ...]]]) -> Iterator[LinkBatch]:
    for tier, blocks in parts.items():
        host, own, leaf, port, rail = (
            np.concatenate(columns) for columns in zip(*blocks, strict=True)
        )
        yield LinkBatch(tier, HOST, host, own, "leaf", leaf, port, rail)
