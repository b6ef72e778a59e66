"""Cables of every link: their type, length and step, and the panels that they cross."""

from __future__ import annotations

import numpy as np

from rackplan.build.choosing import choose, long_channel, too_long
from rackplan.build.growing import NAMES, Rows
from rackplan.build.hardware import Layout
from rackplan.build.modules import CabledTier, add_modules
from rackplan.build.structured import Offsets, structured
from rackplan.build.ways import Ways
from rackplan.build.wires import Wires
from rackplan.catalog import Cable
from rackplan.design import UNSPECIFIED, Design, Panel, SizedFabric, TierMedia
from rackplan.errors import InfeasibleError, Problem
from rackplan.sizes import LinkTier
from rackplan.tables import (
    Array,
    Table,
)


def cable_fabrics(
    design: Design, layout: Layout, wires: list[Wires], ways: Ways
) -> tuple[dict[str, Table], Array]:
    """Links, cables, modules and segments of all fabrics, and which ports carry a link."""
    rows = Rows()
    problems: list[Problem] = []
    for source in layout.fabrics:
        tiers = [
            _cable_tier(one, layout, ways, rows, problems) for one in wires if one.source is source
        ]
        add_modules(design, source.fabric, tiers, len(layout.cages), rows)
    if problems:
        raise InfeasibleError(problems)
    tables = {name: rows.take(name) for name in NAMES}
    links = tables["links"]
    used = np.zeros(len(layout.port_device), dtype=bool)
    used[links["a_port"]] = True
    used[links["b_port"]] = True
    return tables, used


def _cable_tier(  # the links, their ways, and what grows
    one: Wires, layout: Layout, ways: Ways, rows: Rows, problems: list[Problem]
) -> CabledTier:
    """Add the links and cables of a tier; links that are too long are noted."""
    fabric, tier = one.source.fabric, one.tier
    a_cage, b_cage = layout.port_cage[one.a_port], layout.port_cage[one.b_port]
    total = len(one.a_port)
    ends = layout.port_device[one.a_port], layout.port_device[one.b_port]
    options = fabric.options.get(tier.name, (one.media,))
    option: Array = np.zeros(total, dtype=np.int64)
    cable = np.full(total, -1)
    trunking = one.media.trunk
    if trunking is not None and ways.placed is not None:
        offsets = Offsets(rows.link_count, rows.cable_count, rows.panel_count)
        told = (fabric.name, tier.name)
        made = structured(ends, trunking, one.media.fibers, ways, told, rows.code, offsets)
        for name in ("cables", "segments", "panels", "trunks"):
            rows.add(name, getattr(made, name))
        rows.cable_count += len(made.cables["type"])
        rows.panel_count += len(made.panels["rack"])
        problems += long_channel(fabric, tier.name, one.media, made.lengths_m)
        cable = made.cable
    elif not tier.printed:
        route = ways.metres(*ends)
        if len(options) > 1:
            option = choose(options, route, a_cage, b_cage)
        for number, media in enumerate(options):
            own = np.flatnonzero(option == number)
            if not len(own):
                continue
            problems += too_long(fabric, tier.name, media, route[own])
            cable[own] = _cables(fabric, tier, media, a_cage[own], b_cage[own], rows)
            _measure(cable[own], route[own], ways.phase(ends[0][own], ends[1][own]), media, ways,
                     rows)  # fmt: skip
    if one.media.panel is not None:
        _cross(one.media.panel, one.source.panels[tier.name], cable, ends, one.media, ways, rows)
    rows.add("links", {
        "a_port": one.a_port,
        "b_port": one.b_port,
        "fabric": np.full(total, rows.code("fabric", fabric.name), dtype=np.int16),
        "tier": np.full(total, rows.code("tier", tier.name), dtype=np.int16),
        "plane": one.plane,
        "rail": one.rail,
        "speed_gbps": np.full(total, tier.gbps, dtype=np.float32),
        "cable": cable.astype(np.int32),
    })  # fmt: skip
    rows.link_count += total
    if tier.printed:
        a_cage, b_cage = np.full(total, -1), np.full(total, -1)
    return CabledTier(options, option, tier.name in fabric.options, tier.lower, tier.upper,
                 one.a_port, one.b_port, a_cage, b_cage, cable)  # fmt: skip


