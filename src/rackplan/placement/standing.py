"""Where the racks of one hall stand: slots for all of them, or how many are short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rackplan.errors import Path, Problem
from rackplan.floors import FloorSpec
from rackplan.placement.grid import Slot, fill, free_positions, reserve
from rackplan.units import show_count

MORE_ROWS = 64
"""Rows beyond the least number that are tried before racks are called too wide."""


@dataclass(frozen=True)
class Standing:
    """Slots of the racks of a hall.

    Attributes:
        units: a slot for each group of racks that stand side by side.
        network: a slot for each rack of switches.
        cooling: slots of CDUs.
    """

    units: list[Slot]
    network: list[Slot]
    cooling: list[Slot]


def stand(  # what stands, and on what
    floor: FloorSpec,
    widths: Sequence[int],
    network: int,
    network_width: int,
    blocked: set[tuple[int, int]],
    *,
    naive: bool,
    baseline: bool = False,
) -> Standing | None:
    """Slots for groups of racks in their order, and for racks of switches where the floor says.

    Args:
        floor: the floor of the hall.
        widths: positions that each group of racks takes.
        network: racks of switches.
        network_width: positions that one of them takes.
        blocked: (row, position) that nothing may take.
        naive: put racks of switches behind the others.
        baseline: take more rows than there are, as only metres are compared.
    """
    wanted = sum(widths) + network * network_width
    least = max(1, -(-wanted // max(1, floor.across - floor.cdus_per_row)))
    fixed = floor.rows is not None and not baseline
    tries = [floor.rows or 0] if fixed else range(least, least + MORE_ROWS)
    for rows in tries:
        free = free_positions(floor, rows, blocked)
        for spare in range(0, rows * network_width, max(1, network_width - 1)):
            kept = 0 if naive else network * network_width + (spare if network_width > 1 else 0)
            shared = reserve(floor, free, kept)
            cooling = [Slot(row, at) for row, ends in enumerate(shared.cooling) for at in ends]
            if naive:
                every = fill([*widths, *[network_width] * network], shared.compute)
                if every is not None:
                    return Standing(every[: len(widths)], every[len(widths) :], cooling)
                break
            units = fill(list(widths), shared.compute)
            switches = fill([network_width] * network, shared.network)
            if units is not None and switches is not None:
                return Standing(units, switches, cooling)
            if network_width == 1:
                break
    return None


def no_room(
    floor: FloorSpec, widths: Sequence[int], network: int, kept: int, path: Path
) -> Problem:
    """RP333: the racks do not fit the hall, with the nearest floor that holds them."""
    needed = sum(widths) + network
    rows = floor.rows or 1
    room = rows * (floor.across - floor.cdus_per_row) - kept
    if max(widths, default=0) > floor.across - floor.cdus_per_row:
        message = (
            f"a group of racks takes {max(widths)} positions side by side, a row has "
            f"{floor.across - floor.cdus_per_row}"
        )
        return Problem("RP333", message, f"use 'positions: {max(widths)}' or more", path)
    message = (
        f"the racks take {show_count(needed)} positions, the hall has {show_count(max(0, room))}"
    )
    per_row = max(1, floor.across - floor.cdus_per_row)
    more_rows = max(rows + 1, -(-(needed + kept) // per_row))
    longer = max(floor.across + 1, -(-(needed + kept) // rows) + floor.cdus_per_row)
    hint = f"use 'rows: {more_rows}' or 'positions: {longer}', or build fewer racks"
    return Problem("RP333", message, hint, path)
