"""The links of a HammingMesh, port by port."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from rackplan.fabrics.hamming_mesh.spec import EAST, NORTH, SOUTH, WEST, Lines, Shape, Spec
from rackplan.sizes import HOST, EndBlock, FabricSize
from rackplan.topology import LinkBatch, SwitchColumns, Wiring
from rackplan.wiring import IntArray, bundled


def wire(spec: Spec, sized: FabricSize, _blocks: Sequence[EndBlock]) -> Wiring:
    """One plane, port by port; see the drawing at the top of the file."""
    shape: Shape = sized.shape
    tiers = {tier.name for tier in sized.links}
    batches = [_mesh(spec, shape)] if "board" in tiers else []
    batches += [_row_hosts(spec, shape), _column_hosts(spec, shape)]
    both = (shape.rows, shape.columns)
    batches += [_uplink_batch(lines) for lines in both if lines.line.spines]
    columns = [column for lines in both for column in _switches(lines)]
    return Wiring(tuple(columns), tuple(batches), spec.planes)


def _mesh(spec: Spec, shape: Shape) -> LinkBatch:
    """The links on the boards: first along the rows of a board, then along its columns."""
    a, b = shape.board
    number = np.arange(a * b).reshape(b, a)
    low = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    high = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    low_port, high_port = np.repeat(
        [[EAST, SOUTH], [WEST, NORTH]], [b * (a - 1), a * (b - 1)], axis=1
    )
    first = np.arange(shape.boards)[:, None] * (a * b)
    return LinkBatch(
        "board",
        HOST, (first + low).ravel(), np.tile(low_port * spec.planes, shape.boards),
        HOST, (first + high).ravel(), np.tile(high_port * spec.planes, shape.boards),
        np.full(shape.boards * len(low), -1),
    )  # fmt: skip


def _row_hosts(spec: Spec, shape: Shape) -> LinkBatch:
    """West and east ports, ordered by board, row and side."""
    a, b = shape.board
    board, row, side = np.indices((shape.boards, b, 2)).reshape(3, -1)
    host, port = board * (a * b) + row * a + side * (a - 1), np.where(side == 0, WEST, EAST)
    if shape.whole:
        host, port = board, np.where(side == 0, 2 * a + b, a) + row
    along, place = np.divmod(board, shape.across)
    return _host_batch(spec, shape.rows, host, port, along * b + row, 2 * place + side)


def _column_hosts(spec: Spec, shape: Shape) -> LinkBatch:
    """North and south ports, ordered by board, column and side."""
    a, b = shape.board
    board, column, side = np.indices((shape.boards, a, 2)).reshape(3, -1)
    host, port = board * (a * b) + column + side * (b - 1) * a, np.where(side == 0, NORTH, SOUTH)
    if shape.whole:
        host, port = board, np.where(side == 0, 0, a + b) + column
    along, place = np.divmod(board, shape.across)
    return _host_batch(spec, shape.columns, host, port, place * a + column, 2 * along + side)


def _host_batch(
    spec: Spec, lines: Lines, host: IntArray, port: IntArray, number: IntArray, line_port: IntArray
) -> LinkBatch:
    """Links from host ports to ports of lines, both counted from 0."""
    line = lines.line
    switch = number // line.shared
    switch_port = number % line.shared * line.ports + line_port
    if line.spines:
        switch, switch_port = number * line.leaves + line_port // line.down, line_port % line.down
    rail = np.full(len(host), -1)
    return LinkBatch(
        f"host_{lines.name}", HOST, host, port * spec.planes,
        f"{lines.name}_leaf", switch, switch_port, rail,
    )  # fmt: skip


def _uplink_batch(lines: Lines) -> LinkBatch:
    """The links between the leaves and spines of all lines."""
    line = lines.line
    number, member = np.divmod(np.arange(lines.lines * line.leaves), line.leaves)
    up = bundled(number * line.spines, member, [line.up // line.spines] * line.spines)
    return LinkBatch(
        f"{lines.name}_leaf_spine", f"{lines.name}_leaf", up.lower, up.lower_port + line.first,
        f"{lines.name}_spine", up.upper, up.upper_port, np.full(len(up.lower), -1),
    )  # fmt: skip


def _switches(lines: Lines) -> Iterator[SwitchColumns]:
    """Trees are groups of their own; a shared switch is in none."""
    line = lines.line
    if not line.spines:
        none = np.full(line.switches(lines.lines), -1)
        yield SwitchColumns(f"{lines.name}_leaf", none, none)
        return
    for end, each in (("leaf", line.leaves), ("spine", line.spines)):
        group = np.repeat(np.arange(lines.lines), each)
        yield SwitchColumns(f"{lines.name}_{end}", np.full(len(group), -1), group)
