"""The figure of a direct topology: a key, the map of one plane, and one group in detail."""

from __future__ import annotations

from typing import Any

import numpy as np

from rackplan.design import SizedFabric
from rackplan.sizes import HOST
from rackplan.views.diagram_canvas import COLOURS, NEUTRAL, PIXELS, Canvas
from rackplan.views.diagram_layers import ROW_HEIGHT, Panel, draw_panel
from rackplan.views.diagram_plane import Plane
from rackplan.views.diagram_words import fabric_title, role_text
from rackplan.views.maps import boards, lattices, rings
from rackplan.views.maps.drawing import draw_map
from rackplan.views.maps.part import detail
from rackplan.views.maps.spots import BOARDS, Frame, Map, join
from rackplan.views.maps.words import key_text, subtitle

KEY_WIDTH = 0.158
SPLIT = 0.645
HEIGHT = 760
"""Pixels of the figure; the plot is less by `_MARGINS`."""
WIDEST = 52.0
"""Half the width, in pixels, of boxes on a ring that show no devices; lines need room."""
_MARGINS = 86
_HEAD = 36.0
"""Pixels of the headlines of both parts."""
_RANGE = (-ROW_HEIGHT / 2 - 0.08, 2.0 + ROW_HEIGHT / 2 + 0.2)
_UNIT = (HEIGHT - _MARGINS) / (_RANGE[1] - _RANGE[0])
_LINE = 16.5
"""Pixels of a line of the key."""


def is_direct(fabric: SizedFabric) -> bool:
    """Whether links join devices of one role, so that layers do not show the fabric."""
    same = any(tier.lower == tier.upper for tier in fabric.size.links)
    return same or fabric.topology == BOARDS


def map_figure(plane: Plane) -> Any:
    """The plotly figure; see `rackplan.views.diagram_fabric.fabric_figure` for its traces."""
    drawn, lattice = _map(plane)
    canvas = Canvas()
    draw_map(canvas, drawn, lattice)
    headline, folded, levels = detail(plane)
    part = Panel("detail", folded, SPLIT + 0.01, 0.994, levels, drawn.colours)
    draw_panel(canvas, plane, part)
    y = _RANGE[1] - 0.05
    line = np.array([[SPLIT - 0.006, _RANGE[0], SPLIT - 0.006, y]])
    canvas.lines(line, NEUTRAL, width=1, opacity=0.5)
    canvas.text((KEY_WIDTH + SPLIT - 0.02) / 2, y, "<b>The whole plane</b>", size=13)
    canvas.text((SPLIT + 0.994) / 2, y, f"<b>{headline}</b>", size=13)
    barred = {
        joined.tier.name: lattice is not None and lattices.has_bars(lattice, joined)
        for joined in drawn.joined
    }
    _key(canvas, drawn, barred)
    note = subtitle(drawn, lattice, bars=any(barred.values()))
    return canvas.figure(fabric_title(plane.fabric), note, _RANGE, HEIGHT)


def _map(plane: Plane) -> tuple[Map, lattices.Lattice | None]:
    """Where everything stands."""
    width = (SPLIT - KEY_WIDTH - 0.02) * PIXELS
    height = HEIGHT - _MARGINS - _HEAD - 6
    frame = Frame(KEY_WIDTH, _RANGE[1] - _HEAD / _UNIT, width, height, _UNIT)
    lattice, dots = None, None
    if plane.fabric.topology == BOARDS:
        spots = boards.board_spots(plane, frame)
        dots = boards.grid_dots(plane, spots)
    elif lattices.drawn_as_lattice(plane):
        spots, lattice = lattices.lattice_spots(plane, frame)
    else:
        spots = rings.ring_spots(plane, frame)
        dots = rings.dots_of(plane, spots)
        if dots is None:
            spots = rings.ring_spots(plane, frame, WIDEST)
    joined = join(plane, spots)
    own = [one.tier.name for one in joined if not one.to_hosts]
    colours = {one.tier.name: NEUTRAL for one in joined}
    colours |= {name: COLOURS[number % len(COLOURS)] for number, name in enumerate(own)}
    return Map(plane, frame, spots, dots, joined, colours), lattice


def _key(canvas: Canvas, drawn: Map, barred: dict[str, bool]) -> None:
    """What stands there and what joins it, under each other, with the colours of the lines."""
    plane = drawn.plane
    roles = [role for role in plane.rows if role != HOST]
    entries = [("", role_text(plane, role)) for role in [*roles, HOST]]
    entries += [
        (drawn.colours[one.tier.name], key_text(drawn, one, bars=barred[one.tier.name]))
        for one in drawn.joined
    ]
    y = _RANGE[1] - 0.05
    for colour, text in entries:
        if colour:
            middle = y - 0.5 * _LINE / _UNIT
            canvas.lines(np.array([[0.006, middle, 0.022, middle]]), colour, width=3, opacity=0.9)
        left = 0.024 if colour else 0.004
        canvas.text(left, y + 0.004, text, size=12, at="bottom right")
        y -= ((text.count("<br>") + 1) * _LINE + 12) / _UNIT
