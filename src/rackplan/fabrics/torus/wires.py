"""The links of a torus, port by port."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rackplan import direct
from rackplan.fabrics.torus.spec import Shape, Spec
from rackplan.sizes import HOST, EndBlock, FabricSize
from rackplan.topology import LinkBatch, SwitchColumns, Wiring
from rackplan.wiring import IntArray


@dataclass(frozen=True)
class Rings:
    """The links along one dimension.

    Attributes:
        table: lower node and port, upper node and port of every link; ports count from 0 at every
            node, two a dimension; shape (4, n).
        on_board: whether the link runs on a board; shape (n,).
    """

    table: IntArray
    on_board: npt.NDArray[np.bool_]


def wire(spec: Spec, sized: FabricSize, blocks: Sequence[EndBlock]) -> Wiring:
    """The links of one plane, port by port."""
    shape: Shape = sized.shape
    rings = [_rings(shape, dimension) for dimension in range(len(shape.sides))]
    if not shape.per_router:
        return Wiring((), _between_hosts(rings, spec.planes), spec.planes)
    hosts = direct.host_links(blocks, spec.planes, shape.per_router, "host_router", "router")
    to_router = np.array([[0], [shape.first_port], [0], [shape.first_port]])
    links = [
        direct.links_between(f"dim_{number}", "router", *(ring.table + to_router))
        for number, ring in enumerate(rings, 1)
    ]
    group = np.arange(shape.places) // shape.sides[0]
    column = SwitchColumns("router", np.full(shape.places, -1), group)
    return Wiring((column,), (hosts, *links), spec.planes)


def _rings(shape: Shape, dimension: int) -> Rings:
    """A link from every node to the next one of its ring."""
    side, block = shape.sides[dimension], shape.board[dimension]
    stride = math.prod(shape.sides[:dimension])
    node = np.arange(shape.places)
    place = node // stride % side
    following = (place + 1) % side
    other = node + (following - place) * stride
    closes = (other < node).astype(np.int64)
    ends = (np.minimum(node, other), closes, np.maximum(node, other), 1 - closes)
    table = np.stack(ends) + np.array([[0], [2 * dimension], [0], [2 * dimension]])
    return Rings(table, place // block == following // block)


def _between_hosts(rings: Sequence[Rings], planes: int) -> tuple[LinkBatch, ...]:
    """The links on boards, of all dimensions, then the others by dimension."""
    on_boards = _batch("board", [ring.table[:, ring.on_board] for ring in rings], planes)
    between = [
        _batch(f"dim_{number}", [ring.table[:, ~ring.on_board]], planes)
        for number, ring in enumerate(rings, 1)
    ]
    return tuple(batch for batch in (on_boards, *between) if len(batch.lower))


def _batch(tier: str, tables: Sequence[IntArray], planes: int) -> LinkBatch:
    """One tier between hosts; port x of a plane is port `x * planes` of a host in plane 0."""
    in_plane = np.array([[1], [planes], [1], [planes]])
    return direct.links_between(tier, HOST, *(np.concatenate(tables, axis=1) * in_plane))
