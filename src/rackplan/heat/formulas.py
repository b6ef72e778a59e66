"""The formulas of heat and floor load: coolant and air flow, CDUs, pressure on a floor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Quantity = TypeVar("Quantity", float, Floats)


@dataclass(frozen=True)
class Coolant:
    """A coolant: its name, density [kg/L] and specific heat [kJ/(kg K)]."""

    name: str
    kg_per_l: float
    kj_per_kg_k: float


WATER = Coolant("water", 0.997, 4.186)
"""Water at 25 C."""
PG25 = Coolant("water with 25 % of propylene glycol", 1.02, 3.9)
"""Rounded; Airedale's DeltaChill manual tabulates 1.0215 kg/L and 3.91 kJ/(kg K) at 25 C, and
1.0143 and 3.96 at 40 C, which changes the flow by less than 1 %."""
COOLANTS = {"water": WATER, "pg25": PG25}

OCP_LPM_PER_KW = 1.5
"""Usual flow by the OCP OAI liquid cooling guidelines 1.0, section 3.2, for a rise of 10 K; as
quoted by ProphetStor's paper on fixed-flow cooling. OCP's pumping unit gives the same: 150 L/min at
100 kW. [L/min for each kW]"""
OCP_LPM_PER_KW_RANGE = (1.25, 2.0)
"""The range that the same guidelines allow, quoted in the same place. [L/min for each kW]"""

AIR_KG_PER_M3 = 1.2
"""Density of air at 20 C and sea level, as ASHRAE's standard air; it falls with altitude.
[kg/m3]"""
AIR_KJ_PER_KG_K = 1.005
"""Specific heat of dry air at constant pressure. [kJ/(kg K)]"""
CFM_PER_M3_S = 2118.88
"""Cubic feet per minute of one cubic meter per second: 60 / 0.3048^3. [CFM]"""

GRAVITY = 9.80665
"""Standard gravity, CGPM 1901. [m/s2]"""
LB_PER_KG = 2.204622622
"""Pounds of a kilogram: 1 / 0.45359237. [lb]"""
FT2_PER_M2 = 10.763910417
"""Square feet of a square meter: 1 / 0.3048^2. [ft2]"""

SLACK = 1e-9
"""Share by which a load may exceed a limit through rounding alone."""


def lpm_per_kw(rise: float, coolant: Coolant = PG25) -> float:
    """Flow that carries one kilowatt at a rise of temperature. [L/min]

    60 / (rho * cp * dT), with rho in kg/L, cp in kJ/(kg K) and dT in K: the heat balance of a flow.
    """
    return 60 / (coolant.kg_per_l * coolant.kj_per_kg_k * rise)


def rise_c(flow: float, coolant: Coolant = PG25) -> float:
    """Rise of temperature at a flow for each kilowatt [L/min]: the inverse of `lpm_per_kw`. [K]"""
    return 60 / (coolant.kg_per_l * coolant.kj_per_kg_k * flow)


def liquid_lpm(watts: Quantity, rise: float, coolant: Coolant = PG25) -> Quantity:
    """Flow of coolant that carries some heat: 60 * Q / (rho * cp * dT), Q in kW. [L/min]"""
    return watts * (lpm_per_kw(rise, coolant) / 1000)


def air_cfm(watts: Quantity, rise: float = 15.0) -> Quantity:
    """Flow of air that carries some heat: Q / (rho * cp * dT) * 2118.88, Q in kW. [CFM]

    The sensible heat of air at 20 C and sea level (ASHRAE Fundamentals, psychrometrics).
    """
    return watts * (CFM_PER_M3_S / (1000 * AIR_KG_PER_M3 * AIR_KJ_PER_KG_K * rise))


def cdus_needed(heat_w: Floats, flow_lpm: Floats, room_w: float, room_lpm: float) -> Ints:
    """The fewest CDUs that carry the heat and the flow of each loop, none spare.

    max(ceil(heat / capacity), ceil(flow / flow capacity)); a capacity of nan is not held against
    anything, and -1 stands where neither is known or one is zero.

    Args:
        heat_w: heat of the loops, shape (loops,). [W]
        flow_lpm: flow of the loops. [L/min]
        room_w: heat that one CDU carries. [W]
        room_lpm: flow that one CDU gives. [L/min]
    """
    rooms = np.array([room_w, room_lpm])
    if np.isnan(rooms).all() or (rooms <= 0).any():
        return np.full(len(heat_w), -1, dtype=np.int64)
    units = np.stack([heat_w, flow_lpm]) / rooms[:, None] * (1 - SLACK)
    return np.asarray(np.ceil(np.nan_to_num(units)).max(axis=0), dtype=np.int64)


def spare_cdus(needed: Ints, redundancy: str) -> Ints:
    """CDUs beyond those that are needed: none at N, one at N+1, as many again at 2N.

    A loop that needs none has none to spare.
    """
    extra = {"N": np.zeros_like(needed), "N+1": np.ones_like(needed), "2N": needed}[redundancy]
    return np.asarray(np.where(needed > 0, extra, np.minimum(needed, 0)), dtype=np.int64)


def cdus_left(cdus: Ints, redundancy: str) -> Ints:
    """CDUs that still run after the failure to plan for: of one, at 2N of the larger half."""
    left = cdus // 2 if redundancy == "2N" else np.maximum(cdus - 1, 0)
    return np.asarray(left, dtype=np.int64)


def kg_per_m2(weight_kg: Quantity, area_m2: Quantity) -> Quantity:
    """Weight spread evenly over an area. [kg/m2]"""
    return weight_kg / area_m2


def kilopascals(load: Quantity) -> Quantity:
    """Pressure of a load in kg/m2 under standard gravity: load * 9.80665 / 1000. [kPa]"""
    return load * (GRAVITY / 1000)


def lb_per_ft2(load: Quantity) -> Quantity:
    """A load in kg/m2 in the unit of American floors: load * 2.2046 / 10.764. [lb/ft2]"""
    return load * (LB_PER_KG / FT2_PER_M2)


def foot_kg(weight_kg: Quantity, feet: Quantity) -> Quantity:
    """Point load of each caster or foot, when all bear the same. [kg]"""
    return weight_kg / feet


def tile_area_m2(width_m: Floats, depth_m: Floats, tile_m: Floats | float) -> Floats:
    """Area of the floor tiles that racks touch whose corner stands on the corner of a tile. [m2]

    ceil(width / tile) * ceil(depth / tile) * tile^2. Racks that straddle tiles share them with
    their neighbors; counted so, no rack borrows from the tiles of another.
    """
    across, along = (np.ceil(side / tile_m * (1 - SLACK)) for side in (width_m, depth_m))
    return np.asarray(across * along * np.square(tile_m), dtype=np.float64)
