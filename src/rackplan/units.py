"""Unit suffixes of field names, how quantities are read from text, and how they are shown."""

from __future__ import annotations

import math
import re

SCALES: dict[str, dict[str, float]] = {
    "w": {"W": 1, "kW": 1e3, "MW": 1e6, "GW": 1e9},
    "gbps": {"Mb/s": 1e-3, "Gb/s": 1, "Tb/s": 1e3, "Gbps": 1, "Tbps": 1e3},
    "m": {"mm": 1e-3, "cm": 1e-2, "m": 1, "km": 1e3},
    "mm": {"mm": 1, "cm": 10, "m": 1e3},
    "kg": {"g": 1e-3, "kg": 1, "t": 1e3},
    "usd": {"USD": 1, "kUSD": 1e3, "MUSD": 1e6},
    "lpm": {"L/min": 1},
    "c": {"C": 1, "°C": 1},
}
"""For each suffix of a field name: the units a text may carry and their size in the base unit."""

_QUANTITY = re.compile(r"([-+]?[0-9][0-9_]*(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)\s*([A-Za-z°$€%].*)?")


class UnitError(ValueError):
    """A text that is no quantity of the wanted kind; the message says what would be."""


def parse_quantity(text: str, suffix: str) -> float:
    """The value of a text such as `142 kW` in the base unit of a suffix.

    Args:
        text: a number and a unit, for example `142 kW` or `1.2 MW`.
        suffix: a key of `SCALES`, for example `w`.

    Raises:
        UnitError: no number, no unit, or a unit that does not belong to the suffix.
    """
    scales = SCALES[suffix]
    wanted = ", ".join(scales)
    found = _QUANTITY.fullmatch(text.strip())
    if found is None:
        message = f"'{text}' is not a quantity; write a number and one of {wanted}"
        raise UnitError(message)
    number, unit = found.groups()
    if unit is None:
        message = f"'{text}' has no unit; leave the quotes out, or add one of {wanted}"
        raise UnitError(message)
    if unit not in scales:
        meant = [name for name in scales if name.lower() == unit.lower()]
        hint = f"did you mean '{meant[0]}'?" if meant else f"use one of {wanted}"
        message = f"unknown unit '{unit}'; {hint}"
        raise UnitError(message)
    value = float(number.replace("_", "")) * scales[unit]
    if not math.isfinite(value):
        message = f"'{text}' is not a finite quantity"
        raise UnitError(message)
    return value


def show_power(watts: float | None) -> str:
    """Watts as people read them: `850 W`, `142.0 kW`, `1.21 MW`; a dash when unknown."""
    if watts is None:
        return "—"
    if abs(watts) >= 1e6:
        return f"{watts / 1e6:,.2f} MW"
    if abs(watts) >= 1e3:
        return f"{_shorter(watts / 1e3)} kW"
    return f"{watts:,.0f} W"


def _shorter(number: float) -> str:
    """Two decimals, or one where the second is zero: `3.95`, `142.0`."""
    text = f"{number:,.2f}"
    return text.removesuffix("0")


def rounded_up(value: float) -> float:
    """The next number of four digits that is not smaller, for a limit that a hint proposes."""
    if value <= 0:
        return value
    step = 10.0 ** (math.floor(math.log10(value)) - 3)
    return math.ceil(value / step - 1e-9) * step


def show_limit(watts: float) -> str:
    """A power that is at least the given one, as a hint writes it: `40.94 kW`."""
    enough = rounded_up(watts)
    for scale, unit in ((1e9, "GW"), (1e6, "MW"), (1e3, "kW")):
        if enough >= scale:
            return f"{enough / scale:.6g} {unit}"
    return f"{enough:.6g} W"


def show_count(count: int | None) -> str:
    """A count with thousands separated; a dash when unknown."""
    return "—" if count is None else f"{count:,}"


def show_usd(usd: float | None) -> str:
    """Dollars with thousands separated; a dash when unknown."""
    return "—" if usd is None else f"${usd:,.0f}"


def printable(text: str) -> str:
    """The text with every character that a terminal could obey shown as its code."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def show_value(value: object) -> str:
    """A value of the catalog: thousands separated, no needless decimals, a dash if unknown."""
    if value is None:
        return "—"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{int(value):,}" if float(value).is_integer() else f"{value:,}"


def show_cell(value: object) -> str:
    """A value in a table of results: two decimals for every float, so that columns line up."""
    return f"{value:,.2f}" if isinstance(value, float) else show_value(value)
