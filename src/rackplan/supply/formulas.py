"""The formulas of power distribution: currents, breakers, shelves, energy."""

from __future__ import annotations

import math
from typing import Any, overload

import numpy as np
import numpy.typing as npt

HOURS_PER_YEAR = 8760
"""Hours of a year of 365 days, as utilities count. [h]"""

Floats = npt.NDArray[np.float64]


@overload
def amps_three_phase(watts: float, volts: float, power_factor: float) -> float: ...
@overload
def amps_three_phase(watts: Floats, volts: Floats | float, power_factor: float) -> Floats: ...
def amps_three_phase(watts: Any, volts: Any, power_factor: Any) -> Any:
    """Current of each phase of a balanced three-phase load. [A]

    I = P / (sqrt(3) * V * pf), with P in W and V from line to line in V: active power of a
    balanced system is sqrt(3) * V * I * pf.
    """
    return watts / (math.sqrt(3) * volts * power_factor)


@overload
def amps_single_phase(watts: float, volts: float, power_factor: float) -> float: ...
@overload
def amps_single_phase(watts: Floats, volts: Floats | float, power_factor: float) -> Floats: ...
def amps_single_phase(watts: Any, volts: Any, power_factor: Any) -> Any:
    """Current of a single-phase load: I = P / (V * pf). [A]"""
    return watts / (volts * power_factor)


@overload
def amps_dc(watts: float, volts: float) -> float: ...
@overload
def amps_dc(watts: Floats, volts: Floats | float) -> Floats: ...
def amps_dc(watts: Any, volts: Any) -> Any:
    """Current of a direct-current load: I = P / V. [A]"""
    return watts / volts


def breaker_a(amps: float, derate: float = 0.8) -> float:
    """Smallest rating of a breaker that carries a continuous load. [A]

    rating = I / derate; 0.8 is the usual rule for loads of three hours and more (NFPA 70, 210.20
    and 215.3: 125 % of the continuous load). Ratings on sale come in steps above that.
    """
    return amps / derate


def shelf_capacity(shelves: int, shelf_w: float, spare: float = 0) -> float:
    """What the power shelves of a rack give when some of them are spare. [W]

    P = (shelves - spare) * shelf_w; spare is 1 at N+1 and half of them at N+N.
    """
    return (shelves - spare) * shelf_w


def energy_kwh(average_w: float, hours: float = HOURS_PER_YEAR) -> float:
    """Energy of an average load over some hours, a year when not told. [kWh]

    E = P * t / 1000.
    """
    return average_w * hours / 1000
