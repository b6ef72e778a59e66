"""What racks weigh, and what the floor below them bears."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rackplan.errors import Path, Problem
from rackplan.heat.formulas import (
    SLACK,
    Bools,
    Floats,
    Ints,
    foot_kg,
    kg_per_m2,
    kilopascals,
    tile_area_m2,
)
from rackplan.heat.loads import check_lengths, filled

_DEFAULTS: dict[str, tuple[Any, Any]] = {
    "rack_kg": (np.float64, np.nan),
    "known": (np.bool_, True),
    "load_kg": (np.float64, np.nan),
    "max_load_kg": (np.float64, np.nan),
    "width_m": (np.float64, np.nan),
    "depth_m": (np.float64, np.nan),
    "feet": (np.int64, 0),
}
"""By field: type, and the value where nobody gives one."""


@dataclass(frozen=True)
class RackWeights:
    """The racks of a plan as the floor sees them; every array has the shape (racks,).

    Attributes:
        names: names of the racks.
        kinds: what stands in each of them; racks of one kind may share a row of a result.
        paths: where the deployment tells of each of them.
        rack_kg: weight of frame and all in it, as far as known; nan: nothing of it is. [kg]
        known: whether `rack_kg` contains everything.
        load_kg: weight of what stands in the frame, as far as known; nan: nothing of it is. [kg]
        max_load_kg: the most that may stand in the frame; nan: nobody says. [kg]
        width_m: outer width; nan: unknown. [m]
        depth_m: outer depth; nan: unknown. [m]
        feet: casters or feet; 0: unknown.
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    paths: tuple[Path, ...]
    rack_kg: Floats
    known: Bools
    load_kg: Floats
    max_load_kg: Floats
    width_m: Floats
    depth_m: Floats
    feet: Ints

    @classmethod
    def of(
        cls,
        names: Sequence[str],
        rack_kg: npt.ArrayLike,
        *,
        kinds: Sequence[str] | None = None,
        paths: Sequence[Path] | None = None,
        **given: npt.ArrayLike,
    ) -> RackWeights:
        """Weights with defaults for what is not given: one value for all racks, or one a rack."""
        return cls(
            tuple(names),
            tuple(kinds) if kinds is not None else ("",) * len(names),
            tuple(paths) if paths is not None else (("floor",),) * len(names),
            **filled(len(names), _DEFAULTS, {"rack_kg": rack_kg, **given}),
        )

    def __post_init__(self) -> None:
        """Check that all arrays have one value a rack.

        Raises:
            InvariantError: RP999, one has another length.
        """
        check_lengths(self, "rack weights")

    def __len__(self) -> int:
        """Racks."""
        return len(self.names)

    @property
    def at_least(self) -> Bools:
        """Racks that weigh more than `rack_kg`, or may."""
        return np.isnan(self.rack_kg) | ~self.known


@dataclass(frozen=True)
class FloorLoad:
    """What the racks press on the floor; arrays have shape (racks,), nan where unknown.

    Attributes:
        weights: the racks.
        limit_kg_m2: what the floor carries below each; nan: nobody says. [kg/m2]
        footprint_m2: width times depth. [m2]
        kg_per_m2: weight over the footprint. [kg/m2]
        tile_kg_per_m2: weight over the floor tiles that the rack touches. [kg/m2]
        kpa: pressure on the footprint. [kPa]
        foot_kg: load of one caster or foot. [kg]
    """

    weights: RackWeights
    limit_kg_m2: Floats
    footprint_m2: Floats
    kg_per_m2: Floats
    tile_kg_per_m2: Floats
    kpa: Floats
    foot_kg: Floats


