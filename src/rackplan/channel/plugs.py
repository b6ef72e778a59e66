"""What may be plugged where: makers' rules on heat sinks, single ports, splitters and lanes."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from rackplan.catalog.cables import Cable
from rackplan.catalog.optics import Transceiver
from rackplan.errors import Path, Problem

IntArray = npt.NDArray[np.int64]

FAST_LANE_GBPS = 200.0
"""Rate of a lane for which NVIDIA lists no multimode module, AOC or passive copper
(nvidia-xdr-parts). [Gb/s]"""

_LANES = re.compile(r"(?:DR|SR|VR|FR|LR)(\d+)$")


def plug_problems(  # the plug, its cage and the device around it
    plug: Transceiver | Cable,
    cage: str | None,
    *,
    device_is_switch: bool,
    air_cooled: bool | None = None,
    device: str = "",
    form: str | None = None,
    path: Path = (),
) -> list[Problem]:
    """RP351 for each rule that a plug breaks; what is not known breaks none.

    `cage` is the form of the cage; `form` that of the plug where a cable has two different ones;
    `air_cooled` tells about the switch; `device` is the id of the switch or NIC.
    """
    shape = form or (plug.form if isinstance(plug, Transceiver) else _only_form(plug))
    rules = [
        _finned(shape, device_is_switch=device_is_switch, air_cooled=air_cooled),
        _single(plug, shape, cage, device_is_switch=device_is_switch),
        _bluefield(shape, device),
        _fast_lanes(plug),
    ]
    if cage == "osfp-ihs" and shape == "osfp-rhs":
        rules.insert(0, ("a flat-top plug (RHS) does not cool in a cage for finned ones",
                         "use the finned variant"))  # fmt: skip
    return [
        Problem("RP351", f"{plug.title}: {message}", hint, path)
        for message, hint in (rule for rule in rules if rule is not None)
    ]


def breakout_problems(module: Transceiver, cord: Cable, path: Path = ()) -> list[Problem]:
    """RP351 where a splitter cord divides a module with all its lanes on one pair of fibers."""
    optics = module.modulation.value or ""
    if cord.ends.value <= 2 or not re.search(r"(?:FR|LR)\d*$", optics):
        return []
    message = f"{module.title}: {optics} cannot be split, its lanes share one pair of fibers"
    return [Problem("RP351", message, "use a straight cord, or DR4 modules", path)]


def lane_gbps(plug: Transceiver | Cable) -> float | None:
    """Rate of one optical lane of a module; None for cables and where the type is not told."""
    if isinstance(plug, Cable):
        return None
    match = _LANES.search(plug.modulation.value or "")
    return plug.port_gbps.value / int(match[1]) if match else None


Rule = tuple[str, str] | None


def _only_form(cable: Cable) -> str | None:
    return cable.forms[0] if len(set(cable.forms)) == 1 else None


def _finned(shape: str | None, *, device_is_switch: bool, air_cooled: bool | None) -> Rule:
    if shape != "osfp-ihs" or (device_is_switch and air_cooled is not False):
        return None
    where = "a liquid-cooled switch" if device_is_switch else "a host"
    return (
        f"finned plugs (IHS) are for air-cooled switches only, this is {where}",
        "use the flat-top variant (RHS)",
    )


def _single(
    plug: Transceiver | Cable, shape: str | None, cage: str | None, *, device_is_switch: bool
) -> Rule:
    if isinstance(plug, Cable) or not device_is_switch or plug.ports.value != 1:
        return None
    if shape == "osfp-rhs" or (shape == "qsfp112" and cage != "qsfp112"):
        return (
            "single-port modules with a flat top are for NICs, never for switches",
            "use a twin-port module",
        )
    return None


def _bluefield(shape: str | None, device: str) -> Rule:
    if not device.startswith("bluefield-3") or shape in {None, "qsfp112"}:
        return None
    return "BlueField-3 takes QSFP112 plugs only", "use a QSFP112 module"


def _fast_lanes(plug: Transceiver | Cable) -> Rule:
    """Only modules tell their lanes, so a cable counts as fast where it says so in its forms."""
    if isinstance(plug, Transceiver):
        lane = lane_gbps(plug)
        if plug.fiber_mode != "multi" or lane is None or lane < FAST_LANE_GBPS:
            return None
        return "multimode does not carry lanes of 200 Gb/s", "use single-mode modules"
    rate = plug.port_gbps.value
    fast = rate is not None and rate >= 4 * FAST_LANE_GBPS and plug.forms[:1] in _OSFP
    if plug.kind not in {"dac", "aoc"} or not fast or plug.links.value < 2:
        return None
    return (
        f"{plug.kind.upper()} cables do not carry lanes of 200 Gb/s",
        "use active copper (LACC) or single-mode modules",
    )


_OSFP = (("osfp-ihs",), ("osfp-rhs",))
"""Plugs with eight lanes: two links of 800 Gb/s in one run 200 Gb/s a lane."""


def mixed_cages(cage: npt.ArrayLike, is_splitter: npt.ArrayLike) -> IntArray:
    """Cages of twin-port modules that hold a straight cord and a splitter, ascending.

    Both arrays have an entry for each link end; a cage below 0 is none.
    """
    cages = np.asarray(cage, dtype=np.int64)
    splits = np.asarray(is_splitter, dtype=np.bool_)
    held = cages >= 0
    straight, split = np.unique(cages[held & ~splits]), np.unique(cages[held & splits])
    return np.intersect1d(straight, split, assume_unique=True).astype(np.int64)


def twin_problems(
    cage: npt.ArrayLike,
    is_splitter: npt.ArrayLike,
    *,
    name: Callable[[int], str] = "cage {}".format,
    path: Path = (),
) -> list[Problem]:
    """RP349 where the two cords of a twin-port module are not both straight or both splitters.

    `name` says what a message calls a cage.
    """
    mixed = mixed_cages(cage, is_splitter)
    if not len(mixed):
        return []
    first = name(int(mixed[0]))
    more = f" and {len(mixed) - 1:,} more" if len(mixed) > 1 else ""
    message = f"{first}{more}: a straight cord and a splitter in one twin-port module"
    hint = "use two straight or two splitter cords"
    return [Problem("RP349", message, hint, path)]
