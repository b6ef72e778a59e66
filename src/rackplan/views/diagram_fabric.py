"""A fabric in layers: hosts at the bottom, then leaf, spine and core, links bundled."""

from __future__ import annotations

from typing import Any

import numpy as np

from rackplan.build import Plan
from rackplan.views.diagram_canvas import NEUTRAL, Canvas
from rackplan.views.diagram_fold import Folded, fold, unfold_first
from rackplan.views.diagram_layers import ROW_HEIGHT, Panel, draw_panel, levels_of
from rackplan.views.diagram_plane import Plane, plane_of
from rackplan.views.diagram_words import fabric_title, fold_note, role_text, tier_text
from rackplan.views.maps import is_direct, map_figure

LABEL_WIDTH = 0.148


def fabric_figure(plan: Plan, fabric_name: str) -> Any:
    """The plotly figure of one plane of a fabric, folded as far as it must be to be readable.

    Invisible marker traces carry the counts: `meta` names the part (`whole` or `detail`) and
    the tier, and `customdata` holds (links, text) of every bundle.

    Raises:
        KeyError: no such fabric.
    """
    fabric = plan.fabric(fabric_name)
    plane = plane_of(plan, fabric)
    if is_direct(fabric):
        return map_figure(plane)
    folded = fold(plane)
    name, detail = ("", None) if plane.small else unfold_first(plane)
    split = 0.62 if detail else 1.0
    levels = levels_of(plane)
    right = split - (0.03 if detail else 0.006)
    canvas = Canvas()
    draw_panel(canvas, plane, Panel("whole", folded, LABEL_WIDTH, right, levels))
    if detail:
        draw_panel(canvas, plane, Panel("detail", detail, split + 0.01, 0.994, levels))
    _row_labels(canvas, plane, folded, levels)
    top = max(levels.values()) + ROW_HEIGHT / 2
    if detail:
        _detail_frame(canvas, name, split, top)
    height = 110 + 205 * len(set(levels.values()))
    y_range = (-ROW_HEIGHT / 2 - 0.12, top + (0.2 if detail else 0.08))
    return canvas.figure(fabric_title(fabric), fold_note(plane, folded), y_range, height)


def _row_labels(canvas: Canvas, plane: Plane, folded: Folded, levels: dict[str, float]) -> None:
    """At the left of every row what stands there, between rows what joins them."""
    texts: dict[float, list[str]] = {}
    for role, level in levels.items():
        texts.setdefault(level, []).append(role_text(plane, role))
    between: dict[float, list[str]] = {}
    for bundles in folded.bundles:
        tier = bundles.tier
        level = (levels[tier.lower] + levels[tier.upper]) / 2
        between.setdefault(level, []).append(tier_text(plane, tier, bundles))
    for labels, size, strength in ((texts, 13, 1.0), (between, 12, 0.8)):
        for level, parts in labels.items():
            canvas.text(
                0.004, level, "<br>".join(parts), size=size, at="middle right", strength=strength
            )


def _detail_frame(canvas: Canvas, name: str, split: float, top: float) -> None:
    """A line between the panels, and what the right one shows."""
    canvas.lines(np.array([[split - 0.01, -ROW_HEIGHT / 2, split - 0.01, top + 0.15]]), NEUTRAL,
                 width=1, opacity=0.5)  # fmt: skip
    text = f"<b>What repeats: {name}</b>"
    canvas.text((split + 0.994) / 2, top + 0.12, text, size=13)
    canvas.text((LABEL_WIDTH + split) / 2, top + 0.12, "<b>The whole plane, folded</b>", size=13)
