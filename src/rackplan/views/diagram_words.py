"""What the fabric diagram says: titles, labels and hover texts, safe for plotly."""

from __future__ import annotations

import numpy as np

from rackplan.design import SizedFabric
from rackplan.sizes import HOST, LinkTier
from rackplan.views.diagram_canvas import plain, wrapped
from rackplan.views.diagram_fold import Bundles, Folded
from rackplan.views.diagram_hosts import Box, gpus_of
from rackplan.views.diagram_plane import IntArray, Plane, group_word, plural, title_of

DENSE = 160
"""Lines of a tier above which they are faint and those of one switch stand out."""


def fabric_title(fabric: SizedFabric) -> str:
    """What the fabric is, in one line, safe for plotly."""
    size = fabric.size
    if fabric.topology == "rail-only":
        copies = f", {size.rails} rails that share no link"
    else:
        copies = f", {size.rails} rails" if size.rails > 1 else ""
        copies += f", {size.planes} equal planes" if size.planes > 1 else ""
    tiers = f", {size.tiers} {plural('tier', size.tiers)}" if size.tiers > 1 else ""
    tiers = tiers if size.tiers else ", no switches"
    return (
        f"{plain(fabric.name)}: {plain(fabric.topology)}{tiers}{copies}, "
        f"{' and '.join(f'{rate:g}' for rate in fabric.rates)} Gb/s links"
    )


def fold_note(plane: Plane, folded: Folded) -> str:
    """What is drawn and what is folded, in one sentence."""
    words = {"device": "", "node": "", "rack": "rack", "unit": "SU", "entry": "kind of host",
             "pod": "pod", "rail": "rail", "role": "role"}  # fmt: skip
    merged = []
    for role, how in folded.how.items():
        name = "hosts" if role == HOST else plural(title_of(role), 2)
        word = group_word(plane.fabric, role) if how == "pod" else words[how]
        if word:
            merged.append(f"{name} together" if how == "role" else f"{name} by {word}")
    drawn = "Every switch is drawn" if plane.small else "Folded: a box stands for equal switches"
    by = f"; {', '.join(merged)}" if merged else ""
    return f"{drawn}{by}. A line is a bundle of links.{planes_note(plane)}"


def planes_note(plane: Plane) -> str:
    """That one of several planes is shown, with a space before it; empty where there is one."""
    planes = plane.fabric.size.planes
    if planes == 1:
        return ""
    one = "Rail 0" if plane.fabric.topology == "rail-only" else "Plane 0"
    return f" {one} is shown; the fabric is {planes:,} times this."


def strip_name(plane: Plane, box: Box) -> str:
    """The name of the strip under a switch: its rail, pod and hall, empty where it has none."""
    if box.role == HOST:
        return ""
    parts = [f"rail {box.rail}"] if box.rail >= 0 else []
    if box.group >= 0:
        parts.append(f"{group_word(plane.fabric, box.role)} {box.group + 1}")
    if box.role in plane.rows and (hall := plane.hall(box.rows)):
        parts.append(hall)
    return ", ".join(parts)


def ports_text(plane: Plane, box: Box) -> str:
    """Ports in use on each switch of a box; empty for hosts and for what stands elsewhere."""
    if box.role == HOST or box.role not in plane.rows:
        return ""
    return f"{span(plane.used[box.rows])} of {span(plane.ports_of(box.rows))} ports used"


def span(values: IntArray) -> str:
    """One number where all are equal, else the smallest and the largest."""
    low, high = int(values.min()), int(values.max())
    return f"{low:,}" if low == high else f"{low:,}-{high:,}"


def box_hover(plane: Plane, box: Box) -> str:
    """Names, type and ports of what a box stands for."""
    lines = [f"<b>{plain(box.name)}</b>", *devices_text(plane, box.role, box.rows)]
    return "<br>".join(lines)


def devices_text(plane: Plane, role: str, rows: IntArray) -> list[str]:
    """Names, type and ports of equal devices, in lines that are safe for plotly."""
    lines = [names_text(plane, rows)]
    if role == HOST:
        gpus = f", {gpus_of(plane, rows):,} GPUs" if gpus_of(plane, rows) else ""
        nodes = f"{len(rows):,} {plural('host', len(rows))}{gpus}"
        return [*lines, f"{nodes}, {_each(plane.used[rows])}"]
    if hall := plane.hall(rows):
        lines.append(f"hall {plain(hall)}")
    if role not in plane.rows:
        return lines
    used, ports = plane.used[rows], plane.ports_of(rows)
    each = " each" if len(rows) > 1 else ""
    return [
        *lines,
        plain(plane.fabric.switches[role].title),
        f"ports{each}: {span(used)} used, {span(ports - used)} free",
    ]


def names_text(plane: Plane, rows: IntArray) -> str:
    """The name of a device, or the first and the last one of several."""
    first, last = plane.names[rows[0]], plane.names[rows[-1]]
    if len(rows) <= 2:
        return " and ".join(plain(plane.names[row]) for row in rows.tolist())
    return f"{plain(first)} ... {plain(last)}"


def role_text(plane: Plane, role: str) -> str:
    """What stands in a row: how many, of which type, with how many ports in use."""
    rows = plane.rows[role]
    name = "hosts" if role == HOST else plural(title_of(role), len(rows))
    head = f"<b>{len(rows):,} {plain(name)}</b>"
    if role == HOST:
        ends = np.concatenate([
            end for tier in plane.tiers
            for end, of in zip(plane.ends[tier.name], (tier.lower, tier.upper), strict=True)
            if of == HOST
        ])  # fmt: skip
        return f"{head}<br>{_each(np.bincount(ends)[rows])}"
    used = f"{span(plane.used[rows])} of {span(plane.ports_of(rows))} ports"
    return f"{head}<br>{wrapped(plane.fabric.switches[role].title)}<br>{used}"


def _each(ports: IntArray) -> str:
    return f"{span(ports)} {plural('port', int(ports.max()))} each"


def panel_text(fabric: SizedFabric, tier: LinkTier) -> str:
    """The panels that the links of a tier cross; empty where there are none."""
    if tier.name not in fabric.panels():
        return ""
    panel, count = fabric.panels()[tier.name]
    return f"via {count:,} {plain(panel.part.title)}"


def tier_text(plane: Plane, tier: LinkTier, bundles: Bundles) -> str:
    """What joins two rows: links in all, in a pair of switches and in a line."""
    fabric, links = plane.fabric, plane.links(tier)
    rate = f", {tier.gbps:g} Gb/s" if len(fabric.rates) > 1 else ""
    lines = [f"<b>{links:,} {plural('link', links)}</b>{rate}"]
    if tier.lower != HOST:
        ends = f"{plain(title_of(tier.lower))}-{plain(title_of(tier.upper))}"
        lines.append(f"{tier.bundle} per {ends} pair")
    values, counts = np.unique(bundles.links, return_counts=True)
    if bundles.links.size > 1:
        unless = " unless labelled" if len(values) > 1 else ""
        lines.append(f"each line: {values[counts.argmax()]:,}{unless}")
    if bundles.links.size > DENSE:
        lines.append("bold: one switch as example")
    if panel := panel_text(fabric, tier):
        lines.append(wrapped(panel))
    return "<br>".join(lines)
