"""Drawing a map: its links, its boxes and the devices in them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rackplan.sizes import HOST
from rackplan.views.diagram_canvas import (
    NEUTRAL,
    Canvas,
    FloatArray,
    colour_of,
    plain,
    size_that_fits,
)
from rackplan.views.diagram_plane import Plane, plural, title_of
from rackplan.views.diagram_words import devices_text
from rackplan.views.maps import lines
from rackplan.views.maps.lattices import Lattice, board_outlines
from rackplan.views.maps.lines import WHOLE
from rackplan.views.maps.spots import BOARDS, SWITCH, Map, Spot
from rackplan.views.maps.words import tier_text


def draw_map(canvas: Canvas, drawn: Map, lattice: Lattice | None) -> None:
    """Links first, boxes and devices over them."""
    on_boards = drawn.plane.fabric.topology == BOARDS
    for joined in drawn.joined:
        if not len(joined.links):
            continue
        if lattice is not None:
            lines.lattice_links(canvas, drawn, lattice, joined)
        elif on_boards:
            lines.board_links(canvas, drawn, joined)
        elif drawn.dots is None:
            lines.box_links(canvas, drawn, joined)
    if drawn.dots is not None:
        lines.device_links(canvas, drawn, drawn.dots)
    if lattice is not None:
        _outlines(canvas, drawn, lattice)
        _headings(canvas, drawn, lattice)
    _sections(canvas, drawn)
    _boxes(canvas, drawn)
    _names(canvas, drawn)
    if drawn.dots is not None:
        _devices(canvas, drawn, drawn.dots)


def _boxes(canvas: Canvas, drawn: Map) -> None:
    """Every spot; hover texts say what it holds and what links it has inside."""
    alpha = 0.1 if drawn.dots is not None else 0.22
    for spot in drawn.spots:
        canvas.box(drawn.frame.rect(spot.at, spot.half), colour_of(spot.shade), alpha=alpha,
                   border=1.2)  # fmt: skip
    texts = _spot_texts(drawn)
    points = drawn.frame.points(np.array([spot.at for spot in drawn.spots]))
    for role, rows in drawn.plane.rows.items():
        counts = np.array([np.isin(spot.group.rows, rows).sum() for spot in drawn.spots])
        here = np.flatnonzero(counts).tolist()
        canvas.hover(points[here], [texts[n] for n in here], counts[here].tolist(),
                     {"part": WHOLE, "role": role})  # fmt: skip
    for joined in drawn.joined:
        drawn_singly = drawn.dots is not None and not joined.to_hosts
        a, _ = drawn.plane.ends[joined.tier.name]
        if drawn_singly and drawn.dots is not None and not np.isnan(drawn.dots[a[0], 0]):
            continue
        here = np.flatnonzero(joined.inside).tolist()
        canvas.hover(points[here], [texts[n] for n in here], joined.inside[here].tolist(),
                     {"part": WHOLE, "tier": joined.tier.name})  # fmt: skip


def _spot_texts(drawn: Map) -> list[str]:
    """What each spot holds: devices, links inside it, links to hosts."""
    texts = []
    for number, spot in enumerate(drawn.spots):
        parts = [f"<b>{plain(spot.group.name)}</b>"]
        for role, rows in drawn.plane.rows.items():
            mine = spot.group.rows[np.isin(spot.group.rows, rows)]
            if len(mine):
                many = f"{len(mine):,} {plural(title_of(role), len(mine))}"
                parts += [many, *devices_text(drawn.plane, role, mine)]
        for joined in drawn.joined:
            if inside := int(joined.inside[number]):
                where = "to hosts" if joined.to_hosts else "inside"
                parts.append(f"{inside:,} {plural('link', inside)} {where}"
                             f" ({tier_text(joined.tier)})")  # fmt: skip
        texts.append("<br>".join(parts))
    return texts


def _names(canvas: Canvas, drawn: Map) -> None:
    """Names outside the boxes where they have a place there, else inside if they all fit."""
    outside = [spot for spot in drawn.spots if spot.label is not None]
    inside = [spot for spot in drawn.spots if spot.label is None]
    if outside:
        wide = 2.3 * outside[0].half[0]
        full = size_that_fits([spot.group.label for spot in outside], wide)
        for spot in outside:
            if spot.label is not None:
                text = spot.group.label if full >= 9 else spot.group.short
                x, y = drawn.frame.point(spot.label.x, spot.label.y)
                canvas.text(x, y, plain(text), size=full if full >= 9 else 11, at=spot.label.at)
        if drawn.dots is None:
            _faces(canvas, drawn, outside)
    for shown in (True, False):  # boxes of switches have room of their own
        mine = [spot for spot in inside if (spot.place == SWITCH) == shown]
        if mine and (shown or drawn.dots is None):
            _inside(canvas, drawn, mine)


def _inside(canvas: Canvas, drawn: Map, spots: Sequence[Spot]) -> None:
    """The label in lines or in one, or the number, in boxes of one size alike; else nothing."""
    by_size: dict[tuple[float, float], list[Spot]] = {}
    for spot in spots:
        by_size.setdefault((round(spot.half[0], 3), round(spot.half[1], 3)), []).append(spot)
    for (half, high), mine in by_size.items():
        labels = [spot.group.label for spot in mine]
        ways = [[label.split(": ") for label in labels], [[label] for label in labels],
                [[spot.group.short] for spot in mine]]  # fmt: skip
        for texts in ways:
            size = size_that_fits([line for text in texts for line in text], 2 * half - 4, 11)
            if size and max(map(len, texts)) * size * 1.3 <= 2 * high:
                for spot, text in zip(mine, texts, strict=True):
                    at = drawn.frame.point(*spot.at)
                    canvas.text(*at, "<br>".join(map(plain, text)), size=size)
                break


def _faces(canvas: Canvas, drawn: Map, spots: Sequence[Spot]) -> None:
    """How many devices of each role are in a box."""
    texts = []
    for spot in spots:
        counts = {role: int(np.isin(spot.group.rows, rows).sum())
                  for role, rows in drawn.plane.rows.items()}  # fmt: skip
        texts.append([f"{n:,} {plural(title_of(role), n)}" for role, n in counts.items() if n])
    size = size_that_fits([line for text in texts for line in text], 2 * spots[0].half[0] - 4)
    if not size:
        texts = [[f"{len(spot.group.rows):,}"] for spot in spots]
        size = size_that_fits([text[0] for text in texts], 2 * spots[0].half[0] - 2, 10)
    for spot, text in zip(spots, texts, strict=True):
        x, y = drawn.frame.point(*spot.at)
        if size:
            canvas.text(x, y, "<br>".join(text), size=size)


def _sections(canvas: Canvas, drawn: Map) -> None:
    """What the two rows of a Slim Fly are, and where the switches of boards stand."""
    if drawn.plane.fabric.topology == BOARDS:
        switches = [spot for spot in drawn.spots if spot.place == SWITCH]
        x, y = max(s.at[0] for s in switches), min(s.at[1] for s in switches)
        words = ("\u2190 switches", "of columns", "", "switches", "of rows \u2193")
        canvas.text(*drawn.frame.point(x, y), "<br>".join(words), size=11)
    if drawn.plane.fabric.topology != "slim-fly":
        return
    for section in (0, 1):
        mine = [spot for spot in drawn.spots if spot.group.section == section]
        groups = sum(spot.group.merged for spot in mine)
        routers = sum(len(spot.group.rows) for spot in mine)
        y = 12 if section == 0 else drawn.frame.height - 12
        text = f"subgraph {section + 1}: {groups:,} groups of {routers // groups:,} routers"
        canvas.text(*drawn.frame.point(drawn.frame.width / 2, y), text)


def _outlines(canvas: Canvas, drawn: Map, lattice: Lattice) -> None:
    """The boards of a torus of hosts."""
    at = {spot.place: np.array(spot.at) for spot in drawn.spots}
    reach = 0.4 * np.array([lattice.pitch(0), lattice.pitch(1)])
    board = getattr(drawn.plane.fabric.size.shape, "board", (1, 1))
    for first, last in board_outlines(lattice, board):
        middle, half = (at[first] + at[last]) / 2, np.abs(at[last] - at[first]) / 2 + reach
        rect = drawn.frame.rect((middle[0], middle[1]), (half[0], half[1]))
        canvas.box(rect, NEUTRAL, alpha=0.07, border=0.8)


def _headings(canvas: Canvas, drawn: Map, lattice: Lattice) -> None:
    """Numbers of columns below a flat lattice and of rows at its left."""
    if len(lattice.sides) != 2:
        return
    corner = np.array(drawn.spots[0].at)
    for dimension, side in enumerate(lattice.sides):
        aside = lattice.unit(1 - dimension) * (lattice.reach(1 - dimension) + 24)
        origin = corner - aside
        if dimension == 0:  # below, as arcs and bars lie above
            origin = corner + (lattice.sides[1] - 1) * lattice.steps[1] + aside
        each = lattice.tile[dimension]
        texts = [f"{n * each + 1}-{(n + 1) * each}" if each > 1 else str(n + 1)
                 for n in range(side)]  # fmt: skip
        room = lattice.pitch(0) if dimension == 0 else 60
        size = size_that_fits(texts, room, 10)
        for number, text in enumerate(texts if size else []):
            x, y = (origin + number * lattice.steps[dimension]).tolist()
            canvas.text(*drawn.frame.point(x, y), text, size=size, strength=0.7)


def _devices(canvas: Canvas, drawn: Map, dots: FloatArray) -> None:
    """A mark for every device that is drawn, and what it is under the pointer."""
    size = _mark(drawn)
    for role, rows in drawn.plane.rows.items():
        mine = rows[~np.isnan(dots[rows, 0])]
        points = drawn.frame.points(dots[mine])
        for x, y in points.tolist():
            canvas.dot(x, y, colour_of(_role_shade(drawn.plane, role)), size)
        texts = ["<br>".join(devices_text(drawn.plane, role, np.array([row])))
                 for row in mine.tolist()]  # fmt: skip
        canvas.hover(points, texts, [1] * len(mine), {"part": "device", "role": role})


def _mark(drawn: Map) -> float:
    """Size of a mark, so that the devices of a box do not touch."""
    most = max(len(spot.group.rows) for spot in drawn.spots)
    return min(9.0, max(3.5, 2.0 * drawn.spots[0].half[0] / max(most, 4)))


def _role_shade(plane: Plane, role: str) -> int:
    """Two roles that are drawn as marks differ in colour."""
    switches = [one for one in plane.rows if one != HOST]
    return 2 if len(switches) > 1 and role == switches[0] else 0
