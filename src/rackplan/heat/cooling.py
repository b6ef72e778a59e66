"""The cooling of a plan: heat and flow of every rack, the CDUs of every loop, the air of halls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rackplan.catalog.parts import Part
from rackplan.heat.flow import Flow, flow_of
from rackplan.heat.formulas import Bools, Floats, Ints, air_cfm
from rackplan.heat.loads import HeatLoads
from rackplan.heat.loops import Loops, Room, loops_of, room_of
from rackplan.heat.spec import CoolingSpec


@dataclass(frozen=True)
class Halls:
    """The heat of each hall, CDUs included; arrays have shape (halls,).

    Attributes:
        names: names of the halls; one empty name where there is only one.
        liquid_w: heat that the facility water takes. [W]
        air_w: heat that the air takes. [W]
        unsplit_w: heat that takes one of these ways, and nobody says which. [W]
        cfm: air that takes it away. [CFM]
        cdus: CDUs, of those loops whose number is known.
        cdu_w: power of the CDUs, as far as it is known. [W]
        liquid_at_least: whether more heat may go to liquid than is known.
        air_at_least: whether more heat may go to air than is known.
    """

    names: tuple[str, ...]
    liquid_w: Floats
    air_w: Floats
    unsplit_w: Floats
    cfm: Floats
    cdus: Ints
    cdu_w: Floats
    liquid_at_least: Bools
    air_at_least: Bools


@dataclass(frozen=True)
class Cooling:
    """The cooling of a plan; arrays have shape (racks,).

    Attributes:
        loads: the racks.
        spec: the key `cooling` of the deployment.
        cdu: the CDU of all loops.
        room: what one of them adds and carries.
        flow: the coolant, and how much of it for each kilowatt.
        liquid_w: heat that is known to leave by liquid; nan where nobody knows how much. [W]
        air_w: heat that is known to leave by air; nan where nobody knows how much. [W]
        unsplit_w: heat that takes one of these ways, and nobody says which. [W]
        lpm: flow of coolant for `liquid_w`. [L/min]
        cfm: flow of air for `air_w`. [CFM]
        supply_c: temperature of the coolant at the racks; nan where nobody tells. [C]
        return_c: temperature of the coolant as it leaves; nan where there is none. [C]
        loop: loop that the rack hangs on, -1: none.
        loops: the groups of racks that share CDUs.
        halls: sums by hall.
    """

    loads: HeatLoads
    spec: CoolingSpec
    cdu: Part
    room: Room
    flow: Flow
    liquid_w: Floats
    air_w: Floats
    unsplit_w: Floats
    lpm: Floats
    cfm: Floats
    supply_c: float
    return_c: Floats
    loop: Ints
    loops: Loops
    halls: Halls


def cool(loads: HeatLoads, spec: CoolingSpec, cdu: Part, halls: Sequence[str] = ("",)) -> Cooling:
    """Heat and flow of every rack, the CDUs that carry it, and what is left for the air.

    All power of a rack turns to heat: liquid + air + unsplit = power. The flow is the heat times
    the flow for each kilowatt; see `formulas`.

    Args:
        loads: the racks, without those that are CDUs: their heat is added here.
        spec: the key `cooling` of the deployment.
        cdu: the entry that `spec.cdu` names.
        halls: names of the halls; one empty name where there is only one.
    """
    room, flow = room_of(cdu), flow_of(spec)
    loops, loop = loops_of(loads, spec, room, flow)
    liquid, air = loads.liquid_w, loads.air_w
    supply = spec.supply_c if spec.supply_c is not None else cdu.supply_c.value
    supply_c = np.nan if supply is None else float(supply)
    return Cooling(
        loads=loads,
        spec=spec,
        cdu=cdu,
        room=room,
        flow=flow,
        liquid_w=liquid,
        air_w=air,
        unsplit_w=loads.undivided_w,
        lpm=liquid * (flow.lpm_per_kw / 1000),
        cfm=air_cfm(air, spec.air_rise_c),
        supply_c=supply_c,
        return_c=np.where(loop >= 0, supply_c + flow.rise_c, np.nan),
        loop=loop,
        loops=loops,
        halls=_halls(loads, spec, room, loops, tuple(halls)),
    )


def _halls(
    loads: HeatLoads, spec: CoolingSpec, room: Room, loops: Loops, names: tuple[str, ...]
) -> Halls:
    """Sums by hall: the racks at the diversity of the site, and all CDUs."""
    count = len(names)
    racks = np.bincount(loads.hall, minlength=count)
    together = np.where(racks > 1, spec.diversity, 1.0)

    def of_racks(watts: Floats) -> Floats:
        return np.asarray(np.bincount(loads.hall, np.nan_to_num(watts), count) * together)

    def any_of(where: Bools) -> Bools:
        return np.bincount(loads.hall, where, count) > 0

    cdus = np.bincount(loops.hall, np.maximum(loops.cdus, 0), count).astype(np.int64)
    untold = np.bincount(loops.hall, loops.cdus < 0, count) > 0
    untold |= (cdus > 0) & room.untold
    liquid_w, air_w, power_w = (
        float(np.nan_to_num(watts)) for watts in (room.own_liquid_w, room.own_air_w, room.power_w)
    )
    air = of_racks(loads.air_w) + cdus * air_w
    return Halls(
        names=names,
        liquid_w=of_racks(loads.liquid_w) + cdus * liquid_w,
        air_w=air,
        unsplit_w=of_racks(loads.undivided_w) + cdus * (power_w if room.untold else 0.0),
        cfm=air_cfm(air, spec.air_rise_c),
        cdus=cdus,
        cdu_w=np.asarray(cdus * power_w, dtype=np.float64),
        liquid_at_least=any_of(loads.liquid_open) | untold,
        air_at_least=any_of(loads.air_open) | untold,
    )
