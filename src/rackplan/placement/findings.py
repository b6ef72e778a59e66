"""What is wrong with places, or should be known: units, limits, heights and room."""

from __future__ import annotations

import numpy as np

from rackplan.design import Design
from rackplan.errors import InfeasibleError, Problem
from rackplan.placement.loads import DeviceLoads
from rackplan.placement.own import OwnPlaces
from rackplan.placement.packed import Packed
from rackplan.placement.packing import network_limits, overfull
from rackplan.placement.racks import (
    NETWORK,
    RackRows,
)
from rackplan.placement.units import (
    Clash,
    clash,
)
from rackplan.tables import Array, Table


def clashes(  # everything that overlaps, and how it is called
    design: Design,
    devices: Table,
    racks: RackRows,
    rack: Array,
    units: tuple[Array, Array, Array],
    names: list[str],
    own: OwnPlaces,
) -> list[Problem]:
    """RP332 for own units that are taken, or that the rack does not have."""
    if not own.devices:
        return []
    rack_names = racks.names(design)
    each = [frame.units.value for frame in racks.frames]
    top = np.array([np.inf if one is None else one for one in [*each, None]])
    node = devices.where("kind", "node")
    found = (
        clash(device, np.flatnonzero(rack == to), units, node, float(top[racks.frame[to]]))
        for device, (to, _, _) in own.devices.items()
    )
    return [
        Problem("RP332", f"{names[device]} would take {took} of {rack_names[to]}, {text}", hint,
                ("floor", "devices", names[device]))
        for (device, (to, _, _)), told in zip(own.devices.items(), found, strict=True)
        if told is not None
        for took, text, hint in [_told(told, names)]
    ]  # fmt: skip


def _told(clash_: Clash, names: list[str]) -> tuple[str, str, str]:
    """What a clash takes, with whom, and where there is room."""
    free = "no unit is free: choose another rack" if clash_.free is None else (
        f"the lowest free unit is U {clash_.free:g}"
    )  # fmt: skip
    if clash_.other is None:
        return clash_.span, f"which has U 1 to {clash_.top:g}", free
    return clash_.span, f"where {names[clash_.other]} sits at {clash_.other_span}", free


def overfull_racks(
    design: Design, packed: Packed, loads: DeviceLoads, own: OwnPlaces
) -> list[Problem]:
    """RP334 for racks of switches that own places of devices fill beyond their limits."""
    if not own.devices:
        return []
    limits = network_limits(design)
    targets = {to for to, _, _ in own.devices.values() if packed.racks.purpose[to] == NETWORK}
    names = packed.racks.names(design)
    return [
        problem
        for rack in sorted(targets)
        for problem in overfull(np.flatnonzero(packed.rack == rack), names[rack], loads, limits)
    ]


def unknown_heights(kinds: Array, loads: DeviceLoads, loose: Array) -> list[Problem]:
    """RP352: devices of unpublished height, each taken as one unit."""
    found = dict.fromkeys(kinds[np.isnan(loads.units[loose])].tolist())
    if not found:
        return []
    message = f"nobody has published the height of {', '.join(found)}; one unit each is taken"
    hint = "lay entries with 'height_u' over the catalog"
    return [Problem("RP352", message, hint, ("floor",), severity="warning")]


def by_units_alone(design: Design, loads: DeviceLoads, loose: Array) -> list[Problem]:
    """RP355: racks of switches filled without regard to power, as nobody says how much."""
    if not np.any(np.nan_to_num(loads.watts[loose]) > 0) or np.isfinite(
        network_limits(design).watts
    ):
        return []
    frame = design.floors[0].network_rack.title
    message = f"nobody says what a rack may draw: {frame}, for switches, is filled by units alone"
    hint = "add 'network_rack_w' here, or 'rack_power_w' under 'site'"
    return [Problem("RP355", message, hint, ("floor",), severity="warning")]


def check_room(design: Design, racks: int) -> None:
    """Refuse (RP314) more racks than the site has room for, those of switches and CDUs too."""
    room = design.limits.racks
    if room is not None and racks > room:
        message = f"the plan has {racks:,} racks with those of switches and CDUs, the site has room"
        hint = "build fewer, or raise 'racks'"
        path = ("site", "racks")
        raise InfeasibleError([Problem("RP314", f"{message} for {room:,}", hint, path)])
