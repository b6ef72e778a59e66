"""What the racks of a plan draw, and how each of them takes power in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from rackplan.errors import InvariantError, Problem

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_DEFAULTS: dict[str, tuple[Any, Any]] = {
    "planned_w": (np.float64, np.nan),
    "typical_w": (np.float64, np.nan),
    "hall": (np.int64, 0),
    "row": (np.int64, -1),
    "position": (np.int64, -1),
    "input_v": (np.float64, np.nan),
    "input_dc": (np.bool_, False),
    "feeds": (np.int64, 0),
    "shelf_count": (np.int64, 0),
    "shelves_installed_w": (np.float64, np.nan),
    "shelves_redundant_w": (np.float64, np.nan),
    "bus_v": (np.float64, np.nan),
    "bus_a": (np.float64, np.nan),
    "sidecar": (np.int64, -1),
    "efficiency": (np.float64, np.nan),
    "known": (np.bool_, True),
    "it": (np.bool_, True),
}
"""By field: type, and the value where nobody gives one."""


@dataclass(frozen=True)
class RackLoads:
    """The racks of a plan as the power tree sees them; every array has the shape (racks,).

    Attributes:
        names: names of the racks.
        planned_w: power that a rack is planned with, at its input; nan where unknown. [W]
        typical_w: typical power; nan where unpublished. [W]
        hall: number of the hall, from 0.
        row: row in the hall, -1 where the rack stands in none.
        position: place in the row.
        input_v: voltage at the rack's input; nan takes that of the site. [V]
        input_dc: whether the rack takes direct current.
        feeds: feeds of the rack; 0 takes the number of the site.
        shelf_count: power shelves in the rack, 0 without.
        shelves_installed_w: what its shelves give, or a sidecar without shelves gives; nan where
            unknown. [W]
        shelves_redundant_w: what is left of that without the spare shelves. [W]
        bus_v: voltage of the bus bar that the rack, or the sidecar, feeds; nan without. [V]
        bus_a: rating of that bus bar. [A]
        sidecar: number of the rack that feeds this one; -1: it has feeds of its own.
        efficiency: of a sidecar, output over input; nan where unpublished.
        known: whether `planned_w` contains everything in the rack.
        it: whether the rack counts as IT; cooling does not.
    """

    names: tuple[str, ...]
    planned_w: Floats
    typical_w: Floats
    hall: Ints
    row: Ints
    position: Ints
    input_v: Floats
    input_dc: Bools
    feeds: Ints
    shelf_count: Ints
    shelves_installed_w: Floats
    shelves_redundant_w: Floats
    bus_v: Floats
    bus_a: Floats
    sidecar: Ints
    efficiency: Floats
    known: Bools
    it: Bools

    @classmethod
    def of(
        cls, names: Sequence[str], planned_w: npt.ArrayLike, **others: npt.ArrayLike
    ) -> RackLoads:
        """Loads with defaults for what is not given: one value for all racks, or one a rack."""
        arrays: dict[str, Any] = {}
        given = {"planned_w": planned_w, **others}
        for name, (dtype, default) in _DEFAULTS.items():
            value = np.asarray(given.pop(name, default), dtype=dtype)
            arrays[name] = np.broadcast_to(value, (len(names),)) if value.ndim == 0 else value
        if given:
            raise TypeError(f"RackLoads has no {', '.join(given)}")
        return cls(tuple(names), **arrays)

    def __post_init__(self) -> None:
        """Check shapes and references.

        Raises:
            InvariantError: RP999, an array of another length, or a sidecar that is fed by another.
        """
        count = len(self.names)
        uneven = [f.name for f in fields(self)[1:] if getattr(self, f.name).shape != (count,)]
        if uneven:
            raise _bug(f"rack loads: {', '.join(uneven)} have not {count} values")
        fed_by = self.sidecar[self.sidecar >= 0]
        if len(fed_by) and (fed_by.max() >= count or (self.sidecar[fed_by] >= 0).any()):
            raise _bug("rack loads: a sidecar does not exist or is fed by another sidecar")

    def __len__(self) -> int:
        """Racks."""
        return len(self.names)

    @property
    def drawn_w(self) -> Floats:
        """What every rack itself draws; 0 where nobody knows. [W]"""
        return np.nan_to_num(self.planned_w, nan=0.0)

    @property
    def unknown(self) -> Bools:
        """Which racks draw more than `drawn_w`, or may."""
        return np.isnan(self.planned_w) | ~self.known

    def beside(self, values: npt.NDArray[Any]) -> Floats:
        """Sum over the racks that a sidecar feeds, of some values: shape (racks,)."""
        fed = self.sidecar >= 0
        weights = np.asarray(values[fed], dtype=np.float64)
        return np.bincount(self.sidecar[fed], weights, len(self)).astype(np.float64)


def _bug(message: str) -> InvariantError:
    return InvariantError([Problem("RP999", message, "please report it")])
