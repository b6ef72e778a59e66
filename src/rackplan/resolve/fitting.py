"""How many nodes a rack holds: the least that units, power, heat and weight allow."""

from __future__ import annotations

from rackplan.catalog import Node, Rack
from rackplan.errors import Path
from rackplan.resolve.finding import Finder
from rackplan.units import show_power, show_value


def fitting_nodes(node: Node, rack: Rack, site_w: float | None, path: Path, finder: Finder) -> int:
    """Nodes that fit a rack by every limit that is known; 0 with a problem noted.

    RP110 where neither units nor power is known, RP334 where not even one node fits.

    Args:
        node: the node.
        rack: the rack.
        site_w: what the site allows in one rack; None: nobody says. [W]
        path: the entry of the deployment.
        finder: where problems go.
    """
    limits = _limits(node, rack, site_w)
    if not any(name in ("units", "power") for name, *_ in limits):
        message = f"nobody says how many {node.title} fit {rack.title}"
        finder.wrong("RP110", message, "add nodes_per_rack", (*path, "rack"))
        return 0
    name, each, room = min(limits, key=lambda limit: limit[2] // limit[1])
    if each <= room:
        if not any(kind == "power" for kind, *_ in limits):
            by_units_alone(f"{rack.title} of {node.title}", (*path, "rack"), finder)
        return int(room // each + 1e-9)
    needed, given = (
        show_power(value) if name not in ("units", "weight")
        else f"{show_value(value)} {'U' if name == 'units' else 'kg'}"
        for value in (each, room)
    )  # fmt: skip
    message = f"one {node.title} needs {needed} ({name}), {rack.title} gives {given}"
    finder.cannot("RP334", message, "name another rack, or raise the limit", (*path, "rack"))
    return 0


def by_units_alone(what: str, path: Path, finder: Finder) -> None:
    """Warn (RP355) that racks are filled without regard to power, as nobody says how much."""
    finder.warn(
        "RP355",
        f"nobody says what a rack may draw: {what} is filled by units alone",
        "add 'rack_power_w' under 'site'",
        path,
    )


def _limits(node: Node, rack: Rack, site_w: float | None) -> list[tuple[str, float, float]]:
    """(name, need of a node, room of a rack) of every limit that is known on both sides."""
    planned = node.power.planning()
    watts = planned[1] if planned is not None else None
    liquid = node.liquid_share.value
    air = None if watts is None or liquid is None else watts * (1 - liquid)
    wet = None if watts is None or liquid is None else watts * liquid
    room_w = [one for one in (rack.max_power_w.value, site_w) if one is not None]
    found = [
        ("units", node.height_u.value, rack.units.value),
        ("power", watts, min(room_w, default=None)),
        ("heat to air", air, rack.max_air_w.value),
        ("heat to liquid", wet, rack.max_liquid_w.value),
        ("weight", node.weight_kg.value, rack.max_load_kg.value),
    ]
    return [
        (name, float(each), float(room)) for name, each, room in found if each and room is not None
    ]
