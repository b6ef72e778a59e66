"""What the racks of a plan give off as heat, and by which way it leaves them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from rackplan.errors import InvariantError, Path, Problem
from rackplan.heat.formulas import Bools, Floats, Ints

_DEFAULTS: dict[str, tuple[Any, Any]] = {
    "hall": (np.int64, 0),
    "row": (np.int64, -1),
    "unsplit_w": (np.float64, 0.0),
    "liquid_known": (np.bool_, True),
    "air_known": (np.bool_, True),
    "max_liquid_w": (np.float64, np.nan),
    "max_air_w": (np.float64, np.nan),
}
"""By field: type, and the value where nobody gives one."""


@dataclass(frozen=True)
class HeatLoads:
    """The racks of a plan as their cooling sees them; every array has the shape (racks,).

    Attributes:
        names: names of the racks.
        kinds: what stands in each of them; racks of one kind may share a row of a result.
        paths: where the deployment tells of each of them.
        power_w: power that a rack is planned with, all of which turns to heat; nan: unknown. [W]
        liquid_share: share of it that leaves by liquid, without `unsplit_w`; nan: unknown.
        hall: number of the hall, from 0.
        row: row in the hall, -1 where the rack stands in none.
        unsplit_w: the part of `power_w` whose way out nobody knows. [W]
        liquid_known: whether `power_w` contains everything in the rack that is cooled by liquid.
        air_known: whether it contains everything that is cooled by air.
        max_liquid_w: the most that the frame removes by liquid; nan: nobody says. [W]
        max_air_w: the most that the frame removes by air; nan: nobody says. [W]
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    paths: tuple[Path, ...]
    power_w: Floats
    liquid_share: Floats
    hall: Ints
    row: Ints
    unsplit_w: Floats
    liquid_known: Bools
    air_known: Bools
    max_liquid_w: Floats
    max_air_w: Floats

    @classmethod
    def of(
        cls,
        names: Sequence[str],
        power_w: npt.ArrayLike,
        liquid_share: npt.ArrayLike,
        *,
        kinds: Sequence[str] | None = None,
        paths: Sequence[Path] | None = None,
        **given: npt.ArrayLike,
    ) -> HeatLoads:
        """Loads with defaults for what is not given: one value for all racks, or one a rack."""
        arrays = filled(
            len(names),
            {**_DEFAULTS, "power_w": (np.float64, 0.0), "liquid_share": (np.float64, 0.0)},
            {"power_w": power_w, "liquid_share": liquid_share, **given},
        )
        return cls(
            tuple(names),
            tuple(kinds) if kinds is not None else ("",) * len(names),
            tuple(paths) if paths is not None else (("cooling",),) * len(names),
            **arrays,
        )

    def __post_init__(self) -> None:
        """Check that all arrays have one value a rack.

        Raises:
            InvariantError: RP999, one has another length.
        """
        check_lengths(self, "heat loads")

    def __len__(self) -> int:
        """Racks."""
        return len(self.names)

    @property
    def undivided_w(self) -> Floats:
        """Heat of known amount whose way out nobody knows. [W]"""
        return np.where(np.isnan(self.liquid_share), np.nan_to_num(self.power_w), self.unsplit_w)

    @property
    def liquid_w(self) -> Floats:
        """Heat that is known to leave by liquid; nan where nobody knows how much. [W]"""
        return self._part(self.liquid_share)

    @property
    def air_w(self) -> Floats:
        """Heat that is known to leave by air; nan where nobody knows how much. [W]"""
        return self._part(1 - self.liquid_share)

    def _part(self, share: Floats) -> Floats:
        # Nothing leaves by a way that takes no share, however much power there is.
        return np.where(share == 0, 0.0, (self.power_w - self.unsplit_w) * share)

    @property
    def liquid_open(self) -> Bools:
        """Racks that may give more to liquid than `liquid_w`."""
        return self._open(self.liquid_share, self.liquid_known)

    @property
    def air_open(self) -> Bools:
        """Racks that may give more to air than `air_w`."""
        return self._open(1 - self.liquid_share, self.air_known)

    def _open(self, share: Floats, known: Bools) -> Bools:
        unknown: Bools = np.isnan(self.power_w) & (share != 0)
        return unknown | ~known | np.asarray(self.undivided_w > 0, dtype=np.bool_)


def heat_of_devices(rack: Ints, racks: int, watts: Floats, share: Floats) -> dict[str, Any]:
    """Heat of racks that hold several devices: arguments of `HeatLoads.of`.

    Args:
        rack: (devices,) rack of each device; those with -1 are left out.
        racks: number of racks.
        watts: (devices,) power; nan: unknown. [W]
        share: (devices,) share that leaves by liquid; nan: unknown.
    """
    power, _ = sum_per_rack(rack, racks, watts)
    unsplit, _ = sum_per_rack(rack, racks, np.where(np.isnan(share), watts, 0.0))
    liquid, _ = sum_per_rack(rack, racks, np.where(np.isnan(share), 0.0, watts * share))
    divided = power - unsplit
    # Devices that differ in share but draw nothing have no share in common.
    of_rack = np.divide(liquid, divided, out=np.zeros(racks), where=divided > 0)
    # What draws an unknown power leaves the way open that its share does not rule out.
    _, liquid_known = sum_per_rack(rack, racks, np.where(share == 0, 0.0, watts))
    _, air_known = sum_per_rack(rack, racks, np.where(share == 1, 0.0, watts))
    return {
        "power_w": power,
        "liquid_share": of_rack,
        "unsplit_w": unsplit,
        "liquid_known": liquid_known,
        "air_known": air_known,
    }


def sum_per_rack(rack: Ints, racks: int, values: Floats) -> tuple[Floats, Bools]:
    """Sum over the devices of each rack of what is known, and whether that is all of it."""
    inside = rack >= 0
    rack, values = rack[inside], values[inside]
    total = np.bincount(rack, np.nan_to_num(values), racks).astype(np.float64)
    return total, np.bincount(rack, np.isnan(values), racks) == 0


def filled(
    count: int, defaults: dict[str, tuple[Any, Any]], given: dict[str, npt.ArrayLike]
) -> dict[str, Any]:
    """Arrays of one value a rack, from given values and defaults."""
    if unknown := given.keys() - defaults.keys():
        raise TypeError(f"no {', '.join(sorted(unknown))} of a rack")
    arrays: dict[str, Any] = {}
    for name, (dtype, default) in defaults.items():
        value = np.asarray(given.get(name, default), dtype=dtype)
        arrays[name] = np.broadcast_to(value, (count,)) if value.ndim == 0 else value
    return arrays


def check_lengths(loads: Any, what: str) -> None:
    """See that all fields of a dataclass have one value for each of its names.

    Raises:
        InvariantError: RP999, one has another length.
    """
    count = len(loads.names)
    uneven = [f.name for f in fields(loads) if len(getattr(loads, f.name)) != count]
    if uneven:
        message = f"{what}: {', '.join(uneven)} have not {count} values"
        raise InvariantError([Problem("RP999", message, "please report it")])
