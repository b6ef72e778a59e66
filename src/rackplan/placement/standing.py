"""Where the racks of one hall stand: slots for all of them, or how many are short."""

from __future__ import annotations

from dataclasses import dataclass

from rackplan.errors import Path, Problem
from rackplan.floors import FloorSpec
from rackplan.placement.grid import Slot, fill, free_positions, reserve
from rackplan.units import show_count

MORE_ROWS = 64
"""Rows beyond the least number that are tried before racks are called too wide."""


@dataclass(frozen=True)
class Wanted:
    """What a hall must hold.

    Attributes:
        widths: positions of each group of racks that stand side by side.
        network: racks of switches.
        network_width: positions that one of them takes.
        cdu_width: positions that a CDU takes.
    """

    widths: tuple[int, ...]
    network: int
    network_width: int
    cdu_width: int = 1

    @property
    def positions(self) -> int:
        """Positions of all racks but CDUs."""
        return sum(self.widths) + self.network * self.network_width


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

    @property
    def rows(self) -> int:
        """Rows up to the last one with a rack other than a CDU."""
        return 1 + max((slot.row for slot in (*self.units, *self.network)), default=0)


def stand(
    floor: FloorSpec,
    wanted: Wanted,
    blocked: set[tuple[int, int]],
    *,
    naive: bool,
    baseline: bool = False,
) -> Standing | None:
    """Slots for groups of racks in their order, and for racks of switches where the floor says.

    Args:
        floor: the floor of the hall.
        wanted: what it must hold.
        blocked: (row, position) that nothing may take.
        naive: put racks of switches behind the others.
        baseline: take more rows than there are, as only metres are compared.
    """
    across = max(1, floor.across - floor.cdus_per_row)
    least = max(1, -(-wanted.positions // across))
    fixed = floor.rows is not None and not baseline
    for rows in [floor.rows or 0] if fixed else range(least, least + MORE_ROWS):
        found = _stand_in(floor, wanted, free_positions(floor, rows, blocked), naive=naive)
        if found is not None:
            return found
    return None


def _stand_in(
    floor: FloorSpec, wanted: Wanted, free: list[list[int]], *, naive: bool
) -> Standing | None:
    """Slots on the free positions of some rows: the first ones that hold everything.

    The middle of a row is that of the positions in use, so a hall that is not full is filled as
    if it ended earlier. Wide racks leave gaps, so more positions are tried one by one.
    """
    ends = [row[len(row) - floor.cdus_per_row :] if floor.cdus_per_row else [] for row in free]
    left = [row[: len(row) - len(end)] for row, end in zip(free, ends, strict=True)]
    cooling = [
        slot for row, cells in enumerate(ends) for slot in _fit(row, cells, wanted.cdu_width)
    ]
    total = sum(len(row) for row in left)
    wide = max((*wanted.widths, wanted.network_width), default=1)
    for spare in _spares(total - wanted.positions, wide):
        kept = _first(left, wanted.positions + spare)
        if naive:
            every = fill([*wanted.widths, *[wanted.network_width] * wanted.network], kept)
            if every is not None:
                count = len(wanted.widths)
                return Standing(every[:count], every[count:], cooling)
        elif (found := _shared(floor, wanted, kept)) is not None:
            return Standing(*found, cooling)
    return None


def _shared(
    floor: FloorSpec, wanted: Wanted, free: list[list[int]]
) -> tuple[list[Slot], list[Slot]] | None:
    """Slots of groups and of racks of switches, where the floor says; None: they do not fit."""
    width = wanted.network_width
    for spare in _spares(len(free) * (width - 1), width):
        shared = reserve(floor, free, wanted.network * width + spare)
        units = fill(list(wanted.widths), shared.compute)
        switches = fill([width] * wanted.network, shared.network)
        if units is not None and switches is not None:
            return units, switches
    return None


def _spares(most: int, width: int) -> list[int]:
    """Positions more than are taken, to try in turn: wide racks leave gaps at the ends of runs."""
    if most < 0:
        return []
    return [0] if width == 1 else sorted({min(most, step * (width - 1)) for step in _STEPS})


_STEPS = (0, 1, 2, 4, 8, 16, 32, 64, 1_000_000)


def _first(rows: list[list[int]], count: int) -> list[list[int]]:
    """The first free positions, row after row."""
    kept = []
    for row in rows:
        kept.append(row[: max(0, count)])
        count -= len(row)
    return kept


def _fit(row: int, cells: list[int], width: int) -> list[Slot]:
    """As many slots of a width as the positions of a row's end hold."""
    count = len(cells) // width
    while count and (found := fill([width] * count, [[] for _ in range(row)] + [cells])) is None:
        count -= 1
    return found if count and found is not None else []


def no_room(floor: FloorSpec, wanted: Wanted, blocked: set[tuple[int, int]], path: Path) -> Problem:
    """RP333: the racks do not fit the hall, with the nearest floor that holds them."""
    across = max(0, floor.across - floor.cdus_per_row)
    widest = max((*wanted.widths, wanted.network_width), default=1)
    if widest > across:
        message = f"racks take {widest} positions side by side, a row has {across} for them"
        hint = f"use 'positions: {widest + floor.cdus_per_row}' or more"
        return Problem("RP333", message, hint, path)
    rows = floor.rows or 1
    room = sum(len(row) for row in free_positions(floor, rows, blocked))
    room -= rows * floor.cdus_per_row
    message = (
        f"the racks take {show_count(wanted.positions)} positions, the hall has "
        f"{show_count(max(0, room))}"
    )
    if room >= wanted.positions:
        message += ", not enough of them side by side"
    hints = []
    deeper = stand(floor.model_copy(update={"rows": None}), wanted, blocked, naive=False)
    if deeper is not None:
        hints.append(f"'rows: {deeper.rows}'")
    for positions in range(floor.across + 1, floor.across + 200):
        longer = floor.model_copy(update={"positions": positions})
        if stand(longer, wanted, blocked, naive=False) is not None:
            hints.append(f"'positions: {positions}'")
            break
    hint = f"use {' or '.join(hints)}, or build fewer racks" if hints else "build fewer racks"
    return Problem("RP333", message, hint, path)
