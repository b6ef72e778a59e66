"""How many switches and links a HammingMesh has, by formula."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from rackplan.direct import filled, hosts_by_router, lay_out, rate_ratio, times_planes
from rackplan.fabrics.hamming_mesh.choice import choose, longest
from rackplan.fabrics.hamming_mesh.spec import Lines, Shape, Spec
from rackplan.sizes import HOST, EndBlock, FabricSize, LinkTier, PortRange, PortUse, Role
from rackplan.topology import Offers


def size(spec: Spec, blocks: Sequence[EndBlock], offers: Offers) -> FabricSize:
    """Count the switches and links of all planes.

    Raises:
        InfeasibleError: RP301 too few ports, RP321 hosts that do not make up boards, RP322 fewer
            boards than hosts, or more than a line can join; RP305, RP307 from `ports_in_plane`.
    """
    shape = choose(spec, blocks, offers)
    both, ratio = (shape.rows, shape.columns), rate_ratio(blocks[0].gbps, offers.link_gbps)
    roles = [role for lines in both for role in _roles(spec, lines, blocks[0].gbps, offers)]
    return FabricSize(
        tiers=2 if shape.rows.line.spines or shape.columns.line.spines else 1,
        planes=spec.planes,
        rails=1,
        roles=tuple(roles),
        links=tuple(_network(spec, shape, blocks[0].gbps, offers)),
        oversubscription={
            f"{lines.name}_leaf": Fraction(lines.line.down, lines.line.up) * ratio
            for lines in both
            if lines.line.spines
        },
        bisection_gbps=None,
        shape=shape,
        notation=_notation(shape),
        reasons=_reasons(shape, blocks[0].gbps, offers),
    )


def _roles(spec: Spec, lines: Lines, gbps: float, offers: Offers) -> Iterator[Role]:
    """The switches of the row or column lines: shared ones, or leaves and spines."""
    line, planes, tier = lines.line, spec.planes, f"host_{lines.name}"
    times = times_planes(planes)
    if not line.spines:
        layout, _ = lay_out(offers, f"{lines.name}_leaf", line.shared * line.ports, gbps, 0)
        uses = tuple(
            PortUse(switches * planes, _line_ranges(line.ports, boards, tier))
            for switches, boards in _shared(lines)
        )
        reason = f"{lines.lines:,} lines of {line.ports:,} ports, {line.shared:,} to a switch"
        switches = line.switches(lines.lines) * planes
        yield Role(f"{lines.name}_leaf", switches, uses, (layout,), reason + times)
        return
    up = PortRange(line.first, line.first + line.up, f"{lines.name}_leaf_spine", upper=False)
    layout, _ = lay_out(offers, f"{lines.name}_leaf", line.down, gbps, line.up)
    uses = tuple(
        PortUse(number * leaves * planes, filled(PortRange(0, used, tier, upper=True), up))
        for number, boards in lines.counts
        for leaves, used in hosts_by_router(2 * boards, line.leaves, line.down)
    )
    leaves = lines.lines * line.leaves * planes
    reason = f"{lines.lines:,} lines of {line.ports:,} ports x {line.leaves:,} leaves"
    yield Role(f"{lines.name}_leaf", leaves, uses, (layout,), reason + times)
    down = line.leaves * line.up // line.spines
    layout, _ = lay_out(offers, f"{lines.name}_spine", 0, gbps, down)
    spines = lines.lines * line.spines * planes
    held = PortRange(0, down, f"{lines.name}_leaf_spine", upper=True)
    reason = f"{lines.lines:,} lines x {line.spines:,} spines"
    yield Role(
        f"{lines.name}_spine", spines, (PortUse(spines, (held,)),), (layout,), reason + times
    )


def _shared(lines: Lines) -> Iterator[tuple[int, list[int]]]:
    """Switches, and the boards of each of their lines: at most four kinds of switches."""
    shared, open_lines = lines.line.shared, list[int]()
    for number, boards in lines.counts:
        joining = min(number, (shared - len(open_lines)) % shared)
        open_lines += [boards] * joining
        if open_lines and len(open_lines) == shared:
            yield 1, open_lines
            open_lines = []
        whole, rest = divmod(number - joining, shared)
        if whole:
            yield whole, [boards] * shared
        open_lines += [boards] * rest
    if open_lines:
        yield 1, open_lines


def _line_ranges(ports: int, boards: Sequence[int], tier: str) -> tuple[PortRange, ...]:
    """The ports in use of a switch that holds lines with so many boards, neighbours merged."""
    ranges: list[PortRange] = []
    for number, held in enumerate(boards):
        start = number * ports
        if ranges and ranges[-1].stop == start:
            start = ranges.pop().start
        ranges.append(PortRange(start, number * ports + 2 * held, tier, upper=True))
    return tuple(ranges)


def _network(spec: Spec, shape: Shape, gbps: float, offers: Offers) -> Iterator[LinkTier]:
    """The links of all planes, counted."""
    (a, b), planes = shape.board, spec.planes
    times = times_planes(planes)
    mesh = b * (a - 1) + a * (b - 1)
    if mesh and not shape.whole:
        reason = f"{shape.boards:,} boards x {mesh:,} links of the {a} x {b} mesh{times}"
        links = shape.boards * mesh * planes
        yield LinkTier("board", HOST, HOST, links, 1, gbps, reason, printed=True)
    for lines, side in ((shape.rows, b), (shape.columns, a)):
        reason = f"{shape.boards:,} boards x 2 x {side:,}{times}"
        links = shape.boards * 2 * side * planes
        yield LinkTier(f"host_{lines.name}", HOST, f"{lines.name}_leaf", links, 1, gbps, reason)
    for lines in (shape.rows, shape.columns):
        line = lines.line
        if line.spines:
            links = lines.lines * line.leaves * line.up * planes
            reason = f"{lines.lines:,} lines x {line.leaves:,} leaves x {line.up:,} uplinks{times}"
            name, lower, upper = (f"{lines.name}_{end}" for end in ("leaf_spine", "leaf", "spine"))
            bundle = line.up // line.spines
            yield LinkTier(name, lower, upper, links, bundle, offers.link_gbps, reason)


def _notation(shape: Shape) -> str:
    a, b = shape.board
    along = shape.columns.line.ports // 2
    return f"Hx{a if a == b else f'{a}x{b}'}Mesh({shape.across}x{along})"


def _reasons(shape: Shape, gbps: float, offers: Offers) -> dict[str, str]:
    """What limits it, what can be added, and what a board sends outwards."""
    (a, b), along = shape.board, shape.columns.line.ports // 2
    row, column = (longest(name, offers, gbps) for name in ("row", "column"))
    free = shape.across * along - shape.boards
    return {
        "limit": (
            f"two tiers of switches join at most {row:,} boards in a row and {column:,} in a "
            f"column: {row * column * a * b:,} accelerators"
        ),
        "growth": f"{free:,} more boards find their ports; beyond that lines grow longer",
        "board": (
            f"{2 * (a + b)} ports outwards for the {4 * a * b} of the accelerators of a board"
        ),
    }
