"""Which racks share CDUs, and what those carry, normally and when some of them fail."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rackplan.catalog.parts import Part
from rackplan.heat.flow import Flow
from rackplan.heat.formulas import Bools, Floats, Ints, cdus_left, cdus_needed, spare_cdus
from rackplan.heat.loads import HeatLoads
from rackplan.heat.spec import CoolingSpec


@dataclass(frozen=True)
class Room:
    """What one CDU adds and carries; nan where nobody tells.

    Attributes:
        power_w: power that it draws. [W]
        own_liquid_w: part of that which leaves by liquid. [W]
        own_air_w: part of that which leaves by air. [W]
        heat_w: heat of racks that it carries beside its own. [W]
        lpm: flow that it gives. [L/min]
    """

    power_w: float
    own_liquid_w: float
    own_air_w: float
    heat_w: float
    lpm: float

    @property
    def untold(self) -> bool:
        """Whether its own heat is not known in full, or not which way it leaves."""
        return bool(np.isnan([self.own_liquid_w, self.own_air_w]).any())

    @property
    def none(self) -> bool:
        """Whether it carries nothing: its own heat takes all of its capacity."""
        return self.heat_w <= 0 or self.lpm <= 0


def room_of(cdu: Part) -> Room:
    """What a CDU of the catalog adds and carries.

    The heat of its pumps that leaves by liquid passes through its own heat exchanger, so that much
    less of the racks' fits.
    """
    power = _known(cdu.power_w.value)
    share = _known(cdu.liquid_share.value)
    liquid = 0.0 if share == 0 else power * share
    air = 0.0 if share == 1 else power * (1 - share)
    heat = _known(cdu.capacity_w.value) - float(np.nan_to_num(liquid))
    return Room(power, liquid, air, heat, _known(cdu.flow_lpm.value))


def _known(value: float | None) -> float:
    return np.nan if value is None else float(value)


@dataclass(frozen=True)
class Loops:
    """Groups of racks that share CDUs, in order of hall and row; arrays have shape (loops,).

    Attributes:
        hall: number of the hall.
        row: row in the hall; -1 where it serves a hall, or racks that stand in no row.
        first: the first of its racks.
        racks: racks that it serves.
        heat_w: heat that the racks give to it at one time. [W]
        lpm: flow that they need. [L/min]
        needed: CDUs that carry that, none spare; -1 where it cannot be told.
        spare: CDUs beyond those, as the redundancy wants; -1 where it cannot be told.
        cdus: CDUs that there are, as declared, else needed and spare ones.
        left: of those, what runs after the failure that is planned for: of one, at 2N of half.
        normal_w: heat that one CDU carries when all run, its own included. [W]
        failed_w: the same with those that are left; nan where none is. [W]
        normal_lpm: flow of one CDU when all run. [L/min]
        failed_lpm: the same with those that are left. [L/min]
        margin_w: heat that could be added before what must carry it does not; negative where it
            does not. What must carry are all at N, else those that are left. [W]
        margin_lpm: the same for the flow. [L/min]
        at_least: whether more heat may come than is known.
    """

    hall: Ints
    row: Ints
    first: Ints
    racks: Ints
    heat_w: Floats
    lpm: Floats
    needed: Ints
    spare: Ints
    cdus: Ints
    left: Ints
    normal_w: Floats
    failed_w: Floats
    normal_lpm: Floats
    failed_lpm: Floats
    margin_w: Floats
    margin_lpm: Floats
    at_least: Bools

    def __len__(self) -> int:
        """Loops."""
        return len(self.hall)


def loops_of(loads: HeatLoads, spec: CoolingSpec, room: Room, flow: Flow) -> tuple[Loops, Ints]:
    """The loops, and for each rack the one that it hangs on, -1 where it gives nothing to liquid.

    A rack whose heat may go to liquid, but nobody says, hangs on a loop all the same.
    """
    loop, first = _grouped(loads, spec)
    count = len(first)
    wet = loop >= 0
    heat = np.bincount(loop[wet], np.nan_to_num(loads.liquid_w[wet]), count).astype(np.float64)
    racks = np.bincount(loop[wet], minlength=count).astype(np.int64)
    heat *= np.where(racks > 1, spec.diversity, 1.0)
    lpm = heat * (flow.lpm_per_kw / 1000)
    open_ = np.bincount(loop[wet], loads.liquid_open[wet], count) > 0
    needed = cdus_needed(heat, lpm, room.heat_w, room.lpm)
    needed = np.where((heat == 0) & open_, -1, needed)  # nothing of the heat is known
    spare = spare_cdus(needed, spec.redundancy)
    declared = needed + spare if spec.cdus is None else np.full(count, spec.cdus, dtype=np.int64)
    cdus = np.where((needed < 0) & (spec.cdus is None), -1, declared)
    left = np.where(cdus > 0, cdus_left(cdus, spec.redundancy), cdus)
    carrying = np.maximum(cdus if spec.redundancy == "N" else left, 0)
    own = float(np.nan_to_num(room.own_liquid_w))
    return Loops(
        hall=loads.hall[first],
        row=np.where(spec.loop == "row", loads.row[first], -1),
        first=first,
        racks=racks,
        heat_w=heat,
        lpm=lpm,
        needed=needed,
        spare=spare,
        cdus=cdus,
        left=left,
        normal_w=_each(heat, cdus) + own,
        failed_w=_each(heat, left) + own,
        normal_lpm=_each(lpm, cdus),
        failed_lpm=_each(lpm, left),
        margin_w=np.where(cdus < 0, np.nan, carrying * room.heat_w - heat),
        margin_lpm=np.where(cdus < 0, np.nan, carrying * room.lpm - lpm),
        at_least=open_,
    ), loop  # fmt: skip


def _each(whole: Floats, units: Ints) -> Floats:
    """The share of each of some units; nan where there is none."""
    each = np.full(len(whole), np.nan)
    np.divide(whole, units, out=each, where=units > 0)
    return each


def _grouped(loads: HeatLoads, spec: CoolingSpec) -> tuple[Ints, Ints]:
    """For each rack its loop, -1: none; and for each loop the first of its racks."""
    rack = np.flatnonzero((loads.liquid_w > 0) | loads.liquid_open)
    loop = np.full(len(loads), -1, dtype=np.int64)
    keys = {
        "hall": [loads.hall[rack]],
        "row": [loads.hall[rack], loads.row[rack]],
        "rack": [rack],
    }[spec.loop]
    _, first, number = np.unique(
        np.stack(keys, axis=1), axis=0, return_index=True, return_inverse=True
    )
    loop[rack] = number.reshape(-1)
    return loop, rack[first]