def floor_load(
    weights: RackWeights,
    limit_kg_m2: npt.ArrayLike | None = None,
    tile_m: npt.ArrayLike = 0.6,
) -> FloorLoad:
    """Load of every rack on the floor: its weight over footprint, tiles and feet.

    Args:
        weights: the racks.
        limit_kg_m2: what the floor carries, one value or one a rack; nan or None: nobody says.
        tile_m: side of a floor tile, one value or one a rack. [m]
    """
    count = len(weights)
    limit = np.asarray(np.nan if limit_kg_m2 is None else limit_kg_m2, dtype=np.float64)
    tile = np.broadcast_to(np.asarray(tile_m, dtype=np.float64), (count,))
    footprint = _or_nan(weights.width_m * weights.depth_m)
    feet = _or_nan(weights.feet.astype(np.float64))
    over = kg_per_m2(weights.rack_kg, footprint)
    tiles = _or_nan(tile_area_m2(weights.width_m, weights.depth_m, tile))
    return FloorLoad(
        weights=weights,
        limit_kg_m2=np.broadcast_to(limit, (count,)),
        footprint_m2=footprint,
        kg_per_m2=over,
        tile_kg_per_m2=kg_per_m2(weights.rack_kg, tiles),
        kpa=kilopascals(over),
        foot_kg=foot_kg(weights.rack_kg, feet),
    )


def _or_nan(values: Floats) -> Floats:
    """The values, nan where they are zero and would divide."""
    return np.where(values > 0, values, np.nan)


def weight_problems(floor: FloorLoad, path: Path = ("floor", "max_kg_per_m2")) -> list[Problem]:
    """RP335 and RP345: one a kind of rack and rule, told for the heaviest.

    Args:
        floor: the racks on their floor.
        path: where the deployment declares what the floor carries.
    """
    return [*_on_the_floor(floor, path), *_in_the_frame(floor.weights)]


def _on_the_floor(floor: FloorLoad, path: Path) -> Iterator[Problem]:
    """RP335: racks that press more on their footprint than the floor carries."""
    weights = floor.weights
    for row, others in _worst(weights, floor.kg_per_m2, floor.limit_kg_m2):
        weight, limit = float(weights.rack_kg[row]), float(floor.limit_kg_m2[row])
        area = float(floor.footprint_m2[row])
        load = float(floor.kg_per_m2[row])
        message = (
            f"{_called(weights, row)} weighs {_least(weights, row)}{weight:,.0f} kg on "
            f"{area:.2f} m2, which is {load:,.0f} kg/m2 ({kilopascals(load):.1f} kPa); the floor "
            f"carries {limit:,.0f} kg/m2{_alike(others)}"
        )
        hint = (
            f"keep the rack at {np.floor(limit * area * (1 + SLACK)):,.0f} kg, or spread it over "
            f"{np.ceil(100 * weight / limit * (1 - SLACK)) / 100:.2f} m2 with plates"
        )
        yield Problem("RP335", message, hint, path)


def _in_the_frame(weights: RackWeights) -> Iterator[Problem]:
    """RP345: more weight in a frame than it may hold."""
    for row, others in _worst(weights, weights.load_kg, weights.max_load_kg):
        load, limit = float(weights.load_kg[row]), float(weights.max_load_kg[row])
        message = (
            f"{_called(weights, row)} holds {_least(weights, row)}{load:,.0f} kg, its frame may "
            f"hold {limit:,.0f} kg{_alike(others)}"
        )
        hint = f"take out {np.ceil((load - limit) * (1 - SLACK)):,.0f} kg, or use a stronger frame"
        yield Problem("RP345", message, hint, weights.paths[row])


def _worst(weights: RackWeights, load: Floats, limit: Floats) -> Iterator[tuple[int, int]]:
    """For each kind of rack over a limit the row of the heaviest, and how many others there are."""
    excess = np.nan_to_num(load - limit * (1 + SLACK))
    kinds = np.array(weights.kinds, dtype=object)
    for kind in dict.fromkeys(kinds[excess > 0].tolist()):  # as many as there are kinds of racks
        rows = np.flatnonzero((excess > 0) & (kinds == kind))
        yield int(rows[excess[rows].argmax()]), len(rows) - 1


def _called(weights: RackWeights, row: int) -> str:
    kind = weights.kinds[row]
    return f"{weights.names[row]} ({kind})" if kind else weights.names[row]


def _least(weights: RackWeights, row: int) -> str:
    return "at least " if weights.at_least[row] else ""


def _alike(others: int) -> str:
    return f" ({others:,} more rack{'s' if others > 1 else ''} too)" if others else ""
