"""Places and distances of the user's own, found by the names of racks and devices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rackplan.design import Design
from rackplan.errors import InputError, Path, Problem, nearest
from rackplan.floors import FloorSpec, Place
from rackplan.placement.grid import center
from rackplan.tables import Array


@dataclass(frozen=True)
class OwnPlaces:
    """What the user fixed.

    Attributes:
        racks: place by row of the table of racks.
        devices: rack row, unit and whether at the rear, by row of the table of devices.
        distances: way between two racks, the smaller row first. [m]
    """

    racks: Mapping[int, Place]
    devices: Mapping[int, tuple[int, float, bool]]
    distances: Mapping[tuple[int, int], float]

    def blocked(self, rack_hall: Array, hall: int, width: Array) -> set[tuple[int, int]]:
        """Positions of a hall that the user's own places take."""
        return {
            (place.row - 1, place.position - 1 + step)
            for rack, place in self.racks.items()
            if place.row and place.position and rack_hall[rack] == hall
            for step in range(int(width[rack]))
        }

    def fill(
        self,
        columns: dict[str, Array],
        width: Array,
        floors: Sequence[FloorSpec],
        hall: Array,
    ) -> None:
        """Write the places of racks into their columns."""
        for rack, place in self.racks.items():
            if place.row and place.position:
                columns["row"][rack], columns["position"][rack] = place.row - 1, place.position - 1
                x, y = center(floors[int(hall[rack])], np.array(place.row - 1),
                              np.array(place.position - 1), width[rack])  # fmt: skip
                columns["x_m"][rack], columns["y_m"][rack] = float(x), float(y)
            if place.x_m is not None and place.y_m is not None:
                columns["x_m"][rack], columns["y_m"][rack] = place.x_m, place.y_m


def own_places(design: Design, racks: Sequence[str], devices: Sequence[str]) -> OwnPlaces:
    """The user's places and distances with rows in place of names.

    Raises:
        InputError: names that nothing has (RP201), places that contradict each other (RP110).
    """
    problems: list[Problem] = []
    rack_row = {name: row for row, name in enumerate(racks)}

    def row_of(name: str, path: Path) -> int | None:
        if name in rack_row:
            return rack_row[name]
        near = ", ".join(nearest(name, racks)) or f"{racks[0]} to {racks[-1]}"
        problems.append(Problem("RP201", f"no rack '{name}'", f"nearest: {near}", path))
        return None

    spec = design.floors[0].spec
    places = _racks(spec, row_of, problems)
    held = _devices(spec, devices, row_of, problems)
    distances = _distances(spec, row_of, problems)
    if problems:
        raise InputError(problems)
    return OwnPlaces(places, held, distances)


RowOf = Callable[[str, Path], int | None]


def _racks(spec: FloorSpec, row_of: RowOf, problems: list[Problem]) -> dict[int, Place]:
    """Places by row of the rack; two on one position and half places are noted."""
    places: dict[int, Place] = {}
    taken: dict[tuple[int, int], str] = {}
    for name, place in spec.racks.items():
        at: Path = ("floor", "racks", name)
        row = row_of(name, at)
        on_grid, free = (place.row, place.position), (place.x_m, place.y_m)
        if (None in on_grid) == (None in free):
            message = f"the place of '{name}' needs row and position, or x_m and y_m"
            problems.append(Problem("RP110", message, "write one of the two pairs", at))
        elif place.row and place.position:
            key = (place.row, place.position)
            if key in taken:
                both = f"'{name}' and '{taken[key]}'"
                message = f"{both} both stand in row {key[0]}, position {key[1]}"
                problems.append(Problem("RP110", message, "give one of them another place", at))
            taken.setdefault(key, name)
            problems += _off_grid(spec, name, place, at)
        if row is not None:
            places[row] = place
    return places


def _devices(
    spec: FloorSpec, devices: Sequence[str], row_of: RowOf, problems: list[Problem]
) -> dict[int, tuple[int, float, bool]]:
    """Rack, unit and side by row of the device."""
    held: dict[int, tuple[int, float, bool]] = {}
    device_row = {name: row for row, name in enumerate(devices)} if spec.devices else {}
    for name, one in spec.devices.items():
        at: Path = ("floor", "devices", name)
        to = row_of(one.rack, (*at, "rack"))
        if name not in device_row:
            near = ", ".join(nearest(name, devices)) or f"such as {devices[0]}"
            problems.append(Problem("RP201", f"no device '{name}'", f"nearest: {near}", at))
        elif to is not None:
            held[device_row[name]] = (to, float(one.u), one.face == "rear")
    return held


def _off_grid(spec: FloorSpec, name: str, place: Place, at: Path) -> list[Problem]:
    """RP333: a place outside the rows and positions of the floor."""
    rows = spec.rows or place.row or 1
    if (place.row or 1) <= rows and (place.position or 1) <= spec.across:
        return []
    message = f"'{name}' stands in row {place.row}, position {place.position}; "
    hint = f"choose a row up to {rows} and a position up to {spec.across}"
    return [Problem("RP333", f"{message}the floor ends before", hint, at)]


def _distances(
    spec: FloorSpec, row_of: RowOf, problems: list[Problem]
) -> dict[tuple[int, int], float]:
    """The matrix with rows for names; told twice, it must agree."""
    found: dict[tuple[int, int], float] = {}
    for one, others in spec.distances_m.items():
        for two, metres in others.items():
            at: Path = ("floor", "distances_m", one, two)
            a, b = row_of(one, at), row_of(two, at)
            if a is None or b is None or a == b:
                continue
            key = (min(a, b), max(a, b))
            if found.setdefault(key, metres) != metres:
                message = f"'{one}' and '{two}' are {found[key]:g} m and {metres:g} m apart"
                problems.append(Problem("RP110", message, "keep one of the two", at))
    return found


def kept_out(design: Design, hall: int) -> set[tuple[int, int]]:
    """Positions of a hall where no rack may stand."""
    return {
        (one.row - 1, position - 1)
        for one in design.floors[hall].spec.keep_out
        if one.hall is None or design.halls[hall] == one.hall
        for position in range(one.first, one.last + 1)
    }
