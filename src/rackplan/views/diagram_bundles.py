"""The lines of the fabric diagram: one for each bundle, and the links that it carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rackplan.views.diagram_canvas import Canvas, FloatArray, Rect, colour_of, plain
from rackplan.views.diagram_fold import HOST, Box, Bundles, IntArray
from rackplan.views.diagram_words import DENSE, strip_name

STRIP = 0.075
"""Height of the strip under the switches of one rail or pod that carries its name."""
MAX_LABELS = 24
"""Most lines of a tier that carry their count."""


def draw_bundles(
    canvas: Canvas, part: str, boxes: Sequence[Box], bundles: Bundles, rects: Mapping[int, Rect]
) -> None:
    """The bundles of one tier: a trace for each colour, and hover points with the counts."""
    if not len(bundles.links):
        return
    lower, upper = bundles.lower, bundles.upper
    ends = np.column_stack([
        _attach(lower, upper, rects), np.array([rects[i].top for i in lower.tolist()]),
        _attach(upper, lower, rects),
        np.array([_underside(boxes[i], rects[i]) for i in upper.tolist()]),
    ])  # fmt: skip
    shades = np.array([
        max(shade(boxes[a]), shade(boxes[b]))
        for a, b in zip(lower.tolist(), upper.tolist(), strict=True)
    ])  # fmt: skip
    _draw_lines(canvas, ends, shades, lower == lower[len(lower) // 2])
    points = ends[:, :2] + 0.3 * (ends[:, 2:] - ends[:, :2])
    texts = [
        f"<b>{links:,} links</b><br>{plain(boxes[a].name)}{_of(boxes[a])}"
        f" to {plain(boxes[b].name)}{_of(boxes[b])}"
        for a, b, links in zip(lower.tolist(), upper.tolist(), bundles.links.tolist(), strict=True)
    ]
    meta = {"part": part, "tier": bundles.tier.name}
    canvas.hover(points, texts, bundles.links.tolist(), meta)
    for index in _labelled(bundles.links, whole=part == "whole"):
        x, y = points[index]
        canvas.text(x, y, f" {bundles.links[index]:,}", size=12, at="middle right")


def _draw_lines(canvas: Canvas, ends: FloatArray, shades: IntArray, example: Any) -> None:
    """A trace for each colour; in a dense mesh the lines of one switch stand out."""
    dense = len(ends) > DENSE
    width = 2.4 if len(ends) <= 24 else 0.8 if dense else 1.5
    for one in np.unique(shades).tolist():
        canvas.lines(ends[shades == one], colour_of(one), width=width,
                     opacity=0.3 if dense else 0.55)  # fmt: skip
    if dense:
        canvas.lines(ends[example], colour_of(int(shades[example][0])), width=2, opacity=0.95)


def _labelled(links: IntArray, *, whole: bool) -> list[int]:
    """Which lines carry their count: all where they are few, else those unlike the rest."""
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


def _underside(box: Box, rect: Rect) -> float:
    return rect.bottom - (STRIP if strip_name(box) else 0.0)


def _of(box: Box) -> str:
    return f" ({strip_name(box)})" if strip_name(box) else ""


def shade(box: Box) -> int:
    """What a box is coloured by: its rail, else its pod, else whether it is a leaf."""
    if box.rail >= 0:
        return box.rail
    if box.role in (HOST, "core"):
        return -1
    return box.group if box.group >= 0 else 0 if box.role == "leaf" else -1
