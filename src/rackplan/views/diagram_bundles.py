"""The lines of the fabric diagram: one for each bundle, and the links that it carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rackplan.sizes import HOST
from rackplan.views.diagram_canvas import BoolArray, Canvas, FloatArray, Rect, colour_of, plain
from rackplan.views.diagram_fold import Bundles
from rackplan.views.diagram_hosts import Box
from rackplan.views.diagram_plane import IntArray, Plane
from rackplan.views.diagram_words import DENSE, strip_name

STRIP = 0.075
"""Height of the strip under the switches of one rail or pod that carries its name."""
MAX_LABELS = 24
"""Most lines of a tier that carry their count."""
ARC_POINTS = 13
ARC_HEIGHT = 0.3
"""Height of the highest arc above the row of its ends."""


def draw_bundles(
    canvas: Canvas,
    part: str,
    plane: Plane,
    boxes: Sequence[Box],
    bundles: Bundles,
    rects: Mapping[int, Rect],
    colour: str = "",
) -> None:
    """The bundles of one tier: a trace for each colour, and hover points with the counts."""
    if not len(bundles.links):
        return
    lower, upper = bundles.lower, bundles.upper
    shades = np.array([
        max(shade(boxes[a]), shade(boxes[b]))
        for a, b in zip(lower.tolist(), upper.tolist(), strict=True)
    ])  # fmt: skip
    if boxes[int(lower[0])].role == boxes[int(upper[0])].role:
        paths = _arcs(lower, upper, rects)
        points = paths[:, paths.shape[1] // 2]
    else:
        below = np.column_stack([_attach(lower, upper, rects), _tops(lower, rects)])
        undersides = _undersides(plane, upper, boxes, rects)
        above = np.column_stack([_attach(upper, lower, rects), undersides])
        paths = np.stack([below, above], axis=1)
        points = paths[:, 0] + 0.3 * (paths[:, -1] - paths[:, 0])
    colours = [colour or colour_of(one) for one in shades.tolist()]
    middle = lower[len(lower) // 2]
    draw_lines(canvas, paths, colours, (lower == middle) | (upper == middle))
    texts = [
        f"<b>{links:,} {'link' if links == 1 else 'links'}</b>"
        f"<br>{_told(plane, boxes[a])} to {_told(plane, boxes[b])}"
        for a, b, links in zip(lower.tolist(), upper.tolist(), bundles.links.tolist(), strict=True)
    ]
    meta = {"part": part, "tier": bundles.tier.name}
    canvas.hover(points, texts, bundles.links.tolist(), meta)
    for index in _labelled(bundles.links, whole=part == "whole"):
        x, y = points[index]
        canvas.text(x, y, f" {bundles.links[index]:,}", size=12, at="middle right")


def draw_lines(
    canvas: Canvas, paths: FloatArray, colours: Sequence[str], example: BoolArray
) -> None:
    """A trace for each colour; in a dense mesh the lines of one example stand out."""
    dense = len(paths) > DENSE
    width = 2.4 if len(paths) <= 24 else 0.8 if dense else 1.5
    for colour in sorted(set(colours)):
        mine = np.array([one == colour for one in colours])
        canvas.paths(paths[mine], colour, width=width, opacity=0.3 if dense else 0.55)
    if dense and example.any():
        bold = colours[int(np.argmax(example))]
        canvas.paths(paths[example], bold, width=2, opacity=0.95)


def _arcs(lower: IntArray, upper: IntArray, rects: Mapping[int, Rect]) -> FloatArray:
    """Arcs above one row, higher the further apart their ends are; shape (arcs, points, 2)."""
    ends = np.array([
        [rects[a].middle, rects[b].middle, rects[a].top]
        for a, b in zip(lower.tolist(), upper.tolist(), strict=True)
    ])  # fmt: skip
    step = np.linspace(0, 1, ARC_POINTS)
    x = ends[:, :1] + (ends[:, 1:2] - ends[:, :1]) * step
    apart = np.abs(ends[:, 1] - ends[:, 0])
    height = ARC_HEIGHT * (0.25 + 0.75 * apart / max(apart.max(), 1e-9))
    y = ends[:, 2:] + height[:, None] * 4 * step * (1 - step)
    return np.stack([x, y], axis=2)


def _labelled(links: IntArray, *, whole: bool) -> list[int]:
    """Which lines carry their count: all where they are few, else those unlike the rest."""
    if not whole and (links == 1).all():
        return []
    if len(links) <= 8:  # labels do not touch
        return list(range(len(links)))
    values, counts = np.unique(links, return_counts=True)
    unlike = np.flatnonzero(links != values[counts.argmax()]).tolist()
    if unlike:
        return unlike if len(unlike) <= MAX_LABELS else []
    return [] if whole else [0]


def _attach(own: IntArray, other: IntArray, rects: Mapping[int, Rect]) -> FloatArray:
    """Where bundles meet their box: spread over its width, in order of the other end."""
    order = np.lexsort((other, own))
    sorted_own = own[order]
    starts = np.flatnonzero(np.r_[True, sorted_own[1:] != sorted_own[:-1]])
    counts = np.diff(np.append(starts, len(own)))
    rank = np.empty(len(own))
    rank[order] = np.arange(len(own)) - np.repeat(starts, counts) + 0.5
    of = np.empty(len(own))
    of[order] = np.repeat(counts, counts)
    left = np.array([rects[i].left for i in own.tolist()])
    right = np.array([rects[i].right for i in own.tolist()])
    return np.asarray(left + (right - left) * (0.08 + 0.84 * rank / of))


def _tops(own: IntArray, rects: Mapping[int, Rect]) -> FloatArray:
    return np.array([rects[i].top for i in own.tolist()])


def _undersides(
    plane: Plane, own: IntArray, boxes: Sequence[Box], rects: Mapping[int, Rect]
) -> FloatArray:
    """The lower edges of boxes and the strips under them."""
    strips = [STRIP if strip_name(plane, boxes[i]) else 0.0 for i in own.tolist()]
    return np.asarray(np.array([rects[i].bottom for i in own.tolist()]) - np.array(strips))


def _told(plane: Plane, box: Box) -> str:
    name = strip_name(plane, box)
    return plain(box.name) + (f" ({name})" if name else "")


def shade(box: Box) -> int:
    """What a box is coloured by: its rail, else its pod, else whether it is a leaf."""
    if box.rail >= 0:
        return box.rail
    if box.role in (HOST, "core", "supercore"):
        return -1
    return box.group if box.group >= 0 else 0 if box.role == "leaf" else -1
