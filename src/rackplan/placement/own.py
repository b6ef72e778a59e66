"""Places and distances of the user's own, found by the names of racks and devices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rackplan.design import Design
from rackplan.errors import InfeasibleError, InputError, Path, Problem, nearest
from rackplan.floors import DevicePlace, FloorSpec, Place
from rackplan.placement.grid import center
from rackplan.placement.racks import POWER, RackRows
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


def fixed_devices(design: Design, devices: Sequence[str]) -> dict[int, DevicePlace]:
    """The user's own places of devices, by row of the table of devices.

    Raises:
        InputError: names that no device has (RP201).
    """
    spec = design.floors[0].spec
    if not spec.devices:
        return {}
    row = {name: number for number, name in enumerate(devices)}
    problems = [
        Problem("RP201", f"no device '{name}'", _near(name, devices), ("floor", "devices", name))
        for name in spec.devices
        if name not in row
    ]
    if problems:
        raise InputError(problems)
    return {row[name]: place for name, place in spec.devices.items()}


def own_places(  # what the user wrote, and what it is about
    design: Design,
    racks: RackRows,
    fixed: Mapping[int, DevicePlace],
    devices: Sequence[str],
    rack: Array,
    hall: Array,
) -> OwnPlaces:
    """The user's places and distances with rows in place of names.

    Args:
        design: the design with its floors.
        racks: all racks but those of CDUs.
        fixed: own places of devices, from `fixed_devices`.
        devices: names of the devices, where any has an own place.
        rack: rack of each device, where it has one already; shape (devices,).
        hall: hall of each device.

    Raises:
        InputError: names that nothing has (RP201), places that contradict each other (RP110).
        InfeasibleError: places that are not there (RP333).
    """
    wrong: list[Problem] = []
    names = racks.names(design)
    row = {name: number for number, name in enumerate(names)}

    def row_of(name: str, path: Path) -> int | None:
        if name not in row:
            wrong.append(Problem("RP201", f"no rack '{name}'", _near(name, names), path))
        return row.get(name)

    spec = design.floors[0].spec
    places = _racks(spec, racks, row_of, wrong)
    held = _devices(fixed, devices, (rack, hall), racks, row_of, wrong)
    distances = _distances(spec, row_of, wrong)
    if not wrong:
        wrong += _taken_twice(places, racks, names)
    if wrong:
        raise InputError(wrong)
    off = [one for number in range(len(design.floors))
           for one in _off_grid(design, number, places, racks, names)]  # fmt: skip
    if off:
        raise InfeasibleError(off)
    return OwnPlaces(places, held, distances)


RowOf = Callable[[str, Path], int | None]


def _near(name: str, names: Sequence[str]) -> str:
    near = ", ".join(nearest(name, names))
    return f"nearest: {near}" if near else f"they are called {names[0]} to {names[-1]}"


def _racks(
    spec: FloorSpec, racks: RackRows, row_of: RowOf, wrong: list[Problem]
) -> dict[int, Place]:
    """Places by row of the rack; a sidecar stands beside the rack that it feeds."""
    places: dict[int, Place] = {}
    for name, place in spec.racks.items():
        at: Path = ("floor", "racks", name)
        row = row_of(name, at)
        told = (place.row, place.position, place.x_m, place.y_m)
        whole = tuple(value is not None for value in told)
        if whole not in ((True, True, False, False), (False, False, True, True)):
            message = f"the place of '{name}' needs row and position, or x_m and y_m"
            wrong.append(Problem("RP110", message, "write one of the two pairs", at))
        elif row is not None:
            places[row] = place
    for side in racks.of(POWER).tolist():
        served = int(racks.serves[side])
        if served in places and side not in places:
            places[side] = _beside(places[served], int(racks.width[served]), spec)
    return places


def _beside(place: Place, width: int, spec: FloorSpec) -> Place:
    """The next place in the row."""
    if place.position is not None:
        return place.model_copy(update={"position": place.position + width})
    return place.model_copy(update={"x_m": (place.x_m or 0.0) + width * spec.position_m})


def _devices(  # the places, and what the devices are
    fixed: Mapping[int, DevicePlace],
    devices: Sequence[str],
    standing: tuple[Array, Array],
    racks: RackRows,
    row_of: RowOf,
    wrong: list[Problem],
) -> dict[int, tuple[int, float, bool]]:
    """Rack, unit and side by row of the device; what comes with a rack stays in it."""
    rack, hall = standing
    held: dict[int, tuple[int, float, bool]] = {}
    for device, place in fixed.items():
        at: Path = ("floor", "devices", devices[device], "rack")
        to = row_of(place.rack, at)
        if to is None:
            continue
        home = int(rack[device])
        if home >= 0 and home != to:
            message = f"'{devices[device]}' belongs to another rack than '{place.rack}'"
            wrong.append(Problem("RP110", message, "give it a unit of its own rack", at))
        elif racks.hall[to] != hall[device]:
            message = f"'{devices[device]}' stands in another hall than '{place.rack}'"
            wrong.append(Problem("RP110", message, "name a rack of its hall", at))
        else:
            held[device] = (to, float(place.u), place.face == "rear")
    return held


def _cells(place: Place, width: int) -> set[tuple[int, int]]:
    """Positions that a rack takes; none where it stands off the grid."""
    if place.row is None or place.position is None:
        return set()
    return {(place.row - 1, place.position - 1 + step) for step in range(width)}


def _taken_twice(
    places: Mapping[int, Place], racks: RackRows, names: Sequence[str]
) -> Iterator[Problem]:
    """RP110: two racks of a hall on one position, or at one pair of coordinates."""
    taken: dict[tuple[object, ...], int] = {}
    for rack, place in places.items():
        hall = int(racks.hall[rack])
        cells: set[tuple[object, ...]] = {
            (hall, *cell) for cell in _cells(place, int(racks.width[rack]))
        } or {(hall, "at", place.x_m, place.y_m)}
        for cell in sorted(cells, key=str):
            if cell in taken:
                where = f"at {place.x_m:g} m, {place.y_m:g} m" if cell[1] == "at" else (
                    f"in row {int(str(cell[1])) + 1}, position {int(str(cell[2])) + 1}"
                )  # fmt: skip
                message = f"'{names[taken[cell]]}' and '{names[rack]}' both stand {where}"
                at: Path = ("floor", "racks", names[rack])
                yield Problem("RP110", message, "give one of them another place", at)
                break
            taken[cell] = rack


def _off_grid(
    design: Design,
    hall: int,
    places: Mapping[int, Place],
    racks: RackRows,
    names: Sequence[str],
) -> Iterator[Problem]:
    """RP333: a place outside the rows and positions of the floor, or kept out."""
    spec = design.floors[hall].spec
    blocked = kept_out(design, hall)
    for rack, place in places.items():
        cells = _cells(place, int(racks.width[rack]))
        if racks.hall[rack] != hall or not cells:
            continue
        at: Path = ("floor", "racks", names[rack])
        beyond = spec.rows is not None and (place.row or 0) > spec.rows
        last = max(position for _, position in cells) + 1
        if beyond or last > spec.across:
            rows = "rows" if spec.rows is None else f"{spec.rows} row{'s' * (spec.rows > 1)}"
            upto = f"position {last}" if len(cells) == 1 else f"up to position {last}"
            message = (
                f"'{names[rack]}' would stand in row {place.row}, {upto}; the floor has {rows} of "
                f"{spec.across} positions"
            )
            yield Problem("RP333", message, "choose another row or position", at)
        elif cells & blocked:
            message = f"'{names[rack]}' would stand on positions that are kept out"
            yield Problem("RP333", message, "choose another row or position", at)


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
