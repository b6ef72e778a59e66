"""The floors of the halls, with the racks that they name."""

from __future__ import annotations

from rackplan.catalog import Rack
from rackplan.deployment import Deployment
from rackplan.design import Floor
from rackplan.errors import Path
from rackplan.floors import FloorSpec
from rackplan.resolve.finding import Finder

_COMMON = {
    "network_rack", "network_rack_w", "panel_units", "order", "racks", "devices", "distances",
    "distances_m",
}  # fmt: skip
"""Keys that only the common floor may have: they are about racks of any hall."""


def resolve_floors(deployment: Deployment, finder: Finder) -> tuple[Floor, ...]:
    """The floor of each hall, its own or the common one; empty where the deployment has none.

    RP110 is noted where only some halls have a floor, RP201 for halls that a floor names and the
    deployment does not have.
    """
    halls = deployment.halls
    common: tuple[FloorSpec | None, Path] = (deployment.floor, ("floor",))
    specs = [
        (_shared(hall.floor, deployment.floor), ("halls", name, "floor")) if hall.floor else common
        for name, hall in halls.items()
    ] or [common]
    if all(spec is None for spec, _ in specs):
        return ()
    _check_common(deployment, finder)
    floors = []
    for (spec, path), name in zip(specs, halls or [""], strict=True):
        if spec is None:
            message = f"hall '{name}' has no floor, another has"
            finder.wrong("RP110", message, "add 'floor' for all of them", ("halls", name))
            continue
        _check_keep_out(spec, path, list(halls), finder)
        if spec.distances is not None and not spec.distances_m:
            message = "the file of distances was not read"
            hint = "plan from a file, or give 'distances_m'"
            finder.wrong("RP110", message, hint, (*path, "distances"))
        network = finder.find(Rack, spec.network_rack, (*path, "network_rack"))
        cdu = None
        if spec.cdus_per_row:
            cdu = finder.find(Rack, spec.cdu_rack, (*path, "cdu_rack"))
        if network is not None:
            floors.append(Floor(spec, network, cdu))
    return tuple(floors)


def _check_common(deployment: Deployment, finder: Finder) -> None:
    """Note RP110 for keys of a hall's own floor that hold for all halls."""
    for name, hall in deployment.halls.items():
        for key in sorted(_COMMON & hall.floor.model_fields_set) if hall.floor else ():
            message = f"'{key}' holds for all halls"
            at: Path = ("halls", name, "floor", key)
            finder.wrong("RP110", message, "write it under the common 'floor'", at)


def _check_keep_out(spec: FloorSpec, path: Path, halls: list[str], finder: Finder) -> None:
    """Note positions that run backwards, and halls that are not there."""
    for index, one in enumerate(spec.keep_out):
        if one.hall is not None and one.hall not in halls:
            hint = f"the halls are {', '.join(halls)}" if halls else "remove the key 'hall'"
            at: Path = (*path, "keep_out", index, "hall")
            finder.wrong("RP201", f"no hall '{one.hall}'", hint, at)
        if one.last < one.first:
            message = f"positions {one.first} to {one.last} run backwards"
            finder.wrong("RP110", message, "swap the two", (*path, "keep_out", index))


def _shared(own: FloorSpec, common: FloorSpec | None) -> FloorSpec:
    """A hall's own floor with what holds for all halls."""
    if common is None:
        return own
    return own.model_copy(update={key: getattr(common, key) for key in _COMMON})


def check_floor(deployment: Deployment, floors: tuple[Floor, ...], finder: Finder) -> None:
    """Note RP110 for keys that say nothing without a floor: power, cooling, trunks, media."""
    if floors:
        return
    if deployment.floor is not None:
        return
    told: list[Path] = [(key,) for key in ("power", "cooling") if getattr(deployment, key)]
    told += [("cabling", "media")] if deployment.cabling.media else []
    told += [
        ("fabrics", name, "optics", "media")
        for name, spec in deployment.fabrics.items()
        if spec.optics.media
    ]
    told += [
        ("fabrics", name, "optics", "tiers", tier, "trunk")
        for name, spec in deployment.fabrics.items()
        for tier, own in spec.optics.tiers.items()
        if own.trunk is not None
    ]
    for path in told:
        message = f"'{'.'.join(str(part) for part in path)}' needs to know where racks stand"
        finder.wrong("RP110", message, "add 'floor: {}', or a floor of your own", path)
