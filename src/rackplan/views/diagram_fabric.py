"""A fabric in layers: hosts at the bottom, then leaf, spine and core, links bundled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from rackplan.build import Plan
from rackplan.views.diagram_bundles import STRIP, draw_bundles, shade
from rackplan.views.diagram_canvas import NEUTRAL, Canvas, Rect, colour_of, fits, plain
from rackplan.views.diagram_fold import HOST, Box, Folded, Plane, fold, plane_of, unfold_first
from rackplan.views.diagram_words import (
    box_hover,
    fabric_title,
    fold_note,
    ports_text,
    role_text,
    strip_name,
    tier_text,
)

ROW_HEIGHT = 0.27
LABEL_WIDTH = 0.148
_STRIP_FACE = 0.42


@dataclass(frozen=True)
class Panel:
    """A part of the canvas, and what is folded there."""

    part: str
    folded: Folded
    left: float
    right: float


def fabric_figure(plan: Plan, fabric_name: str) -> Any:
    """The plotly figure of one plane of a fabric, folded as far as it must be to be readable.

    Invisible marker traces carry the counts: `meta` names the part (`whole` or `detail`) and
    the tier, and `customdata` holds (links, text) of every bundle.

    Raises:
        KeyError: no such fabric.
    """
    fabric = plan.fabric(fabric_name)
    plane = plane_of(plan, fabric)
    folded = fold(plane)
    detail = None if plane.small else unfold_first(plane)
    split = 0.62 if detail else 1.0
    panels = [Panel("whole", folded, LABEL_WIDTH, split - (0.03 if detail else 0.006))]
    if detail:
        panels.append(Panel("detail", detail, split + 0.01, 0.994))
    canvas = Canvas()
    rows = {role: level for level, role in enumerate(plane.rows)}
    for panel in panels:
        _draw(canvas, plane, panel, rows)
    _row_labels(canvas, plane, folded, rows)
    top = len(rows) - 1 + ROW_HEIGHT / 2
    if detail:
        _detail_frame(canvas, plane, detail, split, top)
    height = 110 + 205 * len(rows)
    y_range = (-ROW_HEIGHT / 2 - 0.12, top + (0.2 if detail else 0.08))
    return canvas.figure(fabric_title(fabric), fold_note(plane, folded), y_range, height)


def _draw(canvas: Canvas, plane: Plane, panel: Panel, rows: dict[str, int]) -> None:
    """Boxes row by row, then the bundles between them."""
    boxes = panel.folded.boxes
    rects: dict[int, Rect] = {}
    for role, level in rows.items():
        mine = [index for index, box in enumerate(boxes) if box.role == role]
        rects |= _place([boxes[i] for i in mine], mine, panel, level)
        _strips(canvas, boxes, [(i, rects[i]) for i in mine])
        named = all(fits(boxes[i].name, rects[i].pixels - 8) for i in mine)
        for index in mine:
            _draw_box(canvas, plane, boxes[index], rects[index], named=named)
        canvas.hover(
            [(rects[i].middle, rects[i].centre) for i in mine],
            [box_hover(plane, boxes[i]) for i in mine],
            [len(boxes[i].rows) for i in mine],
            {"part": panel.part, "role": role},
        )
    for bundles in panel.folded.bundles:
        draw_bundles(canvas, panel.part, boxes, bundles, rects)


def _place(
    boxes: Sequence[Box], indices: Sequence[int], panel: Panel, level: int
) -> dict[int, Rect]:
    """Equal widths, a small gap between boxes, a larger one where the rail or pod changes."""
    if not boxes:
        return {}
    strips = [strip_name(box) for box in boxes]
    gaps = [0.0] + [0.28 if here == before else 0.75 for before, here in pairwise(strips)]
    room = panel.right - panel.left
    widest = room * (0.9 if boxes[0].role == HOST else 0.34)
    gap_unit = min(room / (len(boxes) + sum(gaps)), 0.02)
    unit = min((room - gap_unit * sum(gaps)) / len(boxes), widest)
    width = unit * len(boxes) + gap_unit * sum(gaps)
    left = panel.left + (room - width) / 2
    rects = {}
    for index, box, gap in zip(indices, boxes, gaps, strict=True):
        left += gap * gap_unit
        bottom = level - ROW_HEIGHT / 2
        bottom += STRIP if strip_name(box) else 0.0
        rects[index] = Rect(left, left + unit, bottom, level + ROW_HEIGHT / 2)
        left += unit
    return rects


def _strips(canvas: Canvas, boxes: Sequence[Box], placed: Sequence[tuple[int, Rect]]) -> None:
    """One strip under neighbours of the same rail and pod."""
    runs: list[tuple[str, Rect, int]] = []
    for index, rect in placed:
        name = strip_name(boxes[index])
        if not name:
            continue
        left = rect.left
        if runs and runs[-1][0] == name:
            left = runs.pop()[1].left
        strip = Rect(left, rect.right, rect.bottom - STRIP, rect.bottom)
        runs.append((name, strip, index))
    for name, strip, index in runs:
        canvas.box(strip, colour_of(shade(boxes[index])), alpha=_STRIP_FACE)
        short = name.replace("rail ", "r").replace("pod ", "p").replace("set ", "s")
        text = name if fits(name, strip.pixels) else short
        canvas.text(strip.middle, strip.centre, text, size=11)


def _draw_box(canvas: Canvas, plane: Plane, box: Box, rect: Rect, *, named: bool) -> None:
    canvas.box(rect, colour_of(shade(box)))
    room = rect.pixels - 8
    if not named:
        size = 12 if fits(box.number, room) else 9
        canvas.text(rect.middle, rect.centre, plain(box.number), size=size)
        return
    lines = [f"<b>{plain(box.name)}</b>" if fits(box.name, room * 0.92) else plain(box.name)]
    lines += [plain(text) for text in (box.detail, ports_text(plane, box)) if text]
    shown = [lines[0], *(line for line in lines[1:] if fits(line, room))]
    canvas.text(rect.middle, rect.centre, "<br>".join(shown))


def _row_labels(canvas: Canvas, plane: Plane, folded: Folded, rows: dict[str, int]) -> None:
    """At the left of every row what stands there, between rows what joins them."""
    fabric = plane.fabric
    for role, level in rows.items():
        text = role_text(plane, role)
        canvas.text(0.004, level, text, size=13, at="middle right")
    for bundles in folded.bundles:
        tier = bundles.tier
        if tier.lower in rows and tier.upper in rows:
            y = (rows[tier.lower] + rows[tier.upper]) / 2
            text = tier_text(fabric, tier, bundles)
            canvas.text(0.004, y, text, size=12, at="middle right", strength=0.8)


def _detail_frame(canvas: Canvas, plane: Plane, detail: Folded, split: float, top: float) -> None:
    """A line between the panels, and what the right one shows."""
    canvas.lines(np.array([[split - 0.01, -ROW_HEIGHT / 2, split - 0.01, top + 0.15]]), NEUTRAL,
                 width=1, opacity=0.5)  # fmt: skip
    leaves = [box for box in detail.boxes if box.role != HOST]
    pods = int(plane.column("group", plane.rows[leaves[0].role]).max(initial=-1)) + 1
    text = "What repeats: the leaves of the first unit of hosts"
    if pods > 1:
        text = f"What repeats: one of {pods:,} pods, with its hosts and its way up"
    canvas.text((split + 0.994) / 2, top + 0.12, f"<b>{text}</b>", size=13)
    canvas.text((LABEL_WIDTH + split) / 2, top + 0.12, "<b>The whole plane, folded</b>", size=13)
