"""What the fabric diagram says: titles, labels and hover texts, safe for plotly."""

from __future__ import annotations

from typing import Any

import numpy as np

from rackplan.design import LinkTier, SizedFabric
from rackplan.views.diagram_canvas import plain, wrapped
from rackplan.views.diagram_fold import (
    HOST,
    Box,
    Bundles,
    Folded,
    IntArray,
    Plane,
    group_word,
    plural,
)

DENSE = 160
"""Lines of a tier above which they are faint and those of one switch stand out."""


def fabric_title(fabric: SizedFabric) -> str:
    """What the fabric is, in one line, safe for plotly."""
    size = fabric.size
    rails = f", {size.rails} rails" if size.rails > 1 else ""
    planes = f", {size.planes} equal planes" if size.planes > 1 else ""
    tiers = f"{size.tiers} {plural('tier', size.tiers)}"
    return (
        f"{plain(fabric.name)}: {plain(fabric.topology)}, {tiers}{rails}{planes}, "
        f"{' and '.join(f'{rate:g}' for rate in fabric.rates)} Gb/s links"
    )


def fold_note(plane: Plane, folded: Folded) -> str:
    """What is drawn and what is folded, in one sentence."""
    size = plane.fabric.size
    words = {"device": "", "node": "", "rack": "rack", "unit": "SU", "entry": "kind of host",
             "pod": "pod", "rail": "rail", "role": "role"}  # fmt: skip
    merged = []
    for role, how in folded.how.items():
        name = "hosts" if role == HOST else plural(role, 2)
        word = group_word(role) if how == "pod" else words[how]
        if word:
            merged.append(f"{name} together" if how == "role" else f"{name} by {word}")
    drawn = "Every switch is drawn" if plane.small else "Folded: a box stands for equal switches"
    by = f"; {', '.join(merged)}" if merged else ""
    planes = ""
    if size.planes > 1:
        planes = f" Plane 0 is shown; the fabric is {size.planes} times this."
    return f"{drawn}{by}. A line is a bundle of links.{planes}"


def strip_name(box: Box) -> str:
    """The name of the strip under a switch: its rail and its pod, empty where it has neither."""
    if box.role == HOST:
        return ""
    parts = [f"rail {box.rail}"] if box.rail >= 0 else []
    if box.group >= 0:
        parts.append(f"{group_word(box.role)} {box.group + 1}")
    return ", ".join(parts)


def ports_text(plane: Plane, box: Box) -> str:
    """Ports in use on each switch of a box; empty for hosts."""
    if box.role == HOST:
        return ""
    return f"{span(plane.used[box.rows])} of {ports_each(plane, box.role)} ports used"


def ports_each(plane: Plane, role: str) -> int:
    """Ports of one switch of a role, in its widest layout."""
    found = next(one for one in plane.fabric.size.roles if one.name == role)
    return max(sum(bank.ports for bank in layout) for layout in found.layouts)


def span(values: IntArray) -> str:
    """One number where all are equal, else the smallest and the largest."""
    low, high = int(values.min()), int(values.max())
    return f"{low:,}" if low == high else f"{low:,}-{high:,}"


def box_hover(plane: Plane, box: Box) -> str:
    """Names, type and ports of what a box stands for."""
    first, last = plane.names[box.rows[0]], plane.names[box.rows[-1]]
    names = first if len(box.rows) == 1 else f"{first} ... {last}"
    lines = [f"<b>{plain(box.name)}</b>", plain(names)]
    if box.role == HOST:
        gpus = sum(
            population.node.gpus.value * int(count)
            for population, count in _by_population(plane, box)
        )
        return "<br>".join([*lines, f"{len(box.rows):,} nodes, {gpus:,} GPUs"])
    ports = ports_each(plane, box.role)
    used = plane.used[box.rows]
    each = " each" if len(box.rows) > 1 else ""
    lines += [
        plain(plane.fabric.switches[box.role].title),
        f"ports{each}: {span(used)} used, {span(ports - used)} free",
    ]
    return "<br>".join(lines)


def _by_population(plane: Plane, box: Box) -> list[tuple[Any, int]]:
    node = plane.column("ordinal", box.rows)
    return [
        (p, int(((node >= p.first_node) & (node < p.first_node + p.nodes)).sum()))
        for p in plane.plan.design.populations
    ]


def role_text(plane: Plane, role: str) -> str:
    """What stands in a row: how many, of which type, with how many ports in use."""
    rows = plane.rows[role]
    name = "hosts" if role == HOST else plural(role, len(rows))
    head = f"<b>{len(rows):,} {name}</b>"
    if role == HOST:
        links = len(plane.ends[plane.fabric.size.links[0].name][0])
        per = links / max(len(rows), 1)
        return f"{head}<br>{per:g} {plural('port', round(per))} each"
    used = f"{span(plane.used[rows])} of {ports_each(plane, role)} ports"
    return f"{head}<br>{wrapped(plane.fabric.switches[role].title)}<br>{used}"


def tier_text(fabric: SizedFabric, tier: LinkTier, bundles: Bundles) -> str:
    """What joins two rows: links in all, in a pair of switches and in a line."""
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
