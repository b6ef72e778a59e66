"""What a map says: the key beside it, its subtitle, and the texts of its lines."""

from __future__ import annotations

from collections import Counter

import numpy as np

from rackplan.sizes import HOST, LinkTier
from rackplan.views.diagram_canvas import plain, wrapped
from rackplan.views.diagram_plane import Plane, plural, title_of
from rackplan.views.diagram_words import DENSE, panel_text, planes_note, span
from rackplan.views.maps.lattices import Lattice
from rackplan.views.maps.spots import BOARDS, SWITCH, Joined, Map, spot_of

_TIERS = {
    "local": "within a group",
    "global": "between groups",
    "cross": "between the subgraphs",
    "board": "on the boards",
}
"""What tiers of any topology join, in words."""


def tier_text(tier: LinkTier) -> str:
    """The name of a tier as words, safe for plotly."""
    if tier.name == f"{tier.lower}_{tier.upper}":
        return f"{plain(title_of(tier.lower))} to {plain(title_of(tier.upper))}"
    return plain(tier.name.replace("_", " "))


def link_text(tier: LinkTier, links: int, lower: str, upper: str) -> str:
    """The text of a line: its links, their tier and both ends."""
    head = f"<b>{links:,} {plural('link', links)}</b> ({tier_text(tier)})"
    return f"{head}<br>{plain(lower)} to {plain(upper)}"


def key_text(drawn: Map, joined: Joined, *, bars: bool) -> str:
    """The entry of a tier in the key: how many links, what they join, how many a line has."""
    plane, tier = drawn.plane, joined.tier
    named = tier.name in _TIERS or tier.name.startswith("dim_")
    name = plain(tier.name.replace("_", " ")) if named else ""
    lines = [f"<b>{plane.links(tier):,} links</b> {name}".rstrip(), _joins(plane, tier)]
    lines.append(f"{tier.gbps:g} Gb/s{', no cable' if tier.printed else ''}")
    on_boards = plane.fabric.topology == BOARDS
    if bars:
        lines.append("a bar joins every two boxes")
    elif drawn.dots is None and not joined.to_hosts and not len(joined.links):
        lines.append("inside the boxes")
    elif (joined.links > 1).any() and (drawn.dots is None or on_boards):
        word = "each box" if on_boards else "each line"
        lines.append(f"{word}: {span(joined.links)}")
    elif tier.bundle > 1:
        lines.append(f"up to {tier.bundle:,} in parallel")
    if panel := panel_text(plane.fabric, tier):
        lines.append(wrapped(panel, 170))
    return "<br>".join(lines)


def _joins(plane: Plane, tier: LinkTier) -> str:
    """What a tier joins, in words."""
    if tier.name in _TIERS:
        return _TIERS[tier.name]
    if tier.name.startswith("dim_"):
        number = int(tier.name.removeprefix("dim_"))
        along = {1: "along rows", 2: "along columns"}.get(number, f"along dimension {number}")
        ring = ", in rings" if plane.fabric.topology == "torus" else ""
        return f"{along}{ring}"
    lower, upper = (plural(title_of(role), 2) for role in (tier.lower, tier.upper))
    if lower == upper:
        return f"{lower} with each other"
    return f"{'hosts' if tier.lower == HOST else lower} to {upper}"


def subtitle(drawn: Map, lattice: Lattice | None, *, bars: bool) -> str:
    """What is drawn, and what a box and a line stand for."""
    on_boards = drawn.plane.fabric.topology == BOARDS
    singly = drawn.dots is not None or all(len(s.group.rows) == 1 for s in drawn.spots)
    parts = ["every node of the network is drawn" if singly else _box(drawn, lattice)]
    if bars:
        parts.append("a bar joins every two boxes on it")
    elif on_boards:
        parts.append("bars lead from the boards to the switches of their row and column")
    else:
        links = "a link, or parallel ones" if singly else "all links between two boxes"
        parts.append(f"a line stands for {links}")
    if lattice is not None and lattice.rings and len(lattice.sides) == 3:
        parts.append("open ends meet on the opposite side")
    if lattice is None and not on_boards and _dense(drawn):
        parts.append(f"bold: those of {plain(drawn.spots[0].group.name)}")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}.{planes_note(drawn.plane)}"


def _box(drawn: Map, lattice: Lattice | None) -> str:
    """What a box stands for."""
    groups = [spot.group for spot in drawn.spots if spot.place != SWITCH]
    sizes = Counter(len(group.rows) for group in groups)
    usual = max(groups, key=lambda group: (sizes[len(group.rows)], group.section))
    nodes = f"{len(usual.rows):,} {plural(_node(drawn.plane), len(usual.rows))}"
    if lattice is not None:
        tile = " x ".join(map(str, lattice.tile))
        return f"a box stands for {tile} {plural(_node(drawn.plane), 2)}"
    if drawn.plane.fabric.topology == BOARDS:
        boards = f"up to {usual.merged:,} boards" if usual.merged > 1 else "a board"
        return f"a box stands for {boards}"
    word = usual.name.split(", ")[-1].split(" ")[0].removesuffix("s")
    if usual.merged == len(usual.rows) > 1:
        return f"a box stands for {nodes}"
    if usual.merged > 1:
        return f"a box stands for {usual.merged:,} {word}s, {nodes}"
    return f"a box is a {word} of {nodes}"


def _node(plane: Plane) -> str:
    """What the nodes of the network are called."""
    roles = [title_of(role) for role in plane.rows if role != HOST]
    return roles[0] if len(roles) == 1 else "switch" if roles else "host"


def _dense(drawn: Map) -> bool:
    """Whether the lines are so many that those of one box stand out."""
    if drawn.dots is None:
        return any(len(joined.links) > DENSE for joined in drawn.joined)
    spot = spot_of(drawn.plane, drawn.spots)
    return any(
        len(np.unique((a * len(spot) + b)[spot[a] != spot[b]])) > DENSE
        for joined in drawn.joined
        if not joined.to_hosts
        for a, b in [drawn.plane.ends[joined.tier.name]]
    )
