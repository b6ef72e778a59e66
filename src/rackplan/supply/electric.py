"""Voltage and current of the feeds of every rack."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rackplan.feeds import PowerSpec
from rackplan.supply.formulas import amps_dc, amps_single_phase, amps_three_phase
from rackplan.supply.loads import Bools, Floats, Ints, RackLoads


@dataclass(frozen=True)
class Electric:
    """The feeds of the racks; arrays have the shape (racks,).

    Attributes:
        hall: number of the hall.
        cords: feeds of one side.
        volts: at the feeds. [V]
        per_amp: watts that one ampere carries, per phase. [W/A]
        direct: whether they carry direct current.
        breaker_w: what a feed's breaker carries at its full rating; nan when not told. [W]
        site_per_amp: `per_amp` at the voltage of the site.
    """

    hall: Ints
    cords: Ints
    volts: Floats
    per_amp: Floats
    direct: Bools
    breaker_w: Floats
    site_per_amp: float


def electric(loads: RackLoads, spec: PowerSpec) -> Electric:
    """Feeds from the racks' own figures where the catalog has them, else from the site's."""
    volts = np.where(np.isnan(loads.input_v), spec.voltage_v, loads.input_v)
    direct = loads.input_dc | (spec.current == "dc")
    alternating = amps_three_phase if spec.phases == 3 else amps_single_phase
    one = np.ones(len(loads))
    amps = np.where(direct, amps_dc(one, volts), alternating(one, volts, spec.power_factor))
    of_site = (
        amps_dc(1.0, spec.voltage_v)
        if spec.current == "dc"
        else alternating(1.0, spec.voltage_v, spec.power_factor)
    )
    feeds = np.where(loads.feeds > 0, loads.feeds, spec.feeds_per_rack)
    return Electric(
        loads.hall,
        # Feeds that do not spread evenly: the side with fewer of them counts.
        np.maximum(1, feeds // spec.sides_per_rack),
        volts,
        1 / amps,
        direct,
        (np.nan if spec.breaker_a is None else spec.breaker_a) / amps,
        1 / of_site,
    )
