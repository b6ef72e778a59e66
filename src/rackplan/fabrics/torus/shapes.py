"""Which shape a torus gets, and why one is refused."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

from rackplan import direct
from rackplan.errors import InfeasibleError, Problem
from rackplan.fabrics.torus.spec import Shape, Spec
from rackplan.sizes import EndBlock
from rackplan.topology import Offers
from rackplan.wiring import divisors


def of_routers(spec: Spec, ends: int, host_gbps: float, offers: Offers) -> Shape:
    """The wanted shape, or sides as equal as can be in three dimensions, or fewer if those fit.

    Raises:
        InfeasibleError: RP301, too few ports on the switch or places in the shape.
    """
    offer, fewest = offers.of("router"), spec.hosts_per_router or 1
    rooms = {n: offer.room(host_gbps, (2 * n, offers.link_gbps)) for n in range(1, 7)}
    fitting = [n for n, room in rooms.items() if room >= fewest]
    dimensions = len(spec.shape) if spec.shape else min(3, max(fitting, default=1))
    if dimensions not in fitting:
        raise _too_few_ports(dimensions, fewest, host_gbps, fitting, offers)
    board, room = (1,) * dimensions, rooms[dimensions]
    if spec.shape:
        fair = -(-ends // math.prod(spec.shape))
    else:
        fair = int(2 * dimensions / direct.rate_ratio(host_gbps, offers.link_gbps))
    per_router = spec.hosts_per_router or min(max(1, fair), room)
    cube = near_cube(-(-ends // per_router), dimensions)
    shape = Shape(spec.shape or cube, board, per_router, room)
    if shape.capacity < ends:
        raise _too_few_places(ends, shape, cube)
    return shape


def of_hosts(spec: Spec, blocks: Sequence[EndBlock]) -> Shape:
    """The wanted shape, or that with the shortest paths, which the hosts fill.

    Raises:
        InfeasibleError: RP301 too few and RP321 too many ports of a host, RP321 hosts that do not
            fill the shape and boards that do not tile it.
    """
    each, hosts = direct.ports_in_plane(blocks, spec.planes), sum(block.nodes for block in blocks)
    dimensions = len(spec.shape or spec.board or ()) or max(1, each // 2)
    board = spec.board or (1,) * dimensions
    if each != 2 * dimensions:
        raise _wrong_ports(each, dimensions, blocks[0].ports)
    if spec.shape is None:
        for sides in filled(hosts, board):
            return Shape(sides, board)
        message = f"{hosts:,} hosts fill no torus of {_told(dimensions)}"
        raise _unfilled(hosts, Shape((), board), message)
    shape = Shape(spec.shape, board)
    if any(side % block for side, block in zip(shape.sides, board, strict=True)):
        raise _untiled(shape)
    if shape.places != hosts:
        message = f"a torus {shape.name} has {shape.places:,} places; there are {hosts:,} hosts"
        raise _unfilled(hosts, shape, message)
    return shape


def near_cube(places: int, dimensions: int, least: int = 2) -> tuple[int, ...]:
    """The fewest places that suffice, in sides that differ by one at most."""
    side = max(least, int(places ** (1 / dimensions)) - 1)
    while (side + 1) ** dimensions <= places:
        side += 1
    shapes = ((side,) * (dimensions - n) + (side + 1,) * n for n in range(dimensions + 1))
    return next(shape for shape in shapes if math.prod(shape) >= places)


def filled(hosts: int, board: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The shapes of whole boards that the hosts fill, those with short paths first."""
    boards, rest = divmod(hosts, math.prod(board))
    if rest:
        return []
    found = [_of_boards(board, each) for each in _factors(boards, divisors(boards), len(board), 1)]
    usable = [sides for sides in found if min(sides) > 1]
    return sorted(usable, key=lambda sides: (sum(side // 2 for side in sides), sides))


def _of_boards(board: tuple[int, ...], counts: tuple[int, ...]) -> tuple[int, ...]:
    """Sides of a torus of so many boards, ascending; the longest side of a board repeats least."""
    sides = list(board)
    longest_first = sorted(range(len(board)), key=lambda dimension: -board[dimension])
    for dimension, count in zip(longest_first, counts, strict=True):
        sides[dimension] *= count
    return tuple(sides)


def _factors(
    number: int, usable: Sequence[int], count: int, least: int
) -> Iterator[tuple[int, ...]]:
    """The ways to write a number as a product of so many factors, these ascending."""
    if count == 1:
        yield (number,)
        return
    for factor in usable:
        if factor**count > number:
            return
        if factor >= least and number % factor == 0:
            for others in _factors(number // factor, usable, count - 1, factor):
                yield (factor, *others)


def _told(dimensions: int) -> str:
    return f"{dimensions} dimension{'s' if dimensions > 1 else ''}"


def _too_few_ports(
    dimensions: int, hosts: int, host_gbps: float, fitting: Sequence[int], offers: Offers
) -> InfeasibleError:
    offer = offers.of("router")
    needed = f"{2 * dimensions} network ports beside {hosts} for hosts"
    room = direct.most_network_ports(offer, hosts, host_gbps, offers.link_gbps)
    has = f"{offer.title} has {max(0, room)}"
    message = f"a router of a torus of {_told(dimensions)} needs {needed}; {has}"
    fewer = f"{_told(fitting[-1])} would fit; or " if fitting else ""
    hint = f"{fewer}use a switch with more ports"
    return InfeasibleError([Problem("RP301", message, hint, ("switch",))])


def _too_few_places(ends: int, shape: Shape, cube: tuple[int, ...]) -> InfeasibleError:
    message = (
        f"{ends:,} host ports in a plane are more than a torus of {shape.name} routers has with "
        f"{shape.per_router} on each, {shape.capacity:,}"
    )
    each = -(-ends // shape.places)
    more = f" or 'hosts_per_router: {each}'" if each <= shape.room else ""
    return InfeasibleError([Problem("RP301", message, f"use 'shape: {[*cube]}'{more}", ("shape",))])


def _wrong_ports(each: int, dimensions: int, ports: int) -> InfeasibleError:
    takes = 2 * dimensions
    message = f"a torus of {_told(dimensions)} takes {takes} ports of a host in a plane, not {each}"
    ways = [f"{_told(each // 2)}"] if each % 2 == 0 and each <= 12 else []
    if ports % takes == 0:
        ways.append(f"'planes: {ports // takes}'")
    hint = f"use {' or '.join(ways)}" if ways else "use hosts with another number of ports"
    code = "RP301" if each < takes else "RP321"
    return InfeasibleError([Problem(code, message, hint, ("shape",))])


def _unfilled(hosts: int, shape: Shape, message: str) -> InfeasibleError:
    """Hosts and places that differ: shapes that the hosts fill, or numbers that would do."""
    ways = [f"'shape: {[*sides]}'" for sides in filled(hosts, shape.board)[:3]]
    if shape.sides:
        ways.append(f"{shape.places:,} hosts")
    else:
        ways += [
            f"{math.prod(sides):,} hosts as {'x'.join(map(str, sides))}"
            for sides in _next_numbers(hosts, shape.board)
        ]
    return InfeasibleError([Problem("RP321", message, f"use {' or '.join(ways)}", ("shape",))])


def _next_numbers(hosts: int, board: tuple[int, ...]) -> dict[tuple[int, ...], None]:
    """The shape of the next number of hosts that fill any, and that of as equal counts of boards.

    Every `2 ** dimensions`-th number of boards fills some shape.
    """
    boards = -(-hosts // math.prod(board))
    shapes = (filled(number * math.prod(board), board) for number in itertools.count(boards))
    any_shape = next(found[0] for found in shapes if found)
    cube = near_cube(boards, len(board), least=2 if 1 in board else 1)
    return dict.fromkeys((any_shape, _of_boards(board, cube)))


def _untiled(shape: Shape) -> InfeasibleError:
    message = f"boards of {'x'.join(map(str, shape.board))} do not tile a torus {shape.name}"
    nearest = [
        max(divisor for divisor in divisors(side) if divisor <= block)
        for side, block in zip(shape.sides, shape.board, strict=True)
    ]
    return InfeasibleError([Problem("RP321", message, f"nearest: 'board: {nearest}'", ("board",))])
