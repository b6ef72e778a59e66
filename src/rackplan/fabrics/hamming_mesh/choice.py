"""What the deployment leaves open of a HammingMesh, and what joins its lines."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from rackplan.direct import lay_out, most_network_ports, ports_in_plane, rate_ratio
from rackplan.errors import InfeasibleError, Problem
from rackplan.fabrics.hamming_mesh.spec import Line, Lines, Shape, Spec
from rackplan.sizes import EndBlock
from rackplan.topology import Offers
from rackplan.wiring import divisors, uniform_parents


def choose(spec: Spec, blocks: Sequence[EndBlock], offers: Offers) -> Shape:
    """The shape that is asked for, or the cheapest that is at most twice as long as wide."""
    whole, count = _boards(spec, blocks)
    asked = (offers, blocks[0].gbps)
    if spec.boards is None:
        found = _cheapest(spec, count, _near_square(count), asked, whole=whole)
        # Where rows may be longer than columns, a long shape may close and a square not.
        across = min(count, max(1, longest("row", *asked)))
        tried = [(across, -(-count // across))]
    else:
        found, tried = None, [(spec.boards[0], spec.boards[1])]
    across, along = tried[0]
    if across * along < count:
        message = f"{across:,} x {along:,} boards are fewer than the {count:,} of the hosts"
        hint = f"use [{across}, {-(-count // across)}] or [{-(-count // along)}, {along}]"
        raise InfeasibleError([Problem("RP322", message, hint, ("boards",))])
    found = found or _cheapest(spec, count, tried, asked, whole=whole)
    if found is None:
        raise _refusal(spec, blocks, offers, count)
    return found


def _cheapest(
    spec: Spec,
    count: int,
    tried: Iterable[tuple[int, int]],
    asked: tuple[Offers, float],
    *,
    whole: bool,
) -> Shape | None:
    """The cheapest of the shapes that close."""
    shapes = [_laid_out(spec, count, pair, asked, whole=whole) for pair in tried]
    return min((shape for shape in shapes if shape is not None), key=_price, default=None)


def _boards(spec: Spec, blocks: Sequence[EndBlock]) -> tuple[bool, int]:
    """Whether a host is a whole board, and how many boards the hosts make."""
    a, b = spec.board
    each = ports_in_plane(blocks, spec.planes)
    hosts = sum(block.nodes for block in blocks)
    if each not in {4, 2 * (a + b)}:
        message = (
            f"a host has {each:,} ports in a plane; an accelerator needs 4, "
            f"a whole board of {a} x {b} needs {2 * (a + b)}"
        )
        planes = [n for n in divisors(blocks[0].ports) if blocks[0].ports // n in {4, 2 * (a + b)}]
        hint = (
            f"use {' or '.join(map(str, planes))} planes" if planes else "use other NICs or boards"
        )
        raise InfeasibleError([Problem("RP321", message, hint, ("planes",))])
    if each != 4:
        return True, hosts
    count, rest = divmod(hosts, a * b)
    if rest:
        message = f"{hosts:,} accelerators do not make up boards of {a} x {b}"
        fewer = f"{count * a * b:,} or " if count else ""
        hint = f"nearest: {fewer}{(count + 1) * a * b:,} accelerators"
        raise InfeasibleError([Problem("RP321", message, hint, ("board",))])
    return False, count


def _near_square(count: int) -> Iterator[tuple[int, int]]:
    """Shapes that hold so many boards, at most twice as long as wide; half a square's side."""
    shortest = math.isqrt((count - 1) // 2) + 1
    for across in range(shortest, 2 * shortest + 1):
        along = -(-count // across)
        if max(across, along) <= 2 * min(across, along):
            yield across, along


def _price(shape: Shape) -> tuple[int, int, int]:
    """Switches of a plane, then missing boards, then how far it is from a square."""
    across, along = shape.rows.line.ports // 2, shape.columns.line.ports // 2
    both = (shape.rows, shape.columns)
    switches = sum(lines.line.switches(lines.lines) for lines in both)
    return switches, across * along - shape.boards, abs(across - along)


def _laid_out(
    spec: Spec, count: int, boards: tuple[int, int], asked: tuple[Offers, float], *, whole: bool
) -> Shape | None:
    """The rows and columns of a shape; None where a line is longer than two tiers can join."""
    (a, b), across = spec.board, boards[0]
    row, column = (
        _line(spec, name, 2 * number, *asked)
        for name, number in zip(("row", "column"), boards, strict=True)
    )
    if row is None or column is None:
        return None
    full, rest = divmod(count, across)
    rows = ((b * full, across), (b, rest))
    columns = ((a * rest, full + 1), (a * (across - rest), full))
    return Shape(
        (a, b),
        count,
        across,
        whole,
        Lines("row", row, _kept(rows)),
        Lines("column", column, _kept(columns)),
    )


def _kept(counts: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    return tuple((lines, boards) for lines, boards in counts if lines and boards)


def _line(spec: Spec, name: str, ports: int, offers: Offers, gbps: float) -> Line | None:
    """A share of a switch, or two tiers; None where they cannot join so many ports."""
    whole = offers.of(f"{name}_leaf").ports(gbps)
    if ports <= whole:
        most = whole // ports
        shared = most if spec.lines_per_switch is None else spec.lines_per_switch
        return Line(ports, shared) if shared <= most else None
    down, spine_ports = _most_down(name, offers, gbps), _spine_ports(name, offers)
    leaves = -(-ports // down) if down else spine_ports + 1
    if leaves > spine_ports:
        return None
    down = -(-ports // leaves)
    least = _uplinks(down, gbps, offers.link_gbps)
    most = most_network_ports(offers.of(f"{name}_leaf"), down, gbps, offers.link_gbps)
    # An uplink more than the hosts need can give equal bundles to far fewer spines.
    found = [(uniform_parents(up, leaves, spine_ports), up) for up in range(least, most + 1)]
    spines, up = min((parents, up) for parents, up in found if parents is not None)
    _, first = lay_out(offers, f"{name}_leaf", down, gbps, up)
    return Line(ports, 1, leaves, down, up, spines, first)


def _uplinks(down: int, gbps: float, link_gbps: float) -> int:
    """Uplinks that carry what so many host ports send."""
    return math.ceil(down * rate_ratio(gbps, link_gbps))


def _most_down(name: str, offers: Offers, gbps: float) -> int:
    """The most host ports that a leaf has beside uplinks of the same bandwidth."""
    leaf, link_gbps = offers.of(f"{name}_leaf"), offers.link_gbps

    def fails(down: int) -> bool:
        up = _uplinks(down, gbps, link_gbps)
        return leaf.lay_out([(down, gbps), (up, link_gbps)]) is None

    return bisect_left(range(1, leaf.ports(gbps) + 1), x=True, key=fails)


def _spine_ports(name: str, offers: Offers) -> int:
    return most_network_ports(offers.of(f"{name}_spine"), 0, 0.0, offers.link_gbps)


def longest(name: str, offers: Offers, gbps: float) -> int:
    """Boards that a line can join."""
    two_tiers = _most_down(name, offers, gbps) * _spine_ports(name, offers)
    return max(offers.of(f"{name}_leaf").ports(gbps), two_tiers) // 2


def _refusal(spec: Spec, blocks: Sequence[EndBlock], offers: Offers, count: int) -> InfeasibleError:
    """Too many lines are to share a switch, or a line is longer than two tiers can join."""
    row, column = (longest(name, offers, blocks[0].gbps) for name in ("row", "column"))
    title = offers.of("row_leaf").title
    if spec.lines_per_switch is not None:
        try:
            free = choose(spec.model_copy(update={"lines_per_switch": None}), blocks, offers)
        except InfeasibleError as error:
            return error
        most = min(lines.line.shared for lines in (free.rows, free.columns))
        message = f"{spec.lines_per_switch:,} lines do not fit into one {title}"
        hint = f"use at most {most:,}"
        return InfeasibleError([Problem("RP301", message, hint, ("lines_per_switch",))])
    hint = f"at most {row:,} boards in a row and {column:,} in a column"
    if spec.boards is None:
        message = f"{count:,} boards make longer lines than two tiers of {title} can join"
        hint += "; use larger boards or a switch with more ports"
        return InfeasibleError([Problem("RP301", message, hint, ("switch",))])
    across, along = spec.boards
    message = f"two tiers of {title} cannot join lines of {across:,} and {along:,} boards"
    return InfeasibleError([Problem("RP322", message, hint, ("boards",))])
