"""One NVLink domain: GPUs by tray, switch chips by switch tray, links bundled between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rackplan.build import Plan
from rackplan.design import Domain, Population
from rackplan.fabrics import nvlink
from rackplan.views.diagram_canvas import NEUTRAL, Canvas, FloatArray, Rect, fits, wrapped
from rackplan.views.diagram_clique import clique_figure
from rackplan.views.diagram_domain import (
    CHIP,
    GPU,
    TOP,
    bundled,
    domain_note,
    domain_of,
    domain_title,
    lines_of,
)
from rackplan.views.diagram_plane import IntArray, plural
from rackplan.views.diagram_words import span

HEIGHT = 0.34
LEFT, RIGHT = 0.15, 0.994
MAX_UNITS = 40
"""Boxes in a row; with more, GPUs are boxed by group and chips all together."""
_NUMBER_OF_LEVELS = 3


@dataclass(frozen=True)
class Row:
    """A row of the drawing: equal units (GPUs or chips) in boxes of equal size."""

    units: int
    per_box: int
    unit: str
    box: str
    colour: str

    @property
    def boxes(self) -> int:
        """Boxes of the row."""
        return -(-self.units // self.per_box)

    @property
    def dot(self) -> int:
        """Size of a unit in a box, in pixels."""
        return 9 if self.per_box <= MAX_UNITS else 5

    def rect(self, box: int, level: int) -> Rect:
        """Where a box stands."""
        pitch = min((RIGHT - LEFT) / self.boxes, 0.72)
        start = (LEFT + RIGHT) / 2 - pitch * self.boxes / 2
        gap = min(0.16 * pitch, 0.012)
        left = start + box * pitch + gap / 2
        return Rect(left, left + pitch - gap, level - HEIGHT / 2, level + HEIGHT / 2)

    def places(self, level: int) -> FloatArray:
        """Where each unit stands: a grid in its box; shape (units, 2)."""
        wide = self.rect(0, level).pixels
        columns = max(1, min(self.per_box, int(wide / (self.dot + 4))))
        lines = -(-self.per_box // columns)
        columns = -(-self.per_box // lines)
        unit = np.arange(self.units)
        box, within = np.divmod(unit, self.per_box)
        line, column = np.divmod(within, columns)
        rects = [self.rect(int(b), level) for b in range(self.boxes)]
        left = np.array([r.left for r in rects])[box]
        width = np.array([r.right - r.left for r in rects])[box]
        x = left + width * (0.04 + 0.92 * (column + (line + 0.5) / lines) / columns)
        middle = level + (0.06 if level == 0 else -0.06)
        y = middle - 0.05 * (line - (lines - 1) / 2) * min(1.0, 4 / lines)
        return np.column_stack([x, y])


def nvlink_figure(plan: Plan, block: int = 0) -> Any:
    """The plotly figure of one NVLink domain.

    Invisible marker traces carry the counts: `meta` names the tier, and `customdata` holds
    (links, text) of every bundle.

    Raises:
        IndexError: no such block.
    """
    population, domain = domain_of(plan, block)
    if domain.size.tree is None:
        return clique_figure(population, domain)
    return _switched(population, domain)


def _rows(population: Population, domain: Domain) -> list[Row]:
    """GPUs, first-level chips and, if any, second-level chips: how each row is boxed."""
    size, scale_up = domain.size, domain.scale_up
    groups = scale_up.groups.value if len(size.chips) > 1 else 1
    nodes = size.gpus // population.node.gpus.value
    chips = size.chips[0]
    if groups > 1:
        rows = [Row(size.gpus, size.gpus // groups, "GPU", "group", GPU),
                Row(chips, chips // groups, "chip", "group", CHIP)]  # fmt: skip
        return [*rows, Row(size.chips[1], size.chips[1], "chip", "second level", TOP)]
    per_box = population.node.gpus.value if 1 < nodes <= MAX_UNITS else 1
    gpus = Row(size.gpus, per_box, "GPU", "tray" if per_box > 1 else "GPU", GPU)
    if size.gpus > MAX_UNITS * per_box:
        gpus = Row(size.gpus, size.gpus, "GPU", "domain", GPU)
    tray = scale_up.chips_per_tray.value
    if tray and -(-chips // tray) <= MAX_UNITS:
        return [gpus, Row(chips, tray, "chip", "switch tray", CHIP)]
    whole = chips > MAX_UNITS
    return [gpus, Row(chips, chips if whole else 1, "chip", "all" if whole else "chip", CHIP)]


def _switched(population: Population, domain: Domain) -> Any:
    rows = _rows(population, domain)
    levels = nvlink.wire(domain.size)
    canvas = Canvas()
    for level, links in enumerate(levels):
        _draw_level(canvas, domain, rows[level], rows[level + 1], level, links)
    for level, row in enumerate(rows):
        _draw_row(canvas, domain, row, level)
    _labels(canvas, population, domain, rows)
    top = len(rows) - 1 + HEIGHT / 2
    return canvas.figure(domain_title(domain), domain_note(domain), (-HEIGHT / 2 - 0.1, top + 0.06),
                         150 + 220 * len(rows))  # fmt: skip


def _draw_row(canvas: Canvas, domain: Domain, row: Row, level: int) -> None:
    rects = [row.rect(box, level) for box in range(row.boxes)]
    single = row.per_box == 1
    names = [f"{row.box} {box + 1}" if row.boxes > 1 else _alone(row) for box in range(row.boxes)]
    if not fits(names[-1], rects[-1].pixels - 6):
        names = [name.removeprefix("switch ") for name in names]
    named = all(fits(name, rect.pixels - 6) for name, rect in zip(names, rects, strict=True))
    for box, (name, rect) in enumerate(zip(names, rects, strict=True)):
        canvas.box(rect, row.colour)
        label = rect.bottom + 0.07 if level == 0 else rect.top - 0.07
        inside = min(row.per_box, row.units - box * row.per_box)
        text = f"<b>{name}</b>" if named else f"<b>{box + 1}</b>"
        more = f"{inside} {plural(row.unit, inside)}"
        if not single and fits(f"{name}: {more}", rect.pixels):
            text = f"<b>{name}</b>: {more}"
        canvas.text(rect.middle, rect.centre if single else label, text)
    if not single:
        for x, y in row.places(level).tolist():
            canvas.dot(x, y, row.colour, row.dot)
    used = _ports_used(domain, level)
    canvas.hover(
        [(rect.middle, rect.top - 0.05) for rect in rects],
        [f"<b>{name}</b><br>{row.per_box} {plural(row.unit, row.per_box)}{used}" for name in names],
        [row.per_box] * row.boxes,
        {"row": level},
    )


def _alone(row: Row) -> str:
    return f"{row.box}" if row.box == "second level" else f"all {plural(row.unit, 2)}"


def _ports_used(domain: Domain, level: int) -> str:
    size = domain.size
    if level == 0:
        return f"<br>{size.links_per_gpu} links, {size.pairs_per_gpu} pairs a GPU"
    if level == 1 and size.ports_per_chip is not None:
        used, has = size.ports_per_chip
        return f"<br>{used} of {has} ports of a chip used"
    return ""


def _draw_level(
    canvas: Canvas, domain: Domain, low: Row, high: Row, level: int, links: nvlink.DomainLinks
) -> None:
    """The bundles between two rows, and in bold those of a unit as example."""
    lower, upper, count = bundled(links.a // low.per_box, links.b // high.per_box)
    ends = np.column_stack([
        [low.rect(int(b), level).middle for b in lower], np.full(len(lower), level + HEIGHT / 2),
        [high.rect(int(b), level + 1).middle for b in upper],
        np.full(len(upper), level + 1 - HEIGHT / 2),
    ])  # fmt: skip
    most = count.max()
    for one in np.unique(count).tolist():
        wide = 1.0 + 2.0 * one / most if len(count) <= MAX_UNITS else 1.0
        canvas.lines(ends[count == one], NEUTRAL, width=wide, opacity=0.45)
    pairs = domain.size.pairs[links.tier] / domain.size.links[links.tier]
    texts = [
        f"<b>{n:,} links</b>, {n * pairs:,.0f} pairs, {n * pairs * nvlink.PINS_PER_PAIR:,.0f} pins"
        f" a face<br>{low.box} {a + 1} to {high.box} {b + 1}"
        for a, b, n in zip(lower.tolist(), upper.tolist(), count.tolist(), strict=True)
    ]
    points = ends[:, :2] + 0.3 * (ends[:, 2:] - ends[:, :2])
    canvas.hover(points, texts, count.tolist(), {"tier": links.tier})
    _example(canvas, low, high, level, links)


def _example(canvas: Canvas, low: Row, high: Row, level: int, links: nvlink.DomainLinks) -> None:
    """The links of a few units drawn bold, with their counts where these differ."""
    mine = np.isin(links.a, _examples(low, level))
    lower, upper, count = bundled(links.a[mine], links.b[mine])
    ends = np.column_stack([
        low.places(level)[lower, 0], np.full(len(lower), level + HEIGHT / 2),
        high.places(level + 1)[upper, 0], np.full(len(upper), level + 1 - HEIGHT / 2),
    ])  # fmt: skip
    few = len(ends) <= MAX_UNITS
    canvas.lines(ends, low.colour, width=1.8 if few else 1.1, opacity=0.95)
    if len(set(count.tolist())) > 1:
        for (x0, y0, x1, y1), links_here in zip(ends.tolist(), count.tolist(), strict=True):
            canvas.text(x0 + 0.75 * (x1 - x0), y0 + 0.75 * (y1 - y0), f" <b>{links_here}</b>",
                        at="middle right", size=13)  # fmt: skip


def _examples(low: Row, level: int) -> IntArray:
    """The units whose links are drawn bold: one GPU, or the first chip of every group."""
    if level:
        return np.arange(0, low.units, low.per_box)
    box = 0 if low.box == "group" else low.boxes // 2
    return np.array([box * low.per_box])


def _labels(canvas: Canvas, population: Population, domain: Domain, rows: list[Row]) -> None:
    size, scale_up = domain.size, domain.scale_up
    gpu = population.gpu.title if population.gpu else ""
    heads = [lines_of(f"<b>{size.gpus:,} GPUs</b>", wrapped(gpu), _in_boxes(rows[0]))]
    used, has = size.ports_per_chip or (0, 0)
    heads.append(lines_of(f"<b>{size.chips[0]:,} switch chips</b>", wrapped(domain.chips[0].title),
                        _in_boxes(rows[1]), f"{used} of {has} ports used"))  # fmt: skip
    if len(rows) == _NUMBER_OF_LEVELS and scale_up.second is not None:
        heads.append(lines_of(f"<b>{size.chips[1]:,} chips, second level</b>",
                            wrapped(domain.chips[1].title), "assumed"))  # fmt: skip
    for level, head in enumerate(heads):
        canvas.text(0.004, level, head, size=13, at="middle right")
    for level, (tier, links) in enumerate(size.links.items()):
        lines = [f"<b>{links:,} links</b>", *_bundle_lines(size, level, tier, rows)]
        example = f"GPU {_examples(rows[0], 0)[0] + 1}"
        lines.append(f"bold: {'first chip of each group' if level else example}")
        canvas.text(0.004, level + 0.5, "<br>".join(lines), at="middle right", strength=0.8)


def _bundle_lines(size: nvlink.DomainSize, level: int, tier: str, rows: list[Row]) -> list[str]:
    links = nvlink.wire(size)[level]
    _, _, boxes = bundled(links.a // rows[level].per_box, links.b // rows[level + 1].per_box)
    _, _, units = bundled(links.a, links.b)

    ends = "GPU-chip pair" if tier == "gpu_chip" else "pair of chips"
    return [f"{span(units)} per {ends}", f"each line: {span(boxes)}"]


def _in_boxes(row: Row) -> str:
    if row.per_box == 1:
        return ""
    return f"{row.boxes} {plural(row.box, row.boxes)} of {row.per_box}"
