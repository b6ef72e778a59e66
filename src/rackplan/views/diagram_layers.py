"""Boxes in layers with the bundles between them: one panel of a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from textwrap import wrap

from rackplan.sizes import HOST
from rackplan.views.diagram_bundles import STRIP, draw_bundles, shade
from rackplan.views.diagram_canvas import (
    CHARACTER,
    Canvas,
    Rect,
    colour_of,
    fits,
    plain,
)
from rackplan.views.diagram_fold import Folded
from rackplan.views.diagram_hosts import Box
from rackplan.views.diagram_plane import Plane
from rackplan.views.diagram_words import box_hover, ports_text, strip_name

ROW_HEIGHT = 0.27
_STRIP_FACE = 0.42
_BETWEEN = "interzone"
"""Role of the switches that stand in the middle of their row."""


@dataclass(frozen=True)
class Panel:
    """A part of the canvas, what is folded there, and the level of each role."""

    part: str
    folded: Folded
    left: float
    right: float
    levels: Mapping[str, float]
    colours: Mapping[str, str] = field(default_factory=dict)
    """Colour of the lines of a tier; those of their boxes where it is absent."""


def levels_of(plane: Plane) -> dict[str, float]:
    """Level of every role: one above the roles below it; hosts are at 0."""
    levels: dict[str, float] = dict.fromkeys(plane.rows, 0.0)
    for role in plane.rows:
        below = [levels[t.lower] for t in plane.tiers if t.upper == role != t.lower]
        if role != HOST:
            levels[role] = max(below, default=0.0) + 1.0
    return levels


def draw_panel(canvas: Canvas, plane: Plane, panel: Panel) -> None:
    """Boxes row by row, then the bundles between them."""
    boxes = panel.folded.boxes
    rects: dict[int, Rect] = {}
    for level in dict.fromkeys(panel.levels.values()):
        mine = [index for index, box in enumerate(boxes) if panel.levels[box.role] == level]
        mine = _in_order(boxes, mine)
        rects |= _place(plane, boxes, mine, panel, level)
        _strips(canvas, plane, boxes, [(i, rects[i]) for i in mine])
        named = all(_lines(boxes[i].name, rects[i]) for i in mine)
        bold = all(fits(boxes[i].name, (rects[i].pixels - 8) * 0.92) for i in mine)
        for index in mine:
            each = named or boxes[index].role == HOST
            _draw_box(canvas, plane, boxes[index], rects[index], named=each, bold=bold)
    for role in dict.fromkeys(box.role for box in boxes):
        mine = [index for index, box in enumerate(boxes) if box.role == role]
        canvas.hover(
            [(rects[i].middle, rects[i].centre) for i in mine],
            [box_hover(plane, boxes[i]) for i in mine],
            [len(boxes[i].rows) for i in mine],
            {"part": panel.part, "role": role},
        )
    for bundles in panel.folded.bundles:
        colour = panel.colours.get(bundles.tier.name, "")
        draw_bundles(canvas, panel.part, plane, boxes, bundles, rects, colour)


def _in_order(boxes: Sequence[Box], mine: Sequence[int]) -> list[int]:
    """The boxes of a row from left to right: switches between zones in the middle."""
    outer = [index for index in mine if boxes[index].role != _BETWEEN]
    if len(outer) in (0, len(mine)):
        return list(mine)
    middle = (max(boxes[index].group for index in outer) + 1) // 2
    left = [index for index in outer if boxes[index].group < middle]
    inner = [index for index in mine if boxes[index].role == _BETWEEN]
    return [*left, *inner, *(index for index in outer if boxes[index].group >= middle)]


def _place(
    plane: Plane, boxes: Sequence[Box], indices: Sequence[int], panel: Panel, level: float
) -> dict[int, Rect]:
    """Equal widths, a small gap between boxes, a larger one where the rail or pod changes."""
    if not indices:
        return {}
    strips = [(boxes[i].role, boxes[i].rail, boxes[i].group) for i in indices]
    gaps = [0.0] + [0.28 if here == before else 0.75 for before, here in pairwise(strips)]
    room = panel.right - panel.left
    widest = room * (0.9 if boxes[indices[0]].role == HOST else 0.34)
    gap_unit = min(room / (len(indices) + sum(gaps)), 0.02)
    unit = min((room - gap_unit * sum(gaps)) / len(indices), widest)
    width = unit * len(indices) + gap_unit * sum(gaps)
    left = panel.left + (room - width) / 2
    rects = {}
    for index, gap in zip(indices, gaps, strict=True):
        left += gap * gap_unit
        bottom = level - ROW_HEIGHT / 2
        bottom += STRIP if strip_name(plane, boxes[index]) else 0.0
        rects[index] = Rect(left, left + unit, bottom, level + ROW_HEIGHT / 2)
        left += unit
    return rects


def _strips(
    canvas: Canvas, plane: Plane, boxes: Sequence[Box], placed: Sequence[tuple[int, Rect]]
) -> None:
    """One strip under neighbours of the same rail and pod."""
    runs: list[tuple[str, Rect, int]] = []
    for index, rect in placed:
        name = strip_name(plane, boxes[index])
        if not name:
            continue
        left = rect.left
        if runs and runs[-1][0] == name:
            left = runs.pop()[1].left
        strip = Rect(left, rect.right, rect.bottom - STRIP, rect.bottom)
        runs.append((name, strip, index))
    for name, strip, index in runs:
        canvas.box(strip, colour_of(shade(boxes[index])), alpha=_STRIP_FACE)
        short = name
        for word in ("rail", "pod", "set", "zone"):
            short = short.replace(f"{word} ", word[0])
        text = name if fits(name, strip.pixels) else short
        canvas.text(strip.middle, strip.centre, text, size=11)


def _draw_box(
    canvas: Canvas, plane: Plane, box: Box, rect: Rect, *, named: bool, bold: bool
) -> None:
    canvas.box(rect, colour_of(shade(box)))
    room = rect.pixels - 8
    name = (_lines(box.name, rect) or _lines(box.number, rect)) if named else ""
    if not name:
        size = 12 if fits(box.number, room) else 9
        canvas.text(rect.middle, rect.centre, plain(box.number), size=size)
        return
    head = f"<b>{name}</b>" if bold else name
    more = [plain(text) for text in (box.detail, ports_text(plane, box)) if text]
    shown = [head, *(line for line in more if fits(line, room))]
    canvas.text(rect.middle, rect.centre, "<br>".join(shown[: 5 - head.count("<br>")]))


def _lines(name: str, rect: Rect) -> str:
    """A name in up to three lines that fit into a box; empty where they do not."""
    room = rect.pixels - 8
    if fits(name, room):
        return plain(name)
    lines = wrap(name, max(1, int(room / CHARACTER)), break_long_words=False)
    if len(lines) > 3 or not all(fits(line, room) for line in lines):
        return ""
    return "<br>".join(map(plain, lines))
