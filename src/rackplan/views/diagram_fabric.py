"""A fabric in layers: hosts at the bottom, then leaf, spine and core, links bundled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rackplan.build import Plan
from rackplan.design import LinkTier, SizedFabric
from rackplan.views.diagram_canvas import (
    NEUTRAL,
    Canvas,
    FloatArray,
    Rect,
    colour_of,
    fits,
    plain,
    wrapped,
)
from rackplan.views.diagram_fold import (
    HOST,
    Box,
    Bundles,
    Folded,
    IntArray,
    Plane,
    fold,
    group_word,
    plane_of,
    plural,
    unfold_first,
)

ROW_HEIGHT = 0.27
STRIP = 0.075
"""Height of the strip under the switches of one rail or pod that carries its name."""
LABEL_WIDTH = 0.148
MAX_LABELS = 24
"""Most lines of a tier that carry their count."""
DENSE = 160
"""Lines of a tier above which they are faint and those of one switch stand out."""
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
    return canvas.figure(title(fabric), fold_note(plane, folded), y_range, height)


def title(fabric: SizedFabric) -> str:
    """What the fabric is, in one line, safe for plotly."""
    size = fabric.size
    rails = f", {size.rails} rails" if size.rails > 1 else ""
    planes = f", {size.planes} equal planes" if size.planes > 1 else ""
    tiers = f"{size.tiers} {plural('tier', size.tiers)}"
    return (
        f"{plain(fabric.name)}: {plain(fabric.topology)}, {tiers}{rails}{planes}, "
        f"{fabric.port_gbps:g} Gb/s links"
    )


def fold_note(plane: Plane, folded: Folded) -> str:
    """What is drawn and what is folded, in one sentence."""
    size = plane.fabric.size
    words = {"device": "", "node": "", "rack": "rack", "unit": "SU", "entry": "kind of host",
             "pod": "pod", "rail": "rail", "role": "role"}  # fmt: skip
    merged = [
        f"{'hosts' if role == HOST else plural(role, 2)} by "
        f"{group_word(role) if how == 'pod' else words[how]}"
        for role, how in folded.how.items()
        if words[how]
    ]
    drawn = "Every switch is drawn" if plane.small else "Folded: a box stands for equal switches"
    by = f"; {', '.join(merged)}" if merged else ""
    planes = ""
    if size.planes > 1:
        planes = f" Plane 0 is shown; the fabric is {size.planes} times this."
    return f"{drawn}{by}. A line is a bundle of links.{planes}"


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
            [_box_hover(plane, boxes[i]) for i in mine],
            [len(boxes[i].rows) for i in mine],
            {"part": panel.part, "role": role},
        )
    for bundles in panel.folded.bundles:
        _draw_bundles(canvas, panel, bundles, rects)


def _place(
    boxes: Sequence[Box], indices: Sequence[int], panel: Panel, level: int
) -> dict[int, Rect]:
    """Equal widths, a small gap between boxes, a larger one where the rail or pod changes."""
    if not boxes:
        return {}
    strips = [_strip(box) for box in boxes]
    gaps = [0.0] + [
        0.28 if here == before else 0.75 for before, here in zip(strips, strips[1:], strict=False)
    ]
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
        bottom += STRIP if _strip(box) else 0.0
        rects[index] = Rect(left, left + unit, bottom, level + ROW_HEIGHT / 2)
        left += unit
    return rects


def _strip(box: Box) -> str:
    """The name of the strip under a switch: its rail and its pod, empty where it has neither."""
    if box.role == HOST:
        return ""
    parts = [f"rail {box.rail}"] if box.rail >= 0 else []
    if box.group >= 0:
        parts.append(f"{group_word(box.role)} {box.group + 1}")
    return ", ".join(parts)


def _strips(canvas: Canvas, boxes: Sequence[Box], placed: Sequence[tuple[int, Rect]]) -> None:
    """One strip under neighbours of the same rail and pod."""
    runs: list[tuple[str, Rect, int]] = []
    for index, rect in placed:
        name = _strip(boxes[index])
        if not name:
            continue
        left = rect.left
        if runs and runs[-1][0] == name:
            left = runs.pop()[1].left
        strip = Rect(left, rect.right, rect.bottom - STRIP, rect.bottom)
        runs.append((name, strip, index))
    for name, strip, index in runs:
        canvas.box(strip, colour_of(_shade(boxes[index])), alpha=_STRIP_FACE)
        short = name.replace("rail ", "r").replace("pod ", "p").replace("set ", "s")
        text = name if fits(name, strip.pixels) else short
        canvas.text(strip.middle, strip.centre, text, size=11)


def _shade(box: Box) -> int:
    """What a box is coloured by: its rail, else its pod, else whether it is a leaf."""
    if box.rail >= 0:
        return box.rail
    if box.role in (HOST, "core"):
        return -1
    return box.group if box.group >= 0 else 0 if box.role == "leaf" else -1


def _draw_box(canvas: Canvas, plane: Plane, box: Box, rect: Rect, *, named: bool) -> None:
    canvas.box(rect, colour_of(_shade(box)))
    room = rect.pixels - 8
    if not named:
        size = 12 if fits(box.number, room) else 9
        canvas.text(rect.middle, rect.centre, plain(box.number), size=size)
        return
    lines = [f"<b>{plain(box.name)}</b>" if fits(box.name, room * 0.92) else plain(box.name)]
    lines += [plain(text) for text in (box.detail, _ports_text(plane, box)) if text]
    shown = [lines[0], *(line for line in lines[1:] if fits(line, room))]
    canvas.text(rect.middle, rect.centre, "<br>".join(shown))


def _ports_text(plane: Plane, box: Box) -> str:
    if box.role == HOST:
        return ""
    return f"{_span(plane.used[box.rows])} of {plane.fabric.mode.ports.value} ports used"


def _span(values: IntArray) -> str:
    low, high = int(values.min(initial=0 if not len(values) else values[0])), int(values.max())
    return f"{low:,}" if low == high else f"{low:,}-{high:,}"


def _box_hover(plane: Plane, box: Box) -> str:
    first, last = plane.names[box.rows[0]], plane.names[box.rows[-1]]
    names = first if len(box.rows) == 1 else f"{first} ... {last}"
    lines = [f"<b>{plain(box.name)}</b>", plain(names)]
    if box.role == HOST:
        gpus = sum(
            population.node.gpus.value * int(count)
            for population, count in _by_population(plane, box)
        )
        return "<br>".join([*lines, f"{len(box.rows):,} nodes, {gpus:,} GPUs"])
    ports = plane.fabric.mode.ports.value
    used = plane.used[box.rows]
    each = " each" if len(box.rows) > 1 else ""
    lines += [
        plain(plane.fabric.switch.title),
        f"ports{each}: {_span(used)} used, {_span(ports - used)} free",
    ]
    return "<br>".join(lines)


def _by_population(plane: Plane, box: Box) -> list[tuple[Any, int]]:
    node = plane.column("ordinal", box.rows)
    return [
        (p, int(((node >= p.first_node) & (node < p.first_node + p.nodes)).sum()))
        for p in plane.plan.design.populations
    ]


def _draw_bundles(canvas: Canvas, panel: Panel, bundles: Bundles, rects: dict[int, Rect]) -> None:
    """The bundles of one tier: a trace for each colour, and hover points with the counts."""
    if not len(bundles.links):
        return
    boxes = panel.folded.boxes
    lower, upper = bundles.lower, bundles.upper
    ends = np.column_stack([
        _attach(lower, upper, rects), np.array([rects[i].top for i in lower.tolist()]),
        _attach(upper, lower, rects),
        np.array([_underside(boxes[i], rects[i]) for i in upper.tolist()]),
    ])  # fmt: skip
    shade = np.array([
        max(_shade(boxes[a]), _shade(boxes[b]))
        for a, b in zip(lower.tolist(), upper.tolist(), strict=True)
    ])  # fmt: skip
    _draw_lines(canvas, ends, shade, lower == lower[len(lower) // 2])
    points = ends[:, :2] + 0.3 * (ends[:, 2:] - ends[:, :2])
    texts = [
        f"<b>{links:,} links</b><br>{plain(boxes[a].name)}{_of(boxes[a])}"
        f" to {plain(boxes[b].name)}{_of(boxes[b])}"
        for a, b, links in zip(lower.tolist(), upper.tolist(), bundles.links.tolist(), strict=True)
    ]
    meta = {"part": panel.part, "tier": bundles.tier.name}
    canvas.hover(points, texts, bundles.links.tolist(), meta)
    for index in _labelled(bundles.links, whole=panel.part == "whole"):
        x, y = points[index]
        canvas.text(x, y, f" {bundles.links[index]:,}", size=12, at="middle right")


def _draw_lines(canvas: Canvas, ends: FloatArray, shade: IntArray, example: Any) -> None:
    """A trace for each colour; in a dense mesh the lines of one switch stand out."""
    dense = len(ends) > DENSE
    width = 2.4 if len(ends) <= 24 else 0.8 if dense else 1.5
    for one in np.unique(shade).tolist():
        canvas.lines(ends[shade == one], colour_of(one), width=width,
                     opacity=0.3 if dense else 0.55)  # fmt: skip
    if dense:
        canvas.lines(ends[example], colour_of(int(shade[example][0])), width=2, opacity=0.95)


def _labelled(links: IntArray, *, whole: bool) -> list[int]:
    """Which lines carry their count: all where they are few, else those unlike the rest."""
    if len(links) <= 8:  # labels do not touch
        return list(range(len(links)))
    values, counts = np.unique(links, return_counts=True)
    unlike = np.flatnonzero(links != values[counts.argmax()]).tolist()
    if unlike:
        return unlike if len(unlike) <= MAX_LABELS else []
    return [] if whole else [0]


def _attach(own: IntArray, other: IntArray, rects: dict[int, Rect]) -> FloatArray:
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
    return rect.bottom - (STRIP if _strip(box) else 0.0)


def _of(box: Box) -> str:
    return f" ({_strip(box)})" if _strip(box) else ""


def _row_labels(canvas: Canvas, plane: Plane, folded: Folded, rows: dict[str, int]) -> None:
    """At the left of every row what stands there, between rows what joins them."""
    fabric = plane.fabric
    for role, level in rows.items():
        text = _role_text(plane, role)
        canvas.text(0.004, level, text, size=13, at="middle right")
    for bundles in folded.bundles:
        tier = bundles.tier
        if tier.lower in rows and tier.upper in rows:
            y = (rows[tier.lower] + rows[tier.upper]) / 2
            text = _tier_text(fabric, tier, bundles)
            canvas.text(0.004, y, text, size=12, at="middle right", strength=0.8)


def _role_text(plane: Plane, role: str) -> str:
    rows = plane.rows[role]
    name = "hosts" if role == HOST else plural(role, len(rows))
    head = f"<b>{len(rows):,} {name}</b>"
    if role == HOST:
        links = len(plane.ends[plane.fabric.size.links[0].name][0])
        per = links / max(len(rows), 1)
        return f"{head}<br>{per:g} {plural('port', round(per))} each"
    used = f"{_span(plane.used[rows])} of {plane.fabric.mode.ports.value} ports"
    return f"{head}<br>{wrapped(plane.fabric.switch.title)}<br>{used}"


def _tier_text(fabric: SizedFabric, tier: LinkTier, bundles: Bundles) -> str:
    links = tier.links // fabric.size.planes
    lines = [f"<b>{links:,} links</b>"]
    if tier.lower != HOST:
        lines.append(f"{tier.bundle} per {plain(tier.lower)}-{plain(tier.upper)} pair")
    values, counts = np.unique(bundles.links, return_counts=True)
    if bundles.links.size > 1:
        unless = " unless labelled" if len(values) > 1 else ""
        lines.append(f"each line: {values[counts.argmax()]:,}{unless}")
    if bundles.links.size > DENSE:
        lines.append("bold: one switch as example")
    return "<br>".join(lines)


def _detail_frame(canvas: Canvas, plane: Plane, detail: Folded, split: float, top: float) -> None:
    """A line between the panels, and what the right one shows."""
    canvas.lines(np.array([[split - 0.01, -ROW_HEIGHT / 2, split - 0.01, top + 0.15]]), NEUTRAL,
                 width=1, opacity=0.5)  # fmt: skip
    leaves = [box for box in detail.boxes if box.role not in (HOST,)]
    pods = int(plane.column("group", plane.rows[leaves[0].role]).max(initial=-1)) + 1
    text = "What repeats: the leaves of the first unit of hosts"
    if pods > 1:
        text = f"What repeats: one of {pods:,} pods, with its hosts and its way up"
    canvas.text((split + 0.994) / 2, top + 0.12, f"<b>{text}</b>", size=13)
    canvas.text((LABEL_WIDTH + split) / 2, top + 0.12, "<b>The whole plane, folded</b>", size=13)
