"""The links of a map: from box to box, device to device, along lattices and rows of boards."""

from __future__ import annotations

import numpy as np

from rackplan.views.diagram_bundles import draw_lines
from rackplan.views.diagram_canvas import BoolArray, Canvas, FloatArray, plain
from rackplan.views.diagram_plane import IntArray
from rackplan.views.maps import boards, lattices
from rackplan.views.maps.spots import Joined, Map, spot_of
from rackplan.views.maps.words import link_text, tier_text

WHOLE = "whole"
_LABELLED = 8
_CROWDED = 60
"""Lines inside a box above which they are thin and faint."""


def box_links(canvas: Canvas, drawn: Map, joined: Joined) -> None:
    """A line for each pair of boxes, from edge to edge."""
    at = np.array([spot.at for spot in drawn.spots])
    half = np.array([spot.half for spot in drawn.spots])
    low, high = at[joined.lower], at[joined.upper]
    step = high - low
    length = np.maximum(np.abs(step), 1e-9)
    out, back = ((half[end] / length).min(axis=1)[:, None] * step
                 for end in (joined.lower, joined.upper))  # fmt: skip
    paths = drawn.frame.points(np.stack([low + out, high - back], axis=1))
    colour = drawn.colours[joined.tier.name]
    draw_lines(canvas, paths, [colour] * len(paths), joined.lower == joined.lower[0])
    points = paths[:, 0] + 0.3 * (paths[:, 1] - paths[:, 0])
    _hover(canvas, drawn, joined, points, np.arange(len(paths)))
    if len(paths) <= _LABELLED:
        for (x, y), links in zip(points.tolist(), joined.links.tolist(), strict=True):
            canvas.text(x, y, f" {links:,}", at="middle right")


def device_links(canvas: Canvas, drawn: Map, dots: FloatArray) -> None:
    """A line for every pair of devices that are drawn and joined, tier by tier."""
    plane, spot = drawn.plane, spot_of(drawn.plane, drawn.spots)
    for tier in plane.tiers:
        a, b = plane.ends[tier.name]
        on_map = np.flatnonzero(~np.isnan(dots[a, 0]) & ~np.isnan(dots[b, 0]))
        if not len(on_map):
            continue
        pairs, first, links = np.unique(
            a[on_map] * len(plane.names) + b[on_map], return_index=True, return_counts=True
        )
        low, high = np.divmod(pairs, len(plane.names))
        paths = drawn.frame.points(np.stack([dots[low], dots[high]], axis=1))
        inside: BoolArray = spot[low] == spot[high]
        colour = drawn.colours[tier.name]
        crowded = inside.sum() > _CROWDED * len(drawn.spots)
        canvas.paths(paths[inside], colour, width=0.8 if crowded else 1.5,
                     opacity=0.45 if crowded else 0.8)  # fmt: skip
        outside = paths[~inside]
        example = (spot[low] == 0) | (spot[high] == 0)
        draw_lines(canvas, outside, [colour] * len(outside), example[~inside])
        points = paths[:, 0] + 0.35 * (paths[:, 1] - paths[:, 0])
        texts = [
            link_text(tier, count, *_ends(drawn, tier.name, link))
            for count, link in zip(links.tolist(), on_map[first].tolist(), strict=True)
        ]
        canvas.hover(points, texts, links.tolist(), {"part": WHOLE, "tier": tier.name})


def lattice_links(canvas: Canvas, drawn: Map, lattice: lattices.Lattice, joined: Joined) -> None:
    """Straight lines, loops, stubs and arcs; bars where arcs would be too many."""
    colour = drawn.colours[joined.tier.name]
    if lattices.has_bars(lattice, joined):
        _bars(canvas, drawn, lattice, joined)
        return
    for route in lattices.routes(lattice, drawn.spots, joined):
        paths = drawn.frame.points(route.paths)
        canvas.paths(paths, colour, width=1.0 if route.faint else 1.6,
                     opacity=0.6 if route.faint else 0.85)  # fmt: skip
        if route.told:
            middle = paths.shape[1] // 2
            points = (paths[:, middle] + paths[:, -1 - middle]) / 2
            _hover(canvas, drawn, joined, points, route.pairs)


def _bars(canvas: Canvas, drawn: Map, lattice: lattices.Lattice, joined: Joined) -> None:
    """A bar for every line, which says how many links join its boxes."""
    colour, tier = drawn.colours[joined.tier.name], joined.tier
    made = list(lattices.bars(lattice, drawn.spots, joined))
    points = drawn.frame.points
    canvas.paths(points(np.stack([bar.ends for bar in made])), colour, width=2.4, opacity=0.85)
    stubs = np.concatenate([bar.stubs for bar in made])
    canvas.paths(points(stubs), colour, width=1.2, opacity=0.7)
    texts = []
    for bar in made:
        first, last = (drawn.spots[n].group.name for n in (bar.on[0], bar.on[-1]))
        texts.append(f"<b>{bar.links:,} links</b> ({tier_text(tier)})<br>every two of "
                     f"{len(bar.on)} boxes, {plain(first)} ... {plain(last)}")  # fmt: skip
    places = points(np.stack([0.96 * bar.ends[0] + 0.04 * bar.ends[1] for bar in made]))
    canvas.hover(places, texts, [bar.links for bar in made], {"part": WHOLE, "tier": tier.name})


def board_links(canvas: Canvas, drawn: Map, joined: Joined) -> None:
    """Boards to their switches along bars in the gaps between the boards."""
    colour = drawn.colours[joined.tier.name]
    columns = joined.tier.upper.startswith("column")
    runs = list(boards.runs(drawn.spots, joined, columns=columns))
    bars = drawn.frame.points(np.stack([run.bar for run in runs]))
    canvas.paths(bars, colour, width=1.8, opacity=0.8)
    stubs = drawn.frame.points(np.concatenate([run.stubs for run in runs]))
    canvas.paths(stubs, colour, width=1.2, opacity=0.8)
    pairs = np.concatenate([run.pairs for run in runs])
    _hover(canvas, drawn, joined, stubs[:, 1], pairs)


def _hover(canvas: Canvas, drawn: Map, joined: Joined, points: FloatArray, pairs: IntArray) -> None:
    """The texts of pairs of boxes at some points of the canvas; ports where a box is a device."""
    texts = []
    for pair in pairs.tolist():
        ends = [drawn.spots[number[pair]].group for number in (joined.lower, joined.upper)]
        names = [group.name for group in ends]
        if all(len(group.rows) == 1 for group in ends):
            names = _ends(drawn, joined.tier.name, int(joined.first[pair]))
        texts.append(link_text(joined.tier, int(joined.links[pair]), *names))
    meta = {"part": WHOLE, "tier": joined.tier.name}
    canvas.hover(points, texts, joined.links[pairs].tolist(), meta)


def _ends(drawn: Map, tier: str, link: int) -> list[str]:
    """Device and port at both ends of a link."""
    plane = drawn.plane
    return [
        f"{plane.names[device[link]]} port {port[link] + 1}"
        for device, port in zip(plane.ends[tier], plane.ports[tier], strict=True)
    ]
