"""An NVLink domain without switches: GPUs on a circle, one line for each link."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rackplan.design import Domain, Population
from rackplan.fabrics import nvlink
from rackplan.views.diagram_canvas import PIXELS, Canvas, FloatArray, Rect, wrapped
from rackplan.views.diagram_domain import (
    CHIP,
    GPU,
    bundled,
    domain_note,
    domain_title,
    lines_of,
)

_BOX = np.array([0.045, 0.13])
"""Half the width and height of a GPU."""
_RANGE = (-0.85, 0.85)
_PLOT_PIXELS = 474
"""Height of the figure without its title."""


def clique_figure(population: Population, domain: Domain) -> Any:
    """GPUs on a circle, every pair joined by parallel lines, one a link."""
    size = domain.size
    links = nvlink.wire(size)[0]
    a, b, count = bundled(links.a, links.b)
    angle = math.pi / 2 + math.pi / size.gpus - 2 * math.pi * np.arange(size.gpus) / size.gpus
    place = np.column_stack([0.55 + 0.2 * np.cos(angle), 0.62 * np.sin(angle)])
    canvas = Canvas()
    step, across = place[b] - place[a], _across(place[b] - place[a])
    reach, toward = np.abs(np.where(step == 0, 1e-9, step)), np.sign(step)
    for strand in range(int(count.max())):
        shift = (5.0 * (strand - (count - 1) / 2))[:, None] * across
        out, back = (
            ((_BOX - side * toward * shift) / reach).min(axis=1)[:, None] * step for side in (1, -1)
        )
        ends = np.column_stack([place[a] + shift + out, place[b] + shift - back])
        canvas.lines(ends[count > strand], CHIP, width=1.5, opacity=0.8)
    for gpu, (x, y) in enumerate(place.tolist()):
        half_x, half_y = _BOX.tolist()
        canvas.box(Rect(x - half_x, x + half_x, y - half_y, y + half_y), GPU)
        canvas.text(x, y, f"<b>GPU {gpu + 1}</b><br>{size.links_per_gpu} links")
    beside = np.isin(np.abs(a - b), (1, size.gpus - 1))
    middle = place[a] + np.where(beside, 0.5, 0.3)[:, None] * step
    outward = np.sign(np.sum(across * (middle - place.mean(axis=0)), axis=1))
    label = middle + across * np.where(beside & (outward != 0), 40 * outward, 40)[:, None]
    pairs = size.pairs[links.tier] / size.links[links.tier]
    texts = [
        f"<b>{n} links</b>, {n * pairs:,.0f} pairs<br>GPU {i + 1} to GPU {j + 1}"
        for i, j, n in zip(a.tolist(), b.tolist(), count.tolist(), strict=True)
    ]
    canvas.hover(middle, texts, count.tolist(), {"tier": links.tier})
    for (x, y), n in zip(label.tolist(), count.tolist(), strict=True):
        canvas.text(x, y, f"<b>{n} links</b>")
    gpu_title = population.gpu.title if population.gpu else ""
    canvas.text(0.004, 0, lines_of(f"<b>{size.gpus} GPUs</b>", wrapped(gpu_title),
                "no switch: every pair", "is joined directly", f"<b>{size.all_links} links</b>"),
                size=13, at="middle right")  # fmt: skip
    return canvas.figure(domain_title(domain), domain_note(domain), _RANGE, 560)


def _across(step: FloatArray) -> FloatArray:
    """One pixel at right angles to each step, in canvas units."""
    unit = np.array([1.0 / PIXELS, (_RANGE[1] - _RANGE[0]) / _PLOT_PIXELS])
    pixels = step / unit
    normal = np.column_stack([-pixels[:, 1], pixels[:, 0]])
    return np.asarray(normal / np.linalg.norm(normal, axis=1)[:, None] * unit)