def _measure(  # which cables, and what is known of their links
    cable: Array, route: Array, phase: Array, media: TierMedia, ways: Ways, rows: Rows
) -> None:
    """Add the lengths and steps of some cables: the longest and latest of their links."""
    first = int(cable.min())
    count = int(cable.max()) + 1 - first
    longest, latest = route, phase
    if count != len(cable):  # several links a cable
        longest, latest = np.full(count, np.nan), np.zeros(count, dtype=np.int16)
        np.fmax.at(longest, cable - first, route)
        np.maximum.at(latest, cable - first, phase)
    rows.add("cables", {
        "route_m": longest.astype(np.float32),
        "length_m": ways.to_order(longest, media).astype(np.float32),
        "phase": latest,
    })  # fmt: skip


def _cross(  # the links, the panel between, and what grows
    panel: Panel,
    first_panel: int,
    cable: Array,
    ends: tuple[Array, Array],
    media: TierMedia,
    ways: Ways,
    rows: Rows,
) -> None:
    """Segments of links that cross a panel, in order; the far side has a cable of its own.

    The far cables are copies of the near ones: a cable of several links stays one on both sides.
    """
    link = np.arange(len(cable))
    near = int(cable.max()) + 1 - int(cable.min())
    between = first_panel + link // panel.links
    for name, arrays in rows.tables["cables"].items():
        if name in ("route_m", "length_m", "phase"):
            arrays.pop()
        else:
            arrays.append(arrays[-1].copy())
    for near_end, far_end in ((ends[0], between), (between, ends[1])):
        route, phase = ways.metres(near_end, far_end), ways.phase(*ends)
        _measure(cable, route, phase, media, ways, rows)
    far = cable - int(cable.min()) + rows.cable_count
    rows.cable_count += near
    for order, part in enumerate((cable, far)):
        rows.add("segments", {
            "link": rows.link_count + link,
            "order": np.full(len(link), order),
            "cable": part,
            "panel": between,
            "patch": np.full(len(link), -1),
            "place": link % panel.links,
        })  # fmt: skip


def _cables(  # both ends of a tier and what grows
    fabric: SizedFabric,
    tier: LinkTier,
    media: TierMedia,
    a_cage: Array,
    b_cage: Array,
    rows: Rows,
) -> Array:
    """The cable row of every link of a tier; the rows are added."""
    cable = media.cable
    number: Array = np.arange(len(a_cage))
    if cable is not None and not cable.is_fiber:
        if cable.links.value > 1:
            _, number = np.unique(b_cage, return_inverse=True)
        _check_plugs(fabric, tier.name, cable, number, a_cage, b_cage)
    count = int(number.max()) + 1 if len(number) else 0
    carried = np.bincount(number, minlength=count)
    strands = cable.strands.value if cable is not None else None
    if media.copper is not None:
        strands = 0
    words = {
        "type": rows.code("type", cable.id if cable else UNSPECIFIED),
        "fabric": rows.code("fabric", fabric.name),
        "tier": rows.code("tier", tier.name),
        "fibers": -1 if media.fibers is None else media.fibers,
        "strands": -1 if strands is None else strands,
    }
    values: dict[str, Array] = {
        name: np.full(count, code, dtype=np.int16) for name, code in words.items()
    }
    rows.add("cables", {**values, "links": carried})
    first, rows.cable_count = rows.cable_count, rows.cable_count + count
    return first + number


def _check_plugs(
    fabric: SizedFabric, tier: str, cable: Cable, number: Array, a_cage: Array, b_cage: Array
) -> None:
    """RP315 unless every cage takes one plug and every cable has a plug for each of its cages.

    `number` is the cable of each link: the links of one upper cage share a cable. A splitter has
    one plug at the upper end and the others at the lower end.
    """
    lower_plugs = cable.ends.value - 1
    carried = int(np.bincount(number).max(initial=0))
    for cages, plugs in ((a_cage, lower_plugs), (b_cage, 1)):
        plugged = cages >= 0  # management ports of switches and PDUs have no cage to check
        pairs = np.unique(np.stack([cages[plugged], number[plugged]]), axis=1)
        one_plug = len(pairs[0]) == len(np.unique(cages[plugged]))
        most = int(np.bincount(pairs[1]).max(initial=0))
        split = plugs == 1 or len(pairs[0]) == plugged.sum()  # each tail holds one link
        if not one_plug or not split or most > plugs or carried > cable.links.value:
            message = f"{cable.title} does not suit the cages of {tier}: their links part"
            hint = "use fiber, or a cable whose plugs hold the ports of one cage each"
            path = ("fabrics", fabric.name, "optics")
            raise InfeasibleError([Problem("RP315", message, hint, path)])
