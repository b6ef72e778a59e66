"""What the diagrams of NVLink domains share: the domain, its words, and bundling."""

from __future__ import annotations

import numpy as np

from rackplan.build import Plan
from rackplan.design import Domain, Population
from rackplan.views.diagram_canvas import COLOURS, plain
from rackplan.views.diagram_plane import IntArray, plural

GPU, CHIP, TOP = COLOURS[2], COLOURS[0], COLOURS[1]


def domain_of(plan: Plan, block: int) -> tuple[Population, Domain]:
    """The population and the domain of a row of the blocks table."""
    found = [(p, p.domain) for p in plan.design.populations if p.domain is not None]
    return found[block]


def domain_title(domain: Domain) -> str:
    """What the domain is, in one line, safe for plotly."""
    size = domain.size
    chips = " + ".join(f"{count:,}" for count in size.chips)
    switches = f", {chips} switch chips" if size.chips else ", no switch"
    return (
        f"NVLink domain of {plain(domain.name)}: {size.gpus:,} GPUs{switches}, "
        f"{size.all_links:,} links"
    )


def domain_note(domain: Domain) -> str:
    """Pairs, copies, and what is assumed."""
    size = domain.size
    text = (
        f"{size.links_per_gpu} links a GPU = {size.pairs_per_gpu} differential pairs; "
        f"{size.nets:,} pairs = {size.signal_pins_per_face:,} signal pins on each connector "
        f"face. Built {domain.copies:,} {plural('time', domain.copies)}."
    )
    if not size.faces:
        text = (
            f"{size.links_per_gpu} links a GPU = {size.pairs_per_gpu} differential pairs; "
            f"{size.nets:,} pairs in all. Built {domain.copies:,} "
            f"{plural('time', domain.copies)}."
        )
    if size.assumption:
        text += f"<br><b>Assumption:</b> {plain(size.assumption)}."
    return text


def bundled(a: IntArray, b: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Pairs that are joined, and the links of each."""
    width = int(b.max()) + 1
    pairs, count = np.unique(a * width + b, return_counts=True)
    lower, upper = np.divmod(pairs, width)
    return lower, upper, count


def lines_of(*lines: str) -> str:
    """Lines under each other, empty ones left out."""
    return "<br>".join(line for line in lines if line)
